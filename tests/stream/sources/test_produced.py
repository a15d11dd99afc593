"""The thread behind a source."""

from __future__ import annotations

import numpy as np
import pytest

from engines.picture import RgbPicture
from stream.sources.produced import Production
from stream.types import Clock, Frame
from tests.stream.sources.footage import source_threads


def frame(k: int) -> Frame:
    return Frame("a", k, k, k, Clock.FILE, RgbPicture(np.zeros((2, 2, 3), np.uint8)))


def production(n: int, live: bool, failure: Exception | None = None) -> Production:
    def work() -> None:
        for k in range(n):
            if not made.feed.put(frame(k)):
                return
        if failure is not None:
            raise failure

    made = Production("a", live, work)
    return made


def test_all_frames_come() -> None:
    made = production(50, live=False)
    assert [one.index for one in made.frames()] == list(range(50))
    assert (made.state, made.delivered, source_threads()) == ("ended", 50, [])


def test_indices_have_no_gaps_where_frames_were_dropped() -> None:
    made = production(50, live=True)
    made._work()
    made.feed.end()
    # The thread finds the feed ended and stops.
    frames = list(made.frames())
    assert [one.index for one in frames] == [0, 1, 2, 3]
    assert [one.pts_ns for one in frames] == [46, 47, 48, 49]
    assert made.feed.dropped == 46


def test_a_failure_of_the_thread_is_raised_to_the_consumer() -> None:
    made = production(3, live=False, failure=ValueError("broken"))
    got = []
    with pytest.raises(ValueError, match="broken"):
        for one in made.frames():
            got.append(one.index)
    assert got == [0, 1, 2]
    assert source_threads() == []


def test_leaving_the_loop_ends_the_thread() -> None:
    made = production(10**6, live=False)
    frames = made.frames()
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert source_threads() == []


def test_it_runs_once() -> None:
    made = production(1, live=False)
    list(made.frames())
    with pytest.raises(RuntimeError, match="may be called once"):
        next(made.frames())
