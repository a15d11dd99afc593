from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from engines.looking import Line, Looker
from engines.photo import (
    PhotoRules,
    PhotoTag,
    PhotoTagger,
    distinct_lines,
    distinct_tags,
    input_size,
    is_bib,
    torso,
    whole_lines,
)
from engines.picture import RgbPicture
from engines.types import Box, Detections, Kind, Reading
from tests.engines.tiny_models import FakeDetector, FakeReader, Row, detections, reading

PICTURE = RgbPicture(np.zeros((600, 900, 3), np.uint8))
PERSON: Row = (100, 100, 200, 400, 0.9, Kind.PERSON)
SMALL: Row = (300, 100, 320, 150, 0.9, Kind.PERSON)
BIB: Row = (120, 180, 180, 230, 0.8, Kind.BIB)
NUMBER: Row = (130, 190, 170, 215, 0.7, Kind.NUMBER)
IN_TORSO: Row = (36, 61, 74, 86, 0.7, Kind.NUMBER)
"""`NUMBER` as it is seen in the torso of `PERSON`, whose corner is (95, 130)."""


def tagged(
    whole: Sequence[Row],
    in_torsos: Sequence[Detections],
    readings: Sequence[Reading],
    rules: PhotoRules = PhotoRules(),  # noqa: B008
) -> tuple[list[tuple[str, Box]], FakeReader]:
    """The tags where both views of each line give the same reading."""
    detector = FakeDetector([detections(whole)])
    least = 2 * rules.least_likelihood - 1
    hopeful = [one for one in readings if is_bib(one.text) and math.prod(one.scores) >= least]
    reader = FakeReader([*readings, *hopeful])
    looker = Looker(FakeDetector(in_torsos), reader, (192, 192))
    tags = PhotoTagger(detector, looker, rules).tag(PICTURE).tags
    assert not reader.answers, "not every expected crop was read"
    return [(tag.bib, tag.number) for tag in tags], reader


NONE = detections([])


@pytest.mark.parametrize(
    ("whole", "in_torsos", "readings", "bibs"),
    [
        ([], [], [], []),
        ([NUMBER], [], [reading("431")], ["431"]),
        # A person without any number line; one too small for a second look.
        ([PERSON, SMALL], [NONE], [], []),
        # The torso shows what the whole photo did not.
        ([PERSON], [detections([IN_TORSO])], [reading("77")], ["77"]),
        # Seen twice, read once.
        ([PERSON, NUMBER], [detections([IN_TORSO])], [reading("77")], ["77"]),
        # A bib without a line gets a look of its own.
        ([BIB], [detections([(40, 40, 70, 60, 0.9, Kind.NUMBER)])], [reading("8")], ["8"]),
        # No bib pattern, nothing read, not likely enough: no tag.
        ([NUMBER], [], [reading("ADIDAS")], []),
        ([NUMBER], [], [reading("")], []),
        ([NUMBER], [], [reading("431", 0.6)], []),
        # Too low to be read at all.
        ([(10, 10, 30, 16, 0.9, Kind.NUMBER)], [], [], []),
    ],
)
def test_tags_of_a_photo(
    whole: Sequence[Row],
    in_torsos: Sequence[Detections],
    readings: Sequence[Reading],
    bibs: Sequence[str],
) -> None:
    tags, _ = tagged(whole, in_torsos, readings)
    assert [bib for bib, _ in tags] == list(bibs)


@pytest.mark.parametrize(
    ("tight", "wide", "bibs"),
    [
        ("431", "431", ["431"]),
        # The box cut the 1 off, or a bib's edge was taken for one: nobody knows.
        ("431", "1431", []),
        ("431", "", []),
        ("", "431", []),
        ("431", "437", []),
    ],
)
def test_a_text_needs_both_views(tight: str, wide: str, bibs: Sequence[str]) -> None:
    reader = FakeReader([reading(tight), reading(wide)])
    looker = Looker(FakeDetector([]), reader, (192, 192))
    tags = PhotoTagger(FakeDetector([detections([NUMBER])]), looker, PhotoRules()).tag(PICTURE).tags
    assert [tag.bib for tag in tags] == bibs
    # Without hope in the tight view the wide one is not read.
    assert reader.seen == [(46, 31), (66, 31)][: 2 if tight else 1]


def test_the_line_at_full_resolution_is_the_one_read() -> None:
    shifted: Row = (36, 63, 74, 86, 0.2, Kind.NUMBER)
    [(_, number)], _ = tagged([PERSON, NUMBER], [detections([shifted])], [reading("77")])
    assert number == (131, 193, 169, 216)


def test_lower_thresholds_let_more_through() -> None:
    rules = PhotoRules(least_likelihood=0.01, least_height_px=1, least_person_px=10)
    low: Row = (10, 10, 30, 16, 0.9, Kind.NUMBER)
    tags, _ = tagged([low, SMALL], [NONE], [reading("431", 0.6)], rules)
    assert [bib for bib, _ in tags] == ["431"]


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("1", True), ("12345", True), ("0042", True), ("A17", True), ("AB-123", True),
        ("12A", True), ("12-B", True), ("", False), ("A", False), ("123456", False),
        ("ABC1", False), ("1-2", False), ("-", False), ("FINISH", False),
    ],
)  # fmt: skip
def test_bib_patterns(text: str, yes: bool) -> None:
    assert is_bib(text) is yes


@pytest.mark.parametrize(
    ("photo", "long_side", "size"),
    [
        ((4000, 3000), 960, (960, 736)),
        ((3000, 4000), 960, (736, 960)),
        ((720, 480), 960, (736, 480)),
        ((720, 480), 640, (640, 448)),
        ((10, 10), 960, (32, 32)),
    ],
)
def test_the_input_keeps_the_shape_of_the_photo(
    photo: tuple[int, int], long_side: int, size: tuple[int, int]
) -> None:
    assert input_size(*photo, long_side) == size


def test_lines_know_their_bib() -> None:
    other: Row = (400, 180, 460, 230, 0.8, Kind.BIB)
    assert whole_lines(detections([NUMBER, BIB, other])) == [
        Line(NUMBER[:4], BIB[:4]),
        Line(None, other[:4]),
    ]


def test_later_lines_win_their_place() -> None:
    first, later = Line((0, 0, 100, 20), None), Line((2, 0, 100, 20), (0, 0, 110, 60))
    elsewhere = Line((0, 200, 100, 220), None)
    lines = [first, elsewhere, Line(None, (0, 0, 5, 5)), later]
    assert distinct_lines(lines) == [later, elsewhere]


def test_one_tag_for_one_place_and_one_text() -> None:
    def tag(bib: str, likelihood: float, x: float) -> PhotoTag:
        return PhotoTag(bib, likelihood, (x, 0, x + 100, 30), None, 0.5)

    tags = [tag("12", 0.7, 0), tag("123", 0.9, 5), tag("77", 0.8, 300), tag("77", 0.95, 600)]
    assert distinct_tags(tags) == [tags[3], tags[1]]


def test_torso_of_a_person() -> None:
    assert torso((100, 100, 200, 400)) == pytest.approx((95, 130, 205, 325))
