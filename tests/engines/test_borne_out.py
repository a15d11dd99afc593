from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engines.borne_out import LEAST_FACE, LEAST_PERSON, borne_out
from engines.types import Box, Detections, Kind

PERSON: Box = (100, 100, 200, 400)
"""A hundred pixels wide: its face is in the middle and 25 pixels below its top."""
FACE: Box = (135, 105, 165, 145)


def found(rows: Sequence[tuple[Box, float, Kind]]) -> Detections:
    return Detections(
        np.array([box for box, _, _ in rows], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in rows], np.float32),
        np.array([kind for _, _, kind in rows], np.int8),
    )


@pytest.mark.parametrize(
    ("face", "sure", "raised"),
    [
        pytest.param(FACE, 0.8, 0.4 + 0.8 * 0.4 * 0.6, id="where a head is"),
        pytest.param(FACE, LEAST_FACE + 0.01, 0.4 + 0.11 * 0.4 * 0.6, id="perhaps a face"),
        pytest.param(FACE, LEAST_FACE - 0.01, 0.4, id="hardly a face"),
        pytest.param((85, 105, 115, 145), 0.8, 0.4, id="at the left: a neighbour's"),
        pytest.param((185, 105, 215, 145), 0.8, 0.4, id="at the right"),
        pytest.param((135, 140, 165, 180), 0.8, 0.4, id="at the belt"),
        pytest.param((135, 60, 165, 98), 0.8, 0.4, id="above"),
        pytest.param((145, 105, 155, 120), 0.8, 0.4, id="far behind, seen over the shoulder"),
        pytest.param((110, 90, 190, 170), 0.8, 0.4, id="as wide as the person"),
    ],
)
def test_a_face_raises_its_wearer(face: Box, sure: float, raised: float) -> None:
    told = borne_out(found([(PERSON, 0.4, Kind.PERSON), (face, sure, Kind.FACE)]))
    assert told.scores.tolist() == pytest.approx([raised, sure])


def test_who_is_cut_off_below_is_known_by_the_face_too() -> None:
    """Head and chest of the same runner: the head is lower in the box, and as far from its top."""
    cut = (100, 100, 200, 180)
    told = borne_out(found([(cut, 0.2, Kind.PERSON), (FACE, 0.9, Kind.FACE)]))
    assert told.scores[0] == pytest.approx(0.2 + 0.9 * 0.2 * 0.8)


def test_of_two_boxes_round_a_face_the_likelier_wearer_gets_all_of_it() -> None:
    beside = (125, 100, 225, 400)
    told = borne_out(
        found([(beside, 0.5, Kind.PERSON), (PERSON, 0.5, Kind.PERSON), (FACE, 0.8, Kind.FACE)])
    )
    assert told.boxes[:2].tolist() == [list(PERSON), list(beside)], "best first"
    assert told.scores.tolist() == pytest.approx([0.7, 0.6, 0.8])


def test_other_kinds_stay_as_they_are_and_behind_the_persons() -> None:
    rows = [
        ((500, 100, 600, 400), 0.6, Kind.PERSON),
        (PERSON, 0.5, Kind.PERSON),
        ((120, 200, 180, 240), 0.7, Kind.BIB),
        (FACE, 0.9, Kind.FACE),
        ((125, 210, 175, 230), 0.6, Kind.NUMBER),
    ]
    told = borne_out(found(rows))
    assert told.kinds.tolist() == [0, 0, 1, 2, 3]
    assert told.boxes[0].tolist() == list(PERSON)
    assert told.scores.tolist() == pytest.approx([0.725, 0.6, 0.7, 0.9, 0.6])


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="nothing"),
        pytest.param([(PERSON, 0.4, Kind.PERSON)], id="no face"),
        pytest.param([(FACE, 0.4, Kind.FACE)], id="no person"),
    ],
)
def test_without_both_nothing_changes(rows: Sequence[tuple[Box, float, Kind]]) -> None:
    before = found(rows)
    told = borne_out(before)
    assert told.boxes.tolist() == before.boxes.tolist()
    assert told.scores.tolist() == before.scores.tolist()


def test_in_a_low_box_a_face_is_not_at_the_belt() -> None:
    low = (100, 100, 200, 150)
    told = borne_out(found([(low, 0.4, Kind.PERSON), ((135, 125, 165, 150), 0.8, Kind.FACE)]))
    assert told.scores[0] == pytest.approx(0.4)


def test_of_two_heights_the_usual_one_has_the_face() -> None:
    higher = (100, 80, 200, 400)
    rows = [(higher, 0.5, Kind.PERSON), (PERSON, 0.5, Kind.PERSON), (FACE, 0.8, Kind.FACE)]
    assert borne_out(found(rows)).boxes[0].tolist() == list(PERSON)


@pytest.mark.parametrize("others", [0, 3])
def test_who_is_hardly_a_person_has_no_claim_to_a_face(others: int) -> None:
    weak = [(PERSON, LEAST_PERSON - 0.01, Kind.PERSON)] * others
    wearer = (105, 100, 205, 400)
    told = borne_out(found([(wearer, 0.5, Kind.PERSON), *weak, (FACE, 0.8, Kind.FACE)]))
    assert told.scores.tolist() == pytest.approx([0.7, *[LEAST_PERSON - 0.01] * others, 0.8])
