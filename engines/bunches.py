"""Which photos are tagged together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

One = TypeVar("One")

TOGETHER: Final = 8
"""Photos worth tagging together: a call of a network costs as much as a row or two."""
TOGETHER_PIXELS: Final = 6_000_000
"""From which on they are enough: of large ones more would only fill the memory."""


def bunches_of(photos: Sequence[One], n_taggers: int, most: int) -> Iterator[Sequence[One]]:
    """Photos in order, as many at a time as are tagged together: so few rounds of all taggers as
    can be, and as many for each."""
    rounds = math.ceil(len(photos) / (n_taggers * most))
    size = math.ceil(len(photos) / max(rounds * n_taggers, 1))
    for first in range(0, len(photos), max(size, 1)):
        yield photos[first : first + size]
