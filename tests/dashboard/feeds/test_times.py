from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from dashboard.feeds.times import iso, time_text
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


def test_times_for_programs() -> None:
    assert iso(1_750_000_000_123_456_789) == "2025-06-15T15:06:40.123456Z"
    assert iso(999) == "1970-01-01T00:00:00.000000Z"
