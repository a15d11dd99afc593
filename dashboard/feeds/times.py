"""Capture times as text, for programs and for graphics."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from stream.clock import SECOND_NS
from stream.export.times import has_date


def iso(utc_ns: int) -> str:
    """ISO 8601, UTC, to a microsecond."""
    seconds, rest_ns = divmod(utc_ns, SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns // 1000:06d}Z"


def elapsed_text(elapsed_ms: int) -> str:
    """Hours, minutes, seconds and a tenth: ``1:02:03.4``. What is left of a tenth is cut off."""
    seconds, rest_ms = divmod(elapsed_ms, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest_ms // 100}"


def time_text(utc_ns: int, zone: ZoneInfo | None) -> str:
    """Time of day to a tenth; the running time of footage without a date.

    Args:
        utc_ns: nanoseconds since 1970, UTC.
        zone: the race's; None is this computer's.
    """
    seconds, tenths = utc_ns // SECOND_NS, utc_ns % SECOND_NS // (SECOND_NS // 10)
    if not has_date(utc_ns):
        return elapsed_text(utc_ns // 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone(zone):%H:%M:%S}.{tenths}"
