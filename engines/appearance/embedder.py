"""Person crops to vectors that stay near each other for the same runner."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engines.appearance.description import LENGTH, describe
from engines.errors import ModelFileError
from engines.types import Box, Floats, Image

SHIPPED: Final = Path(__file__).parent.parent / "weights" / "appearance.npz"
_WHOLE_PX: Final = 64
"""Crops from this height on have all that the description uses."""
_SLIM: Final = 1.5
"""Whole runners are at least this much taller than wide; less means that legs are cut off."""


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """How a person looks.

    Attributes:
        vector: float32 ``[D]``, length 1; the dot product of two is their likeness, -1..1.
        quality: 0..1, how far it can be relied on.
    """

    vector: Floats
    quality: float


class AppearanceEmbedder:
    """Embeds person crops; without a network, about a millisecond each.

    Args:
        name: of the model; calibrations belong to it.
        mean: float32 ``[LENGTH]``, the usual description.
        projection: float32 ``[LENGTH, D]``, keeps what tells runners apart and shrinks what
            changes with pose, camera and light.

    Raises:
        ValueError: mean and projection do not fit the description.
    """

    def __init__(self, name: str, mean: Floats, projection: Floats) -> None:
        if mean.shape != (LENGTH,) or projection.ndim != 2 or projection.shape[0] != LENGTH:
            raise ValueError(
                f"an appearance model needs mean [{LENGTH}] and projection [{LENGTH}, D]; "
                f"got {list(mean.shape)} and {list(projection.shape)}"
            )
        self.name = name
        self._mean = mean
        self._projection = projection

    def embed(self, crop: Image, bib: Box | None = None) -> Appearance:
        """One crop's appearance.

        Args:
            crop: uint8 ``[h, w, 3]`` RGB, cut at the person's box.
            bib: the bib's box in pixels of the crop, left out so that bibs look alike to nobody.

        Raises:
            ValueError: the crop is no colour picture or has no pixels.
        """
        vector = np.asarray((describe(crop, bib) - self._mean) @ self._projection, np.float32)
        return Appearance(_unit(vector), _quality(crop))


def combined(appearances: Sequence[Appearance]) -> Appearance:
    """The appearance of a track from those of its frames, weighted by their quality.

    Raises:
        ValueError: there is none.
    """
    if not appearances:
        raise ValueError("the appearance of a track needs at least one frame")
    weights = np.array([max(one.quality, 1e-3) for one in appearances], np.float32)
    vectors = np.stack([one.vector for one in appearances])
    quality = float(np.dot(weights, [one.quality for one in appearances]) / weights.sum())
    return Appearance(_unit(np.asarray(weights @ vectors, np.float32)), quality)


def load_appearance_embedder(path: Path = SHIPPED) -> AppearanceEmbedder:
    """The embedder that is shipped, or another made by `engines.train.appearance`.

    Raises:
        ModelFileError: the file is missing or holds no appearance model.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            name, mean, projection = str(file["name"]), file["mean"], file["projection"]
        return AppearanceEmbedder(name, mean.astype(np.float32), projection.astype(np.float32))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelFileError(
            f"{path}: not an appearance model ({error}); install finishline anew, "
            "or make one with python -m engines.train.appearance"
        ) from error


def _unit(vector: Floats) -> Floats:
    length = max(float(np.linalg.norm(vector)), 1e-6)
    return np.asarray(vector / length, np.float32)


def _quality(crop: Image) -> float:
    """Small, cut off, burnt-out or black crops tell little."""
    height, width = crop.shape[:2]
    size = min(1.0, height / _WHOLE_PX)
    whole = min(1.0, height / (_SLIM * max(width, 1)))
    middle = crop[:, width // 4 : max(width // 4 + 1, 3 * width // 4) : 2, 1][::2]
    lit = 1.0 - float(np.mean((middle < 6) | (middle > 250)))
    return float(size * whole * lit)
