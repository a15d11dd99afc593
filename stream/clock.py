"""The wall clock and the waiting of the whole package; no other module reads the time.

UTC is for capture times, the monotonic clock for durations and deadlines: UTC may be
stepped by the host's time service in the middle of a race, the monotonic clock may not.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

SECOND_NS = 1_000_000_000
"""One second in nanoseconds."""


def now_ns() -> int:
    """UTC, nanoseconds since 1970."""
    return time.time_ns()


def monotonic_ns() -> int:
    """Nanoseconds since some moment in the past; never steps back."""
    return time.monotonic_ns()


def utc_of_monotonic_ns(moment_ns: int) -> int:
    """UTC of a moment on the monotonic clock, by the offset between both clocks now."""
    return time.time_ns() - time.monotonic_ns() + moment_ns


def stamp(utc_ns: int) -> str:
    """A moment as part of a file's name: ``20260503T093102.345Z``. It sorts by time."""
    seconds, rest_ns = divmod(utc_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{rest_ns // 1_000_000:03d}Z"


def sleep_s(seconds: float) -> None:
    """Wait; nothing can cut it short. A negative time returns at once."""
    if seconds > 0:
        time.sleep(seconds)


def wait_until_ns(deadline_ns: int, stop: threading.Event) -> bool:
    """Wait until `deadline_ns` on the monotonic clock, or until `stop` is set.

    Returns True when `stop` was set: the caller must end.
    """
    left_ns = deadline_ns - time.monotonic_ns()
    if left_ns <= 0:
        return stop.is_set()
    return stop.wait(left_ns / SECOND_NS)
