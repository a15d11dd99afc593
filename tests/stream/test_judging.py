from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from engines.types import Box, Finding, Reading
from stream.hiding import OFF_CENTRE, hidden_by_centres
from stream.judging import JudgeSettings, hidden, judge, outlined, rooms
from stream.outlines import Outline
from stream.types import Look, LookKind, Reason
from stream.votes import Vote
from tests.stream.readings import reading

BIB: Box = (460.0, 380.0, 540.0, 440.0)
WHOLE: Box = (470.0, 395.0, 530.0, 425.0)
LOOK = Look("finish", 1, 7, 0, 9, LookKind.TORSO, (400, 200, 600, 800), (400, 250, 600, 600),
            BIB, 1.0)  # fmt: skip


def finding(
    number: Box | None = WHOLE,
    shown: Reading | None = None,
    sharpness: float = 0.6,
    bib: Box | None = BIB,
) -> Finding:
    return Finding(number, bib, reading("1234") if shown is None else shown, sharpness)


REFUSED = {
    "no number line": (Finding(None, BIB, None, 0.0), Reason.NO_NUMBER),
    "too small": (finding((470, 395, 530, 402)), Reason.TOO_SMALL),
    "blurred": (finding(sharpness=0.05), Reason.BLURRED),
    "cut off on the left": (finding((0, 395, 60, 425)), Reason.CUT_OFF),
    "cut off on the right": (finding((950, 395, 999, 425)), Reason.CUT_OFF),
    "nothing read": (finding(shown=reading("")), Reason.UNREAD),
}


@pytest.mark.parametrize(("what", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_looks_that_do_not_count(what: Finding, reason: Reason) -> None:
    assert judge(LOOK, what, (1000, 1000), JudgeSettings()) is reason


def weight(what: Finding) -> float:
    vote = judge(LOOK, what, (1000, 1000), JudgeSettings())
    assert isinstance(vote, Vote)
    assert (vote.frame_index, vote.capture_utc_ns) == (7, 9)
    return vote.weight


def test_small_and_blurred_looks_weigh_less() -> None:
    best = weight(finding())
    small = weight(finding((470, 395, 530, 407)))
    blurred = weight(finding(sharpness=0.25))
    both = weight(finding((470, 395, 530, 407), sharpness=0.25))
    assert best == 1.0
    assert both < min(small, blurred) <= max(small, blurred) < best
    assert both >= JudgeSettings().least_weight


PLACES: dict[str, tuple[Box, Box, str]] = {
    "in the middle": (WHOLE, BIB, "neither"),
    "nearly in the middle": ((472, 395, 533, 425), BIB, "neither"),
    "right character covered": ((470, 395, 515, 425), BIB, "right"),
    "left character covered": ((485, 395, 530, 425), BIB, "left"),
    "bib cut on the right": ((470, 395, 515, 425), (460, 380, 515, 440), "both"),
}


@pytest.mark.parametrize(("number", "bib", "side"), PLACES.values(), ids=PLACES.keys())
def test_where_the_number_stands_tells_what_is_hidden(number: Box, bib: Box, side: str) -> None:
    left, right = hidden(number, bib, round((number[2] - number[0]) / 15), JudgeSettings())
    assert (left > 0, right > 0) == {
        "neither": (False, False),
        "right": (False, True),
        "left": (True, False),
        "both": (True, True),
    }[side]


CENTRES = {
    "a whole number in the middle": ((478, 493, 508, 523), False, False),
    "the right one of four hidden": ((478, 493, 508), False, True),
    "the left one of four hidden": ((493, 508, 523), True, False),
    "a short number in the middle": ((493, 508), False, False),
    "both on the right hidden": ((478, 493), False, True),
    "one character, far left": ((478,), False, True),
}


@pytest.mark.parametrize(("centres", "left", "right"), CENTRES.values(), ids=CENTRES.keys())
@pytest.mark.parametrize("number", [WHOLE, (465.0, 395.0, 540.0, 425.0)], ids=["tight", "wide"])
def test_where_the_characters_stand_tells_what_is_hidden(
    centres: tuple[float, ...], left: bool, right: bool, number: Box
) -> None:
    shown = reading("1234"[: len(centres)])
    what = Finding(number, BIB, shown, 0.6, centres)
    vote = judge(LOOK, what, (1000, 1000), JudgeSettings())
    assert isinstance(vote, Vote)
    assert (vote.hidden_left > 0, vote.hidden_right > 0) == (left, right)


def test_how_much_a_place_proves_is_limited() -> None:
    for shift in range(-40, 41, 5):
        for ratio in hidden_by_centres(WHOLE, BIB, (478 + shift, 493 + shift)):
            assert OFF_CENTRE.least <= ratio <= OFF_CENTRE.most


USUAL = Outline(log(80 / 60), 0.05)
VARIED = Outline(log(80 / 60), 0.4)
NARROW = (478.0, 380.0, 522.0, 440.0)
OUTLINES: dict[str, tuple[Outline | None, Box, tuple[float, ...], float, float]] = {
    # Ratios that a character is hidden lie between, on either side.
    "two characters, a whole bib": (USUAL, BIB, (495, 510), -2.2, -1.8),
    "two characters, no usual outline": (None, BIB, (495, 510), -1.3, -1.0),
    "two characters, a whole bib where outlines vary": (VARIED, BIB, (495, 510), -1.3, -1.0),
    "two characters, narrow": (USUAL, NARROW, (494, 509), 1.5, 2.0),
    "two characters, narrow, no usual outline": (None, NARROW, (494, 509), -1.4, -1.3),
    "two characters, narrow where outlines vary": (VARIED, NARROW, (494, 509), 0.5, 1.0),
    "one character, a whole bib": (USUAL, BIB, (502.6,), -1.9, -1.7),
    "three characters: nothing is told": (USUAL, BIB, (488, 503, 518), -1.3, -1.0),
}  # fmt: skip


@pytest.mark.parametrize(
    ("usual", "bib", "centres", "least", "most"), OUTLINES.values(), ids=OUTLINES.keys()
)
def test_the_outline_of_a_short_bib_tells_what_is_hidden(
    usual: Outline | None, bib: Box, centres: tuple[float, ...], least: float, most: float
) -> None:
    for ratio in hidden_by_centres((478, 395, 522, 425), bib, centres, usual):
        assert least <= ratio <= most


def test_what_a_second_reader_said_comes_along() -> None:
    other = reading("1284")
    vote = judge(LOOK, replace(finding(), second=other), (1000, 1000), JudgeSettings())
    assert isinstance(vote, Vote)
    assert vote.second is other


def test_the_bib_is_outlined_where_it_was_found() -> None:
    assert outlined(LOOK, finding()) == BIB
    assert outlined(LOOK, finding(bib=None)) == BIB
    assert outlined(LOOK, finding((460, 395, 540, 425))) is None
    assert outlined(replace(LOOK, bib=None), finding(bib=None)) is None
    assert outlined(LOOK, finding(None)) is None


ROOMS = {
    "usual": ((477, 492, 507, 522), False, False),
    "room for another on the right": ((480, 490, 500), False, True),
    "room for another on the left": ((500, 510, 520), True, False),
    "a single character in a box for four": ((482,), False, True),
}


@pytest.mark.parametrize(("centres", "left", "right"), ROOMS.values(), ids=ROOMS.keys())
def test_without_a_bib_room_in_the_box_is_for_a_character_that_was_not_read(
    centres: tuple[float, ...], left: bool, right: bool
) -> None:
    shown = reading("1234"[: len(centres)])
    bare = replace(LOOK, bib=None)
    vote = judge(
        bare, Finding(WHOLE, None, shown, 0.6, centres), (1000, 1000),
        JudgeSettings(usual_room=1.5),
    )  # fmt: skip
    assert isinstance(vote, Vote)
    assert (vote.hidden_left > 0, vote.hidden_right > 0) == (left, right)


def test_room_beside_single_and_several_characters() -> None:
    assert rooms(WHOLE, ()) is None
    assert rooms(WHOLE, (477.5, 492.5, 507.5, 522.5)) == pytest.approx((0.5, 0.5))
    assert rooms(WHOLE, (500.0,)) == pytest.approx((30 / 16.5, 30 / 16.5))


def test_a_character_outside_the_box_is_doubtful() -> None:
    usual = Finding(WHOLE, BIB, reading("1234"), 0.6, (478, 492, 507, 522))
    outside = Finding(WHOLE, BIB, reading("1234"), 0.6, (466, 484, 503, 522))
    assert weight(outside) < 0.5 * weight(usual)


def test_without_a_bib_the_place_says_nothing() -> None:
    assert hidden(BIB, BIB, 4, JudgeSettings()) == (0.0, 0.0)
    bare = Look("finish", 1, 7, 0, 9, LookKind.NUMBER, LOOK.person, WHOLE, None, 1.0)
    vote = judge(bare, finding(bib=None), (1000, 1000), JudgeSettings())
    assert isinstance(vote, Vote)
    assert (vote.hidden_left, vote.hidden_right) == (0.0, 0.0)


def test_the_bib_of_the_look_serves_where_the_finding_has_none() -> None:
    vote = judge(LOOK, finding((470, 395, 515, 425), bib=None), (1000, 1000), JudgeSettings())
    assert isinstance(vote, Vote)
    assert vote.hidden_right > 0 > vote.hidden_left
