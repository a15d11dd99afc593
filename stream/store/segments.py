"""Rows of the recorded video: which file shows which camera at which moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from sqlite_utils import Database

from stream.store.values import NewSegment, SegmentRow
from stream.types import Clock


def begin(db: Database, new: NewSegment) -> int:
    """Add a segment whose file is about to be written; returns its id.

    A file of the same footage that is known already keeps its row.
    """
    db.execute(
        "INSERT OR IGNORE INTO segments (footage_id, camera, path, referenced, codec, sound, "
        "width, height, first_utc_ns, clock) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.footage_id,
            new.camera,
            new.path,
            new.referenced,
            new.codec,
            new.sound,
            new.width,
            new.height,
            new.first_utc_ns,
            new.clock.value,
        ),
    )
    row = db.execute(
        "SELECT id FROM segments WHERE footage_id = ? AND path = ?", (new.footage_id, new.path)
    ).fetchone()
    return int(row[0])


def end(db: Database, segment_id: int, end_utc_ns: int, n_bytes: int) -> None:
    """Its file is complete."""
    db.execute(
        "UPDATE segments SET end_utc_ns = ?, n_bytes = ? WHERE id = ?",
        (end_utc_ns, n_bytes, segment_id),
    )


def delete(db: Database, segment_ids: Iterable[int]) -> None:
    """Their files are about to be removed. Files that were only referred to are never named."""
    for segment_id in segment_ids:
        db.execute("UPDATE segments SET deleted = 1 WHERE id = ? AND referenced = 0", (segment_id,))


def segment_of(row: sqlite3.Row) -> SegmentRow:
    """A row of the table as a value."""
    return SegmentRow(
        id=row["id"],
        segment=NewSegment(
            footage_id=row["footage_id"],
            camera=row["camera"],
            path=row["path"],
            referenced=bool(row["referenced"]),
            codec=row["codec"],
            sound=row["sound"],
            width=row["width"],
            height=row["height"],
            first_utc_ns=row["first_utc_ns"],
            clock=Clock(row["clock"]),
        ),
        end_utc_ns=row["end_utc_ns"],
        n_bytes=row["n_bytes"],
        deleted=bool(row["deleted"]),
    )
