"""Back-off, pace and the queue between two threads."""

from __future__ import annotations

import threading
import time
from itertools import islice

import pytest

from stream import clock
from stream.sources.pacing import Feed, Pacer, given_up, patience_s, wait_after


def test_waits_grow_and_stay() -> None:
    assert [wait_after(n) for n in range(1, 8)] == [0.5, 1, 2, 4, 5, 5, 5]
    assert wait_after(100_000) == 5


@pytest.mark.parametrize(
    ("attempts", "said"), [(0, "not found"), (3, "not found; given up after 3")]
)
def test_what_is_said_of_a_camera_that_is_given_up(attempts: int, said: str) -> None:
    assert given_up("not found", attempts) == said


@pytest.mark.parametrize(
    ("fps", "first", "seconds"),
    [(25, True, 10), (25, False, 2), (1, False, 10), (0, False, 5)],
    ids=["first frame", "usual camera", "one frame a second", "unknown rate"],
)
def test_patience(fps: float, first: bool, seconds: float) -> None:
    assert patience_s(fps, first) == seconds


def test_a_live_feed_drops_the_oldest_and_counts() -> None:
    feed: Feed[int] = Feed(3, live=True)
    for value in range(10):
        assert feed.put(value)
    feed.end()
    assert list(feed) == [7, 8, 9]
    assert feed.dropped == 7


def test_a_waiting_feed_loses_nothing() -> None:
    feed: Feed[int] = Feed(2, live=False)

    def produce() -> None:
        for value in range(200):
            assert feed.put(value)
        feed.end()

    thread = threading.Thread(target=produce)
    thread.start()
    assert list(feed) == list(range(200))
    thread.join(5)
    assert feed.dropped == 0


def test_a_failure_comes_after_the_last_value() -> None:
    feed: Feed[int] = Feed(3, live=False)
    feed.put(1)
    feed.end(OSError("broken"))
    values = iter(feed)
    assert next(values) == 1
    with pytest.raises(OSError, match="broken"):
        next(values)


def test_closing_wakes_the_producer() -> None:
    feed: Feed[int] = Feed(1, live=False)
    feed.put(1)
    went_on: list[bool] = []
    thread = threading.Thread(target=lambda: went_on.append(feed.put(2)))
    thread.start()
    time.sleep(0.05)
    feed.close()
    thread.join(5)
    assert went_on == [False]
    assert list(feed) == []


def test_closing_wakes_the_consumer() -> None:
    feed: Feed[int] = Feed(1, live=False)
    got: list[list[int]] = []
    thread = threading.Thread(target=lambda: got.append(list(feed)))
    thread.start()
    time.sleep(0.05)
    feed.close()
    thread.join(5)
    assert got == [[]]


def test_a_closed_feed_takes_nothing() -> None:
    feed: Feed[int] = Feed(1, live=True)
    feed.close()
    assert not feed.put(1)
    assert list(islice(feed, 1)) == []


def test_the_pacer_holds_frames_back() -> None:
    pacer = Pacer(threading.Event())
    began_ns = clock.monotonic_ns()
    assert not pacer.wait(1_000_000_000)
    assert not pacer.wait(1_050_000_000)
    assert clock.monotonic_ns() - began_ns >= 50_000_000


def test_the_pacer_tells_lateness() -> None:
    pacer = Pacer(threading.Event())
    assert pacer.late_ns(0) == 0
    time.sleep(0.02)
    assert pacer.late_ns(0) >= 20_000_000
    assert pacer.late_ns(100 * clock.SECOND_NS) < -50 * clock.SECOND_NS


def test_the_pacer_is_cut_short() -> None:
    stop = threading.Event()
    pacer = Pacer(stop)
    pacer.wait(0)
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    assert pacer.wait(60 * clock.SECOND_NS)
    assert time.monotonic() - began < 5
