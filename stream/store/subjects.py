"""Who was seen in a race, in front of cameras and in photos: known by a bib, or unknown."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from stream.types import Reason

UNKNOWN_TRACK: Final = (
    "closed = 1 AND superseded = 0 AND hidden = 0 AND merged_into IS NULL "
    "AND coalesce(state, 'seen') = 'seen'"
)
"""The tracks that are over without a bib; a part of another track is not one of its own."""
KNOWN_TRACK: Final = "superseded = 0 AND hidden = 0 AND state IN ('confirmed', 'corrected')"
UNKNOWN_SIGHTING: Final = "removed = 0 AND coalesce(state, 'seen') = 'seen'"
KNOWN_SIGHTING: Final = "removed = 0 AND state IN ('confirmed', 'corrected')"


# A track that is open has not been seen for the last time: it lasts at least as long as anything.
_TRACKS = f"""
SELECT track_id, camera, first_seen_utc_ns AS first_ns, CASE WHEN {KNOWN_TRACK} THEN bib END AS bib,
    CASE WHEN closed THEN last_seen_utc_ns
        ELSE (SELECT max(last_seen_utc_ns) FROM tracks) END AS last_ns,
    crossing_utc_ns IS NOT NULL AS crossed
FROM tracks WHERE ({KNOWN_TRACK}) OR ({UNKNOWN_TRACK}) ORDER BY track_id
"""
# A look that another runner's bib stands against has seen a bib too.
_READ = f"""
SELECT track_id, reason, text, count(*) AS n FROM looks
WHERE (reason IS NULL OR reason = '{Reason.CONFLICT}')
    AND track_id IN (SELECT track_id FROM tracks WHERE {UNKNOWN_TRACK})
GROUP BY track_id, reason, text ORDER BY track_id, text
"""
_SIGHTINGS = f"""
SELECT s.id, s.photo, coalesce(f.taken_utc_ns, 0) AS taken_ns,
    CASE WHEN {KNOWN_SIGHTING} THEN s.bib END AS bib,
    CASE WHEN {UNKNOWN_SIGHTING} THEN s.bib END AS read_text,
    s.sheet IS NOT NULL OR s.line IS NOT NULL AS wears_bib
FROM photo_sightings s JOIN photos f ON f.number = s.photo WHERE removed = 0 ORDER BY s.id
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an assignment is about.

    Attributes:
        track_id: a track.
        sighting: a runner in a photo, by `stream.store.photo_values.SightingRow.row_id`.

    Raises:
        ValueError: none is given, or both.
    """

    track_id: int | None = None
    sighting: int | None = None

    def __post_init__(self) -> None:
        if (self.track_id is None) == (self.sighting is None):
            raise ValueError("an assignment is about a track or about a sighting, not both")

    def __str__(self) -> str:
        if self.track_id is None:
            return f"photo runner {self.sighting}"
        return f"track {self.track_id}"


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody who was seen.

    Attributes:
        bib: one that is confirmed or corrected; None of somebody unknown.
        camera: empty of a runner in a photo.
        first_ns, last_ns: capture times, UTC; of a photo, when it was taken, 0 where nobody knows.
        photo: its number; None of a track.
        wears_bib: whether a bib was seen on somebody unknown, or they crossed the line: who does
            neither is mostly a spectator.
        readings: of somebody unknown, what each look that counted read.
    """

    subject: Subject
    bib: str | None
    camera: str
    first_ns: int
    last_ns: int
    photo: int | None = None
    wears_bib: bool = True
    readings: tuple[str, ...] = ()


def read_seen(db: sqlite3.Connection) -> tuple[Seen, ...]:
    """All that are known, and all unknown ones who are in view no more; tracks first."""
    readings: dict[int, list[str]] = {}
    for row in db.execute(_READ):
        texts = readings.setdefault(row["track_id"], [])
        if row["reason"] is None and row["text"]:
            texts += [row["text"]] * row["n"]
    tracks = [
        Seen(
            Subject(row["track_id"]),
            row["bib"],
            row["camera"],
            row["first_ns"],
            max(row["first_ns"], row["last_ns"]),
            wears_bib=bool(row["crossed"]) or row["track_id"] in readings,
            readings=tuple(readings.get(row["track_id"], ())),
        )
        for row in db.execute(_TRACKS)
    ]
    sightings = [
        Seen(
            Subject(None, row["id"]),
            row["bib"],
            "",
            row["taken_ns"],
            row["taken_ns"],
            row["photo"],
            bool(row["wears_bib"]),
            () if row["read_text"] is None else (row["read_text"],),
        )
        for row in db.execute(_SIGHTINGS)
    ]
    return (*tracks, *sightings)
