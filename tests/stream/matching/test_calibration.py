from __future__ import annotations

import numpy as np
import pytest

from stream.matching.calibrated import APPEARANCE
from stream.matching.calibration import Calibration, fit_calibration

LINE = Calibration("m", (0.0, 0.5, 1.0), (-4.0, 0.0, 8.0))


@pytest.mark.parametrize(
    ("score", "ratio"),
    [
        pytest.param(0.5, 0.0, id="a corner"),
        pytest.param(0.75, 4.0, id="between corners"),
        pytest.param(-1.0, -4.0, id="below the first: no more than was seen"),
        pytest.param(2.0, 8.0, id="above the last: no more than was seen"),
    ],
)
def test_scores_become_log_ratios(score: float, ratio: float) -> None:
    assert LINE.log_ratio(np.array([score], np.float32))[0] == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("ratio", "score"),
    [
        pytest.param(4.0, 0.75, id="between corners"),
        pytest.param(-9.0, float("-inf"), id="every score says as much"),
        pytest.param(9.0, float("inf"), id="no score says as much"),
    ],
)
def test_the_lowest_score_of_a_log_ratio(ratio: float, score: float) -> None:
    assert LINE.score_at(ratio) == pytest.approx(score)


@pytest.mark.parametrize(
    ("scores", "ratios"),
    [
        pytest.param((0.0,), (1.0,), id="one corner"),
        pytest.param((0.0, 1.0), (1.0,), id="one ratio too few"),
        pytest.param((1.0, 0.0), (0.0, 1.0), id="scores fall"),
        pytest.param((0.0, 1.0), (1.0, 0.0), id="ratios fall"),
    ],
)
def test_a_line_that_is_none_is_refused(
    scores: tuple[float, ...], ratios: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match="calibration of m"):
        Calibration("m", scores, ratios)


def test_a_fitted_line_finds_the_true_log_ratios() -> None:
    # Of two normal distributions one apart with the same spread the log ratio is a straight line.
    rng = np.random.default_rng(1)
    same = rng.normal(1, 1, 40_000).astype(np.float32)
    different = rng.normal(0, 1, 40_000).astype(np.float32)
    fitted = fit_calibration("m", same, different)
    at = np.array([-1.0, 0.0, 0.5, 1.0, 2.0], np.float32)
    assert fitted.log_ratio(at) == pytest.approx(at - 0.5, abs=0.12)


def test_what_was_never_seen_is_rare_and_not_impossible() -> None:
    same, different = np.full(100, 0.9, np.float32), np.full(10_000, 0.1, np.float32)
    fitted = fit_calibration("m", same, different)
    assert fitted.log_ratios[-1] == pytest.approx(np.log(100.5 / 101) - np.log(0.5 / 10_001))


def test_scores_that_say_nothing_say_nothing() -> None:
    level = np.full(100, 0.5, np.float32)
    assert set(fit_calibration("m", level, level).log_ratios) == {0.0}


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 50 pairs"):
        fit_calibration("m", np.zeros(49, np.float32), np.zeros(900, np.float32))


def test_the_shipped_calibration_belongs_to_the_shipped_model() -> None:
    from engines.appearance import load_appearance_embedder

    assert load_appearance_embedder().name == APPEARANCE.model
