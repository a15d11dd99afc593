from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from dashboard.feeds.times import elapsed_text, iso, time_text
from tests.dashboard.fakes import TEN_O_CLOCK


@pytest.mark.parametrize(
    ("utc_ns", "zone", "text"),
    [
        (TEN_O_CLOCK + 949_999_999, "UTC", "15:06:40.9"),
        (TEN_O_CLOCK, "Europe/Berlin", "17:06:40.0"),
        (3_725_400_000_000, "Europe/Berlin", "1:02:05.4"),
    ],
)
def test_times_in_the_races_zone(utc_ns: int, zone: str, text: str) -> None:
    assert time_text(utc_ns, ZoneInfo(zone)) == text


@pytest.mark.parametrize(
    ("elapsed_ms", "text"),
    [(0, "0:00:00.0"), (59_999, "0:00:59.9"), (3_723_450, "1:02:03.4"), (90_000_000, "25:00:00.0")],
)
def test_elapsed_times(elapsed_ms: int, text: str) -> None:
    assert elapsed_text(elapsed_ms) == text


def test_times_for_programs() -> None:
    assert iso(1_750_000_000_123_456_789) == "2025-06-15T15:06:40.123456Z"
    assert iso(999) == "1970-01-01T00:00:00.000000Z"
