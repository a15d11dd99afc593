"""Which share of a camera's frames was dropped of late, from counts that only grow. Pure."""

from __future__ import annotations

from collections import deque

WINDOW_NS = 60_000_000_000
"""A minute: what was dropped while the models were loading does not count for the whole race."""
STEP_NS = 2_000_000_000


class RecentDrops:
    """The share of the last minute, of one camera; of longer where nobody asked meanwhile."""

    def __init__(self) -> None:
        self._told: deque[tuple[int, int, int]] = deque()

    def share(self, frames: int, dropped: int, now_ns: int) -> float | None:
        """The share, 0..1; None before there was a frame.

        Args:
            frames: seen since the start.
            dropped: dropped since the start.
            now_ns: on the monotonic clock; must not go back.
        """
        if not self._told or now_ns - self._told[-1][0] >= STEP_NS:
            self._told.append((now_ns, frames, dropped))
        # One older than the window stays, to reckon from.
        while len(self._told) > 1 and self._told[1][0] <= now_ns - WINDOW_NS:
            self._told.popleft()
        _, frames_then, dropped_then = self._told[0]
        lost, all_of_them = dropped - dropped_then, dropped - dropped_then + frames - frames_then
        return round(lost / all_of_them, 4) if all_of_them > 0 else None
