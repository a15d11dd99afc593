"""The parts of a sprite that truth is about, and the canvas on which they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engines.simulate.relief import Relief
from engines.types import Box, Floats, Image


class Part(IntEnum):
    """What a pixel of a sprite shows, as far as truth is concerned."""

    NOTHING = 0
    BODY = 1
    BIB = 2
    NUMBER = 3
    FACE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A person in the making.

    Attributes:
        colour: lit colours, uint8 ``[h, w, 3]`` RGB.
        parts: uint8 ``[h, w]``, values of `Part`.
        relief: depth and materials, ``[h, w]``.
        glow: float32 ``[h, w]``, the light on each pixel without the folds of cloth.
    """

    colour: Image
    parts: NDArray[np.uint8]
    relief: Relief
    glow: Floats


def extent(mask: NDArray[np.bool_]) -> Box:
    """The box of the true pixels; zero size where there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return (0.0, 0.0, 0.0, 0.0)
    return (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
