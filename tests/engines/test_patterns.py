from __future__ import annotations

import pytest

from engines.number_range import NumberRange
from engines.patterns import LEAST_LOG, MOST_CHARACTERS, Patterns


def of(*bibs: str) -> Patterns:
    patterns = Patterns()
    for bib in bibs:
        patterns.note(bib)
    return patterns


def told(*ranges: str) -> Patterns:
    return Patterns([NumberRange.of(one) for one in ranges])


def numbers(first: int, n: int, letter: str = "") -> list[str]:
    return [f"{letter}{number}" for number in range(first, first + n)]


def test_before_the_first_bib_all_are_alike() -> None:
    nothing = of()
    for bib in ("7", "26", "A26", "2693", "26934", "123456"):
        assert nothing.log(bib) == pytest.approx(0.0)
        if len(bib) < MOST_CHARACTERS:
            assert nothing.log_longer(len(bib)) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("situation", "seen", "likely", "unlikely"),
    [
        ("four digits", numbers(1000, 20), "2693", "26"),
        ("a letter and four digits", numbers(1000, 20, "S"), "S0374", "50374"),
        (
            "one of two letters",
            numbers(1000, 20, "S") + numbers(1000, 20, "T"),
            "T4012",
            "14012",
        ),
        ("digits only", numbers(1000, 20), "8374", "B374"),
        ("a few with a letter", numbers(1000, 20) + numbers(100, 3, "S"), "8374", "B374"),
    ],
)
def test_what_was_seen_is_likelier(
    situation: str, seen: list[str], likely: str, unlikely: str
) -> None:
    patterns = of(*seen)
    assert patterns.log(likely) > patterns.log(unlikely) + 2, situation
    assert patterns.log(likely) > 0, situation


def test_longer_ones_are_likely_below_the_usual_length() -> None:
    four = of(*numbers(1000, 20))
    assert four.log_longer(2) > 0 > four.log_longer(4)


@pytest.mark.parametrize(
    ("situation", "seen", "share"),
    [
        ("nothing is known", [], 1.0),
        ("all are longer", numbers(1000, 20), 1.0),
        ("all have as many", numbers(10, 54), 0.1),
        ("half of them are longer", numbers(10, 17) + numbers(100, 17), 23 / 40),
    ],
)
def test_share_of_bibs_with_more_than_two_characters(
    situation: str, seen: list[str], share: float
) -> None:
    assert of(*seen).longer_share(2) == pytest.approx(share), situation


def test_nothing_is_impossible() -> None:
    many = of(*numbers(1000, 8999))
    assert many.log("1") == many.log("A123") == LEAST_LOG
    assert many.log_longer(5) == LEAST_LOG
    assert many.log_longer(MOST_CHARACTERS) == LEAST_LOG


def test_a_bib_counts_once() -> None:
    assert of("12", "12", "12").log("12") == of("12").log("12")


def test_what_was_probably_read_tells_what_bibs_look_like() -> None:
    likely, known = of(), of(*numbers(100, 5))
    for bib in numbers(100, 5):
        likely.note_likely(bib)
        likely.note_likely(bib)
    assert likely.log("431") == known.log("431") > 0
    likely.note("100")
    assert likely.log("431") == known.log("431")


def test_a_bib_of_no_range_that_was_probably_read_stays_unlikely() -> None:
    ranges = told("1-999")
    ranges.note_likely("8042")
    assert ranges.log("8042") == LEAST_LOG


def test_longer_than_the_longest_counts_as_the_longest() -> None:
    assert of("ABC-1234").log("ABC-9876") > 0


@pytest.mark.parametrize(
    ("situation", "ranges", "bib", "log"),
    [
        ("one of many", ["1-999"], "431", 0.0),
        ("one of few: how many run is not told", ["1-9999"], "4", 0.0),
        ("in the second range", ["1-99", "1000-1099"], "1050", 0.0),
        ("with its letter", ["1-999", "A1-A9"], "A4", 0.0),
        ("more characters than any", ["1-999"], "1431", LEAST_LOG),
        ("as long, in no range", ["1000-2999"], "8042", LEAST_LOG),
        ("half of a longer one", ["1000-2999"], "42", LEAST_LOG),
        ("without its letter", ["S1000-S2999"], "51042", LEAST_LOG),
    ],
)
def test_ranges_tell_which_bibs_there_are(
    situation: str, ranges: list[str], bib: str, log: float
) -> None:
    assert told(*ranges).log(bib) == pytest.approx(log), situation


def test_no_bib_is_longer_than_the_longest_of_the_ranges() -> None:
    known, unknown = told("1-999", "A1-A9"), of()
    assert known.log_longer(3) == LEAST_LOG
    assert known.longer_share(3) == 0.0
    for n_characters in (1, 2):
        assert known.log_longer(n_characters) == unknown.log_longer(n_characters)
        assert known.longer_share(n_characters) == unknown.longer_share(n_characters)


def test_who_runs_with_a_bib_of_no_range_is_known_from_then_on() -> None:
    known = told("1-999")
    known.note("8042")
    assert known.log("8042") > LEAST_LOG
    assert known.log("8043") == LEAST_LOG
