"""Crops of number lines: what is cut and what is spoilt."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from engines.train.bib_reader.around import with_neighbour
from engines.train.bib_reader.crops import CropMix, bent, cut, make_crop, make_taught_crop
from engines.train.bib_reader.stock import NOISE_PX, CropStock, NumberLine, Photographs, Pixels
from engines.train.light import NoiseBank
from tests.engines.train.bib_reader.lines import line


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


def test_photographed_lines_are_mixed_in() -> None:
    rng = np.random.default_rng(5)
    stock = CropStock.of(rng, 3, [line("777")])
    texts = [make_crop(stock, CropMix(real_share=0.5), rng)[1] for _ in range(60)]
    assert 15 <= texts.count("777") <= 45
    assert "777" not in {make_crop(stock, CropMix(real_share=0.0), rng)[1] for _ in range(20)}


def test_a_box_that_cuts_into_a_character_keeps_its_text() -> None:
    whole = NumberLine.of(line().levels[0], (60, 85, 150, 115), "123", (60, 90, 120, 150))
    bitten = CropMix(heights_px=(30, 30.1), tilt=0.0, widths=(1, 1.001), bitten_share=1.0)

    def columns(mix: CropMix, seed: int) -> int:
        dark = cut(whole, mix, np.random.default_rng(seed))[..., 0] < 128
        return int(dark.any(axis=0).sum())

    lost = [columns(replace(bitten, bitten_share=0.0), n) - columns(bitten, n) for n in range(30)]
    # Up to a third of a character that is 30 pixels wide, give or take what a corner is moved.
    assert 2 < np.mean(lost) < 9
    assert max(lost) < 16


@pytest.mark.parametrize(("share", "n"), [(0.0, 0), (1.0, 20)])
def test_beside_a_number_lies_something(
    share: float, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    made: list[NumberLine] = []

    def seen(line: NumberLine, cloths: Sequence[Pixels], rng: np.random.Generator) -> NumberLine:
        made.append(line)
        return with_neighbour(line, cloths, rng)

    monkeypatch.setattr("engines.train.bib_reader.crops.with_neighbour", seen)
    stock = CropStock.of(rng, 3, [])
    for _ in range(20):
        make_crop(stock, CropMix(beside_share=share, empty_share=0.0), rng)
    assert len(made) == n


@pytest.mark.parametrize("negative_share", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_a_teacher_sees_the_same_part_sharper(seed: int, negative_share: float) -> None:
    rng = np.random.default_rng(seed)
    image = np.repeat(np.repeat(rng.integers(0, 256, (20, 30, 3), np.uint8), 8, 0), 8, 1)
    part = NumberLine.of(image, (60, 40, 180, 100), "")
    stock = CropStock((), (), NoiseBank.of(rng, NOISE_PX), Photographs((part,)))
    shown, sharp = make_taught_crop(
        stock, CropMix(heights_px=(14, 20), negative_share=negative_share), rng
    )
    assert 40 <= sharp.shape[0] <= 130 and shown.shape[0] < sharp.shape[0]
    assert sharp.shape[1] / sharp.shape[0] == pytest.approx(
        shown.shape[1] / shown.shape[0], rel=0.03
    )
    shrunk = cv2.resize(sharp, shown.shape[1::-1], interpolation=cv2.INTER_AREA)
    alike = np.corrcoef(shrunk.mean(2).ravel(), shown.mean(2).ravel())[0, 1]
    assert alike > 0.5
