"""Turns and scales a face so that its points lie where a network wants them. Pure numbers."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engines.types import Floats, Image


def similarity(points: Sequence[Sequence[float]], targets: Sequence[Sequence[float]]) -> Floats:
    """The turn, scale and shift that brings points nearest to targets, float32 ``[2, 3]``.

    Least squares in closed form: Umeyama, "Least-squares estimation of transformation parameters
    between two point patterns" (1991), in the plane and without mirroring.

    Args:
        points: ``[N, 2]``, two or more.
        targets: ``[N, 2]``.

    Raises:
        ValueError: the shapes differ, or all points are one.
    """
    own, wanted = np.asarray(points, np.float64), np.asarray(targets, np.float64)
    if own.shape != wanted.shape or own.ndim != 2 or own.shape[1] != 2:
        raise ValueError(f"points and targets are [N, 2] each; got {own.shape}, {wanted.shape}")
    middle, goal = own.mean(axis=0), wanted.mean(axis=0)
    from_, to = own - middle, wanted - goal
    spread = float((from_**2).sum())
    if spread == 0:
        raise ValueError("points that are all in one place cannot be aligned")
    # A turn and scale in the plane is one complex number: a + bi.
    a = float((from_ * to).sum()) / spread
    b = float((from_[:, 0] * to[:, 1] - from_[:, 1] * to[:, 0]).sum()) / spread
    turn = np.array([[a, -b], [b, a]])
    return np.hstack([turn, (goal - turn @ middle)[:, None]]).astype(np.float32)


def warped(image: Image, matrix: Floats, side: int) -> Image:
    """The square ``[side, side, 3]`` into which `matrix` brings an RGB image.

    What lies outside of the image is its nearest pixel.
    """
    return np.asarray(
        cv2.warpAffine(
            image, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )
