"""Average precision with boxes that neither reward nor punish. Pure arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.detector import overlaps
from engines.types import Floats

IGNORE_SHARE = 0.5
"""A detection with this share of its area inside an ignored box is not counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Detections of one kind, compared with the truth.

    Attributes:
        scores: ``[N]``, those that count.
        right: bool ``[N]``.
        n_true: counted true boxes.
    """

    scores: Floats
    right: NDArray[np.bool_]
    n_true: int


def match(boxes: Floats, scores: Floats, true: Floats, ignored: Floats, overlap: float) -> Matched:
    """Gives every true box the best-scored detection that overlaps it enough.

    Args:
        boxes: detections of one kind in one picture ``[N, 4]``.
        scores: ``[N]``.
        true: counted boxes ``[M, 4]``.
        ignored: boxes ``[I, 4]``; a detection without a true box of its own is dropped where
            it lies on one of them.
        overlap: least intersection over union of a right detection, 0..1.
    """
    everything = np.ones(len(boxes), dtype=bool), np.ones(len(true), dtype=bool)
    return match_in_range(boxes, scores, true, ignored, overlap, everything)


def match_in_range(
    boxes: Floats,
    scores: Floats,
    true: Floats,
    ignored: Floats,
    overlap: float,
    in_range: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> Matched:
    """Like `match`, but only boxes of some sizes are looked for, as COCO's evaluation does it.

    True boxes out of range neither reward nor punish whoever finds them. A detection out of range
    that finds no true box in range is not counted.

    Args:
        boxes, scores, true, ignored, overlap: see `match`.
        in_range: which detections ``[N]`` and which true boxes ``[M]`` are of those sizes.
    """
    order = np.argsort(-scores, kind="stable")
    boxes, boxes_in = boxes[order], in_range[0][order]
    right = _takers(overlaps(boxes, true[in_range[1]]), overlap)
    aside = ~right & ~boxes_in
    aside[~right] |= _takers(overlaps(boxes[~right], true[~in_range[1]]), overlap)
    counted = right | ~(aside | on_ignored(boxes, ignored))
    return Matched(scores[order][counted], right[counted], int(in_range[1].sum()))


def _takers(shares: Floats, overlap: float) -> NDArray[np.bool_]:
    """Which detections take a true box: bool ``[N]`` of overlaps ``[N, M]``, best score first.

    Each takes the free box that it overlaps most, if by `overlap`.
    """
    n, n_true = shares.shape
    taking = np.zeros(n, dtype=bool)
    free = np.ones(n_true, dtype=bool)
    for row in range(n if n_true else 0):
        candidates = np.where(free, shares[row], -1.0)
        if candidates.max() >= overlap:
            free[candidates.argmax()] = False
            taking[row] = True
    return taking


def on_ignored(boxes: Floats, ignored: Floats) -> NDArray[np.bool_]:
    """Which boxes ``[N, 4]`` lie on an ignored one: bool ``[N]``."""
    low = np.maximum(boxes[:, None, :2], ignored[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], ignored[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None]
    result: NDArray[np.bool_] = (shared > IGNORE_SHARE * areas).any(axis=1)
    return result


def average_precision(parts: list[Matched]) -> float | None:
    """Area under the precision-recall curve of all pictures, 0..1; None without true boxes.

    Precision is made monotone and every step of recall counts (PASCAL VOC from 2010 on).
    """
    n_true = sum(part.n_true for part in parts)
    if n_true == 0:
        return None
    scores = np.concatenate([part.scores for part in parts])
    right = np.concatenate([part.right for part in parts])[np.argsort(-scores, kind="stable")]
    if not len(right):
        return 0.0
    n_right = np.cumsum(right)
    precision = n_right / np.arange(1, len(right) + 1)
    best_after = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best_after[right].sum() / n_true)
