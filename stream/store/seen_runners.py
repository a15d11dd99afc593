"""Runners as a camera saw them once or as a photo shows them: to look through and to search."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stream.store.assignments import MAY_STAND
from stream.store.folder import reading
from stream.time_windows import EVER, Window


class Standing(StrEnum):
    """How a runner's bib is known."""

    READ = "read"
    """Confirmed by the votes, or said by a person."""
    UNSURE = "unsure"
    """Seen, and not yet confirmed."""
    MATCHED = "matched"
    """Not read: the runner looks like one whose bib was."""
    UNREAD = "unread"
    """Not at all."""


class Source(StrEnum):
    """Who saw the runner."""

    CAMERA = "camera"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class SeenRunner:
    """One runner, seen once.

    Attributes:
        number: of the track or of the sighting in a photo; with `source` it is this one's alone.
        camera: its name; None for a photo.
        photo: the photo's number; None for a camera.
        bib: None where nothing is known.
        corrected: a person said the bib.
        sure: probability of the bib, or of the match, 0..1.
        first_utc_ns, last_utc_ns: None for a photo that does not tell when it was taken.
        picture: of the runner, inside the race folder; None where there is none.
        n_pictures: kept of the runner.
    """

    source: Source
    number: int
    camera: str | None
    photo: int | None
    bib: str | None
    standing: Standing
    corrected: bool
    sure: float
    first_utc_ns: int | None
    last_utc_ns: int | None
    crossing_utc_ns: int | None
    picture: str | None
    n_pictures: int


@dataclass(frozen=True, slots=True)
class SeenQuery:
    """Which runners are wanted.

    Attributes:
        bibs: in the order they are wanted in; None are all, unread runners too.
        standings: empty are all.
        windows: of time; a runner without a time is in none but `EVER`.
        source: None takes both.
    """

    bibs: tuple[str, ...] | None = None
    standings: tuple[Standing, ...] = ()
    windows: tuple[Window, ...] = (EVER,)
    source: Source | None = None


EVERYBODY = SeenQuery()

# Whose track is on the lists, and everybody in a photo. A standing match gives a bib only where
# nothing better is known.
_SEEN = f"""
WITH told AS (
    SELECT 'camera' AS source, t.track_id AS number, t.camera, NULL AS photo, t.bib AS own,
        t.state, t.posterior AS sure, a.bib AS matched, a.posterior AS likeness,
        t.first_seen_utc_ns AS first_ns, t.last_seen_utc_ns AS last_ns,
        t.crossing_utc_ns AS crossing_ns
    FROM tracks t LEFT JOIN assignments a ON a.track_id = t.track_id AND a.undone_utc_ns IS NULL
        AND {MAY_STAND}
    WHERE t.superseded = 0 AND t.hidden = 0 AND t.merged_into IS NULL
    UNION ALL
    SELECT 'photo', s.id, NULL, s.photo, s.bib, s.state, s.probability, a.bib, a.posterior,
        f.taken_utc_ns, f.taken_utc_ns, NULL
    FROM photo_sightings s JOIN photos f ON f.number = s.photo
        LEFT JOIN assignments a ON a.sighting = s.id AND a.undone_utc_ns IS NULL AND {MAY_STAND}
    WHERE s.removed = 0
), judged AS (
    SELECT *, CASE
        WHEN own IS NOT NULL AND state IN ('confirmed', 'corrected') THEN 'read'
        WHEN matched IS NOT NULL THEN 'matched'
        WHEN own IS NOT NULL AND state = 'seen' THEN 'unsure'
        ELSE 'unread' END AS standing
    FROM told
), seen AS (
    SELECT *, CASE standing WHEN 'matched' THEN matched WHEN 'unread' THEN NULL ELSE own END AS bib
    FROM judged
), wanted AS (
    SELECT seen.*, b.key AS rank FROM seen LEFT JOIN json_each(:bibs) b ON b.value = seen.bib
    WHERE (:bibs IS NULL OR b.key IS NOT NULL) AND (:source IS NULL OR source = :source)
        AND (:ever OR EXISTS (
        SELECT 1 FROM json_each(:windows) w WHERE first_ns <= json_extract(w.value, '$[1]')
            AND last_ns >= json_extract(w.value, '$[0]')))
)
"""
_ONLY = "(:standings IS NULL OR standing IN (SELECT value FROM json_each(:standings)))"
_PAGE = f"""{_SEEN}
SELECT * FROM wanted WHERE {_ONLY}
ORDER BY rank, first_ns IS NULL, first_ns, source, number LIMIT :limit OFFSET :skip
"""
_PICTURES = """
SELECT path, kind, width * height AS pixels, name FROM images
WHERE moved_from IS NULL AND track_id IN
    (SELECT track_id FROM tracks WHERE track_id = :track OR merged_into = :track)
ORDER BY capture_utc_ns, camera, kind
"""


class SeenReader:
    """Everybody who was seen in a race. Every call sees the newest committed state."""

    def __init__(self, folder: Path) -> None:
        """Of a race folder that a store has opened to read or to write."""
        self.folder = folder

    def find(
        self, query: SeenQuery = EVERYBODY, limit: int | None = None, skip: int = 0
    ) -> tuple[SeenRunner, ...]:
        """Who is wanted, in the order of the bibs asked for, then of time; untimed ones last.

        Args:
            query: who is wanted.
            limit: so many at most; None are all.
            skip: so many are left out first.
        """
        with reading(self.folder) as db:
            values = {**_values(query), "limit": -1 if limit is None else limit, "skip": skip}
            return tuple(_seen(db, row) for row in db.execute(_PAGE, values).fetchall())

    def counts(self, query: SeenQuery = EVERYBODY) -> dict[Standing, int]:
        """How many there are of each standing, whichever `query` wants of them."""
        sql = f"{_SEEN} SELECT standing, count(*) AS n FROM wanted GROUP BY standing"
        with reading(self.folder) as db:
            found = {row["standing"]: row["n"] for row in db.execute(sql, _values(query))}
        return {standing: found.get(standing.value, 0) for standing in Standing}

    def bibs(self) -> tuple[str, ...]:
        """Every bib that somebody has, be it only seen or matched."""
        sql = f"{_SEEN} SELECT DISTINCT bib FROM wanted WHERE bib IS NOT NULL ORDER BY bib"
        with reading(self.folder) as db:
            return tuple(row["bib"] for row in db.execute(sql, _values(EVERYBODY)))

    def moments(self) -> tuple[int, ...]:
        """The first and the last of every day in UTC on which somebody was seen, nanoseconds.

        Two of a day: elsewhere they may lie on two.
        """
        day = 86_400_000_000_000
        sql = (
            f"{_SEEN} SELECT min(moment) AS first, max(moment) AS last FROM "
            "(SELECT first_ns AS moment FROM wanted UNION ALL SELECT last_ns FROM wanted) "
            f"WHERE moment IS NOT NULL GROUP BY moment / {day}"
        )
        with reading(self.folder) as db:
            rows = db.execute(sql, _values(EVERYBODY)).fetchall()
        return tuple(sorted({moment for row in rows for moment in (row["first"], row["last"])}))

    def pictures(self, seen: SeenRunner) -> tuple[str, ...]:
        """All pictures of a runner inside the race folder, in order of time."""
        if seen.source is Source.PHOTO:
            return () if seen.picture is None else (seen.picture,)
        with reading(self.folder) as db:
            rows = db.execute(_PICTURES, {"track": seen.number}).fetchall()
        return tuple(row["path"] for row in rows)


def _values(query: SeenQuery) -> dict[str, object]:
    bibs = None if query.bibs is None else json.dumps(list(dict.fromkeys(query.bibs)))
    standings = [standing.value for standing in query.standings]
    return {
        "bibs": bibs,
        "standings": json.dumps(standings) if standings else None,
        "ever": EVER in query.windows,
        "windows": json.dumps(query.windows),
        "source": query.source,
    }


def _seen(db: sqlite3.Connection, row: sqlite3.Row) -> SeenRunner:
    source, standing = Source(row["source"]), Standing(row["standing"])
    if source is Source.CAMERA:
        picture, n_pictures = _of_track(db, row["number"])
    else:
        picture, n_pictures = _of_photo(db, row["number"])
    return SeenRunner(
        source=source,
        number=row["number"],
        camera=row["camera"],
        photo=row["photo"],
        bib=row["bib"],
        standing=standing,
        corrected=standing is Standing.READ and row["state"] == "corrected",
        sure=row["likeness"] if standing is Standing.MATCHED else row["sure"],
        first_utc_ns=row["first_ns"],
        last_utc_ns=row["last_ns"],
        crossing_utc_ns=row["crossing_ns"],
        picture=picture,
        n_pictures=n_pictures,
    )


def _of_track(db: sqlite3.Connection, track_id: int) -> tuple[str | None, int]:
    """The picture that decided the vote, else the largest one; and how many there are."""
    rows: Sequence[sqlite3.Row] = db.execute(_PICTURES, {"track": track_id}).fetchall()
    [deciding] = db.execute("SELECT evidence_name FROM tracks WHERE track_id = ?", (track_id,))
    best = max(rows, key=lambda row: (row["name"] == deciding[0], row["pixels"]), default=None)
    return (None if best is None else best["path"]), len(rows)


def _of_photo(db: sqlite3.Connection, number: int) -> tuple[str | None, int]:
    [row] = db.execute(
        "SELECT path FROM photo_sightings WHERE id = ? AND moved_from IS NULL "
        "UNION ALL SELECT NULL LIMIT 1",
        (number,),
    )
    return row["path"], int(row["path"] is not None)
