"""Enrolled people, and the templates with which a picture is compared."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from engines.types import Floats
from stream.store.folder import reading
from stream.store.templates import TemplateKind, vector_of
from stream.store.writer import Writer

_PIVOTS: Final = """
SELECT t.bib, NULL AS person, NULL AS name, m.id, m.vector, m.quality
FROM templates m JOIN tracks t ON t.track_id = m.track_id
WHERE m.kind = :kind AND m.model = :model AND t.bib IS NOT NULL
    AND t.state IN ('confirmed', 'corrected') AND t.superseded = 0 AND t.hidden = 0
UNION ALL
SELECT s.bib, NULL, NULL, m.id, m.vector, m.quality
FROM templates m JOIN photo_sightings s ON s.id = m.sighting
WHERE m.kind = :kind AND m.model = :model AND s.bib IS NOT NULL
    AND s.state IN ('confirmed', 'corrected') AND s.removed = 0
"""
_ENROLLED: Final = """
SELECT p.bib, p.number AS person, p.name, m.id, m.vector, m.quality
FROM templates m JOIN people p ON p.number = m.person
WHERE m.kind = :kind AND m.model = :model ORDER BY p.number
"""
_PEOPLE: Final = """
SELECT p.*, (SELECT coalesce(sum(pictures), 0) FROM templates WHERE person = p.number) AS pictures
FROM people p
"""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who was enrolled.

    Attributes:
        number: one of a kind in the race.
        bib: None where nobody said it.
        added_by: who enrolled them.
        pictures: how many pictures their template is made of.
    """

    number: int
    name: str
    bib: str | None
    added_by: str
    added_utc_ns: int
    pictures: int


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be enrolled; attributes as those of `PersonRow`."""

    name: str
    bib: str | None
    added_by: str
    added_utc_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class KnownTemplate:
    """A template of somebody who is known.

    Attributes:
        bib: of a pivot, or of a person who was enrolled with one.
        person: number of an enrolled person; None for a pivot.
        name: of an enrolled person.
        vector: float32 ``[D]`` of length 1.
        quality: 0..1, its weight among others of the same runner.
    """

    bib: str | None
    person: int | None
    name: str | None
    vector: Floats
    quality: float


class PeopleReader:
    """Enrolled people and pivots of a race. Every call sees the newest committed state."""

    def __init__(self, folder: Path) -> None:
        """Of a race folder that is open to read or to write."""
        self.folder = folder

    def list(self) -> tuple[PersonRow, ...]:
        """Who is enrolled, in the order of their numbers."""
        with reading(self.folder) as db:
            return tuple(_person_of(row) for row in db.execute(f"{_PEOPLE} ORDER BY p.number"))

    def pivots(self, kind: TemplateKind, model: str) -> tuple[KnownTemplate, ...]:
        """Templates of runners whose bib is confirmed or corrected.

        Those of other models than `model` cannot be compared and are left out.

        Raises:
            StoreError: one is damaged.
        """
        return self._templates(_PIVOTS, kind, model)

    def enrolled(self, model: str) -> tuple[KnownTemplate, ...]:
        """Templates of the faces of enrolled people.

        Raises:
            StoreError: one is damaged.
        """
        return self._templates(_ENROLLED, TemplateKind.FACE, model)

    def _templates(self, query: str, kind: TemplateKind, model: str) -> tuple[KnownTemplate, ...]:
        with reading(self.folder) as db:
            rows = db.execute(query, {"kind": kind.value, "model": model}).fetchall()
        return tuple(
            KnownTemplate(
                row["bib"],
                row["person"],
                row["name"],
                vector_of(row["vector"], self.folder, row["id"]),
                row["quality"],
            )
            for row in rows
        )


class People(PeopleReader):
    """The enrolled people of a race folder that is open to write; made by `Store`."""

    def __init__(self, folder: Path, writer: Writer) -> None:
        super().__init__(folder)
        self._writer = writer

    def add(
        self, new: NewPerson, model: str, vector: Floats, quality: float, pictures: int
    ) -> PersonRow:
        """Enrol somebody with the template of their face; on disk when this returns.

        Args:
            new: who it is.
            model: what made the template.
            vector: float32 ``[D]`` of length 1.
            quality: 0..1.
            pictures: how many it is made of.

        Raises:
            StoreError: the disk refuses.
        """
        return self._writer.ask(lambda db: _add(db, new, model, vector, quality, pictures))

    def remove(self, number: int) -> bool:
        """Erase a person and their templates; False where there is none.

        What was erased is overwritten on the disk, too, in the log as well; see `Writer.ask` for
        what happens while somebody reads.

        Raises:
            StoreError: the disk refuses.
        """
        return self._writer.ask(lambda db: _remove(db, number), erases=True)


def _add(
    db: Database, new: NewPerson, model: str, vector: Floats, quality: float, pictures: int
) -> PersonRow:
    [number] = db.execute(
        "INSERT INTO people (name, bib, added_by, added_utc_ns) VALUES (?, ?, ?, ?) "
        "RETURNING number",
        (new.name, new.bib, new.added_by, new.added_utc_ns),
    ).fetchone()
    db.execute(
        "INSERT INTO templates (kind, model, person, vector, quality, pictures, made_utc_ns) "
        "VALUES ('face', ?, ?, ?, ?, ?, ?)",
        (model, number, vector.astype("<f4").tobytes(), quality, pictures, new.added_utc_ns),
    )
    return PersonRow(number, new.name, new.bib, new.added_by, new.added_utc_ns, pictures)


def _remove(db: Database, number: int) -> bool:
    db.execute("DELETE FROM templates WHERE person = ?", (number,))
    return db.execute("DELETE FROM people WHERE number = ?", (number,)).rowcount > 0


def _person_of(row: sqlite3.Row) -> PersonRow:
    return PersonRow(
        row["number"],
        row["name"],
        row["bib"],
        row["added_by"],
        row["added_utc_ns"],
        row["pictures"],
    )
