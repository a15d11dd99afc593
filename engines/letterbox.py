"""Fits pictures into the network's input and brings boxes back.

A picture keeps its shape: it is scaled to fit, centred, and the rest is 0. Training, nvinfer
(``maintain-aspect-ratio=1``, ``symmetric-padding=1``) and this file must agree on that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.types import Bytes, Floats, Picture

STRIDE = 32
"""Width and height of the input are multiples of the network's coarsest stride."""

LEAST_SIDE = 64
"""Pixels of an input's side. The network tells its 300 best boxes, and must have cells for them."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in the input, in whole input pixels.

    Attributes:
        source: width and height of the picture.
        size: width and height of the input.
        left, top, width, height: the part of the input that the picture fills.
    """

    source: tuple[int, int]
    size: tuple[int, int]
    left: int
    top: int
    width: int
    height: int

    def restore(self, boxes: Floats) -> Floats:
        """Boxes ``[N, 4]`` x0, y0, x1, y1 in input pixels to pixels of the picture, clipped."""
        corner = np.array([self.left, self.top] * 2, np.float32)
        scale = np.array(
            [self.source[0] / self.width, self.source[1] / self.height] * 2, np.float32
        )
        limit = np.array(self.source * 2, np.float32)
        placed: Floats = np.clip((boxes - corner) * scale, 0, limit).astype(np.float32)
        return placed


def place(source: tuple[int, int], size: tuple[int, int]) -> Placement:
    """Centres a picture of `source` (width, height) in an input of `size`.

    Raises:
        ValueError: `size` is not made of positive multiples of 32.
    """
    width, height = size
    if width <= 0 or height <= 0 or width % STRIDE or height % STRIDE:
        raise ValueError(f"an input size is made of multiples of {STRIDE}; got {width}x{height}")
    scale = min(width / source[0], height / source[1])
    inner_width = min(max(round(source[0] * scale), 1), width)
    inner_height = min(max(round(source[1] * scale), 1), height)
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    return Placement(source, size, left, top, inner_width, inner_height)


def letterbox(
    pictures: Sequence[Picture], size: tuple[int, int], rows: int | None = None
) -> tuple[Bytes, list[Placement]]:
    """Pictures to the network's input.

    Args:
        pictures: at least one.
        size: (width, height) of the input.
        rows: length of the batch, at least ``len(pictures)``; the rest is 0. None takes the
            number of pictures.

    Returns:
        ``[rows, height, width, 3]`` RGB, and one placement per picture.
    """
    rows = len(pictures) if rows is None else rows
    if not pictures or rows < len(pictures):
        raise ValueError(f"{len(pictures)} pictures do not make a batch of {rows}")
    tensor = np.zeros((rows, size[1], size[0], 3), np.uint8)
    placements = []
    for picture, canvas in zip(pictures, tensor, strict=False):
        spot = place((picture.width, picture.height), size)
        inner = np.s_[spot.top : spot.top + spot.height, spot.left : spot.left + spot.width]
        canvas[inner] = picture.resized(spot.width, spot.height)
        placements.append(spot)
    return tensor, placements
