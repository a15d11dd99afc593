"""What is asked about, and what is left in peace."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from engines.train.labelled.data_set import LabelledBox, LabelledPicture
from engines.train.labelled.suspicious import LEAST_BOXES, Doubt, Suspicion, find_suspicious
from engines.types import Box, Kind

WIDTH, HEIGHT = 1000, 800

Row = tuple[Kind, Box, str | None]


def picture(*rows: Row, name: str = "a.jpg", ignored: bool = False) -> LabelledPicture:
    boxes = tuple(LabelledBox(kind, box, text, ignored) for kind, box, text in rows)
    return LabelledPicture(Path("city") / name, WIDTH, HEIGHT, boxes, "city")


def doubts(*pictures: LabelledPicture) -> list[tuple[int, Doubt]]:
    """Row of the box and doubt, of the first picture."""
    return [(s.box, s.doubt) for s in find_suspicious(pictures) if s.picture == 0]


def usual(kind: Kind, width: float, height: float, text: str | None = None) -> LabelledPicture:
    """A picture with enough boxes of one kind, each a little different, none overlapping."""
    chance = random.Random(3)
    rows = []
    for n in range(LEAST_BOXES + 4):
        x, y = 20 + 160 * (n % 6), 20 + 190 * (n // 6)
        w, h = width * chance.uniform(0.9, 1.1), height * chance.uniform(0.9, 1.1)
        rows.append((kind, (x, y, x + w, y + h), text and f"{int(text) + n}"))
    return picture(*rows, name="usual.jpg")


BIB: Box = (100, 300, 220, 400)
MOVED: Box = (110, 305, 230, 405)
BESIDE: Box = (300, 300, 420, 400)
LINE: Box = (110, 330, 200, 370)


@pytest.mark.parametrize(
    ("situation", "rows", "expected"),
    [
        ("two bibs on one place", [(Kind.BIB, BIB, None), (Kind.BIB, MOVED, None)], [0, 1]),
        ("two bibs beside each other", [(Kind.BIB, BIB, None), (Kind.BIB, BESIDE, None)], []),
        ("a number on a bib", [(Kind.BIB, BIB, None), (Kind.NUMBER, MOVED, None)], []),
        (
            "two runners, one behind the other",
            [(Kind.PERSON, (100, 100, 300, 700), None), (Kind.PERSON, (180, 100, 380, 700), None)],
            [],
        ),
        (
            "three of one",
            [(Kind.FACE, (100, 100, 200 + 5 * n, 200), None) for n in range(3)],
            [0, 1, 2],
        ),
    ],
)
def test_double_boxes(situation: str, rows: list[Row], expected: list[int]) -> None:
    found = [(row, Doubt.DOUBLE) for row in expected]
    assert [one for one in doubts(picture(*rows)) if one[1] is Doubt.DOUBLE] == found, situation


def test_a_double_box_names_the_other_and_how_much() -> None:
    first, second = find_suspicious([picture((Kind.BIB, BIB, None), (Kind.BIB, MOVED, None))])
    assert (first.others, second.others) == ((1,), (0,))
    assert first.reason == "overlaps another bib box by 77%"


@pytest.mark.parametrize(
    ("situation", "rows", "expected"),
    [
        ("two runners, one number", [(Kind.BIB, BIB, "7"), (Kind.BIB, BESIDE, "7")], [0, 1]),
        ("two runners, two numbers", [(Kind.BIB, BIB, "7"), (Kind.BIB, BESIDE, "8")], []),
        ("two bibs that nobody could read", [(Kind.BIB, BIB, None), (Kind.BIB, BESIDE, None)], []),
        ("one bib, labelled twice", [(Kind.BIB, BIB, "7"), (Kind.BIB, MOVED, "7")], []),
        ("a bib and its number", [(Kind.BIB, BIB, "7"), (Kind.NUMBER, LINE, "7")], []),
        ("numbers without bibs", [(Kind.NUMBER, LINE, "7"), (Kind.NUMBER, BESIDE, "7")], [0, 1]),
    ],
)
def test_the_same_number_on_two(situation: str, rows: list[Row], expected: list[int]) -> None:
    found = [row for row, doubt in doubts(picture(*rows)) if doubt is Doubt.SAME_TEXT]
    assert found == expected, situation


@pytest.mark.parametrize(
    ("situation", "rows", "expected"),
    [
        ("on its bib", [(Kind.NUMBER, LINE, None), (Kind.BIB, BIB, None)], []),
        (
            "beside the bib",
            [(Kind.NUMBER, BESIDE, None), (Kind.BIB, BIB, None)],
            [Doubt.OUTSIDE_BIB],
        ),
        ("where no bib is labelled", [(Kind.NUMBER, LINE, None)], []),
        (
            "larger than its bib",
            [(Kind.NUMBER, (90, 290, 230, 410), None), (Kind.BIB, BIB, None)],
            [Doubt.LARGER_THAN_BIB],
        ),
        (
            "larger than one bib, but not than the other",
            [
                (Kind.NUMBER, (90, 290, 230, 410), None),
                (Kind.BIB, BIB, None),
                (Kind.BIB, (50, 200, 400, 500), None),
            ],
            [],
        ),
    ],
)
def test_numbers_belong_on_bibs(situation: str, rows: list[Row], expected: list[Doubt]) -> None:
    assert [doubt for row, doubt in doubts(picture(*rows)) if row == 0] == expected, situation


@pytest.mark.parametrize(
    ("situation", "kind", "box", "text", "is_odd"),
    [
        ("a number like the others", Kind.NUMBER, (400, 300, 480, 340), "4711", False),
        ("one digit in its own box", Kind.NUMBER, (400, 300, 420, 340), "7", False),
        ("a one is narrow", Kind.NUMBER, (400, 300, 413, 340), "1", False),
        ("one digit on the box of four", Kind.NUMBER, (400, 300, 480, 340), "7", True),
        ("four digits on the box of one", Kind.NUMBER, (400, 300, 425, 340), "4711", True),
        ("nobody read it", Kind.NUMBER, (400, 300, 480, 340), None, False),
        ("too few bibs to compare, plausible", Kind.BIB, (400, 300, 500, 380), "7", False),
        ("a bib too narrow for any text", Kind.BIB, (400, 300, 420, 380), "4711", True),
        ("a bib too wide for any text", Kind.BIB, (400, 300, 600, 350), "7", True),
    ],
)
def test_the_text_fits_its_box(
    situation: str, kind: Kind, box: Box, text: str | None, is_odd: bool
) -> None:
    made = picture((kind, box, text))
    found = doubts(made, usual(Kind.NUMBER, 80, 40, "1230"))
    assert ((0, Doubt.TEXT_WIDTH) in found) is is_odd, situation


@pytest.mark.parametrize(
    ("situation", "width", "text", "is_odd"),
    [
        ("a sheet is as wide for one digit", 120, "7", False),
        ("a sheet is too narrow for its digits", 30, "4711", True),
    ],
)
def test_bibs_are_only_ever_too_narrow(
    situation: str, width: float, text: str, is_odd: bool
) -> None:
    made = picture((Kind.BIB, (400, 300, 400 + width, 400), text))
    found = doubts(made, usual(Kind.BIB, 120, 100, "1230"))
    assert ((0, Doubt.TEXT_WIDTH) in found) is is_odd, situation


@pytest.mark.parametrize(
    ("situation", "box", "expected"),
    [
        ("as usual", (400, 300, 440, 350), []),
        ("twice as large", (400, 300, 455, 370), []),
        ("twenty times as large", (300, 200, 480, 420), [Doubt.SIZE]),
        ("tiny", (400, 300, 408, 310), [Doubt.SIZE]),
        ("very wide", (300, 300, 430, 315), [Doubt.SHAPE]),
        ("cut off at the left", (0, 300, 5, 350), [Doubt.SLIVER]),
        ("cut off at the right", (995, 300, 1000, 350), [Doubt.SLIVER]),
        ("cut off at the bottom", (400, 794, 440, 800), [Doubt.SLIVER]),
        ("half of it at the edge", (0, 300, 20, 350), []),
        ("as narrow, but not at the edge", (500, 300, 505, 350), [Doubt.SIZE, Doubt.SHAPE]),
    ],
)
def test_outliers(situation: str, box: Box, expected: list[Doubt]) -> None:
    found = doubts(picture((Kind.FACE, box, None)), usual(Kind.FACE, 40, 50))
    assert [doubt for _, doubt in found] == expected, situation


@pytest.mark.parametrize(("n", "is_odd"), [(LEAST_BOXES - 2, False), (LEAST_BOXES - 1, True)])
def test_a_few_boxes_say_nothing_about_the_usual(n: int, is_odd: bool) -> None:
    others = usual(Kind.FACE, 40, 50)
    large = picture((Kind.FACE, (300, 200, 480, 420), None))
    found = doubts(large, replace(others, boxes=others.boxes[:n]))
    assert ((0, Doubt.SIZE) in found) is is_odd


def test_an_extreme_shape_needs_no_comparison() -> None:
    assert doubts(picture((Kind.BIB, (100, 300, 500, 320), None))) == [(0, Doubt.SHAPE)]
    assert doubts(picture((Kind.BIB, (100, 300, 500, 400), None))) == []


def test_a_tenth_of_wrong_boxes_does_not_hide_itself() -> None:
    right = usual(Kind.FACE, 40, 50)
    wrong = [picture((Kind.FACE, (200, 100, 700, 700), None), name=f"{n}.jpg") for n in range(3)]
    assert [(s.picture, s.doubt) for s in find_suspicious([*wrong, right])] == [
        (0, Doubt.SIZE),
        (1, Doubt.SIZE),
        (2, Doubt.SIZE),
    ]


def test_what_is_ignored_is_not_questioned() -> None:
    rows = [(Kind.BIB, BIB, "7"), (Kind.BIB, MOVED, "7"), (Kind.NUMBER, BESIDE, None)]
    assert len(doubts(picture(*rows))) == 3
    assert doubts(picture(*rows, ignored=True)) == []


def test_a_number_may_lie_on_an_ignored_bib() -> None:
    made = picture((Kind.BIB, BIB, None), (Kind.NUMBER, LINE, None))
    bib, number = made.boxes
    assert doubts(replace(made, boxes=(replace(bib, ignored=True), number))) == []


def ids(found: tuple[Suspicion, ...]) -> list[str]:
    return [suspicion.id for suspicion in found]


REDRAWN: Box = (108, 305, 229, 405)
FACE = LabelledBox(Kind.FACE, BESIDE, None)
ODD = picture((Kind.BIB, BIB, None), (Kind.BIB, MOVED, None))


@pytest.mark.parametrize(
    ("situation", "changed", "is_same"),
    [
        ("the same again", ODD, True),
        ("the data set was moved", replace(ODD, path=Path("/elsewhere/city/a.jpg")), True),
        ("a box was added", replace(ODD, boxes=(*ODD.boxes, FACE)), True),
        ("another picture", replace(ODD, path=Path("city/b.jpg")), False),
        ("another race", replace(ODD, race="forest"), False),
        ("another kind", picture((Kind.FACE, BIB, None), (Kind.FACE, MOVED, None)), False),
        ("one drawn anew", picture((Kind.BIB, BIB, None), (Kind.BIB, REDRAWN, None)), None),
    ],
)
def test_ids_survive_what_does_not_matter(
    situation: str, changed: LabelledPicture, is_same: bool | None
) -> None:
    before, after = ids(find_suspicious([ODD])), ids(find_suspicious([changed]))
    same = [first == second for first, second in zip(before, after, strict=True)]
    assert same == ([True, False] if is_same is None else [is_same] * 2), situation


def test_ids_do_not_depend_on_the_order_and_are_never_equal() -> None:
    other = picture((Kind.FACE, BIB, None), (Kind.FACE, MOVED, None), name="b.jpg")
    assert set(ids(find_suspicious([ODD, other]))) == set(ids(find_suspicious([other, ODD])))
    twins = [replace(ODD, path=Path(f"{camera}/city/a.jpg")) for camera in "xy"]
    assert len(set(ids(find_suspicious(twins)))) == 4
