import numpy as np
import pytest

from engines.simulate.bib_style import FONTS
from engines.train.drawing import place, print_mask, random_words, rounded, stamp, write


@pytest.mark.parametrize(
    ("text", "width", "height"), [("2419", 60, 30), ("SPONSOR", 60, 30), ("7", 5, 40), ("A", 1, 1)]
)
@pytest.mark.parametrize("font", FONTS[::6])
def test_print_fills_its_box_one_way(text: str, width: int, height: int, font: str) -> None:
    ink = print_mask(text, font, width, height)
    assert 1 <= ink.shape[0] <= height
    assert 1 <= ink.shape[1] <= width
    assert ink.shape[0] >= height - 1 or ink.shape[1] >= width - 1
    assert ink.max() > 60


@pytest.mark.parametrize(
    ("at", "n_printed"), [((2, 3), 20), ((-3, 0), 5), ((8, 9), 2), ((20, 0), 0), ((0, -5), 0)]
)
def test_a_stamp_ends_where_the_canvas_ends(at: tuple[int, int], n_printed: int) -> None:
    canvas = np.full((10, 10, 3), 9, np.uint8)
    stamp(canvas, np.full((5, 4), 255, np.uint8), at, (200, 100, 50))
    printed = (canvas == (200, 100, 50)).all(2)
    assert printed.sum() == n_printed
    assert (canvas[~printed] == 9).all()


def test_half_ink_is_half_the_colour() -> None:
    canvas = np.zeros((1, 1, 3), np.uint8)
    stamp(canvas, np.full((1, 1), 128, np.uint8), (0, 0), (100, 200, 0))
    assert canvas[0, 0].tolist() == pytest.approx([50, 100, 0], abs=1)


@pytest.mark.parametrize("size", [(3, 3), (12, 40), (80, 20), (200, 300)])
def test_words_stay_in_their_patch(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    patch = np.zeros((*size, 3), np.uint8)
    for _ in range(5):
        write(patch, rng)
    assert patch.shape == (*size, 3)
    assert patch.any() == (min(size) > 3)


def test_words_are_words_and_numbers() -> None:
    rng = np.random.default_rng(2)
    words = {random_words(rng) for _ in range(200)}
    assert any(word.isdigit() for word in words)
    assert any(word.isalpha() for word in words)


def test_places_have_the_height_asked_for() -> None:
    rng = np.random.default_rng(3)
    canvas = np.zeros((100, 150, 3), np.uint8)
    for _ in range(20):
        x0, y0, x1, y1 = place(canvas, 40.0, 0.5, rng)
        assert y1 - y0 in (39, 40, 41)
        assert x1 - x0 == 20


def test_a_column_is_darker_at_its_sides() -> None:
    rng = np.random.default_rng(4)
    lit = [rounded(np.full((2, 31, 3), 200, np.uint8), rng).astype(int) for _ in range(20)]
    assert all(one.max() <= 200 for one in lit)
    assert np.mean([one[0, [0, -1]].mean() < one[0, 15].mean() for one in lit]) > 0.8
