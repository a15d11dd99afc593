from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.appearance import (
    Appearance,
    AppearanceEmbedder,
    combined,
    load_appearance_embedder,
)
from engines.appearance.description import LENGTH, describe
from engines.errors import ModelFileError
from engines.types import Image

RED, BLUE, GREEN = (200, 40, 40), (40, 60, 200), (50, 170, 60)


def runner(
    shirt: tuple[int, int, int], ground: int = 120, gain: float = 1.0, height: int = 128
) -> Image:
    """A flat figure: shirt above, black shorts, bare legs, on grey ground."""
    crop = np.full((128, 64, 3), ground, np.uint8)
    crop[4:20, 26:38] = (190, 150, 120)
    crop[20:64, 18:46] = shirt
    crop[64:84, 20:44] = 25
    crop[84:126, 22:42] = (180, 140, 110)
    lit = np.clip(crop * gain, 0, 255).astype(np.uint8)
    return np.asarray(lit[:height], np.uint8)


def likeness(one: Image, other: Image) -> float:
    embedder = load_appearance_embedder()
    return float(embedder.embed(one).vector @ embedder.embed(other).vector)


def test_a_vector_has_length_one_and_is_float32() -> None:
    looks = load_appearance_embedder().embed(runner(RED))
    assert looks.vector.dtype == np.float32
    assert looks.vector.shape == (64,)
    assert np.linalg.norm(looks.vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(runner(RED, gain=0.6), id="in the shade"),
        pytest.param(runner(RED, ground=70), id="on other ground"),
        pytest.param(np.asarray(runner(RED)[::2, ::2]), id="farther away"),
        pytest.param(np.asarray(runner(RED)[:, ::-1]), id="mirrored"),
    ],
)
def test_the_same_clothes_stay_nearer_than_others(changed: Image) -> None:
    same = likeness(runner(RED), np.ascontiguousarray(changed))
    assert same > likeness(runner(RED), runner(BLUE)) + 0.3
    assert same > likeness(runner(RED), runner(GREEN)) + 0.3


def test_what_the_bib_shows_makes_no_difference() -> None:
    # The bib is wider than the blur of shrinking, which reaches a pixel beyond its box.
    white, black = runner(RED), runner(RED)
    white[30:50, 22:42], black[30:50, 22:42] = 255, 0
    box = (22.0, 30.0, 42.0, 50.0)
    embedder = load_appearance_embedder()
    without = float(embedder.embed(white, box).vector @ embedder.embed(black, box).vector)
    assert without > likeness(white, black) + 0.05


@pytest.mark.parametrize(
    ("crop", "low", "high"),
    [
        pytest.param(runner(RED), 0.95, 1.0, id="large, whole and well lit"),
        pytest.param(np.asarray(runner(RED)[::4, ::4]), 0.4, 0.6, id="32 pixels tall"),
        pytest.param(runner(RED, height=64), 0.5, 0.75, id="legs cut off"),
        pytest.param(np.zeros((128, 64, 3), np.uint8), 0.0, 0.0, id="black"),
        pytest.param(np.full((128, 64, 3), 255, np.uint8), 0.0, 0.0, id="burnt out"),
    ],
)
def test_quality_tells_what_can_be_relied_on(crop: Image, low: float, high: float) -> None:
    assert low <= load_appearance_embedder().embed(crop).quality <= high


@pytest.mark.parametrize(
    "shape", [(0, 4, 3), (8, 8), (8, 8, 4)], ids=["no pixels", "grey", "alpha"]
)
def test_what_is_no_crop_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="person crop"):
        describe(np.zeros(shape, np.uint8), None)


def test_frames_count_by_their_quality() -> None:
    good = Appearance(np.array([1, 0], np.float32), 0.9)
    poor = Appearance(np.array([0, 1], np.float32), 0.1)
    both = combined([good, poor])
    assert both.vector[0] / both.vector[1] == pytest.approx(9, rel=1e-4)
    assert both.quality == pytest.approx(0.82)


def test_a_track_without_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        combined([])


def test_a_model_of_another_description_is_refused() -> None:
    with pytest.raises(ValueError, match=f"mean \\[{LENGTH}\\]"):
        AppearanceEmbedder("m", np.zeros(3, np.float32), np.zeros((3, 2), np.float32))


@pytest.mark.parametrize("content", [None, b"no model"], ids=["missing", "damaged"])
def test_a_model_file_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "appearance.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"appearance\.npz: not an appearance model"):
        load_appearance_embedder(path)
