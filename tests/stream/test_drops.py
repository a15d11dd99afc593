from __future__ import annotations

import pytest

from stream.drops import RecentDrops

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param([(0, 0, 0)], None, id="before the first frame"),
        pytest.param([(0, 0, 0), (1, 20, 5)], 0.2, id="since the start"),
        pytest.param([(0, 0, 0), (10, 0, 100), (80, 900, 100)], 0.0, id="the start is forgotten"),
        pytest.param(
            [(0, 0, 0), *((t, 10 * t, 2 * t) for t in range(5, 200, 5))], 0.1667, id="a steady rate"
        ),
        pytest.param([(0, 100, 0), (500, 200, 100)], 0.5, id="nobody asked for long"),
        pytest.param([(0, 0, 0), (70, 70, 0), (80, 70, 0), (150, 70, 0)], None, id="a dead camera"),
    ],
)
def test_the_share_of_the_last_minute(
    told: list[tuple[int, int, int]], expected: float | None
) -> None:
    drops = RecentDrops()
    shares = [drops.share(frames, dropped, t * SECOND) for t, frames, dropped in told]
    assert shares[-1] == expected


def test_asking_often_keeps_little() -> None:
    drops = RecentDrops()
    shares = [drops.share(9 * k, k, k * SECOND // 100) for k in range(1, 1000)]
    assert shares[-1] == 0.1
    assert len(drops._told) <= 6
