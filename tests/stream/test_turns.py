from __future__ import annotations

import sys

import pytest

from stream.turns import TURN_S, short_turns


@pytest.mark.parametrize("fails", [False, True])
def test_turns_are_short_for_a_while(fails: bool) -> None:
    before = sys.getswitchinterval()
    assert before > TURN_S
    try:
        with short_turns():
            assert sys.getswitchinterval() == pytest.approx(TURN_S)
            if fails:
                raise ValueError
    except ValueError:
        assert fails
    assert sys.getswitchinterval() == before
