"""How well a crop could be read at all, before anybody reads it. Pure pixels, no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.types import Image

NORMAL_HEIGHT: Final = 48
"""Crops are brought to the reader's height first: what counts is the detail that it gets."""

_WINDOW: Final = 9


@dataclass(frozen=True, slots=True)
class Legibility:
    """What the pixels of one crop promise.

    Attributes:
        sharpness: 0..1. Above 0.6 crisp, below 0.35 blurred by motion, focus or enlarging.
        contrast: 0..1, between the crop's dark and bright parts (5th and 95th percentile).
        height_px: height of the crop; characters below about 10 px are guesses.
    """

    sharpness: float
    contrast: float
    height_px: int


def legibility(crop: Image) -> Legibility:
    """Measures an RGB crop ``[height, width, 3]`` of at least one pixel."""
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
    low, high = np.percentile(grey, (5, 95))
    return Legibility(_sharpness(grey), float(high - low) / 255, int(grey.shape[0]))


def sharpness(crop: Image) -> float:
    """0..1, 1 is crisp: how much of the detail an additional blur would take away.

    One minus the blur metric of Crete, Dolmiere, Ladret and Nicolas, "The blur effect" (2007),
    at a normal height. It compares a crop with itself, so light and contrast do not count. The
    blurrier direction decides, because motion smears along one axis only. A crop without any
    edge has sharpness 0.
    """
    return _sharpness(np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8))


def _sharpness(grey: NDArray[np.uint8]) -> float:
    height, width = grey.shape
    scale = NORMAL_HEIGHT / height
    size = (max(round(width * scale), 2), NORMAL_HEIGHT)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    normal = cv2.resize(grey, size, interpolation=way).astype(np.float32)
    across = np.asarray(cv2.blur(normal, (_WINDOW, 1), borderType=cv2.BORDER_REPLICATE), np.float32)
    along = np.asarray(cv2.blur(normal, (1, _WINDOW), borderType=cv2.BORDER_REPLICATE), np.float32)
    return min(_share_lost(normal, across, 1), _share_lost(normal, along, 0))


def _share_lost(sharp: NDArray[np.float32], blurred: NDArray[np.float32], axis: int) -> float:
    """The share of the variation along `axis` that blurring took away, 0..1."""
    before = np.abs(np.diff(sharp, axis=axis))
    lost = np.maximum(before - np.abs(np.diff(blurred, axis=axis)), 0)
    total = float(before.sum())
    return float(lost.sum()) / total if total > 0 else 0.0
