"""Who is seen in a photo: which person wears which bib, and what is kept without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engines.number_range import NumberRange
from engines.photo import PhotoRules
from engines.types import Box, Kind
from stream.photos.found import Found
from stream.photos.persons import Persons
from stream.photos.seen import SeenRules, seen_in
from stream.types import State
from tests.engines.tiny_models import Row
from tests.stream.photos.staged import BIB, NUMBER, PERSON, SECOND, line, shown

SIZE = (640, 400)
FRONT: Row = (90, 100, 230, 390, 0.95, Kind.PERSON)
BEHIND: Row = (60, 10, 330, 395, 0.9, Kind.PERSON)
HALF: Row = (100, 120, 260, 300, 0.5, Kind.PERSON)
LEGS: Row = (90, 150, 270, 395, 0.7, Kind.PERSON)
BESIDE: Row = (176, 60, 310, 380, 0.9, Kind.PERSON)
CUT_OFF: Row = (90, 40, 270, 215, 0.8, Kind.PERSON)
SMALL: Row = (500, 100, 520, 180, 0.9, Kind.PERSON)
FAINT: Row = (500, 40, 560, 380, 0.4, Kind.PERSON)
FACE: Row = (150, 40, 180, 80, 0.9, Kind.FACE)


def box(row: Row) -> Box:
    return row[0], row[1], row[2], row[3]


def found(rows: Sequence[Row], *texts: str) -> Found:
    return Found.of(shown(rows, [line(text) for text in texts]))


@pytest.mark.parametrize(
    ("rows", "person"),
    [
        pytest.param([PERSON, BIB], PERSON, id="the person round it"),
        pytest.param([PERSON, SECOND], PERSON, id="not the one beside"),
        pytest.param([BEHIND, FRONT], FRONT, id="the one in front, who is smaller"),
        pytest.param([HALF, PERSON], PERSON, id="the whole person, not half of them"),
        pytest.param([BESIDE, PERSON], PERSON, id="not a smaller one at whose edge it is"),
        pytest.param([BIB], None, id="nobody there"),
        pytest.param([SECOND], None, id="nobody whom it is on"),
        pytest.param([CUT_OFF], CUT_OFF, id="low down on somebody who is cut off"),
    ],
)
def test_a_bib_has_its_wearer(rows: Sequence[Row], person: Row | None) -> None:
    first = seen_in(found(rows, "2419"), SIZE, SeenRules())[0]
    assert first.bib == "2419"
    assert first.state is State.CONFIRMED
    assert first.person == (None if person is None else box(person))
    x0, y0, x1, y1 = first.cut
    assert x0 <= NUMBER[0] < NUMBER[2] <= x1
    assert y0 <= NUMBER[1] < NUMBER[3] <= y1
    assert x0 >= 0 and y0 >= 0 and x1 <= SIZE[0] and y1 <= SIZE[1]


@pytest.mark.parametrize(
    ("rows", "text", "unknown"),
    [
        pytest.param([PERSON, SECOND], "2419", [SECOND], id="the one without a bib"),
        pytest.param([PERSON, SECOND], "", [PERSON, SECOND], id="nobody was read"),
        pytest.param([SMALL], "", [], id="too small to matter"),
        pytest.param([FAINT], "", [], id="hardly a person"),
        pytest.param([HALF, PERSON], "", [PERSON], id="one person in two boxes"),
        pytest.param([LEGS, PERSON], "2419", [], id="legs of the one who was read"),
    ],
)
def test_who_is_unknown(rows: Sequence[Row], text: str, unknown: Sequence[Row]) -> None:
    seen = seen_in(found(rows, *([text] if text else [])), SIZE, SeenRules())
    assert [one.person for one in seen if one.bib is None] == [box(row) for row in unknown]
    assert all(one.state is None for one in seen if one.bib is None)


def test_whoever_was_forgotten_is_neither_named_nor_unknown() -> None:
    rules = SeenRules(forgotten=frozenset({"2419"}))
    seen = seen_in(found([PERSON, SECOND], "2419"), SIZE, rules)
    assert [(one.bib, one.person) for one in seen] == [(None, box(SECOND))]


@pytest.mark.parametrize(
    ("numbers", "bib"),
    [
        pytest.param((), "8419", id="nobody said which were given out"),
        pytest.param((NumberRange("", 1, 2999),), "2419", id="the less likely one was"),
        pytest.param((NumberRange("", 1, 9999),), "8419", id="both were"),
    ],
)
def test_which_bibs_were_given_out_decides_a_doubt(
    numbers: tuple[NumberRange, ...], bib: str
) -> None:
    doubt = {"8419": 0.6, "2419": 0.35}
    doubtful = replace(line(""), texts=doubt, support=dict.fromkeys(doubt, 3))
    rules = SeenRules(numbers=numbers, least_seen=1e-6)
    [one] = seen_in(Found.of(shown([PERSON], [doubtful])), SIZE, rules)
    assert one.bib == bib


def test_an_unsure_piece_on_somebody_who_has_a_bib_is_nobodys_bib() -> None:
    piece = line("77", 0.99, number=(160.0, 250.0, 200.0, 275.0), sheet=None)
    rules = SeenRules(photo=PhotoRules(least_probability=0.9), least_seen=1e-6)
    seen = seen_in(Found.of(shown([PERSON], [line("2419"), piece])), SIZE, rules)
    assert [one.bib for one in seen] == ["2419"]


def test_boxes_of_all_kinds_and_lines_survive_being_kept() -> None:
    kept = found([PERSON, BIB, FACE], "2419")
    again = Found.read(kept.text())
    assert again.boxes == kept.boxes
    assert [one.kind for one in again.boxes] == [Kind.PERSON, Kind.BIB, Kind.FACE]
    assert again.text() == kept.text()
    assert dict(again.lines[0].texts) == {"2419": 0.999}


def test_a_second_sure_bib_on_one_person_takes_a_spare_box() -> None:
    persons = Persons.of(found([PERSON, HALF]).boxes)
    assert [p.box for p in persons.free] == [box(PERSON)]
    assert persons.take_wearer(NUMBER, is_sure=True) is not None
    assert persons.take_wearer(NUMBER, is_sure=False) is None
    spare = persons.take_wearer(NUMBER, is_sure=True)
    assert spare is not None and spare.box == box(HALF)
