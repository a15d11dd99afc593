"""Pictures in the two layouts that sources deliver: RGB, and the planes of a video decoder.

Both meet the port `engines.types.Picture`. A 1080p frame as RGB costs 2 ms and 6 MB to make and
is needed by nobody: the detector wants 640x360, the reader a few crops. So `I420Picture` keeps
the decoder's planes and converts only what is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.types import Box, Image

CHROMA_SLACK: Final = 1.5
"""Colour may lose a little detail: halved from 960x540 on the way to 640x360, 0.2 ms less."""

Plane = NDArray[np.uint8]
"""One channel: uint8 ``[height, width]``, any row stride."""


class Matrix(Enum):
    """How limited-range YCbCr becomes RGB: ``(Kr, Kb)`` of ITU-R BT.601 and BT.709."""

    BT601 = (0.299, 0.114)
    BT709 = (0.2126, 0.0722)

    @staticmethod
    def usual(height: int) -> Matrix:
        """BT.709 from 720 rows on, BT.601 below: what players assume where a stream is silent."""
        return Matrix.BT709 if height >= 720 else Matrix.BT601

    def coefficients(self) -> NDArray[np.float32]:
        """``[3, 4]``: RGB 0..255 = coefficients @ (Y, Cb, Cr, 1), Y 16..235, Cb and Cr 16..240."""
        kr, kb = self.value
        kg = 1.0 - kr - kb
        chroma = np.array(
            [
                [0.0, 2 * (1 - kr)],
                [-2 * (1 - kb) * kb / kg, -2 * (1 - kr) * kr / kg],
                [2 * (1 - kb), 0.0],
            ]
        ) * (255 / 224)
        luma = np.full((3, 1), 255 / 219)
        offset = -16 * luma - 128 * chroma.sum(axis=1, keepdims=True)
        return np.concatenate((luma, chroma, offset), axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class RgbPicture:
    """A picture that is RGB already: uint8 ``[height, width, 3]``."""

    image: Image

    def __post_init__(self) -> None:
        shape = self.image.shape
        if len(shape) != 3 or shape[2] != 3 or self.image.size == 0:
            raise ValueError(f"a picture needs an image [height, width, 3]; got {shape}")
        if self.image.dtype != np.uint8:
            raise ValueError(f"a picture needs uint8; got {self.image.dtype}")

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])

    def resized(self, width: int, height: int) -> Image:
        """The whole picture as ``[height, width, 3]`` RGB."""
        return shrunk(self.image, width, height)

    def crop(self, box: Box) -> Image:
        """A copy of the part inside `box`, clipped to the picture, at least one pixel."""
        x0, y0, x1, y1 = pixel_box(box, self.width, self.height)
        return self.image[y0:y1, x0:x1].copy()


@dataclass(frozen=True, slots=True, eq=False)
class I420Picture:
    """A decoded video frame: luma, and chroma at half the width and height, limited range.

    Attributes:
        y: uint8 ``[height, width]``; rows may have any stride (a view into a padded buffer).
        u, v: uint8 ``[ceil(height / 2), ceil(width / 2)]``.
        matrix: None takes the usual one for the height.
    """

    y: Plane
    u: Plane
    v: Plane
    matrix: Matrix | None = None

    def __post_init__(self) -> None:
        if self.y.ndim != 2 or self.y.size == 0:
            raise ValueError(f"a luma plane is [height, width]; got {self.y.shape}")
        half = ((self.height + 1) // 2, (self.width + 1) // 2)
        if self.u.shape != half or self.v.shape != half:
            raise ValueError(
                f"luma {self.y.shape} needs chroma {half}; got {self.u.shape} and {self.v.shape}"
            )

    @staticmethod
    def packed(planes: Plane, matrix: Matrix | None = None) -> I420Picture:
        """From one contiguous array ``[height * 3 // 2, width]`` with even width and height.

        Raises:
            ValueError: the array is not contiguous or does not hold whole planes.
        """
        rows, width = planes.shape
        if rows % 3 or width % 2 or not planes.flags.c_contiguous:
            raise ValueError(
                f"packed planes are contiguous [height * 3 // 2, even width]; got {planes.shape}"
            )
        height = rows // 3 * 2
        chroma = planes[height:].reshape(2, height // 2, width // 2)
        return I420Picture(planes[:height], chroma[0], chroma[1], matrix)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.y.shape[0])

    def resized(self, width: int, height: int) -> Image:
        """The whole picture as ``[height, width, 3]`` RGB: planes are shrunk, then converted."""
        chroma = (shrunk(plane, width, height, CHROMA_SLACK) for plane in (self.u, self.v))
        return self._rgb(shrunk(self.y, width, height), *chroma)

    def crop(self, box: Box) -> Image:
        """The part inside `box`, clipped to the picture, at least one pixel; a copy."""
        x0, y0, x1, y1 = pixel_box(box, self.width, self.height)
        # Whole chroma cells are converted and the odd edges cut off afterwards.
        left, top = x0 & ~1, y0 & ~1
        y = self.y[top:y1, left:x1]
        cells = np.s_[top // 2 : (y1 + 1) // 2, left // 2 : (x1 + 1) // 2]
        n_rows, n_columns = y.shape
        u, v = (_doubled(plane[cells])[:n_rows, :n_columns] for plane in (self.u, self.v))
        image = self._rgb(y, u, v)
        return image[y0 - top :, x0 - left :].copy()

    def _rgb(self, y: Plane, u: Plane, v: Plane) -> Image:
        matrix = self.matrix or Matrix.usual(self.height)
        return np.asarray(cv2.transform(cv2.merge((y, u, v)), matrix.coefficients()), np.uint8)


def _doubled(plane: Plane) -> Plane:
    """Every pixel four times; a third of the time of `numpy.repeat`."""
    size = (2 * plane.shape[1], 2 * plane.shape[0])
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def shrunk(
    image: NDArray[np.uint8], width: int, height: int, slack: float = 2.0
) -> NDArray[np.uint8]:
    """`image` (one or three channels) at another size; enlarges too.

    Halves by averaging while at least `slack` times too large, then interpolates: free of
    aliasing for any factor. Measured for 1920x1080 luma to 640x360 on one core: 0.4 ms, against
    1.6 ms for INTER_AREA (6 ms where the factor is no integer) and 0.3 ms for INTER_LINEAR,
    which aliases.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a picture has at least one pixel; got {width}x{height}")
    while image.shape[1] >= slack * width and image.shape[0] >= slack * height:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        even = image[: half[1] * 2, : half[0] * 2]
        image = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), np.uint8)
    if image.shape[:2] == (height, width):
        return image.copy()
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def pixel_box(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """The whole pixels that `box` touches, inside a ``width`` x ``height`` picture.

    Never empty: a box outside gives the nearest pixel.
    """
    x0 = min(max(math.floor(box[0]), 0), width - 1)
    y0 = min(max(math.floor(box[1]), 0), height - 1)
    x1 = min(max(math.ceil(box[2]), x0 + 1), width)
    y1 = min(max(math.ceil(box[3]), y0 + 1), height)
    return x0, y0, x1, y1
