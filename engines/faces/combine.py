"""Several frames of one runner's face make one template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engines.faces.port import FaceTemplate, unit
from engines.types import Floats

OUTLIER: Final = 1.5
"""A frame so many times as far from the middle one as half of the others is of somebody else, or
no face. With dlib two photos of one runner are 0.45 to 0.95 apart (median 0.63, nine of ten on the
RBNR pairs), frames that follow each other less; photos of two runners 0.97 to 1.24."""

Kept = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
"""Which of N count."""

LEAST_WEIGHT: Final = 0.02
"""What a frame weighs at least: poor frames alone still make a template."""


def combined(templates: Sequence[FaceTemplate]) -> FaceTemplate | None:
    """One template of the frames of a track; None where there are none.

    The mean, weighted by quality, of the frames that agree with the middle one. One wrong frame
    of three or more is left out; of two frames nobody can say which is wrong, both count. The
    quality is that of the best frame that counts.

    Raises:
        ValueError: the vectors differ in length, or cancel each other out.
    """
    if not templates:
        return None
    if len({len(template.vector) for template in templates}) > 1:
        raise ValueError("templates of different embedders cannot be combined")
    vectors = np.stack([template.vector for template in templates])
    weights = np.array([max(template.quality, LEAST_WEIGHT) for template in templates])
    kept = agreeing(vectors)
    mean = weights[kept] @ vectors[kept]
    best = max(t.quality for t, counts in zip(templates, kept, strict=True) if counts)
    return FaceTemplate(unit(mean.astype(np.float32)), best)


def agreeing(vectors: Floats) -> Kept:
    """Which frames count, bool ``[N]``, of vectors ``[N, D]`` of length 1.

    The number of frames decides who it is, not their quality: the sharpest picture may be that of
    a spectator.
    """
    n = len(vectors)
    if n <= 2:
        return np.ones(n, np.bool_)
    apart = np.sqrt(np.maximum(2 - 2 * (vectors @ vectors.T), 0))
    middle = int(np.argmin(apart.sum(axis=1)))
    # The lower median of the distances to the others: half of them agree at least that well.
    usual = np.sort(np.delete(apart[middle], middle))[(n - 2) // 2]
    return np.asarray(apart[middle] <= max(OUTLIER * usual, 1e-3), np.bool_)
