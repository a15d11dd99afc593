from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from stream.time_windows import (
    EVER,
    SECOND_NS,
    Moment,
    TimeError,
    days_of,
    parse_moment,
    windows,
)

ZURICH = ZoneInfo("Europe/Zurich")
DAY = date(2026, 5, 3)


def ns(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * SECOND_NS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("10:31", Moment(None, 37_860 * SECOND_NS), id="hours and minutes"),
        pytest.param(" 9:05:07.5 ", Moment(None, 32_707_500_000_000), id="parts of a second"),
        pytest.param("2026-05-03T10:31:05Z", Moment(ns("2026-05-03T10:31:05+00:00")), id="UTC"),
        pytest.param("2026-05-03 10:31", Moment(ns("2026-05-03T08:31:00+00:00")), id="the zone's"),
        pytest.param(
            "2026-05-03T10:31-04:00", Moment(ns("2026-05-03T14:31:00+00:00")), id="an offset"
        ),
    ],
)
def test_a_moment(text: str, expected: Moment) -> None:
    assert parse_moment(text, ZURICH) == expected


@pytest.mark.parametrize(
    "text",
    ["", "soon", "25:00", "10:60", "10:31:99", "1031", "2026-05-03", "2026-13-03T10:31", "-1:00"],
)
def test_no_moment(text: str) -> None:
    with pytest.raises(TimeError, match="is no time; write 10:31"):
        parse_moment(text)


def of(day: str, start: str, end: str) -> tuple[int, int]:
    return ns(f"{day}T{start}+02:00"), ns(f"{day}T{end}+02:00")


def test_a_time_of_day_holds_for_every_day_in_its_zone() -> None:
    start, end = parse_moment("10:00"), parse_moment("11:00")
    found = windows(start, end, [DAY], ZURICH)
    # The day in UTC may be the one before or after in another zone.
    assert found == (
        of("2026-05-02", "10:00", "11:00"),
        of("2026-05-03", "10:00", "11:00"),
        of("2026-05-04", "10:00", "11:00"),
    )


def test_midnight_may_lie_between() -> None:
    found = windows(parse_moment("23:30"), parse_moment("00:30"), [DAY], ZURICH)
    assert (ns("2026-05-03T23:30+02:00"), ns("2026-05-04T00:30+02:00")) in found


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(
            "10:00",
            None,
            (ns("2026-05-03T10:00+02:00"), ns("2026-05-04T00:00+02:00") - 1),
            id="until midnight",
        ),
        pytest.param(
            None,
            "10:00",
            (ns("2026-05-03T00:00+02:00"), ns("2026-05-03T10:00+02:00")),
            id="from midnight on",
        ),
    ],
)
def test_an_open_side(start: str | None, end: str | None, expected: tuple[int, int]) -> None:
    moments = [None if text is None else parse_moment(text, ZURICH) for text in (start, end)]
    assert expected in windows(moments[0], moments[1], [DAY], ZURICH)


def test_undated_footage_counts_its_running_time() -> None:
    days = days_of([0, 90 * SECOND_NS])
    assert windows(parse_moment("0:01"), parse_moment("0:02"), days, ZURICH) == (
        (60 * SECOND_NS, 120 * SECOND_NS),
    )


def test_dates_are_one_window_whatever_the_days() -> None:
    start, end = (Moment(5), Moment(9))
    assert windows(start, end, ()) == ((5, 9),)
    assert windows(start, None, ()) == ((5, EVER[1]),)
    assert windows(start, start, ()) == ((5, 5),)
    assert windows(None, None, [DAY]) == (EVER,)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        pytest.param(
            "2026-05-03T10:00", "11:00", "write both with it, or neither", id="half a date"
        ),
        pytest.param(
            "2026-05-03T10:30", "2026-05-03T10:00", "'to' lies before 'from'", id="the end first"
        ),
    ],
)
def test_what_is_no_window(start: str, end: str, message: str) -> None:
    with pytest.raises(TimeError, match=message):
        windows(parse_moment(start, ZURICH), parse_moment(end, ZURICH), [DAY])


def test_days() -> None:
    moments = [ns("2026-05-03T23:59:59+00:00"), ns("2026-05-04T00:00:00+00:00"), 5]
    assert days_of(moments) == (date(1970, 1, 1), DAY, date(2026, 5, 4))
