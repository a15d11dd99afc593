"""Tracks as rows: as they stand, and what the race itself saw of those that were corrected."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from sqlite_utils import Database

from engines.types import Box
from stream.types import Clock, State, Tag, Track

_TRACK = (
    "SELECT track_id, camera, footage_id, first_seen_utc_ns, last_seen_utc_ns, closed, bib, state, "
    "posterior, votes, listed, crossing_utc_ns, clock, evidence, hidden, merged_into "
    "FROM tracks WHERE superseded = 0 AND "
)


@dataclass(frozen=True, slots=True)
class LastSight:
    """Where a runner was when the race last told of the track."""

    frame_index: int
    person: Box


def put_track(db: Database, track: Track) -> None:
    """Write how a track stands."""
    tag = track.tag
    db.execute(
        "UPDATE tracks SET first_seen_utc_ns = ?, last_seen_utc_ns = ?, bib = ?, state = ?, "
        "posterior = ?, votes = ?, listed = ?, crossing_utc_ns = ?, clock = ?, hidden = ?, "
        "merged_into = ? WHERE track_id = ?",
        (
            track.first_seen_utc_ns,
            track.last_seen_utc_ns,
            tag.bib,
            None if tag.bib is None else tag.state.value,
            tag.posterior,
            tag.votes,
            track.listed,
            track.crossing_utc_ns,
            None if track.clock is None else track.clock.value,
            track.hidden,
            track.merged_into,
            track.track_id,
        ),
    )


def choose_evidence(db: Database, track_id: int, restore: bool) -> None:
    """Show a picture that is the track's own, where the one shown is another's by now.

    Args:
        restore: begin with the one that was shown before people said anything.
    """
    if restore:
        shown = own_of(db, tracks_of(db, [track_id])[track_id]).evidence
        db.execute(
            "UPDATE tracks SET evidence = ?, evidence_name = ? WHERE track_id = ?",
            (shown, None if shown is None else shown.rsplit("/", 1)[-1], track_id),
        )
        if shown is None:
            return
    db.execute(
        """
        WITH best AS (SELECT name, path FROM images WHERE track_id = :track
            ORDER BY kind = 'evidence' DESC, capture_utc_ns DESC LIMIT 1)
        UPDATE tracks SET evidence = (SELECT path FROM best),
            evidence_name = (SELECT name FROM best)
        WHERE track_id = :track AND NOT EXISTS (
            SELECT 1 FROM images i WHERE i.name = evidence_name AND i.track_id = :track)
        """,
        {"track": track_id},
    )


def last_sight(db: Database, track_id: int, or_of: int) -> LastSight:
    """Of the later part of a split, where the whole was."""
    row = db.execute(
        "SELECT body FROM events WHERE track_id IN (?, ?) AND kind IN ('opened', 'tagged') "
        "ORDER BY track_id = ? DESC, seq DESC LIMIT 1",
        (track_id, or_of, track_id),
    ).fetchone()
    if row is None:  # rows that no event tells of, as of a race put together by hand
        return LastSight(0, (0.0, 0.0, 0.0, 0.0))
    told = json.loads(row[0])
    x0, y0, x1, y1 = told["person"]
    return LastSight(int(told["frame_index"]), (x0, y0, x1, y1))


def tracks_of(db: Database, track_ids: Iterable[int]) -> dict[int, Track]:
    """Tracks as they stand, by number, in the order of numbers."""
    wanted = sorted(track_ids)
    marks = ", ".join("?" * len(wanted))
    found = find_tracks(db, f"track_id IN ({marks}) ORDER BY track_id", tuple(wanted))
    return {track.track_id: track for track in found}


def find_tracks(db: Database, where: str, values: tuple[object, ...]) -> list[Track]:
    """Tracks as they stand, of the current runs, by a condition in SQL."""
    return [_track_of(row) for row in db.execute(_TRACK + where, values).fetchall()]


def own_of(db: Database, track: Track) -> Track:
    """What the race itself saw of a track."""
    row = db.execute("SELECT own FROM tracks WHERE track_id = ?", (track.track_id,)).fetchone()
    # Whether it is over is the same for both, and known best to the row.
    return track if row[0] is None else replace(read_own(row[0]), closed=track.closed)


def keep_own(db: Database, track: Track, only_new: bool = False) -> None:
    """Keep what the race saw of a track beside how it stands."""
    db.execute(
        "UPDATE tracks SET own = ? WHERE track_id = ?" + (" AND own IS NULL" if only_new else ""),
        (json.dumps(asdict(track)), track.track_id),
    )


def read_own(written: str) -> Track:
    """What was kept of a track, see `keep_own`."""
    told = json.loads(written)
    tag = told["tag"] | {"state": State(told["tag"]["state"])}
    clock = None if told["clock"] is None else Clock(told["clock"])
    return Track(**(told | {"tag": Tag(**tag), "clock": clock}))


def _track_of(row: Sequence[object]) -> Track:
    (track_id, camera, footage_id, first_ns, last_ns, closed, bib, state, posterior, votes, listed,
     crossing_ns, clock, evidence, hidden, merged_into) = row  # fmt: skip
    tag = Tag() if state is None else Tag(maybe_text(bib), State(str(state)), float(str(posterior)),
                                          integer(votes))  # fmt: skip
    return Track(
        track_id=integer(track_id),
        camera=str(camera),
        footage_id=maybe_integer(footage_id),
        first_seen_utc_ns=integer(first_ns),
        last_seen_utc_ns=integer(last_ns),
        closed=bool(closed),
        tag=tag,
        listed=None if listed is None else bool(listed),
        crossing_utc_ns=maybe_integer(crossing_ns),
        clock=None if clock is None else Clock(str(clock)),
        evidence=maybe_text(evidence),
        hidden=bool(hidden),
        merged_into=maybe_integer(merged_into),
    )


def integer(value: object) -> int:
    """A column's number."""
    return int(str(value))


def maybe_integer(value: object) -> int | None:
    """A column's number, or None."""
    return None if value is None else integer(value)


def maybe_text(value: object) -> str | None:
    """A column's text, or None."""
    return None if value is None else str(value)
