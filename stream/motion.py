"""Where boxes go: a constant-velocity Kalman filter for many boxes at once.

Each box is four independent axes: centre x, centre y, log width, log height. Each axis has a
value and a velocity per second. Noise of the centre is a share of the box's height, so a
runner far away and one near by are filtered alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.types import Floats

Columns = NDArray[np.float64]

# Shares of the box height (centre) and of the size itself (log axes).
_MEASURE = np.array([0.03, 0.03, 0.10, 0.05])
# Standard deviation of the velocity after one second, same units. Runners swerve little.
_WANDER = np.array([0.3, 0.3, 0.25, 0.18])
# Velocity of a box just seen for the first time, same units per second.
_START = np.array([1.0, 1.0, 0.4, 0.4])
_MAX_GROWTH = 1.5
_SCALED = np.array([True, True, False, False])


def measures_of(boxes: Floats) -> Columns:
    """Boxes ``[N, 4]`` as centre x, centre y, log width, log height ``[N, 4]``."""
    wide = boxes.astype(np.float64)
    size = np.maximum(wide[:, 2:] - wide[:, :2], 1.0)
    return np.concatenate([(wide[:, :2] + wide[:, 2:]) / 2, np.log(size)], axis=1)


def boxes_of(measures: Columns) -> Floats:
    """The inverse of `measures_of`."""
    half = np.exp(measures[:, 2:]) / 2
    return np.concatenate([measures[:, :2] - half, measures[:, :2] + half], axis=1).astype(
        np.float32
    )


class Motion:
    """The filtered boxes of all tracks, one row per track."""

    def __init__(self) -> None:
        empty = np.zeros((0, 4))
        self._at, self._speed = empty, empty
        self._var, self._cov, self._speed_var = empty, empty, empty

    def __len__(self) -> int:
        return len(self._at)

    def boxes(self) -> Floats:
        """Filtered boxes ``[N, 4]``."""
        return boxes_of(self._at)

    def append(self, measures: Columns) -> None:
        """Add a row for each of `measures` ``[M, 4]``, at rest."""
        unit = _unit(measures)
        rest = np.zeros_like(measures)
        self._at = np.concatenate([self._at, measures])
        self._speed = np.concatenate([self._speed, rest])
        self._var = np.concatenate([self._var, (_MEASURE * unit) ** 2])
        self._cov = np.concatenate([self._cov, rest])
        self._speed_var = np.concatenate([self._speed_var, (_START * unit) ** 2])

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Keep the rows that are true in `rows` ``[N]``."""
        self._at, self._speed = self._at[rows], self._speed[rows]
        self._var, self._cov = self._var[rows], self._cov[rows]
        self._speed_var = self._speed_var[rows]

    def predict(self, dt_s: float) -> None:
        """Move every box on by `dt_s` seconds."""
        if not len(self):
            return
        noise = (_WANDER * _unit(self._at)) ** 2 * dt_s
        self._at = self._at + self._speed * dt_s
        self._var = (
            self._var + dt_s * (2 * self._cov + dt_s * self._speed_var) + noise * dt_s**2 / 3
        )
        self._cov = self._cov + dt_s * self._speed_var + noise * dt_s / 2
        self._speed_var = self._speed_var + noise

    def correct(self, rows: NDArray[np.intp], measures: Columns) -> None:
        """Take `measures` ``[M, 4]`` into account for `rows` ``[M]``."""
        self._update(rows, measures - self._at[rows], (_MEASURE * _unit(measures)) ** 2)

    def shift(self, row: int, by: Columns) -> None:
        """A sight of a part of the runner says that the centre is off by `by` ``[2]`` pixels."""
        rows = np.array([row])
        gap = np.array([[float(by[0]), float(by[1]), 0.0, 0.0]])
        noise = (2 * _MEASURE * _unit(self._at[rows])) ** 2
        noise[:, 2:] = np.inf
        self._update(rows, gap, noise)

    def _update(self, rows: NDArray[np.intp], gap: Columns, noise: Columns) -> None:
        var, cov = self._var[rows], self._cov[rows]
        gain, speed_gain = var / (var + noise), cov / (var + noise)
        self._at[rows] += gain * gap
        self._speed[rows] += speed_gain * gap
        self._speed[rows, 2:] = np.clip(self._speed[rows, 2:], -_MAX_GROWTH, _MAX_GROWTH)
        self._speed_var[rows] -= speed_gain * cov
        self._cov[rows] = (1 - gain) * cov
        self._var[rows] = (1 - gain) * var


def _unit(measures: Columns) -> Columns:
    """What one share is worth on each axis ``[N, 4]``: the height, or 1 for log sizes."""
    height = np.exp(np.clip(measures[:, 3:4], 0.0, 12.0))
    return np.where(_SCALED, height, 1.0)
