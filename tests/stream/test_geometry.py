from __future__ import annotations

import numpy as np
import pytest

from engines.types import Box
from stream.geometry import (
    assign,
    distinct,
    doubles,
    ious,
    likeness,
    overlaps,
    standing_in,
    widened,
)


def column(*boxes: Box) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array(boxes, np.float32).reshape(-1, 4)


UNIT = (0.0, 0.0, 100.0, 200.0)


@pytest.mark.parametrize(
    ("other", "iou"),
    [
        (UNIT, 1.0),
        ((50.0, 0.0, 150.0, 200.0), 1 / 3),
        ((100.0, 0.0, 200.0, 200.0), 0.0),
        ((300.0, 0.0, 400.0, 200.0), 0.0),
        ((0.0, 0.0, 100.0, 100.0), 0.5),
    ],
)
def test_iou(other: Box, iou: float) -> None:
    assert ious(column(UNIT), column(other))[0, 0] == pytest.approx(iou)


def test_tables_have_a_row_per_first_and_a_column_per_second() -> None:
    assert overlaps(column(UNIT, UNIT), column(UNIT, UNIT, UNIT)).shape == (2, 3)
    assert ious(column(), column(UNIT)).shape == (0, 1)
    assert likeness(column(UNIT), column(UNIT, UNIT), 1080).shape == (1, 2)


LIKENESS = {
    "by height": ((0.0, 0.0, 10.0, 50.0), 1080.0, 0.25),
    "the higher one second": ((0.0, 0.0, 10.0, 800.0), 1080.0, 0.25),
    "one cut off below: by width": ((0.0, 0.0, 40.0, 200.0), 200.0, 0.4),
    "a few pixels off the edge": ((0.0, 0.0, 40.0, 198.0), 201.0, 0.4),
    "only the other one cut off": ((0.0, 900.0, 40.0, 1080.0), 1080.0, 0.4),
    "no height at all": ((0.0, 0.0, 10.0, 0.0), 1080.0, 0.0),
}


@pytest.mark.parametrize(
    ("other", "picture_height", "alike"), LIKENESS.values(), ids=LIKENESS.keys()
)
def test_likeness(other: Box, picture_height: float, alike: float) -> None:
    assert likeness(column(UNIT), column(other), picture_height)[0, 0] == pytest.approx(alike)


def test_widened() -> None:
    wide = widened(column(UNIT), np.array([0.1], np.float32))
    assert wide[0].tolist() == pytest.approx([-10.0, -20.0, 110.0, 220.0])


DOUBLES = {
    "nearly the same": ((4.0, 5.0, 104.0, 205.0), True),
    "the upper body": ((5.0, 0.0, 95.0, 110.0), True),
    "a smaller runner behind": ((30.0, 5.0, 70.0, 105.0), False),
    "a child in front": ((10.0, 90.0, 90.0, 200.0), False),
    "half beside": ((50.0, 0.0, 150.0, 200.0), False),
}


@pytest.mark.parametrize(("other", "same"), DOUBLES.values(), ids=DOUBLES.keys())
def test_doubles(other: Box, same: bool) -> None:
    assert doubles(column(UNIT), column(other), 0.75)[0, 0] == same


def test_of_doubles_the_better_score_stays() -> None:
    boxes = column(UNIT, (4.0, 5.0, 104.0, 205.0), (300.0, 0.0, 400.0, 200.0))
    assert distinct(boxes, np.array([0.5, 0.9, 0.7], np.float32), 0.75).tolist() == [1, 2]
    assert distinct(column(), np.zeros(0, np.float32), 0.75).tolist() == []


def test_assign_takes_the_strongest_claims_that_are_allowed() -> None:
    claim = np.array([[0.9, 0.8], [0.95, 0.1], [0.5, 0.7]], np.float32)
    allowed = claim > 0.2
    nobody = np.full(3, -1, np.intp)
    assert assign(claim, allowed, nobody).tolist() == [1, 0, -1]
    assert nobody.tolist() == [-1, -1, -1]
    taken = np.array([-1, -1, 0], np.intp)
    assert assign(claim, allowed, taken).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    ("box", "inside"),
    [
        ((40.0, 0.0, 60.0, 50.0), True),
        ((40.0, 0.0, 60.0, 20.0), False),
        ((0.0, 0.0, 10.0, 50.0), False),
        ((40.0, 60.0, 60.0, 130.0), True),
    ],
)
def test_who_stands_in_a_region(box: Box, inside: bool) -> None:
    region = (0.2, 0.3, 0.8, 1.0)
    assert standing_in(column(box), region, (100, 100)).tolist() == [inside]
