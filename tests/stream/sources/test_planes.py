"""Padded planes and full-range colours."""

from __future__ import annotations

import numpy as np
import pytest

from engines.picture import Matrix
from stream.sources.planes import Colour, picture


@pytest.mark.parametrize("size", [(8, 6), (7, 5), (1, 1)], ids=["even", "odd", "one pixel"])
def test_padding_is_cut_off(size: tuple[int, int]) -> None:
    width, height = size
    y, u, v = (np.full((10, 16), value, np.uint8) for value in (99, 128, 128))
    y[:height, :width] = 50
    made = picture((y, u, v), width, height, Colour(Matrix.BT709))
    assert (made.width, made.height, made.matrix) == (width, height, Matrix.BT709)
    assert set(made.y.ravel()) == {50}
    assert np.shares_memory(made.y, y)


@pytest.mark.parametrize(
    ("grey", "rgb"),
    [(0, 0), (255, 255), (128, 128), (64, 64)],
    ids=["black", "white", "mid", "dark"],
)
def test_full_range_becomes_limited(grey: int, rgb: int) -> None:
    y = np.full((4, 4), grey, np.uint8)
    chroma = np.full((2, 2), 128, np.uint8)
    made = picture((y, chroma, chroma), 4, 4, Colour(full_range=True))
    assert np.abs(made.resized(4, 4).astype(int) - rgb).max() <= 1
