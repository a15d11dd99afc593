from __future__ import annotations

import cv2
import numpy as np
import pytest

from engines.legibility import legibility, sharpness
from engines.types import Image


def number(height: int = 60, dark: int = 0, bright: int = 255) -> Image:
    image = np.full((height, height * 3, 3), bright, np.uint8)
    cv2.putText(
        image, "1234", (height // 6, height * 5 // 6), cv2.FONT_HERSHEY_SIMPLEX,
        height / 32, (dark, dark, dark), max(height // 12, 1), cv2.LINE_AA,
    )  # fmt: skip
    return image


def blurred(image: Image, across: int, along: int) -> Image:
    return np.asarray(cv2.blur(image, (across, along)), np.uint8)


def test_blur_lowers_sharpness_step_by_step() -> None:
    values = [sharpness(blurred(number(), n, n)) for n in (1, 3, 5, 9, 15)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.6
    assert values[-1] < 0.35


@pytest.mark.parametrize(("across", "along"), [(21, 1), (1, 21)])
def test_motion_in_one_direction_counts(across: int, along: int) -> None:
    assert sharpness(blurred(number(), across, along)) < 0.75 * sharpness(number())


def test_contrast_does_not_change_sharpness() -> None:
    assert sharpness(number(60, 100, 140)) == pytest.approx(sharpness(number()), abs=0.05)


def test_an_enlarged_small_crop_is_not_sharp() -> None:
    small = np.asarray(cv2.resize(number(), (30, 10), interpolation=cv2.INTER_AREA), np.uint8)
    assert sharpness(small) < 0.8 * sharpness(number())


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (40, 1, 3), (50, 80, 3)])
def test_without_edges_nothing_is_sharp(shape: tuple[int, int, int]) -> None:
    assert sharpness(np.full(shape, 90, np.uint8)) == 0.0


def test_contrast_and_height() -> None:
    seen = legibility(number(40, 51, 204))
    assert seen.height_px == 40
    assert seen.contrast == pytest.approx(0.6, abs=0.02)
    assert seen.sharpness == sharpness(number(40, 51, 204))
