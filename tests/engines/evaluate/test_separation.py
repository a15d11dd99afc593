"""Figures of likenesses, worked out by hand."""

import numpy as np
import pytest

from engines.evaluate.separation import auc, equal_error, separation, share_above, threshold_of


def floats(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("one", "two", "area"),
    [
        pytest.param((0.9, 0.8), (0.1, 0.2), 1.0, id="apart"),
        pytest.param((0.1, 0.2), (0.9, 0.8), 0.0, id="the wrong way round"),
        pytest.param((0.5,), (0.5,), 0.5, id="a tie counts half"),
        pytest.param((0.5, 0.9), (0.5, 0.1), 0.875, id="one tie of four"),
        pytest.param((0.4, 0.6), (0.5, 0.1), 0.75, id="one of four wrong"),
    ],
)
def test_area_under_the_curve(one: tuple[float, ...], two: tuple[float, ...], area: float) -> None:
    assert auc(floats(*one), floats(*two)) == pytest.approx(area)


@pytest.mark.parametrize(
    ("n", "threshold"),
    [
        pytest.param(50, 49, id="fewer than 100: none may lie above"),
        pytest.param(100, 98, id="100: one may"),
        pytest.param(500, 494, id="500: five may"),
    ],
)
def test_threshold_for_one_false_alarm_in_a_hundred(n: int, threshold: float) -> None:
    two = floats(*range(n))
    assert threshold_of(two) == threshold
    assert share_above(two, threshold) <= 0.01


@pytest.mark.parametrize(
    ("one", "two", "error"),
    [
        pytest.param((0.8, 0.9), (0.1, 0.2), 0.0, id="apart"),
        pytest.param((0.3, 0.7, 0.8, 0.9), (0.1, 0.2, 0.25, 0.5), 0.25, id="one of four each"),
    ],
)
def test_equal_error(one: tuple[float, ...], two: tuple[float, ...], error: float) -> None:
    assert equal_error(floats(*one), floats(*two)) == pytest.approx(error)


def test_everything_together() -> None:
    told = separation([0.9] * 8 + [0.2] * 2 + [0.1] * 99 + [0.5], [True] * 10 + [False] * 100)
    assert (told.n_same, told.n_different) == (10, 100)
    assert told.threshold == pytest.approx(0.1)
    assert (told.n_false, told.tpr) == (1, 1.0)
    assert told.auc == pytest.approx(0.998)
    low, high = told.tpr_interval
    assert low < told.tpr <= high


def test_the_interval_is_the_same_every_time() -> None:
    chance = np.random.default_rng(1)
    values = [*chance.normal(0.8, 0.1, 50).tolist(), *chance.normal(0.5, 0.1, 300).tolist()]
    same = [True] * 50 + [False] * 300
    one, again = separation(values, same), separation(values, same)
    assert one == again
    assert one.tpr_interval[0] < one.tpr < one.tpr_interval[1]


@pytest.mark.parametrize("same", [[True, True], [False, False], [True]])
def test_both_kinds_are_needed(same: list[bool]) -> None:
    with pytest.raises(ValueError, match="both kinds"):
        separation([0.1, 0.2], same)
