from __future__ import annotations

import pytest

from stream.judging import JudgeSettings
from stream.types import Reason
from stream.unread import Looks, Unread, Why, WhyCount, reasons_of, tallest_px, why_unread

LEGIBLE = JudgeSettings()
R = Reason


def counted(text: str, n: int = 1, px: float = 30.0, sharpness: float = 0.7) -> Looks:
    return Looks(None, text, n, px, sharpness)


def failed(
    reason: Reason, n: int = 1, px: float | None = 30.0, sharpness: float | None = 0.7
) -> Looks:
    return Looks(reason, None, n, px, sharpness)


MISSED = failed(R.DROPPED, 5, None, None)
NO_NUMBER = failed(R.NO_NUMBER, 3, None, None)


@pytest.mark.parametrize(
    ("looks", "why"),
    [
        pytest.param([], Why.NEVER_LOOKED, id="no look"),
        pytest.param([MISSED], Why.OVERLOADED, id="all dropped"),
        pytest.param([failed(R.NO_TRACK)], Why.OVERLOADED, id="came back too late"),
        pytest.param([MISSED, NO_NUMBER], Why.OVERLOADED, id="most dropped"),
        pytest.param([MISSED, counted("12")], Why.OVERLOADED, id="most dropped, one counted"),
        pytest.param([MISSED, counted("12", 2)], Why.UNSURE, id="most dropped, enough counted"),
        pytest.param([failed(R.DROPPED), NO_NUMBER], Why.NO_NUMBER, id="some dropped"),
        pytest.param([NO_NUMBER], Why.NO_NUMBER, id="no number"),
        pytest.param(
            [NO_NUMBER, failed(R.TOO_SMALL, px=8)], Why.TOO_SMALL, id="once found, too small"
        ),
        pytest.param([failed(R.BLURRED, 2), failed(R.TOO_SMALL)], Why.BLURRED, id="most blurred"),
        pytest.param(
            [failed(R.BLURRED), failed(R.TOO_SMALL)], Why.TOO_SMALL, id="as many: the first check"
        ),
        pytest.param([failed(R.CUT_OFF)], Why.CUT_OFF, id="cut off"),
        pytest.param([failed(R.UNREAD)], Why.NOTHING_READ, id="nothing read"),
        pytest.param([failed(R.NOT_A_BIB)], Why.NOT_A_BIB, id="no bib"),
        pytest.param([failed(R.CONFLICT)], Why.SOMEBODY_ELSES, id="another's number"),
        pytest.param([counted("12")], Why.FEW, id="one reading"),
        pytest.param([counted("12", px=23)], Why.TOO_SMALL, id="one reading, small"),
        pytest.param([counted("12", px=24)], Why.FEW, id="just large enough"),
        pytest.param([counted("12", sharpness=0.4)], Why.BLURRED, id="one reading, blurred"),
        pytest.param(
            [counted("12", px=12), failed(R.UNREAD, px=30)], Why.FEW, id="large in another look"
        ),
        pytest.param(
            [counted("12", px=12), failed(R.CONFLICT, px=60)],
            Why.TOO_SMALL,
            id="a neighbour's large number does not count",
        ),
        pytest.param([counted("12"), counted("13")], Why.DISAGREE, id="two that disagree"),
        pytest.param(
            [counted("12", px=15), counted("13", px=15)], Why.TOO_SMALL, id="disagree as small"
        ),
        pytest.param([counted("12", 3)], Why.UNSURE, id="agree, not sure"),
    ],
)
def test_why_a_runner_was_not_read(looks: list[Looks], why: Why) -> None:
    assert why_unread(Unread(1, tuple(looks)), LEGIBLE) is why


@pytest.mark.parametrize(
    ("track", "why"),
    [
        (Unread(1, (counted("12", 3),), listed=False), Why.NOT_LISTED),
        (Unread(1, (counted("12", 3),), listed=True), Why.UNSURE),
        (Unread(1, (counted("12", 3, px=9),), listed=False, claimed=True), Why.CLAIMED),
        (Unread(1, (counted("12", 3),), claimed=True, taken_off=True), Why.TAKEN_OFF),
        (Unread(1, (), taken_off=True), Why.TAKEN_OFF),
    ],
)
def test_what_the_race_and_people_have_said(track: Unread, why: Why) -> None:
    assert why_unread(track, LEGIBLE) is why


def test_what_cost_most_who_crossed_comes_first() -> None:
    small = [
        Unread(n, (failed(R.TOO_SMALL, px=px),), crossed=crossed)
        for n, (px, crossed) in enumerate([(6, True), (8, True), (90, False)])
    ]
    gone = [Unread(n) for n in range(10, 15)]
    blurred = Unread(20, (failed(R.BLURRED, px=40),))
    assert reasons_of([*gone, *small, blurred], LEGIBLE) == (
        WhyCount(Why.TOO_SMALL, 3, 2, 3 / 9, 7.0),
        WhyCount(Why.NEVER_LOOKED, 5, 0, 5 / 9, None),
        WhyCount(Why.BLURRED, 1, 0, 1 / 9, 40.0),
    )
    assert reasons_of([], LEGIBLE) == ()


def test_the_tallest_number_is_the_runners_own() -> None:
    looks = [counted("1", px=20), failed(R.CONFLICT, px=90), failed(R.TOO_SMALL, px=None)]
    assert tallest_px(looks) == 20
    assert tallest_px([NO_NUMBER]) is None


def test_every_reason_of_a_look_leads_somewhere() -> None:
    for reason in Reason:
        assert why_unread(Unread(1, (failed(reason),)), LEGIBLE) is not Why.UNSURE, reason
