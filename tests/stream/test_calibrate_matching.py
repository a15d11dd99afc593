"""The calibration is measured, not written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engines.appearance import load_appearance_embedder
from engines.types import Floats
from stream.calibrate_matching import calibrate
from stream.matching.calibrated import APPEARANCE


def test_a_small_race_says_nearly_what_the_shipped_calibration_says() -> None:
    embedder = load_appearance_embedder()
    small = calibrate(embedder, seeds=(5,), runners=60)
    assert small.model == embedder.name == APPEARANCE.model
    # Of what is rarer, 60 runners cannot tell how rare it is.
    for score in (0.2, 0.6, 0.8):
        [one] = small.log_ratio(_row(score))
        [shipped] = APPEARANCE.log_ratio(_row(score))
        assert one == pytest.approx(shipped, abs=2.5)


def _row(score: float) -> Floats:
    return np.array([score], np.float32)
