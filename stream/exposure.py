"""Whether a picture is too bright or too dark to be read: shares of white and of black."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from engines.picture import I420Picture, pixel_box
from engines.types import Box, Picture

WHITE = 250
"""Brightness, of 255, from which on a pixel is blown out."""
BLACK = 5
"""Brightness up to which a pixel shows nothing."""
SAMPLES = 20_000
"""Pixels that are looked at: shares are good to half a percent then. 0.6 ms of 1080p, one core."""
MOST_WHITE_SHARE = 0.10
"""A sky or a white wall may be as large; more is likely to be the bibs, too."""
MOST_BLACK_SHARE = 0.30
DARK_MEDIAN = 40
"""Half the picture darker than this is dusk, or a stopped-down lens."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How bright a picture is; see `measure`.

    Attributes:
        median: brightness, 0 is black and 255 white.
        white_share: share of pixels from `WHITE` up, 0..1.
        black_share: share of pixels up to `BLACK`, 0..1.
    """

    median: int
    white_share: float
    black_share: float

    @property
    def too_bright(self) -> bool:
        """Whether more is white than can be read through."""
        return self.white_share > MOST_WHITE_SHARE

    @property
    def too_dark(self) -> bool:
        """Whether too little light comes in; a picture that is too bright is never too dark."""
        dark = self.black_share > MOST_BLACK_SHARE or self.median < DARK_MEDIAN
        return dark and not self.too_bright

    @property
    def advice(self) -> str:
        """What to change at the camera; empty where nothing needs to be."""
        if self.too_bright:
            return (
                f"the picture is overexposed: {100 * self.white_share:.0f} % of it is white; "
                "close the iris or shorten the exposure"
            )
        if self.too_dark:
            return (
                f"the picture is too dark: {100 * self.black_share:.0f} % of it is black, half of "
                f"it is below {self.median} of 255; open the iris, raise the gain or add light"
            )
        return ""


def measure(picture: Picture, region: Box | None = None) -> Exposure:
    """How bright the picture is.

    Args:
        picture: a decoder's planes are sampled as they are; others are shrunk to RGB first.
        region: fractions of the picture, left, top, right, bottom; None is all of it.
    """
    brightness = _brightness(picture, region or (0.0, 0.0, 1.0, 1.0))
    counts = np.bincount(brightness, minlength=256)
    n = int(counts.sum())
    median = int(np.searchsorted(np.cumsum(counts), (n + 1) // 2))
    white, black = counts[WHITE:].sum() / n, counts[: BLACK + 1].sum() / n
    return Exposure(median, round(float(white), 4), round(float(black), 4))


def _brightness(picture: Picture, region: Box) -> NDArray[np.uint8]:
    """A sample of the region's pixels, one dimension, 0..255."""
    if isinstance(picture, I420Picture):
        luma = _sample(picture.y, region).astype(np.int32) - 16
        return np.clip((luma * 255 + 109) // 219, 0, 255).astype(np.uint8).ravel()
    small = _sample(picture.resized(min(picture.width, 320), min(picture.height, 180)), region)
    luma = small.reshape(-1, 3).astype(np.int32) @ np.array((299, 587, 114))
    return np.asarray((luma + 500) // 1000, np.uint8)


def _sample(pixels: NDArray[np.uint8], region: Box) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scaled = (region[0] * width, region[1] * height, region[2] * width, region[3] * height)
    x0, y0, x1, y1 = pixel_box(scaled, width, height)
    step = max(1, ceil(sqrt((x1 - x0) * (y1 - y0) / SAMPLES)))
    return pixels[y0:y1:step, x0:x1:step]
