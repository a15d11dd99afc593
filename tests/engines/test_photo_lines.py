from __future__ import annotations

import pytest

from engines.looking import Line
from engines.photo_lines import (
    boxes_of,
    distinct_lines,
    fitted_box,
    height_of,
    input_size,
    large_wear_lines,
    on_each_other,
    same_place,
    surroundings,
    together,
    torso,
    wearer,
    whole_lines,
    worn_lines,
)
from engines.types import Box, Finding, Kind
from tests.engines.tiny_models import Row, detections

BIB: Row = (120, 180, 180, 230, 0.8, Kind.BIB)
NUMBER: Row = (130, 190, 170, 215, 0.7, Kind.NUMBER)
OTHER: Row = (400, 180, 460, 230, 0.8, Kind.BIB)


@pytest.mark.parametrize(
    ("photo", "long_side", "size"),
    [
        ((4000, 3000), 960, (960, 736)),
        ((3000, 4000), 960, (736, 960)),
        ((720, 480), 960, (736, 480)),
        ((720, 480), 640, (640, 448)),
        ((481, 720), 960, (480, 736)),
        ((1000, 700), 960, (960, 736)),
        ((1000, 990), 480, (480, 480)),
        ((6000, 1000), 960, (960, 480)),
        ((100, 60), 960, (128, 96)),
        ((70, 33), 960, (96, 64)),
        ((10, 10), 960, (64, 64)),
    ],
)
def test_the_input_keeps_the_shape_of_the_photo(
    photo: tuple[int, int], long_side: int, size: tuple[int, int]
) -> None:
    assert input_size(*photo, long_side) == size


def test_torso_of_a_person() -> None:
    assert torso((100, 100, 200, 400)) == pytest.approx((95, 130, 205, 325))


@pytest.mark.parametrize(
    ("situation", "torsos", "worn_by"),
    [
        ("nobody's", [(300, 100, 400, 300)], None),
        ("of the only one", [(300, 100, 400, 300), (100, 100, 220, 300)], 1),
        ("of who stands in front", [(80, 100, 170, 300), (100, 100, 200, 300)], 1),
        ("in the middle of the narrower one", [(90, 100, 290, 300), (110, 100, 190, 300)], 1),
    ],
)
def test_a_line_is_worn_by_whose_middle_it_is_at(
    situation: str, torsos: list[Box], worn_by: int | None
) -> None:
    assert wearer(NUMBER[:4], torsos) == worn_by, situation


@pytest.mark.parametrize(
    ("situation", "persons", "bibs"),
    [
        ("nobody is there", [], [BIB, OTHER]),
        ("who wears one", [(100, 100, 200, 400)], [BIB]),
        ("both", [(100, 100, 200, 400), (400, 100, 500, 400)], [BIB, OTHER]),
        ("somebody beside a clock and a sign", [(600, 100, 700, 400)], []),
        ("somebody small behind who fills the photo", [(600, 100, 660, 220)], [BIB, OTHER]),
    ],
)
def test_lines_that_nobody_wears_are_none(
    situation: str, persons: list[Box], bibs: list[Row]
) -> None:
    lines = [Line(NUMBER[:4], BIB[:4]), Line(None, OTHER[:4])]
    assert [line.bib for line in worn_lines(lines, persons)] == [b[:4] for b in bibs], situation


def test_surroundings_of_a_bib() -> None:
    assert surroundings((100, 100, 140, 120)) == pytest.approx((80, 90, 160, 130))


@pytest.mark.parametrize(
    ("kind", "boxes"),
    [(Kind.BIB, [BIB[:4], OTHER[:4]]), (Kind.NUMBER, [NUMBER[:4]]), (Kind.FACE, [])],
)
def test_boxes_of_one_kind(kind: Kind, boxes: list[Box]) -> None:
    assert boxes_of(detections([BIB, NUMBER, OTHER]), kind) == boxes


@pytest.mark.parametrize(
    ("situation", "rows", "lines"),
    [
        ("nothing", [], []),
        ("a number in a bib, and a bib without one", [NUMBER, BIB, OTHER],
         [Line(NUMBER[:4], BIB[:4]), Line(None, OTHER[:4])]),
        ("a number beside the bib", [NUMBER, OTHER],
         [Line(NUMBER[:4], None), Line(None, OTHER[:4])]),
        ("two numbers in a bib", [NUMBER, (125, 185, 150, 195, 0.5, Kind.NUMBER), BIB],
         [Line(NUMBER[:4], BIB[:4]), Line((125, 185, 150, 195), BIB[:4])]),
    ],
)  # fmt: skip
def test_lines_know_their_bib(situation: str, rows: list[Row], lines: list[Line]) -> None:
    assert whole_lines(detections(rows)) == lines, situation


def test_later_lines_win_their_place() -> None:
    first, later = Line((0, 0, 100, 20), None), Line((2, 0, 100, 20), (0, 0, 110, 60))
    elsewhere = Line((0, 200, 100, 220), None)
    lines = [first, elsewhere, Line(None, (0, 0, 5, 5)), later]
    assert distinct_lines(lines) == [later, elsewhere]


@pytest.mark.parametrize(
    ("line", "height"), [(Line((0, 10, 50, 32.5), None), 22.5), (Line(None, (0, 0, 9, 9)), 0.0)]
)
def test_height_of_a_line(line: Line, height: float) -> None:
    assert height_of(line) == height


@pytest.mark.parametrize(
    ("situation", "other", "yes"),
    [
        ("the same", (0, 0, 100, 20), True),
        ("more than half", (20, 0, 100, 20), True),
        ("less than half", (60, 0, 160, 20), False),
        ("elsewhere", (300, 0, 400, 20), False),
        ("none", None, False),
    ],
)
def test_lines_in_one_place(situation: str, other: Box | None, yes: bool) -> None:
    number = (0.0, 0.0, 100.0, 20.0)
    assert same_place(number, other) is yes, situation
    assert same_place(other, number) is yes, situation


@pytest.mark.parametrize(
    ("number", "centres", "box"),
    [
        pytest.param((0, 0, 40, 20), (), None, id="no character seen"),
        pytest.param(None, (), None, id="no line"),
        pytest.param((10, 0, 40, 20), (5, 20, 35), (-2.5, 0, 42.5, 20), id="the box cut the ends"),
        pytest.param((0, 0, 80, 20), (30, 42), (24, 0, 48, 20), id="the box is too wide"),
        pytest.param((0, 0, 40, 20), (20,), (14.5, 0, 25.5, 20), id="one character"),
        pytest.param((0, 0, 40, 20), (10, 12), (6.5, 0, 15.5, 20), id="closer than digits stand"),
        pytest.param((0, 0, 90, 20), (10, 80), (0, 0, 90, 20), id="farther apart than they stand"),
    ],
)
def test_a_line_fitted_to_its_characters(
    number: Box | None, centres: tuple[float, ...], box: Box | None
) -> None:
    found = fitted_box(Finding(number, None, None, 0.5, centres))
    assert found == (None if box is None else pytest.approx(box))


def test_what_is_seen_at_two_sizes_is_one_thing() -> None:
    large = detections([NUMBER, BIB])
    small = detections([(131, 191, 171, 216, 0.9, Kind.NUMBER), (0, 0, 300, 400, 0.9, Kind.PERSON),
                        (130, 190, 170, 215, 0.9, Kind.FACE)])  # fmt: skip
    found = together([large, small])
    assert [Kind(kind) for kind in found.kinds] == [
        Kind.NUMBER, Kind.BIB, Kind.PERSON, Kind.FACE,
    ]  # fmt: skip
    assert tuple(found.boxes[0]) == NUMBER[:4]
    assert found.scores[0] == pytest.approx(0.7), "that of the former"


@pytest.mark.parametrize(
    ("situation", "other", "together"),
    [
        ("the same", (100, 50, 160, 80), True),
        ("its right half, in a box of its own", (132, 52, 162, 78), True),
        ("round it", (60, 40, 200, 90), True),
        ("the neighbour's, beside it", (150, 50, 210, 80), False),
        ("far away", (300, 50, 360, 80), False),
        ("without area", (120, 60, 120, 60), False),
    ],
)
def test_two_lines_on_each_other(situation: str, other: Box, together: bool) -> None:
    line = (100.0, 50.0, 160.0, 80.0)
    assert on_each_other(line, other) is together, situation
    assert on_each_other(other, line) is together, situation


TALL: Row = (100, 100, 300, 500, 0.9, Kind.PERSON)
SMALL: Row = (400, 100, 440, 180, 0.9, Kind.PERSON)
WORN: Row = (160, 220, 240, 260, 0.7, Kind.NUMBER)


@pytest.mark.parametrize(
    ("situation", "rows", "yes"),
    [
        ("nobody", [], False),
        ("a line and nobody", [WORN], False),
        ("a large person without a line", [TALL], False),
        ("a large person with one", [TALL, WORN], True),
        ("with one that may be none", [TALL, (*WORN[:4], 0.3, Kind.NUMBER)], False),
        ("with one at the feet", [TALL, (160, 450, 240, 490, 0.7, Kind.NUMBER)], False),
        ("two large ones and one line", [TALL, (310, 90, 500, 500, 0.9, Kind.PERSON), WORN], False),
        ("small ones, and perhaps one too large to be found", [SMALL], False),
        ("small ones beside a large one", [SMALL, TALL, WORN], True),
    ],
)
def test_whether_all_who_are_large_wear_a_line(situation: str, rows: list[Row], yes: bool) -> None:
    assert large_wear_lines(detections(rows), 600) is yes, situation
