from __future__ import annotations

import pytest

from dashboard.access import attempts
from dashboard.access.attempts import Attempts
from stream.clock import SECOND_NS


class Hands:
    """A clock that goes when it is told."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> int:
        return round(self.s * SECOND_NS)


def test_five_wrong_ones_a_minute_and_then_a_wait() -> None:
    clock = Hands()
    tries = Attempts(clock=clock)
    for _ in range(5):
        assert tries.wait_s("10.0.0.7") == 0
        tries.note_wrong("10.0.0.7")
        clock.s += 2
    assert tries.wait_s("10.0.0.7") == 50
    assert tries.wait_s("10.0.0.8") == 0
    clock.s += 49.5
    assert tries.wait_s("10.0.0.7") == 0.5
    clock.s += 0.5
    assert tries.wait_s("10.0.0.7") == 0
    tries.note_wrong("10.0.0.7")
    assert tries.wait_s("10.0.0.7") == 2, "the second of the first five is still young"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.7", "10.0.0.8", False),
        ("::ffff:10.0.0.7", "10.0.0.7", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("pipe", "pipe", True),
    ],
)
def test_one_guesser_has_one_place(one: str, other: str, same: bool) -> None:
    tries = Attempts(most=1, clock=Hands())
    tries.note_wrong(one)
    assert (tries.wait_s(other) > 0) is same


def test_no_more_addresses_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_REMEMBERED", 2)
    tries = Attempts(most=1, clock=Hands())
    for number in range(3):
        tries.note_wrong(f"10.0.0.{number}")
    assert [tries.wait_s(f"10.0.0.{n}") > 0 for n in range(3)] == [False, True, True]
