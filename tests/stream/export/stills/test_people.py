from __future__ import annotations

import numpy as np
import pytest

from engines.types import Box, Kind
from stream.export.stills.people import Other, head_of, person_at, sort_out
from tests.engines.tiny_models import Row, detections

RUNNER: Box = (400, 200, 600, 700)
FACE: Box = (470, 210, 530, 280)
BIB: Box = (450, 380, 550, 460)
BESIDE: Box = (700, 200, 900, 690)
BESIDE_FACE: Box = (770, 215, 830, 280)
IN_FRONT: Box = (540, 250, 760, 900)
BEHIND: Box = (520, 150, 660, 500)


def person(box: Box, score: float = 0.9) -> Row:
    return (*box, score, Kind.PERSON)


def face(box: Box, score: float = 0.9) -> Row:
    return (*box, score, Kind.FACE)


def bib(box: Box, score: float = 0.9) -> Row:
    return (*box, score, Kind.BIB)


def number(box: Box) -> Row:
    return (*box, 0.9, Kind.NUMBER)


@pytest.mark.parametrize(
    ("persons", "expected"),
    [
        pytest.param([], None, id="nobody"),
        pytest.param([RUNNER], 0, id="exactly there"),
        pytest.param([BESIDE, (410, 210, 610, 690)], 1, id="the nearer of two"),
        pytest.param([BESIDE], None, id="only somebody else"),
        pytest.param([(400, 200, 600, 380)], None, id="too little of the runner"),
        pytest.param(
            [(330, 200, 530, 700), (470, 200, 670, 700)], None, id="between two: may be either"
        ),
        pytest.param([(398, 200, 602, 560), (400, 200, 600, 702)], 1, id="one person found twice"),
    ],
)
def test_who_is_the_expected_one(persons: list[Box], expected: int | None) -> None:
    boxes = np.array(persons, np.float32).reshape(-1, 4)
    assert person_at(boxes, RUNNER) == expected


@pytest.mark.parametrize(
    ("found", "own", "others"),
    [
        pytest.param([person(RUNNER)], None, [], id="no face"),
        pytest.param([person(RUNNER), face(FACE)], FACE, [], id="alone"),
        pytest.param(
            [person(RUNNER), person(BESIDE), face(FACE), face(BESIDE_FACE)],
            FACE,
            [Other(BESIDE, BESIDE_FACE, False)],
            id="each their own",
        ),
        pytest.param(
            [person(RUNNER), person(BESIDE), face(BESIDE_FACE)],
            None,
            [Other(BESIDE, BESIDE_FACE, False)],
            id="the runner's is not seen",
        ),
        pytest.param(
            [person(RUNNER), person(BESIDE), face(FACE)],
            FACE,
            [Other(BESIDE, None, False)],
            id="the other's is not seen",
        ),
        pytest.param(
            [person(RUNNER), person(IN_FRONT)],
            None,
            [Other(IN_FRONT, None, True)],
            id="feet lower down: in front",
        ),
        pytest.param(
            [person(RUNNER), person((300, 150, 560, 700))],
            None,
            [Other((300, 150, 560, 700), None, False)],
            id="feet as low, hardly taller: not in front",
        ),
        pytest.param(
            [person(RUNNER), person((250, 50, 500, 705))],
            None,
            [Other((250, 50, 500, 705), None, True)],
            id="feet as low, much taller: in front",
        ),
        pytest.param(
            [person(RUNNER), face(FACE), face((900, 100, 940, 150))],
            FACE,
            [Other(None, (900, 100, 940, 150), False)],
            id="a face of nobody found",
        ),
        pytest.param(
            [person(RUNNER), face(FACE), face((472, 235, 532, 330), 0.5)],
            FACE,
            [],
            id="a bowed head is found twice",
        ),
        pytest.param(
            [person(RUNNER), face(FACE), face((535, 205, 580, 260))],
            FACE,
            [Other(None, (535, 205, 580, 260), False)],
            id="somebody looks over the shoulder",
        ),
        pytest.param(
            [person(RUNNER), face(FACE), face((470, 400, 510, 440))],
            FACE,
            [],
            id="a fist on the chest is no face",
        ),
        pytest.param(
            [person(RUNNER), person((430, 420, 570, 700)), face(FACE)],
            FACE,
            [],
            id="the runner's legs are nobody",
        ),
        pytest.param(
            [person(RUNNER), person((405, 205, 605, 690), 0.5), face(FACE)],
            FACE,
            [],
            id="the runner is found twice",
        ),
    ],
)
def test_whose_face_is_which(found: list[Row], own: Box | None, others: list[Other]) -> None:
    group = sort_out(detections(found), RUNNER)
    assert group is not None
    assert group.runner == RUNNER
    assert group.face == own
    assert list(group.others) == others


SECOND: Box = (470, 480, 530, 520)
LINE: Box = (460, 400, 540, 440)


@pytest.mark.parametrize(
    ("found", "own", "others"),
    [
        pytest.param([bib(BIB)], BIB, [], id="alone"),
        pytest.param([number(LINE)], LINE, [], id="only the number line"),
        pytest.param([bib(BIB), number(LINE)], BIB, [], id="the line is on the bib"),
        pytest.param([bib(BIB), bib(SECOND, 0.5)], BIB, [], id="a second one is a print"),
        pytest.param([bib((430, 640, 570, 690))], None, [], id="a print on the shorts"),
        pytest.param(
            [person(BESIDE), bib(BIB), bib((750, 380, 850, 460))],
            BIB,
            [(750, 380, 850, 460)],
            id="each their own",
        ),
        pytest.param(
            [person(IN_FRONT), bib((555, 430, 635, 500))],
            None,
            [(555, 430, 635, 500)],
            id="at the side, of somebody in front",
        ),
        pytest.param(
            [person(BEHIND), bib((475, 330, 535, 380))],
            (475, 330, 535, 380),
            [],
            id="on the body, however near to somebody behind",
        ),
        pytest.param(
            [person(BEHIND), bib((565, 300, 615, 350))],
            None,
            [(565, 300, 615, 350)],
            id="beside the body, of somebody behind",
        ),
        pytest.param([number((900, 50, 960, 80))], None, [(900, 50, 960, 80)], id="of nobody"),
    ],
)
def test_whose_bib_is_which(found: list[Row], own: Box | None, others: list[Box]) -> None:
    group = sort_out(detections([person(RUNNER), *found]), RUNNER)
    assert group is not None
    assert group.bib == own
    assert list(group.bibs) == others


EAR: Box = (510, 215, 545, 265)


@pytest.mark.parametrize(
    ("known", "own", "others"),
    [
        pytest.param(None, (450, 205, 500, 265), [EAR], id="the surer one"),
        pytest.param(EAR, EAR, [(450, 205, 500, 265)], id="the one that is known"),
        pytest.param((452, 206, 502, 268), (452, 206, 502, 268), [EAR], id="known a little off"),
    ],
)
def test_of_two_faces_of_one_head(known: Box | None, own: Box, others: list[Box]) -> None:
    found = detections([person(RUNNER), face((450, 205, 500, 265), 0.8), face(EAR, 0.4)])
    group = sort_out(found, RUNNER, face=known)
    assert group is not None
    assert group.face == own
    assert [other.face for other in group.others] == others


def test_without_the_runner_there_is_no_group_unless_it_is_certain() -> None:
    found = detections([person(BESIDE), face(FACE)])
    assert sort_out(found, RUNNER) is None
    group = sort_out(found, RUNNER, certain=True)
    assert group is not None
    assert (group.runner, group.face) == (RUNNER, FACE)
    assert [other.person for other in group.others] == [BESIDE]


@pytest.mark.parametrize(
    ("body", "head"),
    [
        pytest.param((0, 0, 200, 500), (40, 0, 160, 90), id="whole"),
        pytest.param((0, 0, 200, 200), (40, 0, 160, 80), id="cut off at the waist"),
        pytest.param((0, 0, 200, 20), (40, 0, 160, 20), id="hardly anything"),
    ],
)
def test_where_a_head_is_expected(body: Box, head: Box) -> None:
    assert head_of(body) == pytest.approx(head)
