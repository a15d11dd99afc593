from __future__ import annotations

import pytest

from dashboard.latency.stolen import Ticks, ticks


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "cpu  10 1 5 900 7 2 3 40 0 0\ncpu0 1 2", Ticks(40, 21), id="a Linux of today"
        ),
        pytest.param("cpu  10 1 5 900", None, id="one that does not tell"),
    ],
)
def test_what_the_system_says(text: str, told: Ticks | None) -> None:
    assert ticks(text) == told


@pytest.mark.parametrize(
    ("now", "share"),
    [
        pytest.param(Ticks(10, 100), 0.0, id="nothing happened"),
        pytest.param(Ticks(10, 190), 0.0, id="nothing was taken"),
        pytest.param(Ticks(40, 190), 0.25, id="a quarter was taken"),
    ],
)
def test_the_share_that_was_taken(now: Ticks, share: float) -> None:
    assert now.share_since(Ticks(10, 100)) == pytest.approx(share)


def test_this_machine() -> None:
    now = ticks()
    assert now is None or now.share_since(now) == 0.0
