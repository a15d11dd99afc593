"""A decoder's buffer as an `I420Picture`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.picture import I420Picture, Matrix

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Colour:
    """How the stream's YCbCr is meant. `matrix` None takes the usual one for the height."""

    matrix: Matrix | None = None
    full_range: bool = False


def picture(planes: Sequence[Bytes], width: int, height: int, colour: Colour) -> I420Picture:
    """The picture in planes whose rows may be padded on the right.

    Args:
        planes: Y, U and V, each uint8 ``[rows, stride]`` with at least the rows and columns
            of the picture, half of both (rounded up) for U and V. They are not copied.
        width, height: of the picture, pixels.
        colour: how the stream means its numbers.
    """
    half = ((height + 1) // 2, (width + 1) // 2)
    y = planes[0][:height, :width]
    u, v = (plane[: half[0], : half[1]] for plane in planes[1:])
    if colour.full_range:
        # Pictures are limited range; cameras that send JPEG are not.
        y = _scaled(y, 219 / 255, 16.0)
        u, v = (_scaled(plane, 224 / 255, 128 - 128 * 224 / 255) for plane in (u, v))
    return I420Picture(y, u, v, colour.matrix)


def turned(shown: I420Picture, turns: int) -> I420Picture:
    """The picture turned anticlockwise by so many quarters, copied; by none it is the same one."""
    if turns % 4 == 0:
        return shown
    y, u, v = (np.ascontiguousarray(np.rot90(p, turns)) for p in (shown.y, shown.u, shown.v))
    return I420Picture(y, u, v, shown.matrix)


def _scaled(plane: Bytes, factor: float, offset: float) -> Bytes:
    return np.asarray(cv2.convertScaleAbs(plane, alpha=factor, beta=offset), np.uint8)
