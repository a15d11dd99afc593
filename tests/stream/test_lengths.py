from __future__ import annotations

import pytest

from stream.lengths import LEAST_LOG, MOST_CHARACTERS, Lengths


def of(*bibs: str) -> Lengths:
    lengths = Lengths()
    for bib in bibs:
        lengths.note(bib)
    return lengths


def test_before_the_first_bib_all_lengths_are_alike() -> None:
    nothing = of()
    for n in range(1, MOST_CHARACTERS + 1):
        assert nothing.log(n) == pytest.approx(0.0)
    for n in range(1, MOST_CHARACTERS):
        assert nothing.log_longer(n) == pytest.approx(0.0)


def test_what_was_seen_is_likelier_and_what_was_not_less_likely() -> None:
    four = of(*(str(n) for n in range(1000, 1020)))
    assert four.log(4) > 1
    assert four.log(2) < -1
    assert four.log_longer(2) > 0 > four.log_longer(4)


def test_nothing_is_impossible() -> None:
    many = of(*(str(n) for n in range(1000, 9999)))
    assert many.log(1) == LEAST_LOG
    assert many.log_longer(5) == LEAST_LOG
    assert many.log_longer(MOST_CHARACTERS) == LEAST_LOG


def test_a_bib_counts_once() -> None:
    assert of("12", "12", "12").log(2) == of("12").log(2)


def test_longer_than_the_longest_counts_as_the_longest() -> None:
    assert of("ABC-1234").log(8) == of("ABC-1234").log(MOST_CHARACTERS) > 0
