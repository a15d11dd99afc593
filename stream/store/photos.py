"""The photos of a race: which there are, what was found in them, and who is seen there."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from stream.store.errors import StoreError
from stream.store.folder import connect_to_read, in_one_moment, reading
from stream.store.photo_rows import (
    PHOTO_COLUMNS,
    SIGHTING_COLUMNS,
    add_path,
    add_photo,
    forget_replaced,
    photo_of,
    sighting_of,
    write_sightings,
)
from stream.store.photo_values import (
    NewPhoto,
    PhotoBib,
    PhotoCounts,
    PhotoFile,
    PhotoRow,
    SightingChanges,
    SightingRow,
    TagRow,
)
from stream.store.writer import Writer
from stream.types import State

_KNOWN = "SELECT photo FROM photo_paths WHERE path = ? AND n_bytes = ? AND changed_ns = ?"
_SHOWN = "s.removed = 0"
_TAGS = f"""
SELECT {SIGHTING_COLUMNS}, p.path AS image, f.taken_utc_ns
FROM photo_paths p JOIN photos f ON f.number = p.photo JOIN photo_sightings s ON s.photo = f.number
WHERE {_SHOWN} ORDER BY p.path, s.place
"""
_BIBS = f"""
SELECT DISTINCT s.bib, p.path FROM photo_sightings s JOIN photo_paths p ON p.photo = s.photo
WHERE {_SHOWN} AND s.state IN ('confirmed', 'corrected') ORDER BY s.bib, p.path
"""
_WITH_BIB = f"""
SELECT {SIGHTING_COLUMNS}, f.number AS photo
FROM photo_sightings s JOIN photos f ON f.number = s.photo
WHERE {_SHOWN} AND s.bib = ? AND s.state IN ('confirmed', 'corrected')
ORDER BY f.taken_utc_ns IS NULL, f.taken_utc_ns, f.number, s.place
"""
_SURE_BIBS = f"""
SELECT s.bib, max(s.state = 'corrected') AS corrected, max(s.probability) AS probability,
    min(f.taken_utc_ns) AS first_utc_ns, max(f.taken_utc_ns) AS last_utc_ns
FROM photo_sightings s JOIN photos f ON f.number = s.photo
WHERE {_SHOWN} AND s.state IN ('confirmed', 'corrected')
GROUP BY s.bib ORDER BY first_utc_ns IS NULL, first_utc_ns, s.bib
"""
_COUNTS = """
SELECT (SELECT count(*) FROM photos) AS photos,
    count(*) FILTER (WHERE state IN ('confirmed', 'corrected')) AS runners,
    count(DISTINCT bib) FILTER (WHERE state IN ('confirmed', 'corrected')) AS bibs,
    count(*) FILTER (WHERE state = 'seen') AS unsure,
    count(*) FILTER (WHERE state IS NULL) AS unknown,
    (SELECT count(*) FROM photo_paths WHERE problem IS NOT NULL) AS problems
FROM photo_sightings WHERE removed = 0
"""


class PhotosReader:
    """The photos of a race to read. Every call sees the newest committed state."""

    def __init__(self, folder: Path) -> None:
        """Made by a race folder opened to read or to write."""
        self.folder = folder
        self._kept = threading.local()

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """For many short questions of this thread: the database is opened once, which takes longer
        than an answer. Each sees the newest committed state all the same.

        Raises:
            StoreError: the database cannot be read.
        """
        if getattr(self._kept, "connection", None) is not None:
            yield
            return
        with closing(connect_to_read(self.folder)) as connection:
            self._kept.connection = connection
            try:
                yield
            finally:
                del self._kept.connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        kept: sqlite3.Connection | None = getattr(self._kept, "connection", None)
        if kept is None or kept.in_transaction:
            with reading(self.folder) as connection:
                yield connection
            return
        with in_one_moment(self.folder, kept):
            try:
                yield kept
            finally:
                kept.rollback()

    def at(self, file: PhotoFile) -> int | None:
        """Number of the photo that a file held when it was read, if it has not been changed since;
        None also where it could not be read then."""
        row = self._one(_KNOWN, (file.path, file.n_bytes, file.changed_ns))
        return None if row is None else row["photo"]

    def with_content(self, sha256: str) -> int | None:
        """Number of the photo with this content; None where it is new."""
        row = self._one("SELECT number FROM photos WHERE sha256 = ?", (sha256,))
        return None if row is None else row["number"]

    def find(self, number: int) -> PhotoRow | None:
        """A photo; None where there is none of this number."""
        row = self._one(f"SELECT {PHOTO_COLUMNS} FROM photos WHERE number = ?", (number,))
        return None if row is None else photo_of(row)

    def each(self) -> Iterator[PhotoRow]:
        """All photos in the order of their numbers, one at a time."""
        with reading(self.folder) as db:
            for row in db.execute(f"SELECT {PHOTO_COLUMNS} FROM photos ORDER BY number"):
                yield photo_of(row)

    def taken_utc_ns(self) -> Iterator[int | None]:
        """When each of them was taken, in the same order."""
        with reading(self.folder) as db:
            for row in db.execute("SELECT taken_utc_ns FROM photos ORDER BY number"):
                yield row["taken_utc_ns"]

    def sightings(self, number: int) -> tuple[SightingRow, ...]:
        """Who is seen in a photo."""
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {SIGHTING_COLUMNS} FROM photo_sightings s "
                f"WHERE s.photo = ? AND {_SHOWN} ORDER BY s.place",
                (number,),
            ).fetchall()
        return tuple(sighting_of(row) for row in rows)

    def paths(self, number: int) -> tuple[str, ...]:
        """The files that hold a photo, as far as was seen."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT path FROM photo_paths WHERE photo = ? ORDER BY path", (number,)
            ).fetchall()
        return tuple(row["path"] for row in rows)

    def folders(self) -> dict[Path, list[Path]]:
        """The folders that hold photos, as far as was seen, each with its files."""
        with self._reading() as db:
            rows = db.execute("SELECT path FROM photo_paths ORDER BY path").fetchall()
        found: dict[Path, list[Path]] = {}
        for row in rows:
            file = Path(row["path"])
            found.setdefault(file.parent, []).append(file)
        return found

    def tags(self) -> Iterator[TagRow]:
        """Every runner in every file, by path, one at a time."""
        with reading(self.folder) as db:
            for row in db.execute(_TAGS):
                seen = sighting_of(row)
                yield TagRow(row["image"], row["taken_utc_ns"], seen.sighting, seen.path)

    def files_of_bibs(self) -> Iterator[tuple[str, str]]:
        """Every confirmed bib with each file that shows it, by bib."""
        with reading(self.folder) as db:
            for row in db.execute(_BIBS):
                yield row["bib"], row["path"]

    def bibs(self) -> tuple[PhotoBib, ...]:
        """Every bib that is confirmed or corrected in a photo, in order of time."""
        with self._reading() as db:
            rows = db.execute(_SURE_BIBS).fetchall()
        return tuple(PhotoBib(row["bib"], bool(row["corrected"]), *tuple(row)[2:]) for row in rows)

    def with_bib(self, bib: str) -> Iterator[tuple[PhotoRow, SightingRow]]:
        """Who has a confirmed or corrected bib in photos, in order of time; untimed ones last."""
        with self._reading() as db:
            rows = db.execute(_WITH_BIB, (bib,)).fetchall()
        for row in rows:
            photo = self.find(row["photo"])
            if photo is not None:
                yield photo, sighting_of(row)

    def bibs_at(self, path: str) -> tuple[str, ...]:
        """The confirmed bibs in one file."""
        return self._bibs_at(path, (State.CONFIRMED, State.CORRECTED))

    def unsure_at(self, path: str) -> tuple[str, ...]:
        """Bibs that were seen in one file and are not confirmed there."""
        sure = self.bibs_at(path)
        return tuple(bib for bib in self._bibs_at(path, (State.SEEN,)) if bib not in sure)

    def _bibs_at(self, path: str, states: Sequence[State]) -> tuple[str, ...]:
        with self._reading() as db:
            rows = db.execute(
                "SELECT DISTINCT s.bib FROM photo_sightings s JOIN photo_paths p "
                f"ON p.photo = s.photo WHERE p.path = ? AND {_SHOWN} "
                "AND s.state IN (SELECT value FROM json_each(?)) ORDER BY s.place",
                (path, json.dumps([state.value for state in states])),
            ).fetchall()
        return tuple(row["bib"] for row in rows)

    def counts(self) -> PhotoCounts:
        """How the photos stand."""
        row = self._one(_COUNTS, ())
        assert row is not None, "counting always gives a row"
        return PhotoCounts(**{key: row[key] for key in row.keys()})  # noqa: SIM118 - sqlite3.Row

    def _one(self, query: str, values: tuple[object, ...]) -> sqlite3.Row | None:
        with self._reading() as db:
            row: sqlite3.Row | None = db.execute(query, values).fetchone()
            return row


class Photos(PhotosReader):
    """The photos of a race folder that is open to write; made by `Store.photos`.

    What is added is on disk soon, in the order of the calls, and for certain after `Store.flush`.
    A photo, its file and who is seen in it are written together or not at all.
    """

    def __init__(self, folder: Path, writer: Writer) -> None:
        super().__init__(folder)
        self._writer = writer
        row = self._one("SELECT coalesce(max(number), 0) AS last FROM photos", ())
        self._last = 0 if row is None else int(row["last"])

    def add(self, photo: NewPhoto, file: PhotoFile, seen: SightingChanges) -> None:
        """Add a photo that the race does not have."""
        self._last += 1
        number = self._last

        def write(db: Database) -> None:
            add_photo(db, number, photo, file)
            write_sightings(db, self.folder, number, seen)

        self._writer.put(write, n_bytes=seen.n_bytes)

    def add_path(self, file: PhotoFile, number: int) -> None:
        """Say that a file holds a photo that the race has."""
        self._writer.put(lambda db: add_path(db, file, number))

    def add_problem(self, file: PhotoFile, problem: str) -> None:
        """Say why a file could not be read."""
        self._writer.put(lambda db: add_path(db, file, None, problem))

    def forget_path(self, path: str, number: int) -> None:
        """Forget that a file held a photo, of which others are known."""
        self._writer.put(
            lambda db: db.execute(
                "DELETE FROM photo_paths WHERE path = ? AND photo = ?", (path, number)
            )
        )

    def forget_problem(self, path: Path) -> None:
        """Forget that a file could not be read: it is no photo of the race any more."""
        self._writer.put(
            lambda db: db.execute(
                "DELETE FROM photo_paths WHERE path = ? AND problem IS NOT NULL", (str(path),)
            )
        )

    def forget_replaced(self) -> None:
        """Forget the photos that no file holds any more, where every file could be read.

        Only once all files of a run are known: who renumbers a folder moves contents about.
        """
        self._writer.put(forget_replaced)

    def check_kept(self) -> None:
        """Make sure that all that was added has found room, after `Store.flush`.

        Raises:
            StoreError: the disk was full, and something was left out.
        """
        if self._writer.lost_pictures:
            raise StoreError(
                f"the disk is full: {self._writer.lost_pictures} changes of photos were not kept; "
                "make room and run the same command again"
            )

    def read_again(self, number: int, read_with: str, found: str) -> None:
        """Put what other readers say in the place of what was read before."""
        self._writer.put(
            lambda db: db.execute(
                "UPDATE photos SET read_with = ?, found = ? WHERE number = ?",
                (read_with, found, number),
            )
        )

    def change(self, number: int, changes: SightingChanges) -> None:
        """Bring the sightings of a photo up to date."""
        self._writer.put(
            lambda db: write_sightings(db, self.folder, number, changes), n_bytes=changes.n_bytes
        )
