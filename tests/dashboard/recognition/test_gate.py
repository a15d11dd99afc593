"""How often and how many at once."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from dashboard.recognition.gate import Gate, Limits
from dashboard.refusals import Refusal

SECOND_NS = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> int:
        return round(self.now_s * SECOND_NS)


def refusal(gate: Gate, client: str) -> tuple[int, str, str]:
    with pytest.raises(Refusal) as caught, gate.entered(client):
        pass
    assert caught.value.headers is not None
    return caught.value.status_code, caught.value.code, caught.value.headers["retry-after"]


def test_so_many_in_a_minute() -> None:
    clock = Clock()
    gate = Gate(Limits(per_minute=2), clock)
    for _ in range(2):
        with gate.entered("a"):
            clock.now_s += 10
    assert refusal(gate, "a") == (429, "too_often", "40")
    with gate.entered("b"):
        pass
    clock.now_s += 39.5
    assert refusal(gate, "a") == (429, "too_often", "1")
    clock.now_s += 0.5
    with gate.entered("a"):
        pass
    assert refusal(gate, "a") == (429, "too_often", "10")


@pytest.mark.parametrize(
    ("inside", "client", "expected"),
    [
        pytest.param(["a"], "a", None, id="a second one"),
        pytest.param(["a", "a"], "a", (429, "too_many_at_once", "1"), id="a third one"),
        pytest.param(["a", "a"], "b", None, id="somebody else"),
        pytest.param(["a", "a", "b"], "c", (503, "busy", "2"), id="all places taken"),
    ],
)
def test_so_many_at_once(
    inside: list[str], client: str, expected: tuple[int, str, str] | None
) -> None:
    gate = Gate(Limits(at_once=2, waiting=3))
    with ExitStack() as entered:
        for one in inside:
            entered.enter_context(gate.entered(one))
        if expected is not None:
            assert refusal(gate, client) == expected
        else:
            with gate.entered(client):
                pass
    with gate.entered(client):
        pass


def test_who_fails_inside_is_not_inside_any_more() -> None:
    gate = Gate(Limits(at_once=1))
    with pytest.raises(ZeroDivisionError), gate.entered("a"):
        raise ZeroDivisionError
    with gate.entered("a"):
        pass
