"""Which time of capture and which boxes the page takes for a picture of live video."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.dashboard.stage import Stage

MS = 1_000_000
START_NS = 1_750_000_000 * 1000 * MS
ROUND_NS = 1000
"""Numbers of a browser hold today's nanoseconds to the quarter of a microsecond."""


def clock(rtp: int, at_ms: int) -> dict[str, int]:
    return {"rtp": rtp, "capture_utc_ns": START_NS + at_ms * MS}


@pytest.mark.parametrize(
    ("told", "rtp", "expected_ms"),
    [
        pytest.param([], 0, None, id="nothing told"),
        pytest.param([clock(9000, 50)], 9000, 50, id="the very picture"),
        pytest.param([clock(9000, 50)], 9000 + 3600, 90, id="the next one"),
        pytest.param([clock(9000, 50)], 8999, None, id="before it was told"),
        pytest.param([clock(2**32 - 1800, 50)], 1800, 90, id="32 bits are over"),
        pytest.param([clock(0, 0), clock(9000, 500)], 12600, 540, id="the newest that fits"),
        pytest.param([clock(0, 0), clock(9000, 500)], 4500, 50, id="told ahead of the picture"),
    ],
)
def test_times_of_capture(
    page: Page, stage: Stage, told: list[dict[str, int]], rtp: int, expected_ms: int | None
) -> None:
    page.goto(stage.url)
    found = page.evaluate(
        """async ([told, rtp]) => {
            const { CaptureTimes } = await import("/static/video.js");
            const times = new CaptureTimes();
            for (const one of told) times.tell(one);
            return times.of(rtp);
        }""",
        [told, rtp],
    )
    if expected_ms is None:
        assert found is None
    else:
        assert abs(found - START_NS - expected_ms * MS) < ROUND_NS


def boxes(at_ms: int, **left: float) -> dict[str, Any]:
    """Runners by name, each at some place from the left."""
    return {
        "capture_utc_ns": START_NS + at_ms * MS,
        "boxes": [{"track_id": name, "box": [x, 0, x + 10, 9]} for name, x in left.items()],
    }


@pytest.mark.parametrize(
    ("told", "at_ms", "expected"),
    [
        pytest.param([], 0, None, id="nothing told"),
        pytest.param([boxes(0, a=1), boxes(40, a=2)], 40, {"a": 2}, id="its own"),
        pytest.param([boxes(0, a=1), boxes(40, a=2)], 25, {"a": 2}, id="nearly its own"),
        pytest.param([boxes(0, a=1, b=5), boxes(80, a=3)], 40, {"a": 2}, id="between two"),
        pytest.param([boxes(0, a=1), boxes(500, a=3)], 100, {"a": 1}, id="two too far apart"),
        pytest.param([boxes(0, a=1), boxes(500, a=3)], 250, None, id="in the middle of a gap"),
        pytest.param([boxes(0, a=1)], 100, {"a": 1}, id="the last ones stay a little"),
        pytest.param([boxes(0, a=1)], 200, None, id="but not for long"),
        pytest.param([boxes(500, a=1)], 400, None, id="before the first"),
        pytest.param([boxes(900, a=1), boxes(0, a=7)], 0, {"a": 7}, id="a file begins anew"),
    ],
)
def test_boxes_of_a_picture(
    page: Page,
    stage: Stage,
    told: list[dict[str, Any]],
    at_ms: int,
    expected: dict[str, float] | None,
) -> None:
    page.goto(stage.url)
    found = page.evaluate(
        """async ([told, at]) => {
            const { BoxTimes } = await import("/static/video.js");
            const times = new BoxTimes();
            for (const one of told) times.tell(one);
            return times.at(at);
        }""",
        [told, START_NS + at_ms * MS],
    )
    if expected is None:
        assert found is None
    else:
        left = {box["track_id"]: box["box"][0] for box in found["boxes"]}
        assert left == pytest.approx(expected, abs=0.01)
