"""Arithmetic on columns of boxes: float32 ``[N, 4]``, ``x0, y0, x1, y1`` in pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.types import Box, Floats

LOWER_EDGE = 0.985
"""Share of the picture's height from which a box ends at its lower edge, a few pixels off it."""


def as_box(row: Floats) -> Box:
    """One row as a tuple of floats."""
    x0, y0, x1, y1 = (float(v) for v in row)
    return x0, y0, x1, y1


def overlaps(a: Floats, b: Floats) -> Floats:
    """Area that each of ``a [N, 4]`` shares with each of ``b [M, 4]``: ``[N, M]``."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.maximum(high - low, 0.0)
    return np.asarray(sides[..., 0] * sides[..., 1], np.float32)


def areas(boxes: Floats) -> Floats:
    """Area of each box, square pixels, never below a millionth."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.asarray(np.maximum(sides[:, 0] * sides[:, 1], 1e-6), np.float32)


def ious(a: Floats, b: Floats) -> Floats:
    """Intersection over union of each of `a` with each of `b`: ``[N, M]``, 0..1."""
    shared = overlaps(a, b)
    return np.asarray(shared / (areas(a)[:, None] + areas(b)[None, :] - shared), np.float32)


def widened(boxes: Floats, by: Floats | NDArray[np.float64]) -> Floats:
    """Each box grown on every side by its share `by` ``[N]`` of its width and height."""
    grow = (boxes[:, 2:] - boxes[:, :2]) * np.asarray(by, np.float32)[:, None]
    return np.concatenate([boxes[:, :2] - grow, boxes[:, 2:] + grow], axis=1)


def likeness(a: Floats, b: Floats, picture_height: float) -> Floats:
    """How alike the sizes of boxes are, ``[N, M]``, 0..1: smaller over larger height.

    Where the picture's lower edge cuts off one of the two, their widths are compared: all who
    stand there are as high as what is left of the picture.

    Args:
        picture_height: pixels.
    """
    wide, tall = (_ratios(a[:, i + 2] - a[:, i], b[:, i + 2] - b[:, i]) for i in (0, 1))
    cut_a, cut_b = (boxes[:, 3] >= LOWER_EDGE * picture_height for boxes in (a, b))
    return np.where(cut_a[:, None] | cut_b[None, :], wide, tall)


def _ratios(a: Floats, b: Floats) -> Floats:
    """The smaller of two sides over the larger: ``[N]`` and ``[M]`` to ``[N, M]``."""
    smaller, larger = np.minimum.outer(a, b), np.maximum.outer(a, b)
    return np.asarray(smaller / np.maximum(larger, 1e-6), np.float32)


def doubles(a: Floats, b: Floats, same_iou: float) -> NDArray[np.bool_]:
    """Which pairs of person boxes are one person seen twice: ``[N, M]``.

    Boxes that overlap more than `same_iou`; or one inside the other with about the same head
    and width, which is how a box of the upper body lies in the box of the whole person. A
    smaller runner behind a nearer one is inside as well, but narrower.
    """
    shared = overlaps(a, b)
    inside = shared / np.minimum(areas(a)[:, None], areas(b)[None, :])
    widths_a, widths_b = (a[:, 2] - a[:, 0])[:, None], (b[:, 2] - b[:, 0])[None, :]
    alike = np.minimum(widths_a, widths_b) > 0.7 * np.maximum(widths_a, widths_b)
    tall = np.maximum((a[:, 3] - a[:, 1])[:, None], (b[:, 3] - b[:, 1])[None, :])
    heads = np.abs(a[:, 1][:, None] - b[:, 1][None, :]) < 0.1 * tall
    return np.asarray((ious(a, b) > same_iou) | ((inside > 0.85) & alike & heads), np.bool_)


def distinct(boxes: Floats, scores: Floats, same_iou: float) -> NDArray[np.intp]:
    """Rows that remain, best score first, when every person is kept once (see `doubles`)."""
    order = np.argsort(-scores, kind="stable")
    same = doubles(boxes, boxes, same_iou)
    kept: list[int] = []
    for row in order:
        if not same[row, kept].any():
            kept.append(int(row))
    return np.array(kept, np.intp)


def assign(
    claim: Floats, allowed: NDArray[np.bool_], matched: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Give columns to rows greedily, the strongest claim first.

    Args:
        claim: ``[N, M]``, higher is better.
        allowed: ``[N, M]``, pairs that may be made.
        matched: ``[N]``, column of each row, -1 where none yet; such columns stay taken.

    Returns:
        `matched` with the new pairs.
    """
    matched = matched.copy()
    open_pairs = allowed.copy()
    open_pairs[matched >= 0, :] = False
    open_pairs[:, matched[matched >= 0]] = False
    rows, columns = np.nonzero(open_pairs)
    taken: set[int] = set()
    for pair in np.argsort(-claim[rows, columns], kind="stable"):
        row, column = int(rows[pair]), int(columns[pair])
        if matched[row] < 0 and column not in taken:
            matched[row] = column
            taken.add(column)
    return matched


def standing_in(boxes: Floats, region: Box, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which boxes have the middle of their lower edge inside `region` ``[N]``.

    Args:
        region: ``x0, y0, x1, y1`` as fractions of the picture.
        size: width and height of the picture, pixels.
    """
    x = (boxes[:, 0] + boxes[:, 2]) / (2 * size[0])
    # A runner cut off by the lower edge of the picture still stands in a region that ends there.
    y = np.minimum(boxes[:, 3] / size[1], 1.0)
    x0, y0, x1, y1 = region
    return np.asarray((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1), np.bool_)
