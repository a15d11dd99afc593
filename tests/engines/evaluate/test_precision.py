from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engines.evaluate.precision import Matched, average_precision, match, on_ignored
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
