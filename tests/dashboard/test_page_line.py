from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from stream.types import State
from tests.dashboard.stage import Stage, row, visit


def test_after_a_dropped_line_events_go_on_without_loss_or_doubles(
    page: Page, stage: Stage
) -> None:
    frames: list[str] = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda data: frames.append(str(data))))
    visit(page, stage)
    stage.race.runner(1, "101")
    expect(row(page, "101")).to_be_visible()
    stage.server.stop()
    expect(page.locator("#line")).to_contain_text("Not connected")
    expect(page.locator("#outdated")).to_contain_text("may be out of date")
    stage.race.runner(2, "7")
    stage.race.crossed(1)
    stage.serve(stage.port)
    expect(page.locator("#runners .digits")).to_have_text(["7", "101"])
    expect(row(page, "101").locator(".crossed")).to_be_visible()
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    expect(page.locator("#outdated")).to_be_hidden()
    told = [frame for frame in frames if '"snapshot"' in frame]
    assert len(told) == 1, "the second connection must resume"
    for seq in range(1, 6):
        assert sum(f'"seq":{seq},' in frame for frame in frames) == 1


def test_after_a_restart_the_page_catches_up(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    stage.race.runner(2, "7", State.SEEN)
    expect(row(page, "7")).to_be_visible()
    stage.server.stop()
    stage.begin_anew()
    stage.race.tagged(2, "7", State.CONFIRMED)
    stage.race.runner(3, "88")
    stage.rise(stage.port)
    expect(page.locator("#runners .digits")).to_have_text(["88", "7", "101"])
    expect(row(page, "7")).to_have_attribute("data-state", "confirmed")
    stage.race.runner(4, "89")
    expect(page.locator("#runners .digits")).to_have_text(["89", "88", "7", "101"])
    expect(page.locator("#count-confirmed")).to_have_text("4")


def test_events_told_but_lost_with_the_old_server_are_forgotten(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    written, seq = dict(stage.race.archive.rows), stage.race.archive.seq
    stage.race.runner(2, "7")
    expect(row(page, "7")).to_be_visible()
    stage.server.stop()
    # The old process died before the second runner was on disk; the new one uses its numbers.
    stage.race.archive.rows, stage.race.archive.seq = written, seq
    stage.begin_anew()
    for track_id in (3, 4, 5):
        stage.race.runner(track_id, f"{track_id}00")
    stage.rise(stage.port)
    expect(page.locator("#runners .digits")).to_have_text(["500", "400", "300", "101"])


def test_after_a_kill_the_page_catches_up(page: Page, tmp_path: Path) -> None:
    with racer(tmp_path, port=0, past=1, new=1) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator("#runners .digits")).to_have_text(["102", "101"])
    expect(page.locator("#line")).to_contain_text("Not connected")
    with racer(tmp_path, port, past=4, new=1):
        expect(page.locator("#runners .digits")).to_have_text(["105", "104", "103", "102", "101"])
        expect(page.locator("#line")).to_have_attribute("data-state", "live")


@contextmanager
def racer(folder: Path, port: int, past: int, new: int) -> Iterator[int]:
    """A server in a process of its own, killed in the end; gives its port."""
    words = ["-m", "tests.dashboard.racer", str(folder), str(port), str(past), str(new)]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def test_a_silent_line_is_noticed(page: Page, stage: Stage) -> None:
    page.clock.install()
    page.route_web_socket("**/ws*", lambda ws: None)
    page.goto(stage.url)
    expect(page.locator("#line")).to_contain_text("Connecting")
    page.clock.fast_forward(7100)
    expect(page.locator("#line")).to_contain_text("Not connected")
