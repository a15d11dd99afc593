"""Crops of number lines: what is cut, what is spoilt, what text goes with it."""

import re
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from engines.number_range import NumberRange
from engines.simulate.bib import FONTS, character_edges, random_style, render_bib
from engines.simulate.race_bibs import RaceBibs
from engines.train.bib_reader.crops import (
    NOISE_PX,
    CropMix,
    CropStock,
    NumberLine,
    bent,
    beside,
    cut,
    make_crop,
    number_text,
    on_cloth,
    partly_covered,
)
from engines.train.light import NoiseBank
from engines.types import ALPHABET


def line(text: str = "123") -> NumberLine:
    """Black characters' box on white: 90 wide and 30 high at (60, 85)."""
    image = np.full((200, 210, 3), 255, np.uint8)
    image[85:115, 60:150] = 0
    return NumberLine.of(image, (60, 85, 150, 115), text)


def test_texts_are_bibs() -> None:
    rng = np.random.default_rng(1)
    texts = [number_text(rng) for _ in range(500)]
    assert all(set(text) <= set(ALPHABET) and 1 <= len(text) <= 6 for text in texts)
    assert any(text.isdigit() for text in texts)
    assert any(re.match(r"[A-Z]-?\d", text) for text in texts)
    assert {len(text) for text in texts} >= {1, 2, 3, 4, 5}


def test_a_line_is_cut_whole_and_as_small_as_wanted() -> None:
    rng = np.random.default_rng(2)
    mix = CropMix(heights_px=(10, 12), tilt=0.0)
    for _ in range(40):
        crop = cut(line(), mix, rng)
        assert 9 <= crop.shape[0] <= 24
        dark = crop[..., 0] < 128
        # All of the line is there: 30 by 90 pixels became 10 to 12 by about three times that.
        assert 10 * 30 * 0.6 <= dark.sum() <= 12 * 36 * 1.5
    assert crop.dtype == np.uint8


def test_a_line_too_long_for_the_noise_is_squeezed() -> None:
    rng = np.random.default_rng(3)
    banner = NumberLine.of(np.zeros((96, 1400, 3), np.uint8), (10, 16, 1390, 80), "1")
    stock = CropStock((banner,), (), NoiseBank.of(rng, NOISE_PX))
    mix = CropMix(heights_px=(60.0, 64.0), empty_share=0.0)
    assert all(make_crop(stock, mix, rng)[0].shape[1] == NOISE_PX for _ in range(5))


def test_far_crops_come_from_a_shrunk_picture() -> None:
    stripes = np.zeros((160, 160, 3), np.uint8)
    stripes[:, ::2] = 255
    far = cut(
        NumberLine.of(stripes, (30, 60, 130, 100), "1"),
        CropMix(heights_px=(5, 5.1), tilt=0.0),
        np.random.default_rng(3),
    )
    # Stripes finer than a pixel are grey, and not the moire of picked columns.
    assert far.min() > 90
    assert far.max() < 165


@pytest.mark.parametrize("seed", range(5))
def test_a_sheet_round_a_body_shows_all_of_it_in_order(seed: int) -> None:
    places = np.linspace(0.0, 1.0, 50)
    flat = bent(places, np.random.default_rng(seed))
    assert (flat[0], flat[-1]) == (pytest.approx(0), pytest.approx(1))
    steps = np.diff(flat)
    assert (steps > 0).all()
    # What is seen from the side is narrower in the picture.
    assert steps.max() > 1.1 * steps.min()


def test_characters_are_drawn_wider_and_narrower() -> None:
    def widths(mix: CropMix) -> list[int]:
        rng = np.random.default_rng(2)
        return [cut(line(), mix, rng).shape[1] for _ in range(30)]

    narrow = CropMix(heights_px=(20, 20.1), tilt=0.0, widths=(0.5, 0.51))
    assert np.mean(widths(narrow)) < 0.6 * np.mean(widths(replace(narrow, widths=(1.0, 1.01))))


def test_beside_the_number_there_is_none() -> None:
    other = beside(line())
    assert other.text == ""
    assert other.box[3] <= 85 or other.box[1] >= 115


@pytest.mark.parametrize("seed", range(8))
def test_what_is_covered_is_not_in_the_text(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = NumberLine.of(line().levels[0], (60, 85, 150, 115), "123", (60, 90, 120, 150))
    part = partly_covered(whole, rng)
    n = len(part.text)
    assert n in (1, 2)
    from_left = "123".startswith(part.text)
    assert from_left or "123".endswith(part.text)
    rest = slice(60, 60 + 30 * n) if from_left else slice(150 - 30 * n, 150)
    dark = (part.levels[0][100, :, 0] == 0).nonzero()[0]
    assert abs(len(dark) - 30 * n) <= 8
    assert part.box[0] <= rest.start + 1 and part.box[2] >= rest.stop - 1


def test_edges_lie_between_characters() -> None:
    rng = np.random.default_rng(9)
    style = replace(random_style(rng), font=FONTS[0])
    sheet = render_bib("1111", rng, 120, style)
    edges = character_edges(sheet, style.font)
    assert edges[0] == sheet.number_xyxy[0] and edges[-1] == pytest.approx(sheet.number_xyxy[2])
    assert np.allclose(np.diff(edges), np.diff(edges)[0])


def test_a_sheet_on_a_shirt_keeps_its_number() -> None:
    rng = np.random.default_rng(4)
    sheet = render_bib("4711", rng, 120)
    worn = on_cloth(sheet, rng)
    assert worn.text == "4711"
    x0, y0, x1, y1 = (round(side) for side in worn.box)
    sx0, sy0, sx1, sy1 = (round(side) for side in sheet.number_xyxy)
    assert np.array_equal(worn.levels[0][y0:y1, x0:x1], sheet.image[sy0:sy1, sx0:sx1, :3])


def test_photographed_lines_are_mixed_in() -> None:
    rng = np.random.default_rng(5)
    stock = CropStock.of(rng, 3, [line("777")])
    texts = [make_crop(stock, CropMix(real_share=0.5), rng)[1] for _ in range(60)]
    assert 15 <= texts.count("777") <= 45
    assert "777" not in {make_crop(stock, CropMix(real_share=0.0), rng)[1] for _ in range(20)}


def test_half_of_the_sheets_are_of_the_race() -> None:
    race = RaceBibs(numbers=(NumberRange.of("Z1000-Z9999"),))
    stock = CropStock.of(np.random.default_rng(3), 8, [], (), race)
    texts = [drawn.text for drawn in stock.drawn]
    assert [len(text) == 5 and text[0] == "Z" for text in texts] == [False, True] * 4
    assert all(len(drawn.edges) == len(drawn.text) + 1 for drawn in stock.drawn)
