"""Capture times as text.

Footage that was never told when it began counts from zero. Such a time is no date in 1970: it is
written as the running time of its footage. Parts of a millisecond are cut off, never rounded up.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SECOND_NS = 1_000_000_000
MS_NS = 1_000_000
_DAY_NS = 86_400 * SECOND_NS
_YEAR_NS = 365 * _DAY_NS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def has_date(utc_ns: int) -> bool:
    """Whether a capture time is a moment in UTC; otherwise it counts from its footage's start."""
    return utc_ns >= _YEAR_NS


def moment_text(utc_ns: int) -> str:
    """``2026-05-03T09:31:02.345Z``, or ``00:01:02.345`` since the start of undated footage."""
    if not has_date(utc_ns):
        return running_text(utc_ns)
    moment = _EPOCH + timedelta(milliseconds=utc_ns // MS_NS)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def running_text(duration_ns: int) -> str:
    """``00:01:02.345``; hours go on past 24."""
    hours, minutes, seconds, ms = _parts(duration_ns)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"


def short_text(duration_ns: int) -> str:
    """``2.345``, ``1:02.345``, ``1:01:02.345``: as timing software writes results."""
    hours, minutes, seconds, ms = _parts(duration_ns)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}.{ms:03d}"
    return f"{minutes}:{seconds:02d}.{ms:03d}" if minutes else f"{seconds}.{ms:03d}"


def seconds_between(from_ns: int, to_ns: int) -> float:
    """Seconds from one moment to another, to a millisecond."""
    return (to_ns - from_ns) // MS_NS / 1000


def midnight_before(utc_ns: int) -> int:
    """The beginning of the moment's day in UTC; of undated footage, its start."""
    return utc_ns - utc_ns % _DAY_NS if has_date(utc_ns) else 0


def _parts(duration_ns: int) -> tuple[int, int, int, int]:
    rest, ms = divmod(max(duration_ns, 0) // MS_NS, 1000)
    rest, seconds = divmod(rest, 60)
    hours, minutes = divmod(rest, 60)
    return hours, minutes, seconds, ms
