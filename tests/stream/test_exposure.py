from __future__ import annotations

import numpy as np
import pytest

from engines.picture import I420Picture, RgbPicture
from engines.types import Picture
from stream.exposure import SAMPLES, Exposure, _sample, measure

SIZE = (72, 128)


def planes(luma: np.ndarray) -> I420Picture:
    half = np.full((luma.shape[0] // 2, luma.shape[1] // 2), 128, np.uint8)
    return I420Picture(luma.astype(np.uint8), half, half)


def halves(left: int, right: int) -> np.ndarray:
    luma = np.full(SIZE, left, np.uint8)
    luma[:, SIZE[1] // 2 :] = right
    return luma


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param(126, 126, (128, 0.0, 0.0), id="grey"),
        pytest.param(235, 126, (128, 0.5, 0.0), id="half of it white"),
        pytest.param(255, 235, (255, 1.0, 0.0), id="brighter than white"),
        pytest.param(16, 126, (0, 0.0, 0.5), id="half of it black"),
        pytest.param(0, 16, (0, 0.0, 1.0), id="blacker than black"),
        pytest.param(229, 22, (7, 0.0, 0.0), id="just not"),
    ],
)
def test_planes_are_of_limited_range(
    left: int, right: int, expected: tuple[int, float, float]
) -> None:
    assert measure(planes(halves(left, right))) == Exposure(*expected)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(planes(halves(235, 126)), id="planes"),
        pytest.param(RgbPicture(np.repeat(halves(255, 128)[..., None], 3, axis=2)), id="rgb"),
    ],
)
@pytest.mark.parametrize(
    ("region", "white"),
    [(None, 0.5), ((0.0, 0.0, 0.5, 1.0), 1.0), ((0.5, 0.0, 1.0, 1.0), 0.0),
     ((0.25, 0.9, 0.75, 1.0), 0.5)],
)  # fmt: skip
def test_only_the_region_counts(
    picture: Picture, region: tuple[float, float, float, float] | None, white: float
) -> None:
    assert measure(picture, region).white_share == pytest.approx(white, abs=0.02)


def test_a_large_picture_is_sampled_and_its_shares_stay() -> None:
    luma = np.full((1080, 1920), 100, np.uint8)
    luma[:, :240] = 235
    assert _sample(luma, (0.0, 0.0, 1.0, 1.0)).size <= SAMPLES
    assert measure(planes(luma)).white_share == pytest.approx(0.125, abs=0.005)


@pytest.mark.parametrize(
    ("exposure", "words"),
    [
        (Exposure(120, 0.05, 0.1), ()),
        (Exposure(200, 0.12, 0.0), ("overexposed: 12 % of it is white", "close the iris")),
        (Exposure(60, 0.0, 0.4), ("too dark: 40 % of it is black", "add light")),
        (Exposure(25, 0.0, 0.1), ("too dark", "below 25 of 255")),
    ],
)
def test_advice(exposure: Exposure, words: tuple[str, ...]) -> None:
    assert all(word in exposure.advice for word in words)
    assert bool(exposure.advice) == bool(words)
