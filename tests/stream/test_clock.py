"""The clock against Python's own."""

from __future__ import annotations

import threading
import time

import pytest

from stream import clock


def test_utc_of_monotonic_is_consistent() -> None:
    moment_ns = clock.monotonic_ns() - 5 * clock.SECOND_NS
    assert abs(clock.now_ns() - clock.utc_of_monotonic_ns(moment_ns) - 5 * clock.SECOND_NS) < 1e9


@pytest.mark.parametrize("seconds", [0.0, -3.0])
def test_no_sleep_for_no_time(seconds: float) -> None:
    began = time.monotonic()
    clock.sleep_s(seconds)
    assert time.monotonic() - began < 1


def test_sleep_lasts() -> None:
    began = time.monotonic()
    clock.sleep_s(0.05)
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize(
    ("ahead_ns", "set_before", "stopped"),
    [(-1, False, False), (-1, True, True), (30_000_000, False, False), (10**12, True, True)],
    ids=["past", "past and stopped", "comes", "stopped before"],
)
def test_wait_until(ahead_ns: int, set_before: bool, stopped: bool) -> None:
    stop = threading.Event()
    if set_before:
        stop.set()
    deadline_ns = clock.monotonic_ns() + ahead_ns
    assert clock.wait_until_ns(deadline_ns, stop) is stopped
    assert stopped or clock.monotonic_ns() >= deadline_ns
