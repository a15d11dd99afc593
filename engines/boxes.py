"""What boxes say about each other."""

from __future__ import annotations

from collections.abc import Sequence


def holds(bib: Sequence[float], number: Sequence[float]) -> bool:
    """Whether the centre of a number line lies in a bib; both x0, y0, x1, y1 in pixels."""
    x, y = (number[0] + number[2]) / 2, (number[1] + number[3]) / 2
    return bib[0] <= x <= bib[2] and bib[1] <= y <= bib[3]
