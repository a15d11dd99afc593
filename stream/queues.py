"""Bounded queues between the threads of the pipeline; each says what it does when full."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import dataclass
from threading import Condition
from typing import Generic, TypeVar

from stream.types import Frame, Look

T = TypeVar("T")

STANDING_FRAMES = 1
"""Frames of a live camera that may wait all the time; what stands beyond them is only delay."""
WATCHED_FRAMES = 5
"""So many frames long, a fifth of a second, a queue is watched for what stands in it. A detector
that is quick enough has worked off a moment's delay by then."""
STALE_NS = 500_000_000
"""Looks this much older than their camera's newest are dropped: whoever is still in view is
looked at again, and what is read late comes late to the page."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A camera has no more frames; `error` says why when it was not the end of the footage."""

    camera: str
    error: Exception | None = None


class FrameQueue:
    """Frames of all cameras on their way to the detector.

    Each camera has its own place of `depth` frames: half a second, so that a moment's work
    elsewhere costs no frame. A live camera drops its oldest frame when
    full, and the drop is counted; a file waits. Where the detector is too slow for good, a full
    queue would only make every frame late: of frames that never stop waiting the oldest are
    dropped as well. `take` serves the cameras in turn, so that a fast
    file cannot starve a camera.
    """

    def __init__(self, live: dict[str, bool], depth: int = 12) -> None:
        self._live = live
        self._depth = depth
        self._frames: dict[str, deque[Frame | Ended]] = {camera: deque() for camera in live}
        self._dropped = dict.fromkeys(live, 0)
        self._standing = {camera: _Standing() for camera, is_live in live.items() if is_live}
        self._waiting = set(live)
        self._changed = Condition()
        self._closed = False

    def put(self, frame: Frame) -> bool:
        """Add one frame; False once the queue is closed and the source should stop."""
        frames = self._frames[frame.camera]
        with self._changed:
            if self._live[frame.camera]:
                excess = self._standing[frame.camera].excess(len(frames))
                for _ in range(max(excess, len(frames) - self._depth + 1)):
                    frames.popleft()
                    self._dropped[frame.camera] += 1
            else:
                self._changed.wait_for(lambda: self._closed or len(frames) < self._depth)
            if self._closed:
                return False
            frames.append(frame)
            self._changed.notify_all()
            return True

    def end(self, camera: str, error: Exception | None = None) -> None:
        """Say that `camera` is over; never blocks and is never dropped."""
        with self._changed:
            self._frames[camera].append(Ended(camera, error))
            self._changed.notify_all()

    def take(self) -> list[Frame | Ended]:
        """The oldest entry of every camera that has one; empty once nothing more will come."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._waiting or any(self._frames.values())
            )
            if self._closed:
                return []
            taken = [frames.popleft() for frames in self._frames.values() if frames]
            self._waiting -= {entry.camera for entry in taken if isinstance(entry, Ended)}
            self._changed.notify_all()
            return taken

    def dropped(self, camera: str) -> int:
        """Frames of `camera` that were never looked at."""
        with self._changed:
            return self._dropped[camera]

    def waiting(self) -> int:
        """Frames in the queue now."""
        with self._changed:
            return sum(len(frames) for frames in self._frames.values())

    def close(self) -> None:
        """Let go of every thread that waits here."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


@dataclass(slots=True)
class _Standing:
    """Watches how many frames never stop waiting."""

    least: int | None = None
    watched: int = 0

    def excess(self, waiting: int) -> int:
        """How many of the frames that wait now, before one more, have to go."""
        self.least = waiting if self.least is None else min(self.least, waiting)
        self.watched += 1
        if self.watched < WATCHED_FRAMES:
            return 0
        standing = self.least
        self.least, self.watched = None, 0
        return max(0, standing - STANDING_FRAMES)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted(Generic[T]):
    """A look on its way to the reader, with what is needed to carry it out."""

    look: Look
    source: T


class LookQueue(Generic[T]):
    """Looks on their way to the reader; the stale are dropped, and the least valuable when full."""

    def __init__(self, depth: int = 32) -> None:
        self._depth = depth
        self._heap: list[tuple[float, int, Wanted[T]]] = []
        self._order = itertools.count()
        self._changed = Condition()
        self._closed = False

    def put(self, wanted: Wanted[T]) -> list[Wanted[T]]:
        """Add a look; returns those that had to go, of which it may be one."""
        with self._changed:
            gone = self._stale(wanted.look)
            entry = (wanted.look.value, next(self._order), wanted)
            if len(self._heap) < self._depth:
                heapq.heappush(self._heap, entry)
            else:
                gone.append(heapq.heappushpop(self._heap, entry)[2])
            self._changed.notify_all()
            return gone

    def _stale(self, newest: Look) -> list[Wanted[T]]:
        """Take out the looks that a new one of the same camera makes stale."""
        since_ns = newest.capture_utc_ns - STALE_NS
        stale = [
            entry
            for entry in self._heap
            if entry[2].look.camera == newest.camera and entry[2].look.capture_utc_ns < since_ns
        ]
        for entry in stale:
            self._heap.remove(entry)
        if stale:
            heapq.heapify(self._heap)
        return [entry[2] for entry in stale]

    def take(self, limit: int) -> list[Wanted[T]]:
        """The `limit` most valuable looks, waiting for at least one; empty once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._heap))
            best = heapq.nlargest(limit, self._heap)
            for entry in best:
                self._heap.remove(entry)
            heapq.heapify(self._heap)
            return [entry[2] for entry in best]

    def waiting(self) -> int:
        """Looks in the queue now."""
        with self._changed:
            return len(self._heap)

    def close(self) -> None:
        """No look will be added; those still here can be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
