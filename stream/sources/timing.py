"""Capture times: monotone running time, and running time fitted to the host's clock. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median

NTP_TO_UNIX_NS = 2_208_988_800 * 1_000_000_000
"""Nanoseconds from 1900, where RTCP counts from, to 1970."""

FIT_SECONDS_NS = 20_000_000_000
FIT_AFTER_FRAMES = 25
FIT_BREAKS_NS = 1_000_000_000
OFFSET_SECONDS = 30


class Monotone:
    """Running times that start near zero and always grow, whatever the stream says.

    Args:
        zero_ns: the stream's time at running time zero; None takes that of the first frame.
    """

    def __init__(self, zero_ns: int | None = None) -> None:
        self._zero_ns = zero_ns
        self._last_ns = -1

    def rebase(self, elapsed_ns: int) -> None:
        """A new connection: its first frame stands `elapsed_ns` after the source's first."""
        if self._last_ns >= 0:
            self._zero_ns = None
            self._last_ns = max(self._last_ns, elapsed_ns - 1)

    def at(self, stream_ns: int) -> int:
        """The frame's running time; at least 1 ns after the frame before."""
        if self._zero_ns is None:
            self._zero_ns = stream_ns - (self._last_ns + 1)
        self._last_ns = max(stream_ns - self._zero_ns, self._last_ns + 1)
        return self._last_ns


@dataclass(frozen=True, slots=True)
class Fit:
    """A capture time and whether it is fitted; otherwise it is the time of arrival."""

    utc_ns: int
    fitted: bool


class ArrivalFit:
    """Fits a stream's time stamps to arrival times on the host's clock.

    Delay on the way only ever adds, so the smallest difference of the last 20 s is the best
    estimate of the offset; it follows a camera whose clock runs fast or slow. A jump of more
    than a second (a stall, a restarted camera) begins anew.
    """

    def __init__(self) -> None:
        self._least: deque[tuple[int, int]] = deque()
        self._n = 0

    def capture(self, stream_ns: int, arrival_utc_ns: int) -> Fit:
        """When the frame was captured, as UTC ns; arrival itself for the first 25 frames."""
        offset = arrival_utc_ns - stream_ns
        if self._least and abs(offset - self._least[0][1]) > FIT_BREAKS_NS:
            self._least.clear()
            self._n = 0
        while self._least and self._least[-1][1] >= offset:
            self._least.pop()
        self._least.append((arrival_utc_ns, offset))
        while self._least[0][0] < arrival_utc_ns - FIT_SECONDS_NS:
            self._least.popleft()
        self._n += 1
        return self.at(stream_ns, arrival_utc_ns)

    def at(self, stream_ns: int, arrival_utc_ns: int) -> Fit:
        """The same without learning from it, for frames whose packets `capture` has seen."""
        if self._n < FIT_AFTER_FRAMES:
            return Fit(arrival_utc_ns, False)
        return Fit(stream_ns + self._least[0][1], True)


class ClockOffset:
    """How far a camera's clock is behind this computer's, from frames that carry both times.

    Delay on the way only ever adds, so the least difference of a second is nearest to the truth;
    the median of the last 30 of these bears a second in which every frame was late.
    """

    def __init__(self) -> None:
        self._least: deque[int] = deque(maxlen=OFFSET_SECONDS)
        self._second: int | None = None
        self.ns: int | None = None
        """Nanoseconds; negative where the camera's clock is ahead. None before the first frame."""

    def note(self, camera_utc_ns: int, host_utc_ns: int) -> None:
        """One frame: the camera's time of it, and this computer's."""
        offset, second = host_utc_ns - camera_utc_ns, host_utc_ns // 1_000_000_000
        if self._least and second == self._second:
            self._least[-1] = min(self._least[-1], offset)
        else:
            self._least.append(offset)
            self._second = second
        self.ns = int(median(self._least))


class Rate:
    """Frames per second over the last two seconds or so, as they come."""

    def __init__(self) -> None:
        self._moments: deque[int] = deque(maxlen=51)

    def count(self, now_ns: int) -> None:
        """One more frame, at `now_ns` on the monotonic clock."""
        self._moments.append(now_ns)

    @property
    def per_second(self) -> float:
        """0 before the second frame."""
        try:
            first, last, n = self._moments[0], self._moments[-1], len(self._moments) - 1
        except IndexError:
            return 0.0
        return n * 1e9 / (last - first) if last > first else 0.0
