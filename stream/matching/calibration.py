"""From likeness to evidence: what a score says about "the same runner"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.types import Floats

_BINS: Final = 24
_LEAST_PAIRS: Final = 50
"""Pairs of one kind that a measured calibration needs."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising line of corners from scores to natural logarithms of likelihood ratios.

    Attributes:
        model: name of the model whose scores these are.
        scores: likeness at the corners, rising.
        log_ratios: at the corners, never falling; flat beyond both ends, so that no score says
            more than the training races could show.

    Raises:
        ValueError: corners are missing or out of order.
    """

    model: str
    scores: tuple[float, ...]
    log_ratios: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.scores) < 2 or len(self.scores) != len(self.log_ratios):
            raise ValueError(
                f"calibration of {self.model}: at least two scores, and as many log_ratios; "
                f"got {len(self.scores)} and {len(self.log_ratios)}"
            )
        if np.any(np.diff(self.scores) <= 0) or np.any(np.diff(self.log_ratios) < 0):
            raise ValueError(f"calibration of {self.model}: scores and log_ratios must rise")

    def log_ratio(self, scores: Floats) -> Floats:
        """Log ratios of scores of any shape, float32."""
        return np.interp(scores, self.scores, self.log_ratios).astype(np.float32)

    def score_at(self, log_ratio: float) -> float:
        """The lowest score that says at least this much; infinite where none does."""
        above = np.flatnonzero(np.asarray(self.log_ratios) >= log_ratio)
        if len(above) == 0:
            return float("inf")
        k = int(above[0])
        if k == 0:
            return float("-inf")
        low, high = self.log_ratios[k - 1], self.log_ratios[k]
        share = (log_ratio - low) / (high - low)
        return self.scores[k - 1] + share * (self.scores[k] - self.scores[k - 1])


def fit_calibration(model: str, same: Floats, different: Floats) -> Calibration:
    """Isotonic regression (pool adjacent violators) over bins of training scores.

    Args:
        model: name of the model that gave the scores.
        same: scores of pairs that show the same runner.
        different: scores of pairs that do not.

    Raises:
        ValueError: there are fewer than 50 pairs of either kind.
    """
    if min(len(same), len(different)) < _LEAST_PAIRS:
        raise ValueError(
            f"calibration of {model}: needs {_LEAST_PAIRS} pairs of either kind, "
            f"got {len(same)} and {len(different)}"
        )
    shares = np.linspace(0, 1, _BINS + 1)[1:-1]
    inner = np.unique(np.concatenate((np.quantile(same, shares), np.quantile(different, shares))))
    edges = np.concatenate(([-np.inf], inner, [np.inf]))
    everything = np.concatenate((same, different))
    bins = [
        _Bin(int(a), int(b), float(total))
        for a, b, total in zip(
            np.histogram(same, edges)[0],
            np.histogram(different, edges)[0],
            np.histogram(everything, edges, weights=everything)[0],
            strict=True,
        )
        if a + b
    ]
    pooled: list[_Bin] = []
    for one in bins:
        pooled.append(one)
        while len(pooled) > 1 and pooled[-2].share >= pooled[-1].share:
            pooled[-2:] = [pooled[-2].plus(pooled[-1])]
    return _corners(model, pooled, len(same), len(different))


@dataclass(frozen=True, slots=True)
class _Bin:
    """Pairs of the same and of different runners, and the sum of their scores."""

    same: int
    different: int
    total: float

    @property
    def share(self) -> float:
        return self.same / (self.same + self.different)

    def plus(self, other: _Bin) -> _Bin:
        return _Bin(
            self.same + other.same, self.different + other.different, self.total + other.total
        )


def _corners(model: str, bins: list[_Bin], n_same: int, n_different: int) -> Calibration:
    """One corner in the middle of each bin. Half a pair is added to each count, so that what was
    never seen is rare and not impossible."""
    same: NDArray[np.float64] = np.array([one.same for one in bins]) + 0.5
    different: NDArray[np.float64] = np.array([one.different for one in bins]) + 0.5
    ratios = np.log(same / (n_same + 1)) - np.log(different / (n_different + 1))
    middles = [one.total / (one.same + one.different) for one in bins]
    if len(bins) == 1:
        middles, ratios = [middles[0], middles[0] + 1e-6], np.zeros(2)
    rising = np.maximum.accumulate(ratios)
    return Calibration(model, tuple(middles), tuple(float(v) for v in rising))
