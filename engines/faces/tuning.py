"""Turns templates so that what blurs and shrinks a face counts less than who it is. Pure numbers.

A network that was taught on portraits puts all small faces of runners near to each other. Two
things mend a part of that: most of the mean face is taken off, and directions in which one face
moves when its picture gets worse are shortened (within-class covariance normalisation, Hatch,
Kajarekar and Stolcke 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engines.errors import ModelFileError
from engines.types import Floats

MEAN_SHARE: Final = 0.75
"""How much of the mean face is taken off: all of it parts small faces better, none of it a large
face from a small one. Chosen, like the other, on shrunk photos of known persons."""

EVENNESS: Final = 10.0
"""How little the directions differ: the mean variance of a direction, so many times, is added to
each. Far above 1: few hundred pictures do not know 128 directions."""


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """What is done to templates of one network.

    Attributes:
        taken: float32 ``[D]``, taken off.
        spread: float32 ``[D, D]``, multiplied from the right.
    """

    taken: Floats
    spread: Floats

    def __post_init__(self) -> None:
        n = len(self.taken)
        if self.taken.shape != (n,) or self.spread.shape != (n, n):
            raise ValueError(
                f"tuning needs [D] and [D, D]; got {self.taken.shape} and {self.spread.shape}"
            )

    def apply(self, vectors: Floats) -> Floats:
        """Templates ``[N, D]`` of any length to ``[N, D]`` of length 1."""
        return lengthened((lengthened(vectors) - self.taken) @ self.spread)


def fit(vectors: Floats, mean_share: float = MEAN_SHARE, evenness: float = EVENNESS) -> Tuning:
    """Learns from templates ``[P, K, D]``: K pictures, good and bad, of each of P persons.

    Raises:
        ValueError: another shape, or fewer than two persons or pictures.
    """
    if vectors.ndim != 3 or min(vectors.shape[:2]) < 2:
        raise ValueError(f"tuning is learnt from [P, K, D], P and K from 2; got {vectors.shape}")
    n, k, d = vectors.shape
    even = lengthened(vectors.reshape(-1, d).astype(np.float64)).reshape(n, k, d)
    off = (even - even.mean(axis=1, keepdims=True)).reshape(-1, d)
    within = off.T @ off / (n * (k - 1))
    values, turn = np.linalg.eigh(within + evenness * np.trace(within) / d * np.eye(d))
    spread = (turn / np.sqrt(values / values.mean())) @ turn.T
    return Tuning(
        np.asarray(mean_share * even.mean(axis=(0, 1)), np.float32), np.asarray(spread, np.float32)
    )


def lengthened(vectors: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> Floats:
    """Rows ``[N, D]`` at length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def save_tuning(tuning: Tuning, path: Path) -> None:
    """Writes a file (npz) for `load_tuning`."""
    np.savez(path, taken=tuning.taken, spread=tuning.spread)


def load_tuning(path: Path) -> Tuning:
    """Reads what `save_tuning` wrote.

    Raises:
        ModelFileError: the file is absent or another one.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Tuning(np.asarray(arrays["taken"], np.float32), arrays["spread"])
    except (OSError, KeyError, ValueError) as error:
        raise ModelFileError(f"{path} is no tuning of face templates: {error}") from error
