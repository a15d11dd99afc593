"""What the bibs of a race look like to a camera: how wide they are for their height.

The whole ones are alike. One whose side is hidden by an arm, a jacket or another runner is
narrower, and what is left of its number stands in the middle of it as a short number would.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from engines.types import Box

EACH = 5
"""Looks that count of one track: who stands in view is not to outweigh all others."""
TRACKS_NEEDED = 6
"""Before that nothing is said of what is usual."""
TRACKS_KEPT = 200
LEAST_SPREAD = 0.04
"""Measured boxes are not more exact than that."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What is usual, in natural logarithms of width by height.

    Attributes:
        middle: median of the looks.
        spread: standard deviation of those that are alike, from their median absolute deviation.
    """

    middle: float
    spread: float

    def off(self, bib: Box) -> float:
        """How much wider than usual a bib is for its height; negative: narrower."""
        return _outline(bib) - self.middle


class Outlines:
    """The bibs that one camera has seen; some are hidden in part, but most of many are whole."""

    def __init__(self) -> None:
        self._of: dict[int, list[float]] = {}
        self._usual: Outline | None = None

    def note(self, track_id: int, bib: Box) -> None:
        """A look at a bib counted; `bib` in pixels."""
        seen = self._of.setdefault(track_id, [])
        if len(seen) == EACH:
            return
        seen.append(_outline(bib))
        if len(self._of) > TRACKS_KEPT:
            del self._of[next(iter(self._of))]
        self._usual = None

    def usual(self) -> Outline | None:
        """None as long as too few runners were seen."""
        if len(self._of) < TRACKS_NEEDED:
            return None
        if self._usual is None:
            seen = np.concatenate([np.array(one) for one in self._of.values()])
            middle = float(np.median(seen))
            spread = 1.4826 * float(np.median(np.abs(seen - middle)))
            self._usual = Outline(middle, max(spread, LEAST_SPREAD))
        return self._usual


def _outline(bib: Box) -> float:
    return log(max(bib[2] - bib[0], 1.0) / max(bib[3] - bib[1], 1.0))
