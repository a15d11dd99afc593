"""Describes a person crop by the colours and edges of eight soft stripes from head to feet.

Striped colour histograms are the oldest description of clothes that works between cameras (Gray
and Tao, 2008; Liao et al., LOMO, 2015). Here: brightness and colour (the a and b of Lab, squeezed)
in soft bins, the directions of edges, square roots of all shares (Hellinger), a bell round the
body's axis against the background, the bib left out, and the light of the scene divided out (Shades
of Grey, Finlayson and Trezzi, 2004).
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.types import Box, Floats, Image

ROWS: Final = 64
COLUMNS: Final = 32
STRIPES: Final = 8
TONES: Final = 6
HUES: Final = 6
"""Bins along each of a and b."""
DIRECTIONS: Final = 6
LENGTH: Final = STRIPES * (TONES + HUES * HUES + DIRECTIONS)
"""Values of a description."""

_AXIS_WIDTH: Final = 0.15
"""Standard deviation of the bell round the body's axis, shares of the crop's width; with 0.2
one in twenty-five fewer was found again (simulated runners of seed 2)."""
_EDGES_COUNT: Final = 0.3
"""Weight of edges beside colours."""
_COLOUR_REACH: Final = 36.0
"""Lab units of a or b that lie half way to the last bin."""
_ROW_OF: Final = np.arange(ROWS)[:, None]


def describe(crop: Image, bib: Box | None) -> Floats:
    """The description of one crop.

    Args:
        crop: uint8 ``[h, w, 3]`` RGB, the person's box, at least 1x1.
        bib: what to leave out, pixels of the crop; may reach beyond it.

    Returns:
        float32 ``[LENGTH]``, not negative, length 1.

    Raises:
        ValueError: the crop is no colour picture or has no pixels.
    """
    if crop.ndim != 3 or crop.shape[2] != 3 or crop.size == 0:
        raise ValueError(f"a person crop needs the shape [h, w, 3], got {list(crop.shape)}")
    weights = _weights(crop.shape[0], crop.shape[1], bib)
    small = cv2.resize(crop, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(_evened(np.asarray(small, np.uint8), weights), cv2.COLOR_RGB2LAB)
    total = _STRIPES @ weights.sum(1) + np.float32(1e-3)
    tones = _tones(np.asarray(lab[..., 0]), weights)
    hues = _hues(np.asarray(lab[..., 1:]), weights)
    edges = _STRIPES @ _edges(np.asarray(small, np.uint8), weights)
    edges = np.sqrt(edges * (STRIPES / (edges.sum() + 1e-6)))
    parts = (
        np.sqrt(_STRIPES @ tones / total[:, None]).ravel(),
        np.sqrt(_STRIPES @ hues / total[:, None]).ravel(),
        _EDGES_COUNT * edges.ravel(),
    )
    values = np.concatenate(parts).astype(np.float32)
    described: Floats = values / max(float(np.linalg.norm(values)), 1e-6)
    return described


def _bell() -> Floats:
    across = (np.arange(COLUMNS) + 0.5) / COLUMNS - 0.5
    row = np.exp(-0.5 * (across / _AXIS_WIDTH) ** 2)
    return np.repeat(row[None, :], ROWS, axis=0).astype(np.float32)


def _stripes() -> Floats:
    """How much each row counts for each stripe, float32 ``[STRIPES, ROWS]``: overlapping tents."""
    tall = ROWS / STRIPES
    centres = (np.arange(STRIPES) + 0.5) * tall
    rows = np.arange(ROWS) + 0.5
    tents = np.clip(1 - np.abs(rows[None, :] - centres[:, None]) / tall, 0, 1)
    return np.asarray(tents, np.float32)


_BELL: Final = _bell()
_STRIPES: Final = _stripes()


def _weights(height: int, width: int, bib: Box | None) -> Floats:
    """How much each pixel counts, float32 ``[ROWS, COLUMNS]``."""
    if bib is None:
        return _BELL
    weights = _BELL.copy()
    x0, x1 = bib[0] * COLUMNS / width - 1, bib[2] * COLUMNS / width + 1
    y0, y1 = bib[1] * ROWS / height - 1, bib[3] * ROWS / height + 1
    top, bottom = max(0, int(y0)), max(0, int(np.ceil(y1)))
    weights[top:bottom, max(0, int(x0)) : max(0, int(np.ceil(x1)))] = 0
    return weights


def _evened(small: Image, weights: Floats) -> Floats:
    """Colours 0..1 with half of the light's tint and most of the exposure divided out.

    All of the tint would be too much: a crop is mostly one runner's clothes.
    """
    colours = small.astype(np.float32) * np.float32(1 / 255) + np.float32(1 / 255)
    fourth = np.square(np.square(colours)).reshape(-1, 3).mean(0) ** 0.25
    colours *= np.sqrt(fourth.mean() / fourth)
    bright = float((colours.mean(2) * weights).sum() / max(float(weights.sum()), 1e-3))
    colours *= np.float32((0.35 / max(bright, 0.02)) ** 0.7)
    return np.clip(colours, 0, 1, out=colours)


def _tones(light: Floats, weights: Floats) -> Floats:
    """Brightness in soft bins per row, float64 ``[ROWS, TONES]``."""
    at = np.clip(light * np.float32(0.01 * (TONES - 1)), 0, TONES - 1)
    low = np.minimum(at.astype(np.int32), TONES - 2)
    upper = weights * (at - low)
    place = (_ROW_OF * TONES + low).ravel()
    bins = np.bincount(place, (weights - upper).ravel(), ROWS * TONES)
    bins += np.bincount(place + 1, upper.ravel(), ROWS * TONES)
    return bins.reshape(ROWS, TONES).astype(np.float32)


def _hues(colour: Floats, weights: Floats) -> Floats:
    """The plane of a and b in soft bins per row, float32 ``[ROWS, HUES * HUES]``."""
    squeezed = np.clip(np.arctan(colour / np.float32(_COLOUR_REACH)) * np.float32(2.6 / np.pi),
                       -1, 1)  # fmt: skip
    at = (squeezed + np.float32(1)) * np.float32(0.5 * (HUES - 1))
    low = np.minimum(at.astype(np.int32), HUES - 2)
    share = at - low
    n = HUES * HUES
    place = (_ROW_OF * n + low[..., 0] * HUES + low[..., 1]).ravel()
    high_a = weights * share[..., 0]
    low_a = weights - high_a
    bins: NDArray[np.float64] = np.zeros(ROWS * n)
    for step, across in ((0, low_a), (HUES, high_a)):
        high_b = across * share[..., 1]
        bins += np.bincount(place + step, (across - high_b).ravel(), ROWS * n)
        bins += np.bincount(place + step + 1, high_b.ravel(), ROWS * n)
    return bins.reshape(ROWS, n).astype(np.float32)


def _edges(small: Image, weights: Floats) -> Floats:
    """Strength of edges by direction per row, float32 ``[ROWS, DIRECTIONS]``."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    right, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(right, down)
    # An edge from dark to light and one from light to dark have the same direction.
    direction = (angle * np.float32(DIRECTIONS / np.pi)).astype(np.int32) % DIRECTIONS
    place = (_ROW_OF * DIRECTIONS + direction).ravel()
    bins = np.bincount(place, (weights * strength).ravel(), ROWS * DIRECTIONS)
    return bins.reshape(ROWS, DIRECTIONS).astype(np.float32)
