"""Pace, back-off and the bounded queue between a decoding thread and its consumer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

from stream import clock

T = TypeVar("T")

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0
QUIET_S = 2.0
"""A camera that sends nothing for so long is called again, unless its frames are rarer."""
QUIET_FRAMES = 10
FIRST_FRAME_S = 10.0
"""How long a camera may take from the call to its first frame."""
FOOTAGE_S = 30.0
"""How long footage may take to give a frame: the disk may be slow, but a decoder may be stuck."""


def wait_after(failures: int) -> float:
    """Seconds to wait after so many failed calls in a row: 0.5, 1, 2, 4, 5, 5 ..."""
    return float(min(FIRST_WAIT_S * 2.0 ** min(failures - 1, 10), LONGEST_WAIT_S))


def given_up(why: str, attempts: int) -> str:
    """What to say of a camera that is not called again."""
    return f"{why}; given up after {attempts}" if attempts else why


def patience_s(fps: float, first: bool) -> float:
    """How long to wait for the next frame of a camera before it counts as lost, seconds."""
    if first:
        return FIRST_FRAME_S
    return max(QUIET_S, QUIET_FRAMES / fps) if fps > 0 else QUIET_S * 2.5


class Pacer:
    """Holds frames back until their time has come. The first frame sets the beginning."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._zero_ns: int | None = None

    def late_ns(self, pts_ns: int) -> int:
        """How long ago the frame was due; negative while its time is to come."""
        now = clock.monotonic_ns()
        if self._zero_ns is None:
            self._zero_ns = now - pts_ns
        return now - self._zero_ns - pts_ns

    def wait(self, pts_ns: int) -> bool:
        """Wait until the frame is due. True: the source was closed meanwhile."""
        due_ns = clock.monotonic_ns() - self.late_ns(pts_ns)
        return clock.wait_until_ns(due_ns, self._stop)


class Feed(Generic[T]):
    """A bounded queue from one producing thread to one consumer.

    Args:
        capacity: how much may wait.
        live: True drops the oldest when full, and counts it; False lets the producer wait.
    """

    def __init__(self, capacity: int, live: bool) -> None:
        self._waiting: deque[T] = deque()
        self._capacity = capacity
        self._live = live
        self._changed = threading.Condition()
        self._ended = False
        self._failure: Exception | None = None
        self.dropped = 0

    def put(self, value: T) -> bool:
        """Append `value`. False: the feed is over and the producer must end."""
        with self._changed:
            while len(self._waiting) >= self._capacity and not self._ended:
                if self._live:
                    self._waiting.popleft()
                    self.dropped += 1
                else:
                    self._changed.wait()
            if not self._ended:
                self._waiting.append(value)
            self._changed.notify_all()
            return not self._ended

    def end(self, failure: Exception | None = None) -> None:
        """No more will come. The consumer gets what waits, then the failure, if any."""
        with self._changed:
            if not self._ended:
                self._failure = failure
            self._ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """Throw away what waits and wake both sides."""
        with self._changed:
            self._ended, self._failure = True, None
            self._waiting.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """Everything in order. Raises the producer's failure after its last value."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                if not self._waiting:
                    if self._failure is not None:
                        raise self._failure
                    return
                value = self._waiting.popleft()
                self._changed.notify_all()
            yield value
