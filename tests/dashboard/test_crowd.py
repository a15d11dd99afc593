"""Two hundred viewers, half of whom take nothing: tagging must not feel them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from dashboard import live, server
from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.server import Server
from stream.hub import Hub
from tests.dashboard.fakes import FakeRace, entries, preview
from tests.dashboard.stage import wait_for

ROOT = Path(__file__).parents[2]
# Long names fill the buffers of who does not read within seconds.
CLUB = entries(("101", "Anna", "Meier", "Laufgemeinschaft " * 500))

GENEROUS_MS = 100.0
"""Publishing takes well below one millisecond; waiting for one slow viewer would take seconds."""


@contextmanager
def crowd(url: str, reading: int, pausing: int, deaf: int, last_seq: int) -> Iterator[Any]:
    """Viewers in a process of their own: the load is theirs, not the test's."""
    line = url.replace("http", "ws") + "ws"
    command = [sys.executable, "-m", "tests.dashboard.viewers_process", line]
    command += [str(number) for number in (reading, pausing, deaf, 60, last_seq)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def run_race(race: FakeRace, events: int, seconds: float) -> list[float]:
    """Publish at an even pace; milliseconds that each call took."""
    took: list[float] = []
    began = time.monotonic()
    race.opened(1)
    for number in range(2, events + 1):
        time.sleep(max(0.0, began + seconds * number / events - time.monotonic()))
        if number % 10 == 0:
            race.hub.show(preview(frame_index=number))
        before = time.perf_counter()
        race.tagged(1, "101")
        took.append((time.perf_counter() - before) * 1000)
    return took


def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, viewers: tuple[int, int, int], seconds: float
) -> None:
    reading, pausing, deaf = viewers
    monkeypatch.setattr(live, "SEND_TIMEOUT_S", 0.6 * seconds)
    monkeypatch.setattr(server, "_SILENT_PEER_MS", 2000)
    # Small, so that who does not read is behind within seconds.
    monkeypatch.setattr(server, "_SEND_BUFFER_BYTES", 16 * 1024)
    race = FakeRace(tmp_path)
    events = round(30 * seconds)
    race.hub = Hub(keep=events // 3)
    view = RaceView("City run", tmp_path, ("finish",), CLUB)
    app = create_app(race.hub, race.archive, view, most_viewers=sum(viewers))
    page = Server(app, port=0)
    url = page.start()
    try:
        with crowd(url, reading, pausing, deaf, events) as process:
            assert wait_for(lambda: len(race.hub._subscriptions) == sum(viewers))
            took = run_race(race, events, seconds)
            # Who never reads is let go, down to the buffers of the system.
            assert wait_for(lambda: len(race.hub._subscriptions) <= reading + pausing)
            lines = page._server.server_state.connections
            assert sys.platform != "linux" or wait_for(lambda: len(lines) <= reading + pausing)
            process.stdin.write("\n")
            process.stdin.flush()
            heard = json.loads(process.stdout.readline())
    finally:
        page.stop()
    print(f"publishing: median {median(took):.3f} ms, worst {max(took):.1f} ms")
    assert median(took) < GENEROUS_MS / 10
    # Nobody who is slow holds the race up. That a busy machine stands still once is no fault.
    assert quantiles(took, n=50)[-1] < GENEROUS_MS
    for one in heard["reading"]:
        assert one is not None
        assert one["seqs"] == list(range(one["snapshots"][0] + 1, events + 1)), "every event, once"
        assert len(one["snapshots"]) == 1
    assert len(heard["reading"]) == reading
    for one in heard["pausing"]:
        assert one is not None, "a viewer who comes back hears how it stands or is sent away"
        assert one["closed"] is not None or len(one["snapshots"]) > 1
        assert one["seqs"] == sorted(set(one["seqs"]))


def test_twenty_viewers_for_two_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(tmp_path, monkeypatch, (10, 5, 5), 2.0)


def test_two_hundred_viewers_for_ten_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(tmp_path, monkeypatch, (100, 50, 50), 10.0)


def test_one_viewer_too_many_is_told_so(tmp_path: Path) -> None:
    race = FakeRace(tmp_path)
    view = RaceView("City run", tmp_path)
    app = create_app(race.hub, race.archive, view, most_viewers=2)
    with TestClient(app, "http://localhost") as client:
        line = "ws://localhost/ws"
        with client.websocket_connect(line) as first, client.websocket_connect(line):
            first.receive_text()
            with (
                client.websocket_connect(line) as third,
                pytest.raises(WebSocketDisconnect) as closed,
            ):
                third.receive_text()
            assert (closed.value.code, closed.value.reason) == (1013, "2 viewers are here already")
        with client.websocket_connect(line) as fourth:
            assert '"hello"' in fourth.receive_text(), "those who left have made room"
