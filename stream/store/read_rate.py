"""How many of the runners were read, over the time of the race."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from stream.clock import SECOND_NS

MOST_BINS = 60
"""A race is told in about so many pieces at most."""

_STEPS_S = (
    10, 30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 4 * 3600, 12 * 3600,
)  # fmt: skip
_DAY_S = 86_400

# Who crossed counts at the crossing, others when they were last seen.
_MOMENTS = """
SELECT coalesce(crossing_utc_ns, last_seen_utc_ns) AS moment_ns,
    crossing_utc_ns IS NOT NULL AS has_crossed,
    coalesce(state IN ('confirmed', 'corrected'), 0) AS is_read
FROM tracks
WHERE closed = 1 AND superseded = 0 AND hidden = 0 AND merged_into IS NULL
    AND (:camera IS NULL OR camera = :camera)
"""
_SPAN = f"SELECT min(moment_ns), max(moment_ns) FROM ({_MOMENTS})"
_BINS = f"""
SELECT moment_ns / :bin_ns AS place, count(*) AS runners, sum(is_read) AS n_read,
    sum(has_crossed) AS crossed, sum(has_crossed AND is_read) AS crossed_read
FROM ({_MOMENTS}) GROUP BY place ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class RateBin:
    """A piece of the race.

    Attributes:
        from_utc_ns: where it begins; a whole multiple of the width.
        runners: tracks that are over and belong on a list.
        read: of these, confirmed or corrected.
        crossed: of the runners, who crossed the finish line. The others are passers-by, people
            who turned back, and pieces of tracks too.
        crossed_read: of who crossed, confirmed or corrected.
    """

    from_utc_ns: int
    runners: int
    read: int
    crossed: int
    crossed_read: int


@dataclass(frozen=True, slots=True)
class ReadRate:
    """The race in pieces of `bin_s` seconds, without a gap; no pieces before the first runner."""

    bin_s: int
    bins: tuple[RateBin, ...]


def read_rate(db: sqlite3.Connection, camera: str | None = None) -> ReadRate:
    """Runners and how many of them were read, in pieces as long as the race asks for.

    A runner counts once at every camera. Runners in view, parts of merged tracks and who is not
    a runner are left out.

    Args:
        camera: this one alone; None takes all together.
    """
    first_ns, last_ns = db.execute(_SPAN, {"camera": camera}).fetchone()
    if first_ns is None:
        return ReadRate(_STEPS_S[0], ())
    bin_s = bin_width_s((last_ns - first_ns) / SECOND_NS)
    bin_ns = bin_s * SECOND_NS
    rows = db.execute(_BINS, {"camera": camera, "bin_ns": bin_ns}).fetchall()
    found = {place: counts for place, *counts in rows}
    places = range(first_ns // bin_ns, last_ns // bin_ns + 1)
    bins = (RateBin(place * bin_ns, *found.get(place, (0, 0, 0, 0))) for place in places)
    return ReadRate(bin_s, tuple(bins))


def bin_width_s(span_s: float) -> int:
    """The width of the pieces, seconds, for a race of that length."""
    for step_s in _STEPS_S:
        if span_s <= step_s * MOST_BINS:
            return step_s
    days = -(-span_s // (_DAY_S * MOST_BINS))
    return int(days) * _DAY_S
