"""Who was matched to whom: assignments that can be taken back, and pairs that are no match.

An assignment is no tag: the track or sighting that it is about stays unknown, and counts as
unknown. It stands while nobody has taken it back, while whoever was matched is still unknown (has
no sure bib, and was neither hidden nor merged into another track) and was not said to be somebody
else, and while a runner with that bib is still known.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from stream.store.assignment_values import (
    COLUMNS,
    AssignmentChanges,
    AssignmentRow,
    row_of,
)
from stream.store.errors import StoreError
from stream.store.folder import reading
from stream.store.subjects import (
    KNOWN_SIGHTING,
    KNOWN_TRACK,
    UNKNOWN_SIGHTING,
    UNKNOWN_TRACK,
    Seen,
    Subject,
    read_seen,
)
from stream.store.writer import Writer

BY_MATCHING: Final = "match"
"""Who makes assignments, and takes those back that are not made any more."""

_IS_UNKNOWN = f"""(
    EXISTS(SELECT 1 FROM tracks t WHERE t.track_id = a.track_id AND {UNKNOWN_TRACK})
    OR EXISTS(SELECT 1 FROM photo_sightings s WHERE s.id = a.sighting AND {UNKNOWN_SIGHTING})
)"""
_HAS_PIVOT = f"""(
    EXISTS(SELECT 1 FROM tracks t WHERE t.bib = a.bib AND {KNOWN_TRACK})
    OR EXISTS(SELECT 1 FROM photo_sightings s WHERE s.bib = a.bib AND {KNOWN_SIGHTING})
)"""
# Somebody may also have said in the list of runners that a track is not that bib.
_IS_DENIED = """(
    EXISTS(SELECT 1 FROM negative_pairs n WHERE n.bib = a.bib
        AND (n.track_id = a.track_id OR n.sighting = a.sighting))
    OR EXISTS(SELECT 1 FROM corrections c WHERE c.kind = 'wrong_person' AND c.undone_by IS NULL
        AND c.track_id = a.track_id AND c.bib = a.bib)
)"""
MAY_STAND: Final = f"{_IS_UNKNOWN} AND {_HAS_PIVOT} AND NOT {_IS_DENIED}"
"""Of an assignment ``a`` that nobody has taken back: whether it stands."""


class AssignmentRefused(StoreError):  # noqa: N818 - reads as what it says
    """There is no such assignment, or it cannot be taken back; the text says what to do."""


class AssignmentsReader:
    """The assignments of a race to read. Every call sees the newest committed state."""

    def __init__(self, folder: Path) -> None:
        """Made by a race folder opened to write, or beside one that was opened to read."""
        self.folder = folder

    def standing(self) -> tuple[AssignmentRow, ...]:
        """The assignments that stand, by number; see the head of this module."""
        return self._rows(f"undone_utc_ns IS NULL AND {MAY_STAND}")

    def not_undone(self) -> tuple[AssignmentRow, ...]:
        """Those that nobody has taken back, whether they stand or not, by number."""
        return self._rows("undone_utc_ns IS NULL")

    def find(self, number: int) -> AssignmentRow | None:
        """An assignment, one that was taken back too; None where there is none."""
        found = self._rows("number = ?", (number,))
        return found[0] if found else None

    def seen(self) -> tuple[Seen, ...]:
        """Everybody with a bib that is sure, and everybody without one who is in view no more."""
        with reading(self.folder) as db:
            return read_seen(db)

    def negative_pairs(self) -> frozenset[tuple[Subject, str]]:
        """Who is not a bib, because somebody said so: of a match, or of a track's tag."""
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT track_id, sighting, bib FROM negative_pairs UNION "
                "SELECT track_id, NULL, bib FROM corrections "
                "WHERE kind = 'wrong_person' AND undone_by IS NULL AND bib IS NOT NULL"
            ).fetchall()
        return frozenset((Subject(row["track_id"], row["sighting"]), row["bib"]) for row in rows)

    def _rows(self, where: str, values: tuple[object, ...] = ()) -> tuple[AssignmentRow, ...]:
        with reading(self.folder) as db:
            rows = db.execute(
                f"SELECT {COLUMNS} FROM assignments a WHERE {where} ORDER BY number", values
            ).fetchall()
        return tuple(row_of(tuple(row)) for row in rows)


class Assignments(AssignmentsReader):
    """The assignments of a race folder that is open to write; made by `Store.assignments`.

    What is changed is on disk when a call returns, all of it or nothing.
    """

    def __init__(self, folder: Path, writer: Writer) -> None:
        super().__init__(folder)
        self._writer = writer

    def change(self, changes: AssignmentChanges, at_utc_ns: int) -> tuple[int, int]:
        """Bring assignments up to what matching says now; how many were made and taken back.

        What somebody has said since matching began goes before it: whoever has got a bib or was
        denied this one gets no assignment.

        Raises:
            StoreError: the disk refuses.
        """
        return self._writer.ask(lambda db: _change(db, changes, at_utc_ns))

    def undo(self, number: int, by: str, at_utc_ns: int) -> AssignmentRow:
        """Take an assignment back. The next matching decides about the runner anew.

        Raises:
            AssignmentRefused: there is none of this number, or it was taken back before.
            StoreError: the disk refuses.
        """
        return self._writer.ask(lambda db: _undo(db, number, by, at_utc_ns))

    def wrong(self, number: int, by: str, at_utc_ns: int) -> AssignmentRow:
        """Take an assignment back, and never match this runner to this bib again.

        Also of an assignment that was taken back before.

        Raises:
            AssignmentRefused: there is none of this number.
            StoreError: the disk refuses.
        """
        return self._writer.ask(lambda db: _wrong(db, number, by, at_utc_ns))


def _change(db: Database, changes: AssignmentChanges, at_utc_ns: int) -> tuple[int, int]:
    taken_back = 0
    for number in changes.taken_back:
        taken_back += _take_back(db, number, BY_MATCHING, at_utc_ns)
    made = 0
    for new in changes.new:
        told = json.dumps({"model": new.model, **asdict(new.evidence)})
        made += db.execute(
            "INSERT OR IGNORE INTO assignments "
            "(track_id, sighting, bib, evidence, posterior, made_by, at_utc_ns) "
            "SELECT * FROM (SELECT ? AS track_id, ? AS sighting, ? AS bib, ?, ?, ?, ?) AS a "
            f"WHERE {MAY_STAND}",
            (
                new.subject.track_id,
                new.subject.sighting,
                new.bib,
                told,
                new.evidence.posterior,
                BY_MATCHING,
                at_utc_ns,
            ),
        ).rowcount
    return made, taken_back


def _undo(db: Database, number: int, by: str, at_utc_ns: int) -> AssignmentRow:
    before = _found(db, number)
    if not _take_back(db, number, _name(by), at_utc_ns):
        raise AssignmentRefused(
            f"match {number} was taken back by {before.undone_by} before; nothing is left to do"
        )
    return _found(db, number)


def _wrong(db: Database, number: int, by: str, at_utc_ns: int) -> AssignmentRow:
    one = _found(db, number)
    _take_back(db, number, _name(by), at_utc_ns)
    db.execute(
        "INSERT OR IGNORE INTO negative_pairs (track_id, sighting, bib, said_by, at_utc_ns) "
        "VALUES (?, ?, ?, ?, ?)",
        (one.track_id, one.sighting, one.bib, by, at_utc_ns),
    )
    return _found(db, number)


def _take_back(db: Database, number: int, by: str, at_utc_ns: int) -> int:
    """Whether it was still there to be taken back, 1 or 0."""
    return int(
        db.execute(
            "UPDATE assignments SET undone_by = ?, undone_utc_ns = ? "
            "WHERE number = ? AND undone_utc_ns IS NULL",
            (by, at_utc_ns, number),
        ).rowcount
    )


def _name(by: str) -> str:
    if not by.strip():
        raise AssignmentRefused("nobody is named who says so; give a name")
    return by.strip()


def _found(db: Database, number: int) -> AssignmentRow:
    row = db.execute(f"SELECT {COLUMNS} FROM assignments WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise AssignmentRefused(
            f"there is no match {number}; finishline match --race DIR lists them"
        )
    return row_of(row)
