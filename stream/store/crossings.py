"""The crossings of the finish line, in the order in which they were told."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from stream.types import Clock, State

_TOLD = """
SELECT c.* FROM crossings c JOIN tracks t USING (track_id)
WHERE c.seq > ? AND t.superseded = 0 ORDER BY c.seq LIMIT ?
"""
# A correction may give the crossing of one track to another: where it is now, the tracks say.
_OWNERS = """
SELECT track_id, camera, crossing_utc_ns, bib, state FROM tracks
WHERE crossing_utc_ns BETWEEN ? AND ? AND superseded = 0 AND hidden = 0 AND merged_into IS NULL
ORDER BY track_id
"""


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """One crossing; `seq` is the number of the message that told it.

    `track_id`, `bib` and `state` are as they are now, after all corrections; None without a bib.
    """

    seq: int
    camera: str
    track_id: int
    capture_utc_ns: int
    clock: Clock
    bib: str | None
    state: State | None


def read_crossings(db: sqlite3.Connection, after: int, limit: int) -> tuple[CrossingRow, ...]:
    """At most `limit` crossings after the message `after`, the oldest first."""
    found: list[CrossingRow] = []
    while len(found) < limit:
        told = db.execute(_TOLD, (after, limit)).fetchall()
        if not told:
            break
        after = told[-1]["seq"]
        found += _owned(db, told)
    return tuple(found[:limit])


def _owned(db: sqlite3.Connection, told: list[sqlite3.Row]) -> list[CrossingRow]:
    """The crossings that still belong to somebody."""
    times = [row["capture_utc_ns"] for row in told]
    owners: dict[tuple[str, int], list[sqlite3.Row]] = {}
    for track in db.execute(_OWNERS, (min(times), max(times))):
        owners.setdefault((track["camera"], track["crossing_utc_ns"]), []).append(track)
    crossings: list[CrossingRow] = []
    for row in told:
        there = owners.get((row["camera"], row["capture_utc_ns"]), [])
        # Two may cross at the same moment: each track's own crossing is its own.
        own = [track for track in there if track["track_id"] == row["track_id"]]
        for track in (own or there)[:1]:
            there.remove(track)
            crossings.append(_crossing(row, track))
    return crossings


def _crossing(row: sqlite3.Row, track: sqlite3.Row) -> CrossingRow:
    return CrossingRow(
        row["seq"],
        row["camera"],
        track["track_id"],
        row["capture_utc_ns"],
        Clock(row["clock"]),
        track["bib"],
        None if track["state"] is None else State(track["state"]),
    )
