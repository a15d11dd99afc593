from __future__ import annotations

from math import exp, log

import pytest

from stream.likelihood import Likelihoods
from tests.stream.readings import reading


def test_a_reading_supports_what_it_shows_and_what_hides_there() -> None:
    said = Likelihoods("43")
    said.extend(reading("43"), ["43", "437", "143", "99"])
    assert exp(said.whole["43"]) > 0.8
    assert said.whole["437"] < log(0.01)
    # Of one or two characters cut off 437, one is what shows: half of the mean.
    assert said.cut_right["437"] == pytest.approx(said.whole["43"] - log(2), abs=0.05)
    assert said.cut_left["143"] == pytest.approx(said.whole["43"] - log(2), abs=0.05)
    assert max(said.cut_right["99"], said.cut_left["99"]) < log(0.01)


def test_one_character_has_nothing_to_cut() -> None:
    said = Likelihoods("1")
    said.extend(reading("1"), ["1"])
    assert said.cut_right["1"] == said.cut_left["1"] == float("-inf")


def test_nothing_new_changes_nothing() -> None:
    said = Likelihoods("1")
    said.extend(reading("1"), [])
    assert said == Likelihoods("1")
