from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engines.evaluate.precision import (
    Matched,
    average_precision,
    match,
    match_in_range,
    on_ignored,
)
from engines.types import Floats

A, B, FAR = (0, 0, 10, 10), (100, 0, 110, 10), (500, 500, 510, 510)


def array(boxes: Sequence[tuple[float, ...]]) -> Floats:
    return np.array(boxes, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("found", "true", "ignored", "right"),
    [
        ([A, B], [A, B], [], [True, True]),
        ([A, FAR], [A], [], [True, False]),
        ([], [A], [], []),
        ([A], [], [], [False]),
        # A second box on the same runner is wrong.
        ([A, (0, 0, 10, 9)], [A], [], [True, False]),
        # On an ignored box: neither right nor wrong.
        ([A, FAR], [A], [(490, 490, 520, 520)], [True]),
        # A true box on an ignored one still counts.
        ([A], [A], [(0, 0, 50, 50)], [True]),
        # Not overlapping enough.
        ([(6, 0, 16, 10)], [A], [], [False]),
    ],
)
def test_matching(
    found: Sequence[tuple[float, ...]],
    true: Sequence[tuple[float, ...]],
    ignored: Sequence[tuple[float, ...]],
    right: Sequence[bool],
) -> None:
    scores = np.linspace(0.9, 0.5, len(found)).astype(np.float32)
    matched = match(array(found), scores, array(true), array(ignored), 0.5)
    assert list(matched.right) == list(right)
    assert matched.n_true == len(true)


def test_the_better_score_takes_the_box() -> None:
    scores = np.array([0.3, 0.8], np.float32)
    matched = match(array([A, (0, 0, 10, 9)]), scores, array([A]), array([]), 0.5)
    assert list(matched.right) == [True, False]
    assert matched.scores == pytest.approx([0.8, 0.3])


LARGE = (200, 0, 240, 40)
"""Out of range: boxes up to 20 are looked for."""


@pytest.mark.parametrize(
    ("found", "true", "ignored", "right", "n_true"),
    [
        # What is out of range is not missed, and finding it is neither right nor wrong.
        ([], [LARGE], [], [], 0),
        ([LARGE], [LARGE], [], [], 0),
        # In range and wrong, out of range and wrong: only the first is punished.
        ([A], [LARGE], [], [False], 0),
        ([(300, 0, 340, 40)], [A], [], [], 1),
        # A detection out of range may find a box in range, and one in range a box out of range.
        ([(0, 0, 10, 14)], [A], [], [True], 1),
        ([(0, 0, 10, 21)], [(0, 0, 10, 20)], [], [True], 1),
        ([(0, 0, 10, 19)], [(0, 0, 10, 22)], [], [], 0),
        # The second one on a box out of range is wrong, if it is in range itself.
        ([(0, 0, 10, 19), (0, 0, 10, 18)], [(0, 0, 10, 22)], [], [False], 0),
        # Small print on a large true box is wrong: only overlap forgives.
        ([(210, 10, 218, 18)], [LARGE], [], [False], 0),
        ([A], [], [(0, 0, 50, 50)], [], 0),
    ],
)
def test_sizes_looked_at_apart(
    found: Sequence[tuple[float, ...]],
    true: Sequence[tuple[float, ...]],
    ignored: Sequence[tuple[float, ...]],
    right: Sequence[bool],
    n_true: int,
) -> None:
    scores = np.linspace(0.9, 0.5, len(found)).astype(np.float32)
    boxes, truth = array(found), array(true)
    in_range = boxes[:, 3] - boxes[:, 1] <= 20, truth[:, 3] - truth[:, 1] <= 20
    matched = match_in_range(boxes, scores, truth, array(ignored), 0.5, in_range)
    assert list(matched.right) == list(right)
    assert matched.n_true == n_true


def part(scores: Sequence[float], right: Sequence[bool], n_true: int) -> Matched:
    return Matched(np.array(scores, np.float32), np.array(right, dtype=bool), n_true)


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ([part([0.9, 0.8], [True, True], 2)], 1.0),
        ([part([], [], 2)], 0.0),
        ([part([0.9], [False], 0)], None),
        ([part([0.9, 0.8], [False, True], 1)], 0.5),
        ([part([0.9], [True], 2)], 0.5),
        # Over pictures: right .9, wrong .8, right .7 of two true boxes.
        ([part([0.9, 0.7], [True, True], 2), part([0.8], [False], 0)], 0.5 + 0.5 * 2 / 3),
        # Precision is made monotone: the wrong one before two right ones.
        ([part([0.9, 0.8, 0.7], [False, True, True], 2)], 2 / 3),
    ],
)
def test_average_precision(parts: list[Matched], value: float | None) -> None:
    measured = average_precision(parts)
    assert measured == (None if value is None else pytest.approx(value))


def test_ignored_needs_half_the_area() -> None:
    ignored = array([(0, 0, 10, 10)])
    boxes = array([(4, 0, 14, 10), (6, 0, 16, 10), (2, 2, 4, 4)])
    assert list(on_ignored(boxes, ignored)) == [True, False, True]
