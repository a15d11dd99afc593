"""Network cameras that come, go and stay away, through a real RTSP server."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest

from stream import clock
from stream.sources.choose import open_source
from stream.sources.port import Backend, Source, SourceError
from stream.types import Clock, Frame
from tests.stream.sources.footage import BACKENDS, free_port, needs_rtsp_server, source_threads
from tests.stream.sources.rtsp_server import rtsp_camera

backends = pytest.mark.parametrize("backend", BACKENDS)
GIVE_UP_S = 60.0


def url(port: int) -> str:
    return f"rtsp://127.0.0.1:{port}/finish"


def until(frames: Iterator[Frame], enough_s: float, n: int) -> list[Frame]:
    """The next `n` frames; fails when they take too long (the source ends its own waiting)."""
    began = time.monotonic()
    taken = []
    for frame in frames:
        taken.append(frame)
        if len(taken) == n:
            return taken
        assert time.monotonic() - began < enough_s
    raise AssertionError(f"only {len(taken)} frames came")


@needs_rtsp_server
@backends
def test_a_camera_that_dies_is_called_again(backend: Backend) -> None:
    port = free_port()
    source = open_source("finish", url(port), backend=backend)
    assert source.live
    with ExitStack() as stack:
        stack.callback(source.close)
        frames = source.frames()
        with rtsp_camera(port) as process:
            before = until(frames, GIVE_UP_S, 30)
            process.kill()
        states = _watch_states(source, stack)
        threading.Timer(1.5, lambda: stack.enter_context(rtsp_camera(port))).start()
        after = until(frames, GIVE_UP_S, 30)
        # A few frames may have waited in the queue when the camera died.
        while source.status().reconnects == 0:
            after += until(frames, GIVE_UP_S, 1)
        after += until(frames, GIVE_UP_S, 10)
        status = source.status()
    assert status.reconnects == 1
    assert status.state == "playing"
    assert any(state.startswith("reconnecting in ") for state in states)
    every = before + after
    assert [frame.index for frame in every] == list(range(len(every)))
    assert all(a.pts_ns < b.pts_ns for a, b in pairwise(every))
    assert every[-1].pts_ns - every[29].pts_ns > 1_000_000_000, "the gap is in the times"


@needs_rtsp_server
@backends
def test_a_camera_that_falls_silent_is_called_again(backend: Backend) -> None:
    port = free_port()
    source = open_source("finish", url(port), backend=backend)
    with ExitStack() as stack:
        process = stack.enter_context(rtsp_camera(port))
        stack.callback(source.close)
        frames = source.frames()
        until(frames, GIVE_UP_S, 30)
        states = _watch_states(source, stack)
        process.send_signal(signal.SIGSTOP)
        threading.Timer(9, process.send_signal, [signal.SIGCONT]).start()
        began = time.monotonic()
        while source.status().reconnects == 0:
            until(frames, GIVE_UP_S, 1)
            assert time.monotonic() - began < GIVE_UP_S
    reasons = [state for state in states if state.startswith("reconnecting")]
    assert any("no frame for" in state or "no answer for" in state for state in reasons), reasons


def _watch_states(source: Source, stack: ExitStack) -> set[str]:
    states: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            states.add(source.status().state)

    thread = threading.Thread(target=watch)
    thread.start()
    stack.callback(thread.join)
    stack.callback(done.set)
    return states


@needs_rtsp_server
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_gst_knows_the_cameras_own_time(transport: str) -> None:
    port = free_port()
    source = open_source("finish", url(port), backend="gst", transport=transport)  # type: ignore[arg-type]
    clocks = []
    assert source.status().clock_offset_ns is None
    with rtsp_camera(port):
        began = time.monotonic()
        for frame in source.frames():
            clocks.append(frame.clock)
            late_ns = clock.now_ns() - frame.capture_utc_ns
            # On a busy machine the camera's own reports are seconds off, see the offset below.
            assert -5e9 < late_ns < 20e9, "capture time is about now"
            if clocks.count(Clock.RTCP) == 10 or time.monotonic() - began > GIVE_UP_S:
                break
        source.close()
    assert clocks.count(Clock.RTCP) == 10
    assert set(clocks) <= {Clock.FITTED, Clock.RTCP}
    # The camera is on this computer, so that both clocks are one; the way adds a little.
    offset_ns = source.status().clock_offset_ns
    assert offset_ns is not None
    assert abs(offset_ns) < 5e9


@needs_rtsp_server
def test_av_fits_arrival_times() -> None:
    port = free_port()
    source = open_source("finish", url(port), backend="av")
    began = time.monotonic()
    with rtsp_camera(port):
        coming = source.frames()
        frames = until(coming, GIVE_UP_S, 40)
        # On a busy machine a camera may stand still for a second, and the fit begins anew.
        while frames[-1].clock is not Clock.FITTED:
            assert time.monotonic() - began < GIVE_UP_S
            frames += until(coming, GIVE_UP_S, 1)
        late_ns = clock.now_ns() - frames[-1].capture_utc_ns
        source.close()
    assert {frame.clock for frame in frames} == {Clock.ARRIVAL, Clock.FITTED}
    assert -1e9 < late_ns < 20e9


@backends
def test_an_absent_camera_is_shown_and_close_is_quick(backend: Backend) -> None:
    source = open_source("finish", url(free_port()), backend=backend)
    seen: list[str] = []

    def watch() -> None:
        # A wait so long that a close which does not cut it short is told from a slow machine.
        end = time.monotonic() + GIVE_UP_S
        while "reconnecting in 4 s" not in source.status().state and time.monotonic() < end:
            time.sleep(0.02)
        seen.append(source.status().state)
        seen.append(str(time.monotonic()))
        source.close()

    thread = threading.Thread(target=watch)
    thread.start()
    assert list(source.frames()) == []
    ended = time.monotonic()
    thread.join()
    assert seen[0].startswith("reconnecting in 4 s")
    assert ended - float(seen[1]) < 3
    assert source.status().state == "closed"
    assert source_threads() == []


@backends
def test_attempts_can_be_limited(backend: Backend) -> None:
    source = open_source("finish", url(free_port()), backend=backend, attempts=1)
    with pytest.raises(SourceError, match=r"rtsp://127.*given up after 1"):
        list(source.frames())


@backends
def test_the_password_is_not_told(backend: Backend) -> None:
    uri = url(free_port()).replace("rtsp://", "rtsp://ann:secret@")
    source = open_source("finish", uri, backend=backend, attempts=0)
    with pytest.raises(SourceError) as caught:
        list(source.frames())
    assert "secret" not in str(caught.value)
    assert "ann:***@" in str(caught.value)


@needs_rtsp_server
@backends
def test_a_slow_consumer_loses_the_oldest_and_they_are_counted(backend: Backend) -> None:
    port = free_port()
    source = open_source("finish", url(port), backend=backend)
    began = time.monotonic()
    with rtsp_camera(port):
        frames = source.frames()
        until(frames, GIVE_UP_S, 5)
        # 50 frames in two seconds, 4 of them wait; a busy machine sends fewer.
        while source.status().dropped < 10:
            assert time.monotonic() - began < GIVE_UP_S
            time.sleep(2)
            until(frames, GIVE_UP_S, 10)
        status = source.status()
        source.close()
    most = 25 * (time.monotonic() - began)
    assert status.frames + status.dropped <= most, "no more than the camera has sent"
