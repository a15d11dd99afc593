"""Running times and capture times, from made-up streams."""

from __future__ import annotations

import pytest

from stream.sources.timing import ArrivalFit, ClockOffset, Monotone, Rate

MS = 1_000_000
SECOND = 1000 * MS

STREAMS = {
    "from zero": ([0, 40, 80], [0, 40, 80]),
    "from elsewhere": ([5000, 5040, 5080], [0, 40, 80]),
    "twice the same": ([0, 40, 40, 80], [0, 40, 41, 80]),
    "back and on": ([0, 40, 10, 80], [0, 40, 41, 80]),
    "before zero": ([100, 60, 140], [0, 1, 40]),
}


@pytest.mark.parametrize(("stream", "times"), STREAMS.values(), ids=STREAMS.keys())
def test_running_times_grow(stream: list[int], times: list[int]) -> None:
    monotone = Monotone()
    assert [monotone.at(value) for value in stream] == times


def test_footage_keeps_its_zero() -> None:
    monotone = Monotone(100)
    assert [monotone.at(value) for value in (180, 220)] == [80, 120]


def test_a_new_connection_goes_on_where_the_host_clock_stands() -> None:
    monotone = Monotone()
    assert [monotone.at(value) for value in (7, 47)] == [0, 40]
    monotone.rebase(9000)
    assert [monotone.at(value) for value in (3, 43)] == [9000, 9040]


def test_a_new_connection_never_goes_back() -> None:
    monotone = Monotone()
    assert [monotone.at(value) for value in (0, 40)] == [0, 40]
    monotone.rebase(10)
    assert monotone.at(0) == 41


def test_the_first_frames_have_arrival_time() -> None:
    fit = ArrivalFit()
    fits = [fit.capture(k * 40 * MS, SECOND + k * 40 * MS) for k in range(30)]
    assert [one.fitted for one in fits] == [False] * 24 + [True] * 6
    assert fits[0].utc_ns == SECOND


def test_jitter_is_removed() -> None:
    fit = ArrivalFit()
    delays = [0 if k % 10 == 0 else 30 * MS for k in range(100)]
    fits = [fit.capture(k * 40 * MS, SECOND + k * 40 * MS + late) for k, late in enumerate(delays)]
    errors = [one.utc_ns - SECOND - k * 40 * MS for k, one in enumerate(fits)][25:]
    assert set(errors) == {0}


def test_a_slow_camera_clock_is_followed() -> None:
    fit = ArrivalFit()
    step = 40 * MS
    drift = 4000  # 100 parts in a million
    fits = [fit.capture(k * step, SECOND + k * (step + drift)) for k in range(10_000)]
    error = fits[-1].utc_ns - (SECOND + 9999 * (step + drift))
    assert -3 * MS < error <= 0  # the drift of the last 20 s is 2 ms


def test_a_jump_begins_anew() -> None:
    fit = ArrivalFit()
    for k in range(50):
        fit.capture(k * 40 * MS, SECOND + k * 40 * MS)
    after = fit.capture(51 * 40 * MS, 20 * SECOND)
    assert (after.fitted, after.utc_ns) == (False, 20 * SECOND)


def test_the_rate() -> None:
    rate = Rate()
    assert rate.per_second == 0
    rate.count(0)
    assert rate.per_second == 0
    for k in range(1, 100):
        rate.count(k * 40 * MS)
    assert rate.per_second == pytest.approx(25)


@pytest.mark.parametrize(
    ("ahead_ms", "delays_ms", "expected_ms"),
    [
        pytest.param(0, [20], 20, id="one frame"),
        pytest.param(-1200, [20, 60, 35] * 250, 1220, id="behind, and the way jitters"),
        pytest.param(700, [20] * 750, -680, id="ahead"),
        pytest.param(0, [20] * 300 + [900] * 75 + [20] * 300, 20, id="three bad seconds"),
        pytest.param(0, [900] * 750 + [20] * 1000, 20, id="the past is forgotten"),
    ],
)
def test_a_cameras_clock_is_compared(ahead_ms: int, delays_ms: list[int], expected_ms: int) -> None:
    offset = ClockOffset()
    assert offset.ns is None
    for k, delay_ms in enumerate(delays_ms):
        taken_ns = 1000 * SECOND + k * 40 * MS
        offset.note(taken_ns + ahead_ms * MS, taken_ns + delay_ms * MS)
    assert offset.ns == expected_ms * MS
