"""What a clip is made of. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

from stream.clock import SECOND_NS
from stream.export.films import Film

TICKS = 90_000
"""Time stamps per second in a clip; whole for the usual frame rates, 1001ths too."""
INTERLEAVED_NS = SECOND_NS
"""Sound may stand in a file this far behind the pictures that it is heard with."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is taken of one file.

    Attributes:
        shift_ns: capture time of the file's own time zero.
        from_ns, until_ns: capture times; frames at or after `until_ns` are left out.
        is_last: of its take: frames behind its end do no harm.
    """

    film: Film
    shift_ns: int
    from_ns: int
    until_ns: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Take:
    """One camera's view of a runner, from one file or several that follow each other."""

    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a finished file shows, in capture times: from its first frame to the end of its last."""

    first_utc_ns: int
    end_utc_ns: int


def ticks(time_ns: int) -> int:
    """Nanoseconds as a time stamp of a clip."""
    return round(time_ns * TICKS / SECOND_NS)
