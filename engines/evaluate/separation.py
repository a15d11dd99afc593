"""How well a likeness tells pairs of one person from pairs of two. Pure numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.types import Floats

FALSE_ALARMS: Final = 0.01
"""Share of pairs of two persons that may be taken for one."""

_DRAWS: Final = 2000
_BLOCK: Final = 100
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Separation:
    """What a likeness tells apart.

    Attributes:
        n_same, n_different: pairs of one person and of two.
        auc: probability that a pair of one person is more alike than one of two, ties half.
        tpr: share of pairs of one person above `threshold`.
        tpr_interval: 95 % of `tpr` and its threshold together, by drawing the pairs of each kind
            again with replacement; pairs that share a photo are taken for independent, so the
            true interval is wider.
        threshold: the lowest likeness above which at most one in a hundred pairs of two lies.
        n_false: how many of those lie above it.
        eer: the share of errors of both kinds where they are equal.
    """

    n_same: int
    n_different: int
    auc: float
    tpr: float
    tpr_interval: tuple[float, float]
    threshold: float
    n_false: int
    eer: float


def separation(likeness: Sequence[float], same: Sequence[bool]) -> Separation:
    """Measures likenesses, the higher the more alike, against the truth.

    Raises:
        ValueError: a kind of pairs is missing, or the lengths differ.
    """
    values, truth = np.asarray(likeness, np.float32), np.asarray(same, np.bool_)
    if values.shape != truth.shape or truth.all() or not truth.any():
        raise ValueError("separation needs a likeness per pair, and pairs of both kinds")
    one, two = values[truth], values[~truth]
    threshold = threshold_of(two)
    return Separation(
        len(one),
        len(two),
        round(auc(one, two), 4),
        round(share_above(one, threshold), 4),
        _interval(one, two),
        round(threshold, 4),
        int((two > threshold).sum()),
        round(equal_error(one, two), 4),
    )


def auc(one: Floats, two: Floats) -> float:
    """Exact area under the ROC curve; ties count half."""
    order = np.sort(two)
    below = np.searchsorted(order, one, "left")
    not_above = np.searchsorted(order, one, "right")
    return float((below + not_above).mean() / (2 * len(two)))


def threshold_of(two: Floats, share: float = FALSE_ALARMS) -> float:
    """The lowest of the likenesses above which at most `share` of them lies."""
    return float(np.sort(two)[-1 - _allowed(len(two), share)])


def _allowed(n: int, share: float = FALSE_ALARMS) -> int:
    return int(share * n + 1e-9)


def share_above(values: Floats, threshold: float) -> float:
    """The share that is greater."""
    return float((values > threshold).mean())


def equal_error(one: Floats, two: Floats) -> float:
    """Where the shares of pairs of one below and of pairs of two above are nearest to equal."""
    steps = np.unique(np.concatenate([one, two]))
    missed = np.searchsorted(np.sort(one), steps, "right") / len(one)
    taken = 1 - np.searchsorted(np.sort(two), steps, "right") / len(two)
    nearest = int(np.argmin(np.abs(missed - taken)))
    return float((missed[nearest] + taken[nearest]) / 2)


def _interval(one: Floats, two: Floats) -> tuple[float, float]:
    chance = np.random.default_rng(_SEED)
    shares = []
    for _ in range(_DRAWS // _BLOCK):
        drawn = chance.choice(one, (_BLOCK, len(one)))
        limits = np.sort(chance.choice(two, (_BLOCK, len(two))), axis=1)
        shares += (drawn > limits[:, [-1 - _allowed(len(two))]]).mean(axis=1).tolist()
    low, high = np.percentile(shares, (2.5, 97.5)).tolist()
    return round(low, 4), round(high, 4)
