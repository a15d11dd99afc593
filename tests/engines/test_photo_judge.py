from __future__ import annotations

import dataclasses
import math

import pytest

from engines.patterns import Patterns
from engines.photo_judge import JUDGE, Evidence, Judge, evidence_of, judged
from engines.photo_race import KnownRace, PhotoLine, heard
from engines.types import Box
from tests.engines.tiny_models import reading

NUMBER = (30.0, 30.0, 90.0, 60.0)
SHEET = (10.0, 10.0, 110.0, 90.0)
NOTHING = Evidence(0, 0, 0, 0, 0, 0, 0, 0, 0)


def line(sheet: Box | None = SHEET, sharpness: float = 0.8, text: str = "4312") -> PhotoLine:
    return PhotoLine(NUMBER, sheet, sharpness, *heard([reading(text, 0.9999)] * 2))


@pytest.mark.parametrize(
    ("situation", "shown", "text", "probability"),
    [
        ("narrow sheet", line((30, 10, 90, 90)), "4312", 0.9),
        ("number off the sheet's middle", line((30, 10, 130, 90)), "4312", 0.9),
        ("one character", line(), "4", 0.9),
        ("two characters", line(), "43", 0.9),
        ("no sheet", line(None), "4312", 0.9),
        ("less likely by the readings", line(), "4312", 0.6),
    ],
)
def test_what_lowers_the_probability(
    situation: str, shown: PhotoLine, text: str, probability: float
) -> None:
    whole = JUDGE.probability(evidence_of(line(), "4312", 0.9, 0.5, 1.0))
    assert 0 < JUDGE.probability(evidence_of(shown, text, probability, 0.5, 1.0)) < whole, situation


def test_another_photo_that_shows_it_raises_the_probability() -> None:
    alone = JUDGE.probability(evidence_of(line(), "4312", 0.6, 0.0, 1.0))
    assert alone < JUDGE.probability(evidence_of(line(), "4312", 0.6, 0.9, 1.0)) < 1


@pytest.mark.parametrize(
    ("situation", "shown", "text", "changed"),
    [
        ("a whole bib", line(), "4312", {}),
        ("blurred", line(sharpness=0.3), "4312", {"blurred": 0.8}),
        ("without any edge", line(sharpness=0.0), "4312", {"blurred": 2.0}),
        ("as sharp as need be", line(sharpness=0.5), "4312", {}),
        ("narrow", line((30, 10, 90, 90)), "4312", {"narrow": 0.35}),
        ("a slit", line((59, 0, 61, 400)), "4312", {"narrow": 0.7}),
        ("without height", line((30, 50, 90, 50)), "4312", {}),
        ("to the left", line((20, 10, 130, 90)), "4312", {"off_centre": 2.0}),
        ("to the right", line((-10, 10, 100, 90)), "4312", {"off_centre": 2.0}),
        ("far off", line((20, 10, 500, 90)), "4312", {"off_centre": 3.0}),
        (
            "in wider characters",
            line((20, 10, 130, 90)),
            "431",
            {"off_centre": 1.5, "three_characters": 1.0},
        ),
        ("one character", line(), "4", {"one_character": 1.0}),
        ("two characters", line(), "43", {"two_characters": 1.0}),
        ("no sheet", line(None), "4312", {"no_sheet": 1.0}),
    ],
)
def test_evidence(situation: str, shown: PhotoLine, text: str, changed: dict[str, float]) -> None:
    expected = dataclasses.asdict(NOTHING) | changed
    found = dataclasses.asdict(evidence_of(shown, text, 0.5, 0.0, 1.0))
    assert found == pytest.approx(expected, abs=1e-9), situation


@pytest.mark.parametrize(
    ("situation", "text", "longer", "changed"),
    [
        ("one of many of two characters", "43", 0.2, {"two_characters": 0.2}),
        ("the first of two characters", "43", 0.95, {"two_characters": 0.95}),
        ("one of many of one", "4", 0.1, {"one_character": 0.1}),
        ("three characters among four", "431", 0.9, {"three_characters": 0.9}),
        ("four characters", "4312", 0.3, {}),
    ],
)
def test_short_bibs_are_doubted_where_most_are_longer(
    situation: str, text: str, longer: float, changed: dict[str, float]
) -> None:
    expected = dataclasses.asdict(NOTHING) | changed
    found = dataclasses.asdict(evidence_of(line(), text, 0.5, 0.0, longer))
    assert found == pytest.approx(expected, abs=1e-9), situation


@pytest.mark.parametrize(
    ("probability", "log_odds"),
    [(0.5, 0.0), (0.9, math.log(9)), (0.1, -math.log(9)), (0.0, -9.21), (1.0, 9.21)],
)
def test_log_odds_are_bounded(probability: float, log_odds: float) -> None:
    found = evidence_of(line(), "4312", probability, 0.0, 1.0).log_odds
    assert found == pytest.approx(log_odds, abs=0.001)


def test_a_row_has_the_order_of_the_fields() -> None:
    evidence = Evidence(*range(1, 1 + len(dataclasses.fields(Evidence))))
    assert evidence.row() == list(dataclasses.astuple(evidence))


@pytest.mark.parametrize(
    ("situation", "judge", "evidence", "probability"),
    [
        ("nothing known", Judge(NOTHING, 0.0), Evidence(9, 1, 1, 1, 1, 1, 1, 1, 1), 0.5),
        ("only the bias", Judge(NOTHING, math.log(3)), Evidence(9, 1, 1, 1, 1, 1, 1, 1, 1), 0.75),
        ("one weight", Judge(Evidence(0, 0, 0, 0, -1, 0, 0, 0, 0), 0.0),
         Evidence(5, 1, 1, 1, math.log(3), 1, 1, 1, 1), 0.25),
        ("weights add up", Judge(Evidence(1, 0, 0, 0, 0, 0, 0, -1, 0), 0.5),
         Evidence(0.5, 1, 1, 1, 1, 1, 1, 1, 1), 0.5),
    ],
)  # fmt: skip
def test_weights_make_a_probability(
    situation: str, judge: Judge, evidence: Evidence, probability: float
) -> None:
    assert judge.probability(evidence) == pytest.approx(probability), situation


TRUSTING = Judge(Evidence(1, 0, 0, 0, 0, 0, 0, 0, 0), 0.0)
"""Believes the readings, whatever speaks against them."""


@pytest.mark.parametrize(
    ("situation", "texts", "bib", "probability"),
    [
        ("two agree", ["4312", "4312"], "4312", 0.999),
        ("two of three agree", ["4312", "14312", "4312"], "4312", 0.667),
        ("none agree", ["4312", "4313"], "", 0.0),
        ("one alone", ["4312"], "", 0.0),
        ("a word", ["ADIDAS", "ADIDAS"], "", 0.0),
        ("nothing", ["", ""], "", 0.0),
    ],
)
def test_judging_a_line(situation: str, texts: list[str], bib: str, probability: float) -> None:
    shown = PhotoLine(NUMBER, SHEET, 0.8, *heard([reading(text, 0.9999) for text in texts]))
    told, said = judged(shown, KnownRace(), judge=TRUSTING)
    assert told == bib, situation
    assert said == pytest.approx(probability, abs=0.002), situation


def test_the_races_bibs_count() -> None:
    patterns = Patterns()
    for number in range(1000, 1020):
        patterns.note(str(number))
    readings = [reading("43", 0.99), reading("4312", 0.9)]
    shown = PhotoLine(NUMBER, SHEET, 0.8, *heard(2 * readings))
    assert judged(shown, KnownRace())[0] == "43"
    assert judged(shown, KnownRace(patterns))[0] == "4312"


def test_the_other_photos_of_the_race_count() -> None:
    shown = PhotoLine(NUMBER, SHEET, 0.8, *heard([reading("4312", 0.9)] * 2))
    race = KnownRace(seen={"4312": {0: 0.7, 1: 0.9}})
    judge = Judge(Evidence(0, 0, 0, 0, 0, 0, 0, 0, 1), 0.0)
    for photo, elsewhere in ((0, 0.9), (1, 0.7), (None, 0.9), (2, 0.9)):
        _, probability = judged(shown, race, photo, judge)
        assert math.log(probability / (1 - probability)) == pytest.approx(elsewhere), photo
