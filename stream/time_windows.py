"""Windows of time as people say them: a time of day, or a moment with its date. Pure.

A time of day holds for every day of the race, in one time zone. Footage that was never told when
it began counts from zero; there a time of day is its running time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

SECOND_NS = 1_000_000_000
DAY_S = 86_400
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What is earlier is no date but the running time of undated footage.
_FIRST_DAY = date(1971, 1, 1)


class TimeError(ValueError):
    """A text is no time; the message names it and says how times are written."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as somebody wrote it.

    Attributes:
        utc_ns: nanoseconds since 1970, where a date was told; otherwise None, and then
        of_day_ns: nanoseconds since midnight.
    """

    utc_ns: int | None
    of_day_ns: int = 0


Window = tuple[int, int]
"""From and to, nanoseconds since 1970, UTC; both moments belong to it."""

EVER: Window = (-(2**62), 2**62)


def parse_moment(text: str, zone: tzinfo | None = None) -> Moment:
    """``10:31``, ``10:31:05.5``, ``2026-05-03T10:31`` or the same with an offset or ``Z``.

    Args:
        text: what somebody wrote.
        zone: of a date without an offset; None is this computer's.

    Raises:
        TimeError: it is no time.
    """
    written = text.strip()
    found = _TIME.fullmatch(written)
    if found is not None:
        hours, minutes, seconds = int(found[1]), int(found[2]), float(found[3] or 0)
        if hours < 24 and minutes < 60 and seconds < 60:
            whole_s = (hours * 60 + minutes) * 60
            return Moment(None, whole_s * SECOND_NS + round(seconds * SECOND_NS))
    elif re.match(r"\d{4}-\d{2}-\d{2}.", written):
        try:
            moment = datetime.fromisoformat(written)
            return Moment(_ns(moment if moment.tzinfo else _local(moment, zone)))
        except (ValueError, OverflowError, OSError):
            pass
    raise TimeError(
        f"{text!r} is no time; write 10:31, 10:31:05 or, with the date, 2026-05-03T10:31:05"
    )


def days_of(moments_utc_ns: Iterable[int]) -> tuple[date, ...]:
    """The days in UTC that the moments fall on."""
    days = {moment // (DAY_S * SECOND_NS) for moment in moments_utc_ns}
    return tuple(_EPOCH.date() + timedelta(days=day) for day in sorted(days))


def windows(
    start: Moment | None, end: Moment | None, days: Iterable[date], zone: tzinfo | None = None
) -> tuple[Window, ...]:
    """What lies between two moments, both included.

    Where both are times of day and the end comes before the start, midnight lies between.

    Args:
        start, end: None is open.
        days: of the race, in UTC; see `days_of`.
        zone: of times of day; None is this computer's.

    Returns:
        One window for each day of a time of day, in order.

    Raises:
        TimeError: one has a date and the other none, or with their dates the end comes first.
    """
    given = [moment for moment in (start, end) if moment is not None]
    dated = [moment.utc_ns for moment in given if moment.utc_ns is not None]
    if dated and len(dated) < len(given):
        raise TimeError("one time has a date and the other none; write both with it, or neither")
    if not given or dated:
        first = EVER[0] if start is None or start.utc_ns is None else start.utc_ns
        last = EVER[1] if end is None or end.utc_ns is None else end.utc_ns
        if last < first:
            raise TimeError("'to' lies before 'from'; write the earlier time in 'from'")
        return ((first, last),)
    from_ns = 0 if start is None else start.of_day_ns
    to_ns = DAY_S * SECOND_NS - 1 if end is None else end.of_day_ns
    return tuple(_on(day, from_ns, to_ns, zone) for day in _around(days))


def _around(days: Iterable[date]) -> list[date]:
    """The days of every zone that the days in UTC may be; undated footage has no zone."""
    found = set()
    for day in days:
        if day < _FIRST_DAY:
            found.add(_EPOCH.date())
        else:
            found |= {day - timedelta(days=1), day, day + timedelta(days=1)}
    return sorted(found)


def _on(day: date, from_ns: int, to_ns: int, zone: tzinfo | None) -> Window:
    later = day + timedelta(days=1) if to_ns < from_ns else day
    if day < _FIRST_DAY:
        return from_ns, to_ns + (later - day).days * DAY_S * SECOND_NS
    return _at(day, from_ns, zone), _at(later, to_ns, zone)


def _at(day: date, of_day_ns: int, zone: tzinfo | None) -> int:
    seconds, rest_ns = divmod(of_day_ns, SECOND_NS)
    of_day = (datetime.min + timedelta(seconds=seconds)).time()
    return _ns(_local(datetime.combine(day, of_day), zone)) + rest_ns


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone() if zone is None else moment.replace(tzinfo=zone)


def _ns(moment: datetime) -> int:
    passed = moment - _EPOCH
    return (passed.days * DAY_S + passed.seconds) * SECOND_NS + passed.microseconds * 1000
