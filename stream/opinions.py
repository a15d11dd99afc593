"""How far two readers agree at a camera."""

from __future__ import annotations

from statistics import median

TRACKS_NEEDED = 8
TRACKS_KEPT = 200


class Opinions:
    """What the second reader says of the bibs that the first has read, of many runners.

    Mostly it bears them out. Where it seldom does, in the dark or with a typeface that is beyond
    both, what they agree on may be by chance.
    """

    def __init__(self) -> None:
        self._of: dict[int, float] = {}

    def note(self, track_id: int, share: float) -> None:
        """`Standing.second` of a track; the newest counts."""
        self._of[track_id] = share
        if len(self._of) > TRACKS_KEPT:
            del self._of[next(iter(self._of))]

    def usual(self) -> float | None:
        """Median of the tracks, 0..1; None as long as they are few."""
        return median(self._of.values()) if len(self._of) >= TRACKS_NEEDED else None
