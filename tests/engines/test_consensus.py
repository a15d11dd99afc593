from __future__ import annotations

import numpy as np
import pytest

from engines.consensus import (
    is_bib,
    learnt_patterns,
    likeliest_bib,
    likely_texts,
    mean_probability,
)
from engines.ctc import n_best
from engines.patterns import Patterns
from engines.types import Reading
from tests.engines.tiny_models import reading

UNSURE = {"80374": 0.6, "S0374": 0.3}


def of(*bibs: str) -> Patterns:
    patterns = Patterns()
    for bib in bibs:
        patterns.note(bib)
    return patterns


def numbers(first: int, n: int, letter: str = "") -> list[str]:
    return [f"{letter}{number}" for number in range(first, first + n)]


S_AND_T = [*numbers(1000, 10, "S"), *numbers(1000, 10, "T")]


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("1", True), ("12345", True), ("0042", True), ("A17", True), ("AB-123", True),
        ("12A", True), ("12-B", True), ("", False), ("A", False), ("123456", False),
        ("ABC1", False), ("1-2", False), ("-", False), ("FINISH", False),
        ("0", False), ("00", False), ("-0", False), ("0-", False), ("007", True), ("100", True),
        ("A0", True),
    ],
)  # fmt: skip
def test_bib_patterns(text: str, yes: bool) -> None:
    assert is_bib(text) is yes


@pytest.mark.parametrize(
    ("situation", "certain", "is_alone"),
    [("clear", 0.9999, True), ("as clear as needed", 0.998, True), ("open", 0.95, False)],
)
def test_a_clear_reading_has_one_text(situation: str, certain: float, is_alone: bool) -> None:
    one = reading("2419", certain)
    [(text, log), *_] = n_best(one.log_probs, beam=6, least=1e-3)
    likely = likely_texts(one)
    assert (len(likely) == 1) is is_alone, situation
    assert likely[text] == pytest.approx(np.exp(log))


@pytest.mark.parametrize(
    ("situation", "readings", "expected"),
    [
        ("nothing was looked at", [], {}),
        ("one reading", [reading("431", 0.9999)], {"431": 1.0}),
        ("nothing to be read", [reading("", 0.9999)], {"": 1.0}),
        ("two agree", [reading("431", 0.9999)] * 2, {"431": 1.0}),
        ("two differ", [reading("431", 0.9999), reading("1431", 0.9999)],
         {"431": 0.5, "1431": 0.5}),
        ("one of three saw nothing", [reading("7", 0.9999)] * 2 + [reading("", 0.9999)],
         {"7": 2 / 3, "": 1 / 3}),
        ("less certain", [reading("7", 0.9)], {"7": 0.9**3}),
    ],
)  # fmt: skip
def test_mean_of_the_readings(
    situation: str, readings: list[Reading], expected: dict[str, float]
) -> None:
    mean = mean_probability(readings)
    likely = {text: p for text, p in mean.items() if p > 0.01}
    assert likely == pytest.approx(expected, abs=0.03), situation
    assert sum(mean.values()) <= 1 + 1e-9


@pytest.mark.parametrize(
    ("situation", "probability", "seen", "text", "said"),
    [
        ("nothing read", {}, [], "", 0.0),
        ("no text is a bib", {"ADIDAS": 0.7, "": 0.2}, [], "", 0.0),
        ("the empty text only", {"": 1.0}, S_AND_T, "", 0.0),
        ("one bib", {"431": 0.9}, [], "431", 0.9),
        ("the likelier of two", {"431": 0.3, "437": 0.6}, [], "437", 0.6),
        ("a word keeps its share", {"ADIDAS": 0.7, "431": 0.3}, [], "431", 0.3),
        ("so does the empty text", {"": 0.6, "431": 0.4}, [], "431", 0.4),
        ("what was left out keeps its share", {"431": 0.4}, [], "431", 0.4),
        ("as likely: always the same one", {"437": 0.5, "431": 0.5}, [], "437", 0.5),
        ("in whatever order", {"431": 0.5, "437": 0.5}, [], "437", 0.5),
        ("letters are not known", UNSURE, [], "80374", 0.6),
    ],
)
def test_the_likeliest_bib(
    situation: str, probability: dict[str, float], seen: list[str], text: str, said: float
) -> None:
    told, share = likeliest_bib(probability, of(*seen))
    assert told == text, situation
    assert share == pytest.approx(said), situation


@pytest.mark.parametrize(
    ("situation", "probability", "seen", "text", "least", "most"),
    [
        ("letters of the race", UNSURE, S_AND_T, "S0374", 0.7, 0.99),
        ("numbers only", UNSURE, numbers(10000, 20), "80374", 0.85, 1.0),
        ("whole lengths", {"26": 0.55, "2693": 0.4}, numbers(1000, 20), "2693", 0.7, 0.99),
        # The lengths make the bib likelier, against the word too; yet not certain.
        ("beside a word", {"ADIDAS": 0.7, "2693": 0.3}, numbers(1000, 20), "2693", 0.31, 0.8),
        ("a stranger, and what was left out", {"26": 0.5}, numbers(1000, 20), "26", 0.05, 0.45),
    ],
)
def test_the_likeliest_bib_of_a_race(
    situation: str,
    probability: dict[str, float],
    seen: list[str],
    text: str,
    least: float,
    most: float,
) -> None:
    told, said = likeliest_bib(probability, of(*seen))
    assert told == text, situation
    assert least < said < most, situation


def test_a_race_teaches_what_its_bibs_look_like() -> None:
    sure = [{bib: 0.95, bib[1:]: 0.04} for bib in S_AND_T]
    patterns = learnt_patterns([*sure, UNSURE])
    assert likeliest_bib(UNSURE, Patterns())[0] == "80374"
    assert likeliest_bib(UNSURE, patterns)[0] == "S0374"


LOOKS = ("7", "26", "2693", "S2693", "80374", "A26")


@pytest.mark.parametrize(
    ("situation", "probabilities", "noted"),
    [
        ("no bib at all", [], []),
        ("nothing sure", [{"431": 0.8}, {"": 1.0}], []),
        ("words", [{"FINISH": 1.0}], []),
        ("sure ones, once each", [{"431": 0.95}, {"431": 0.97}, {"562": 0.99}], ["431", "562"]),
        (
            "sure in itself, but not among bibs of four",
            [*({bib: 0.99} for bib in numbers(1000, 20)), {"26": 0.92, "2693": 0.05}],
            numbers(1000, 20),
        ),
        (
            "sure only among bibs that look alike",
            [*({bib: 0.99} for bib in numbers(1000, 20, "S")), {"S0374": 0.8, "50374": 0.15}],
            [*numbers(1000, 20, "S"), "S0374"],
        ),
    ],
)
def test_sure_bibs_are_noted(
    situation: str, probabilities: list[dict[str, float]], noted: list[str]
) -> None:
    learnt, expected = learnt_patterns(probabilities), of(*noted)
    assert [learnt.log(bib) for bib in LOOKS] == [expected.log(bib) for bib in LOOKS], situation
