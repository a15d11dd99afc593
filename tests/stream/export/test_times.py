from __future__ import annotations

import pytest

from stream.export.times import (
    has_date,
    midnight_before,
    moment_text,
    running_text,
    seconds_between,
    short_text,
)
from tests.stream.export.finishers import SECOND_NS, START_NS


@pytest.mark.parametrize(
    ("utc_ns", "expected"),
    [
        pytest.param(START_NS, "2026-05-03T09:30:00.000Z", id="a date"),
        pytest.param(START_NS + 62_345_999_999, "2026-05-03T09:31:02.345Z", id="cut, not rounded"),
        pytest.param(START_NS + 999_999_999, "2026-05-03T09:30:00.999Z", id="just before a second"),
        pytest.param(62_345_000_000, "00:01:02.345", id="undated footage"),
        pytest.param(0, "00:00:00.000", id="its first frame"),
        pytest.param(100_000 * SECOND_NS, "27:46:40.000", id="a day and more of it"),
    ],
)
def test_a_moment_is_a_date_or_the_running_time_of_its_footage(utc_ns: int, expected: str) -> None:
    assert moment_text(utc_ns) == expected
    assert has_date(utc_ns) is expected.startswith("20")
    assert "1970" not in moment_text(utc_ns)


@pytest.mark.parametrize(
    ("duration_ns", "running", "short"),
    [
        (2_345_000_000, "00:00:02.345", "2.345"),
        (62_345_000_000, "00:01:02.345", "1:02.345"),
        (3_662_345_000_000, "01:01:02.345", "1:01:02.345"),
        (90_000 * SECOND_NS, "25:00:00.000", "25:00:00.000"),
        (-1, "00:00:00.000", "0.000"),
    ],
)
def test_a_duration_is_written_in_full_and_in_short(
    duration_ns: int, running: str, short: str
) -> None:
    assert (running_text(duration_ns), short_text(duration_ns)) == (running, short)


def test_seconds_and_midnight() -> None:
    assert seconds_between(START_NS, START_NS + 62_345_678_901) == 62.345
    assert moment_text(midnight_before(START_NS)) == "2026-05-03T00:00:00.000Z"
    assert midnight_before(62 * SECOND_NS) == 0
