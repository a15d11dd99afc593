"""Photos that were sent through the page and show a runner: which go with the runner.

A photo that shows somebody else too, be it an unknown runner, is theirs as well and stays. Whoever
is too small in it to be kept among the unknown runners does not count.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from sqlite_utils import Database

from stream.forget.work import unfinished
from stream.store.folder import UNREADABLE, UPLOADS, reading

_SHOWING = """
SELECT path, EXISTS (SELECT 1 FROM photo_sightings o WHERE o.photo = p.photo
    AND o.removed = 0 AND o.id NOT IN (SELECT value FROM json_each(:sightings)))
FROM photo_paths p WHERE photo IN (SELECT photo FROM photo_sightings
    WHERE id IN (SELECT value FROM json_each(:sightings))) ORDER BY path
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """Photos in the folder of uploads, paths inside the race folder.

    Attributes:
        alone: that show the runner and nobody else.
        shared: that show the runner and others.
        rows: the paths, as the race has them, of those that show the runner alone.
        unseen: how many nobody knows: not tagged yet, or broken.
    """

    alone: tuple[str, ...]
    shared: tuple[str, ...]
    rows: tuple[str, ...]
    unseen: int


def sent(db: Database, folder: Path, sightings: Collection[int]) -> Sent:
    """What was sent and shows a runner, who is in the photos by these sightings."""
    alone: dict[str, None] = {}
    shared: dict[str, None] = {}
    rows = []
    values = {"sightings": json.dumps(sorted(sightings))}
    for path, has_others in db.execute(_SHOWING, values).fetchall():
        place = place_of(folder, path)
        if place is None:
            continue
        (shared if has_others else alone).setdefault(place)
        if not has_others:
            rows.append(path)
    return Sent(tuple(alone), tuple(shared), tuple(rows), _unseen(db, folder))


def place_of(folder: Path, path: str) -> str | None:
    """Where a file of the race lies among its uploads; None where it is no upload.

    A race folder may have been moved or copied since: the path is that of then.
    """
    file = PurePath(path)
    place = f"{UPLOADS}/{file.name}"
    return place if file.parent.name == UPLOADS and (folder / place).is_file() else None


def erase_sent(db: Database, rows: Sequence[str]) -> None:
    """Erase what is known of photos that go; whoever calls has a transaction open."""
    values = (json.dumps(rows),)
    wanted = "path IN (SELECT value FROM json_each(?))"
    photos = db.execute(f"SELECT photo FROM photo_paths WHERE {wanted}", values).fetchall()
    db.execute(f"DELETE FROM photo_paths WHERE {wanted}", values)
    # A photo that lies elsewhere too stays one of the race.
    db.execute(
        "DELETE FROM photos WHERE number IN (SELECT value FROM json_each(?)) "
        "AND number NOT IN (SELECT photo FROM photo_paths WHERE photo IS NOT NULL)",
        (json.dumps([photo for (photo,) in photos]),),
    )


def remove_left(folder: Path) -> frozenset[Path]:
    """Remove the photos of an erasure that was broken off behind their rows.

    Whoever takes photos into the race calls it first: the race knows nothing of them any more, and
    they would be tagged once more.

    Returns:
        where they lay, as real paths.

    Raises:
        StoreError: the race cannot be read.
        OSError: the disk refuses.
    """
    with reading(folder) as connection:
        work = unfinished(connection)
        files = () if work is None else left(connection, folder, work.uploads)
    for file in files:
        (folder / file).unlink(missing_ok=True)
    return frozenset(folder.resolve() / file for file in files)


def left(
    db: Database | sqlite3.Connection, folder: Path, uploads: Sequence[str]
) -> tuple[str, ...]:
    """Those of an erasure's uploads that still have to go.

    Their rows went with the runner's: one that has a row was sent again since, and stays.
    """
    known = _known(db, folder)
    return tuple(file for file in uploads if file not in known)


def _known(db: Database | sqlite3.Connection, folder: Path) -> set[str | None]:
    """Where the race's photos lie among its uploads."""
    rows = db.execute("SELECT path FROM photo_paths WHERE photo IS NOT NULL").fetchall()
    return {place_of(folder, path) for (path,) in rows}


def _unseen(db: Database, folder: Path) -> int:
    known = _known(db, folder)
    return sum(
        file.is_file() and file.name[0] != "." and f"{place}/{file.name}" not in known
        for place in (UPLOADS, UNREADABLE)
        if (folder / place).is_dir()
        for file in (folder / place).iterdir()
    )
