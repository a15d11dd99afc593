from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from engines.evaluate.batched_pixels import differences, letterboxed
from engines.evaluate.cuda_check import MOST_OFF
from engines.letterbox import letterbox
from engines.picture import RgbPicture


def test_torch_and_our_own_agree() -> None:
    off = differences("cpu")
    assert off.keys() == {"letterbox", "boxes", "overlaps"}
    assert all(value <= MOST_OFF for value in off.values())


def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def brighter(*given: object) -> object:
        return letterboxed(*given) * 1.01  # type: ignore[arg-type]

    monkeypatch.setattr("engines.evaluate.batched_pixels.letterboxed", brighter)
    assert differences("cpu")["letterbox"] > MOST_OFF


def test_the_same_place_as_a_race_has() -> None:
    pictures = np.random.default_rng(3).integers(0, 256, (2, 200, 100, 3), np.uint8)
    by_race, _ = letterbox([RgbPicture(picture) for picture in pictures], (192, 192))
    given = letterboxed(pictures, (192, 192), "cpu").numpy().transpose(0, 2, 3, 1)
    assert np.array_equal((given > 0).any(axis=(1, 3)), (by_race > 0).any(axis=(1, 3)))
    assert np.abs(given * 255 - by_race).mean() < 12
