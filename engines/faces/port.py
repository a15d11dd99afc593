"""What a face embedder takes and returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from engines.types import Box, Floats, Image, Picture

ROOM: Final = 0.6
"""How much of the face's box is cut out beside it on every side, as a share of its sides: the
whole head and what a slanted box missed."""

_UNIT: Final = 1e-3
"""How far a template's length may be from 1."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceCrop:
    """A face with what is round it.

    Attributes:
        image: RGB, at the picture's own resolution.
        box: the detector's face box in pixels of `image`; it may reach beyond its sides.
    """

    image: Image
    box: Box

    def __post_init__(self) -> None:
        x0, y0, x1, y1 = self.box
        if not (x1 > x0 and y1 > y0):
            raise ValueError(f"a face needs a box x0, y0, x1, y1 with an area; got {self.box}")

    @property
    def size_px(self) -> float:
        """Side of a square as large as the box."""
        x0, y0, x1, y1 = self.box
        return float(np.sqrt((x1 - x0) * (y1 - y0)))

    @property
    def inside(self) -> Image:
        """The part of the image in the box, at least a pixel."""
        height, width = self.image.shape[:2]
        x0, y0, x1, y1 = self.box
        left, top = min(max(int(x0), 0), width - 1), min(max(int(y0), 0), height - 1)
        return self.image[top : max(int(y1), top + 1), left : max(int(x1), left + 1)]


@dataclass(frozen=True, slots=True, eq=False)
class FaceTemplate:
    """A face as numbers. Two are as alike as the cosine between them says, -1..1.

    Templates of different embedders cannot be compared.

    Attributes:
        vector: float32 ``[D]``, L2 norm 1.
        quality: 0..1, how much it is worth beside others of the same runner.
    """

    vector: Floats
    quality: float

    def __post_init__(self) -> None:
        length = float(np.linalg.norm(self.vector))
        if self.vector.ndim != 1 or abs(length - 1) > _UNIT:
            raise ValueError(
                f"a template needs a vector [D] of length 1; got {self.vector.shape}, {length:.3f}"
            )
        if not 0 <= self.quality <= 1:
            raise ValueError(f"a template's quality is 0..1; got {self.quality}")

    def likeness(self, other: FaceTemplate) -> float:
        """The cosine between the two, -1..1."""
        return float(self.vector @ other.vector)


class FaceEmbedder(Protocol):
    """Makes templates of faces. Belongs to one thread."""

    def embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        """One template per face, in order; None where no face can be aligned in the box.

        Raises:
            InferenceError: the embedder is closed, or its network failed.
        """

    def close(self) -> None:
        """Free the networks."""


def unit(vector: Floats) -> Floats:
    """A vector ``[D]`` at length 1, float32.

    Raises:
        ValueError: it has no direction.
    """
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0:
        raise ValueError(f"a vector of length {length} has no direction")
    return np.asarray(vector / length, np.float32)


def face_crop(picture: Picture, box: Box) -> FaceCrop:
    """A face with `ROOM` round its box, cut out of a picture. The box is in its pixels."""
    x0, y0, x1, y1 = box
    across, along = ROOM * (x1 - x0), ROOM * (y1 - y0)
    left, top = max(int(x0 - across), 0), max(int(y0 - along), 0)
    image = picture.crop((left, top, int(np.ceil(x1 + across)), int(np.ceil(y1 + along))))
    return FaceCrop(image, (x0 - left, y0 - top, x1 - left, y1 - top))
