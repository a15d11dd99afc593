from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from engines.simulate.bib import FONTS, BibStyle, random_style, render_bib


def _plain(**changes: object) -> BibStyle:
    """White paper, black digits, nothing else on the sheet."""
    style = BibStyle(
        font=FONTS[0], aspect=1.4, paper=(255, 255, 255), ink=(0, 0, 0), number_height=0.5,
        stretch=1.0, number_shift=0.0, outline=None, top_band=0.0, top_colour=(255, 0, 0),
        bottom_band=0.0, bottom_colour=(0, 0, 255), event="", name="", logos=0, border=0.0,
        pins=False, chip=False, gradient=0.0, folds=0.0,
    )  # fmt: skip
    return replace(style, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["7", "42", "007", "1234", "98765", "A12", "12-3"])
def test_box_is_tight_round_the_ink(text: str) -> None:
    sheet = render_bib(text, np.random.default_rng(0), 120, _plain())
    ys, xs = np.nonzero(sheet.image[..., :3].min(2) < 128)
    ink = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert np.abs(np.subtract(sheet.number_xyxy, ink)).max() <= 1.5
    assert sheet.text == text


def test_same_seed_same_sheet_other_seed_other_sheet() -> None:
    first = render_bib("315", np.random.default_rng(7), 64)
    again = render_bib("315", np.random.default_rng(7), 64)
    other = render_bib("315", np.random.default_rng(8), 64)
    assert np.array_equal(first.image, again.image)
    assert first.number_xyxy == again.number_xyxy
    assert first.image.shape != other.image.shape or not np.array_equal(first.image, other.image)


def test_random_sheets_keep_the_number_inside() -> None:
    rng = np.random.default_rng(3)
    for _ in range(40):
        height = int(rng.integers(24, 200))
        sheet = render_bib(str(rng.integers(1, 99999)), rng, height)
        h, w = sheet.image.shape[:2]
        x0, y0, x1, y1 = sheet.number_xyxy
        assert sheet.image.dtype == np.uint8
        assert (h, sheet.image.shape[2]) == (height, 4)
        assert 0 <= x0 < x1 <= w
        assert 0 <= y0 < y1 <= h
        assert w / h + 0.03 >= 1.0


def test_a_style_is_shared_by_the_runners_of_a_race() -> None:
    rng = np.random.default_rng(5)
    style = random_style(rng)
    first, second = (render_bib(text, rng, 90, style) for text in ("11", "12"))
    assert first.image.shape == second.image.shape


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: render_bib("  ", rng, 90), "at least one visible character"),
        (lambda rng: render_bib("1", rng, 23), "24 pixels of height or more, got 23"),
    ],
)
def test_refuses(call: Callable[[np.random.Generator], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
