"""Photos and who is seen in them as rows, and the pictures of those runners."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import astuple
from pathlib import Path

from sqlite_utils import Database

from engines.types import Box
from stream.store.folder import INCOMING
from stream.store.images import safe_name, write_whole
from stream.store.photo_values import (
    Cut,
    NewPhoto,
    PhotoFile,
    PhotoRow,
    PhotoSighting,
    SightingChanges,
    SightingRow,
)
from stream.types import State

UNKNOWN = "unknown/photos"
"""Folder of the pictures of unknown runners in photos; those of tracks lie in numbered ones."""

PHOTO_COLUMNS = (
    "number, sha256, taken_utc_ns, orientation, width, height, found_with, read_with, found"
)
SIGHTING_COLUMNS = (
    "s.id, s.cut, s.person, s.score, s.sheet, s.line, s.bib, s.probability, s.state, s.listed, "
    "s.path AS picture"
)


def add_photo(db: Database, number: int, photo: NewPhoto, file: PhotoFile) -> None:
    """Add a photo under a number that is free, and the file that it lies in."""
    marks = ", ".join("?" * 9)
    db.execute(f"INSERT INTO photos ({PHOTO_COLUMNS}) VALUES ({marks})", (number, *astuple(photo)))
    add_path(db, file, number)


def add_path(db: Database, file: PhotoFile, number: int | None, problem: str | None = None) -> None:
    """Say which photo a file holds, or why none."""
    db.execute(
        "INSERT OR REPLACE INTO photo_paths (path, n_bytes, changed_ns, photo, problem) "
        "VALUES (?, ?, ?, ?, ?)",
        (*astuple(file), number, problem),
    )


def forget_replaced(db: Database) -> None:
    """Forget the photos that no file holds any more: somebody has put others in their place.

    Not while a file has a problem: it may hold one of them and be readable again tomorrow.
    """
    if db.execute("SELECT 1 FROM photo_paths WHERE problem IS NOT NULL").fetchone():
        return
    held = "SELECT photo FROM photo_paths WHERE photo IS NOT NULL"
    db.execute(f"UPDATE photo_sightings SET removed = 1 WHERE photo NOT IN ({held})")
    db.execute(f"DELETE FROM photos WHERE number NOT IN ({held})")


def write_sightings(db: Database, folder: Path, number: int, changes: SightingChanges) -> None:
    """Bring the sightings of a photo up to date; `stream.store.images.settle` moves their
    pictures."""
    row = db.execute("SELECT sha256 FROM photos WHERE number = ?", (number,)).fetchone()
    if row is None:
        return
    for row_id in changes.gone:
        db.execute("UPDATE photo_sightings SET removed = 1 WHERE id = ?", (row_id,))
    for row_id, sighting, jpeg in changes.changed:
        _change(db, row_id, sighting)
        if jpeg is not None:
            _keep_picture(db, folder, row_id, jpeg)
    for sighting, jpeg in changes.new:
        row_id = _insert(db, number, f"{changes.stem}-%02d_{row[0][:8]}.jpg", sighting)
        if jpeg is not None:
            _keep_picture(db, folder, row_id, jpeg)


def _insert(db: Database, photo: int, pattern: str, sighting: PhotoSighting) -> int:
    [place] = db.execute(
        "SELECT coalesce(max(place), 0) + 1 FROM photo_sightings WHERE photo = ?", (photo,)
    ).fetchone()
    db.execute(
        "INSERT INTO photo_sightings (photo, place, name, cut, person, score, sheet, line, bib, "
        "probability, state, listed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (photo, place, pattern % place, *_cells(sighting)),
    )
    return int(db.execute("SELECT last_insert_rowid()").fetchone()[0])


def _change(db: Database, row_id: int, sighting: PhotoSighting) -> None:
    db.execute(
        "UPDATE photo_sightings SET cut = ?, person = ?, score = ?, sheet = ?, line = ?, bib = ?, "
        "probability = ?, state = ?, listed = ? WHERE id = ?",
        (*_cells(sighting), row_id),
    )
    name, path, moved_from = db.execute(
        "SELECT name, path, moved_from FROM photo_sightings WHERE id = ?", (row_id,)
    ).fetchone()
    if path is None:
        return
    home = f"{_home(sighting)}/{name}"
    lies_at = moved_from or path
    db.execute(
        "UPDATE photo_sightings SET path = ?, moved_from = ? WHERE id = ?",
        (home, None if lies_at == home else lies_at, row_id),
    )


def _keep_picture(db: Database, folder: Path, row_id: int, jpeg: bytes) -> None:
    """Write a picture to the incoming folder; `stream.store.images.settle` puts it in its
    place."""
    row = db.execute(f"SELECT {SIGHTING_COLUMNS}, s.name FROM photo_sightings s WHERE s.id = ?",
                     (row_id,))  # fmt: skip
    values = row.fetchone()
    name = values[-1]
    write_whole(folder / INCOMING / name, jpeg)
    db.execute(
        "UPDATE photo_sightings SET path = ?, moved_from = ?, sha256 = ? WHERE id = ?",
        (
            f"{_home(sighting_of(values).sighting)}/{name}",
            f"{INCOMING}/{name}",
            hashlib.sha256(jpeg).hexdigest(),
            row_id,
        ),
    )


def remove_pictures(db: Database, folder: Path) -> None:
    """Remove the sightings that are gone, and their pictures.

    Raises:
        OSError: the disk refuses.
    """
    remove_gone(db, folder, "photo_sightings")


def remove_gone(db: Database, folder: Path, table: str) -> None:
    """Remove the rows of a table of pictures that are to go, the files first.

    Raises:
        OSError: the disk refuses.
    """
    rows = db.execute(f"SELECT id, path, moved_from FROM {table} WHERE removed = 1").fetchall()
    for row_id, *places in rows:
        for place in places:
            if place is not None:
                (folder / place).unlink(missing_ok=True)
                remove_empty((folder / place).parent)
        with db.atomic():
            db.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,))


def remove_empty(folder: Path) -> None:
    """Remove the folder of pictures that are gone, where nothing else is in it."""
    if folder.name != INCOMING and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _home(sighting: PhotoSighting) -> str:
    bib = sighting.pivot
    return UNKNOWN if bib is None else f"pivot/{safe_name(bib)}"


def _cells(sighting: PhotoSighting) -> tuple[object, ...]:
    return (
        json.dumps(sighting.cut),
        _box_text(sighting.person),
        sighting.score,
        _box_text(sighting.sheet),
        _box_text(sighting.number),
        sighting.bib,
        sighting.probability,
        None if sighting.state is None else sighting.state.value,
        sighting.listed,
    )


def sighting_of(row: sqlite3.Row | tuple[object, ...]) -> SightingRow:
    """A row of `SIGHTING_COLUMNS`, whatever comes behind them."""
    row_id, cut, person, score, sheet, line, bib, probability, state, listed, path = tuple(row)[:11]
    sighting = PhotoSighting(
        _cut(str(cut)),
        _box(person),
        score,
        _box(sheet),
        _box(line),
        bib,
        probability,
        None if state is None else State(state),
        None if listed is None else bool(listed),
    )
    return SightingRow(row_id, sighting, path)


def photo_of(row: sqlite3.Row) -> PhotoRow:
    """A row of `PHOTO_COLUMNS`."""
    number, *rest = tuple(row)[:9]
    return PhotoRow(number, NewPhoto(*rest))


def _box_text(box: Box | None) -> str | None:
    return None if box is None else json.dumps([round(side, 1) for side in box])


def _box(text: object) -> Box | None:
    if text is None:
        return None
    x0, y0, x1, y1 = json.loads(str(text))
    return x0, y0, x1, y1


def _cut(text: str) -> Cut:
    x0, y0, x1, y1 = json.loads(text)
    return x0, y0, x1, y1
