"""Journeys and reports as the tests write them: milliseconds after ten o'clock."""

from __future__ import annotations

from dashboard.latency.journey import Journey
from dashboard.latency.painted import PaintedTag, Report
from tests.dashboard.fakes import TEN_O_CLOCK

MS = 1_000_000


def at(ms: float) -> int:
    """A moment, UTC nanoseconds."""
    return TEN_O_CLOCK + round(ms * MS)


def journey(
    seq: int = 1,
    look: float = 0,
    seen: float | None = 100,
    named: float = 40,
    published: float = 250,
    *,
    is_first: bool = True,
) -> Journey:
    return Journey(
        seq=seq,
        camera="finish",
        track_id=seq,
        bib="101",
        is_first=is_first,
        look_utc_ns=at(look),
        seen_utc_ns=None if seen is None else at(seen),
        named_utc_ns=at(named),
        published_utc_ns=at(published),
    )


def report(seq: int = 1, ms: float = 300, uncertainty: float = 1) -> Report:
    return Report(seq, at(ms) / MS, uncertainty)


def painted(of: Journey, ms: float, uncertainty: float = 1) -> PaintedTag:
    return PaintedTag(of, at(ms), uncertainty)
