"""What a face's template is worth beside others of the same runner. Pure numbers, no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.legibility import sharpness
from engines.types import Image

SMALL_PX: Final = 5.0
LARGE_PX: Final = 26.0
"""Distances between the eyes, in pixels of the picture, at which a face is worth nothing and from
which it is worth all. With dlib the template of a face of 50 px (some 22 between the eyes) is 0.92
like that of the same photo at full size, one of 30 px 0.79."""

BLURRED: Final = 0.15
"""Sharpness, see `engines.legibility`, at which a face is worth half, and from which all."""
CRISP: Final = 0.5

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class FacePoints:
    """Where eyes and nose are, pixels; left and right are those of the picture."""

    left_eye: Point
    right_eye: Point
    nose: Point

    @property
    def eyes_px(self) -> float:
        """Distance between the eyes."""
        return float(np.hypot(*np.subtract(self.right_eye, self.left_eye)))

    @property
    def frontality(self) -> float:
        """0..1: 1 where the nose is in the middle between the eyes, 0 in profile."""
        along = np.subtract(self.right_eye, self.left_eye)
        length = float(along @ along)
        if length == 0:
            return 0.0
        place = float(np.subtract(self.nose, self.left_eye) @ along) / length
        return float(np.clip(1 - 2 * abs(place - 0.5), 0, 1))

    def could_be_a_face(self) -> bool:
        """Whether the eyes are beside each other, and the nose is below and not far from them."""
        along = np.subtract(self.right_eye, self.left_eye)
        length = float(np.hypot(*along))
        if length == 0 or along[0] <= 0:
            return False
        to_nose = np.subtract(self.nose, self.left_eye)
        place = float(to_nose @ along) / length**2
        below = float(along[0] * to_nose[1] - along[1] * to_nose[0]) / length**2
        return -0.6 < place < 1.6 and 0.1 < below < 2.0


def face_quality(image: Image, points: FacePoints, scale: float) -> float:
    """0..1: large, sharp and frontal faces are worth most.

    Args:
        image: RGB, the face and little else, at the picture's own resolution.
        points: of the face, in any resolution.
        scale: pixels of `points` for one of the picture.
    """
    eyes_px = points.eyes_px / scale
    size = _rise(eyes_px, SMALL_PX, LARGE_PX)
    crisp = 0.5 + 0.5 * _rise(sharpness(image), BLURRED, CRISP)
    return size * crisp * (0.2 + 0.8 * points.frontality)


def _rise(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))
