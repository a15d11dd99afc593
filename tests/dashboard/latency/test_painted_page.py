"""A real browser says when it has painted a tag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from dashboard.latency.journey import Journey
from stream.clock import now_ns
from stream.types import State, Tagged
from tests.dashboard.fakes import BOX
from tests.dashboard.stage import PATIENCE_MS, Stage, row, visit, wait_for


class LiveStage(Stage):
    """Its tags have just been captured, and its status tells of latency."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        painted = self.view.painted
        self.server.stop()
        self.view = replace(self.view, status=lambda: {"latency": painted.summary()})
        self.rise()

    def tag(self, track_id: int, bib: str, state: State = State.CONFIRMED) -> int:
        """A tag of a frame of a quarter of a second ago."""
        now = now_ns()
        past = now - 250_000_000
        seq = self.race.hub.last_seq + 1
        self.view.painted.send(Journey(seq, "finish", track_id, bib, True, past, past, past, now))
        assert self.race.tagged(track_id, bib, state) == seq
        return seq

    def corrected(self, track_id: int, bib: str) -> int:
        """Somebody sets the bib right; the ledger would believe a report of it."""
        now = now_ns()
        seq = self.race.hub.last_seq + 1
        self.view.painted.send(Journey(seq, "finish", track_id, bib, True, now, now, now, now))
        tag = Tagged(
            "finish", track_id, 1, now, BOX, bib, State.CORRECTED, 1.0, 3, None, True, correction=1
        )
        assert self.race.tell(tag) == seq
        return seq

    def reported(self) -> list[int]:
        return [tag.journey.seq for tag in self.view.painted.tags()]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveStage]:
    stage = LiveStage(tmp_path)
    yield stage
    stage.server.stop()


Clocks = list[list[object]]


@pytest.fixture
def clocks(page: Page) -> Clocks:
    """What the page is told of the server's clock, on each of its lines."""
    lines: Clocks = []

    def opened(line: WebSocket) -> None:
        told: list[object] = []
        lines.append(told)
        line.on("framereceived", lambda it: told.append(it) if '"clock"' in str(it) else None)

    page.on("websocket", opened)
    return lines


def settled(page: Page, clocks: Clocks) -> None:
    """Until the page knows the server's clock, by an answer on its newest line."""
    for _ in range(PATIENCE_MS // 20):
        if clocks[-1]:
            return
        page.wait_for_timeout(20)
    raise AssertionError("the page was not told the time")


def test_a_painted_tag_is_reported_and_makes_the_status(
    page: Page, live: LiveStage, clocks: Clocks
) -> None:
    live.race.opened(1)
    past = live.tag(1, "101", State.SEEN)
    visit(page, live)
    expect(row(page, "101")).to_be_visible()
    settled(page, clocks)
    assert page.request.get(f"{live.url}api/status").json()["latency"] is None
    seq = live.tag(1, "101")
    assert wait_for(lambda: live.reported() == [seq]), "and nothing of the past"
    assert past not in live.reported()
    latency = page.request.get(f"{live.url}api/status").json()["latency"]
    assert set(latency) == {"median_ms", "p95_ms", "tags", "target_median_ms", "target_p95_ms"}
    assert latency["tags"] == 1
    (tag,) = live.view.painted.tags()
    assert latency["median_ms"] + tag.uncertainty_ms >= 250, "painted after it was told"
    assert latency["median_ms"] == latency["p95_ms"] == round(tag.latency_ms)
    assert live.view.painted.left_out == 0


def test_what_comes_after_a_break_is_the_past(page: Page, live: LiveStage, clocks: Clocks) -> None:
    visit(page, live)
    settled(page, clocks)
    live.race.opened(1)
    port = live.port
    live.server.stop()
    missed = live.tag(1, "101")
    live.serve(port)
    expect(row(page, "101")).to_be_visible()
    settled(page, clocks)
    seq = live.tag(1, "107")
    assert wait_for(lambda: seq in live.reported())
    assert missed not in live.reported()


def test_a_hidden_page_reports_nothing(page: Page, live: LiveStage, clocks: Clocks) -> None:
    visit(page, live)
    settled(page, clocks)
    live.race.opened(1)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})"
    )
    unseen = live.tag(1, "101")
    expect(row(page, "101")).to_be_visible()
    page.evaluate("delete document.hidden")
    seq = live.tag(1, "107")
    assert wait_for(lambda: seq in live.reported())
    assert unseen not in live.reported()


def test_tags_taken_back_are_not_reported(page: Page, live: LiveStage, clocks: Clocks) -> None:
    visit(page, live)
    settled(page, clocks)
    live.race.opened(1)
    live.tag(1, "101")
    assert wait_for(lambda: bool(live.reported()))
    live.race.tagged(1, None)
    seq = live.tag(1, "107")
    assert wait_for(lambda: seq in live.reported())
    assert live.view.painted.left_out == 0, "the tag taken back is unknown to the ledger"


def test_a_correction_is_painted_and_not_reported(
    page: Page, live: LiveStage, clocks: Clocks
) -> None:
    visit(page, live)
    settled(page, clocks)
    live.race.opened(1)
    before = live.tag(1, "101")
    assert wait_for(lambda: live.reported() == [before])
    live.corrected(1, "107")
    expect(row(page, "107")).to_be_visible()
    after = live.tag(1, "108")
    assert wait_for(lambda: after in live.reported())
    assert live.reported() == [before, after], "no frame has brought the correction about"
    assert page.request.get(f"{live.url}api/status").json()["latency"]["tags"] == 2
    assert live.view.painted.left_out == 0
