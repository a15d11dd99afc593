"""How long runners have been on the way: counting while they are in view, then standing still."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from stream.start_list import Entry
from stream.types import Clock
from stream.waves import Starts
from tests.dashboard.fakes import SECOND, TEN_O_CLOCK, FakeEntries, preview
from tests.dashboard.stage import Stage, row, visit, wait_for

HOUR = 3600 * SECOND
LATER = "later"
NAMES = FakeEntries(
    {
        "101": Entry("101", "Anna", "Meier", "TV Nord", "W40", "A", "Thun", "SUI"),
        "7": Entry("7", "Jo", "Li", wave="b "),
        "8": Entry("8", "Bo", "Ek", wave=LATER),
    }
)
STARTS = Starts(
    TEN_O_CLOCK - 2 * HOUR, {"A": TEN_O_CLOCK - HOUR - SECOND // 2, "B": TEN_O_CLOCK - HOUR // 2,
                             LATER: TEN_O_CLOCK + HOUR},
)  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path, NAMES, starts=STARTS)
    yield stage
    stage.server.stop()


def elapsed(page: Page, bib: str) -> Locator:
    return row(page, bib).locator(".facts .elapsed")


def runner(wave: str | None = None, **facts: object) -> dict[str, Any]:
    entry = None if wave is None else {"wave": wave}
    return {"entry": entry, "crossingNs": None, "inView": True, **facts}


@pytest.mark.parametrize(
    ("starts", "who", "now_s", "expected_s"),
    [
        pytest.param({}, runner("A"), 100, None, id="no starts"),
        pytest.param(None, runner("A"), 100, None, id="a server that tells none"),
        pytest.param({"gun_utc_ns": 40e9}, runner("A"), 100, 60, id="the gun"),
        pytest.param({"gun_utc_ns": 40e9}, runner(), 100, 60, id="not on the start list"),
        pytest.param(
            {"gun_utc_ns": 40e9, "waves": {"A": 50e9}}, runner(" a"), 100, 50, id="the wave"
        ),
        pytest.param(
            {"gun_utc_ns": None, "waves": {"A": 50e9}}, runner("B"), 100, None, id="another wave"
        ),
        pytest.param(
            {"gun_utc_ns": 40e9}, runner(crossingNs=70e9, inView=False), 100, 30, id="across"
        ),
        pytest.param({"gun_utc_ns": 40e9}, runner(inView=False), 100, None, id="gone, not across"),
        pytest.param(
            {"gun_utc_ns": 40e9}, runner(crossingNs=30e9), 100, None, id="across before the start"
        ),
        pytest.param({"gun_utc_ns": 40e9}, runner(), 30, None, id="the start is to come"),
    ],
)
def test_elapsed_times(
    page: Page, stage: Stage, starts: object, who: object, now_s: float, expected_s: float | None
) -> None:
    page.goto(stage.url)
    found = page.evaluate(
        """async ([told, runner, nowNs]) => {
            const { Starts, elapsedNs } = await import("/static/elapsed.js");
            const starts = told === null ? new Starts() : new Starts(told);
            return elapsedNs(runner, starts.of(runner), nowNs);
        }""",
        [starts, who, now_s * 1e9],
    )
    assert found == (None if expected_s is None else expected_s * 1e9)


def grown(texts: set[str], text: str) -> int:
    """How many different texts there were."""
    texts.add(text)
    return len(texts)


def test_the_time_runs_in_view_and_stands_still_behind_the_line(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    running = elapsed(page, "101")
    expect(running).to_contain_text("So far")
    # Whole seconds while it runs: an hour, half a second, and one second since the runner came.
    texts: set[str] = set()
    assert wait_for(lambda: grown(texts, running.locator("dd").inner_text()) > 2)
    assert all(re.fullmatch(r"1:00:\d\d", text) for text in texts), texts
    expect(page.locator("#latest .elapsed.running")).to_contain_text("So far")
    stage.race.crossed(1)
    expect(elapsed(page, "101")).to_have_text("Gun time1:00:01.5")
    expect(page.locator("#latest .elapsed")).to_have_text("Gun time1:00:01.5")
    stage.race.now_ns += 50 * SECOND
    stage.race.opened(2)
    expect(page.locator("#count-view")).to_have_text("2")
    expect(elapsed(page, "101")).to_have_text("Gun time1:00:01.5")
    # The picture's time sets the clock where nothing happens.
    stage.race.runner(3, "7")
    expect(elapsed(page, "7").locator("dd")).to_contain_text("0:30:5")


def test_pictures_set_the_clock(page: Page, stage: Stage) -> None:
    stage.race.now_ns = TEN_O_CLOCK - 20 * SECOND
    stage.race.runner(1, "7")
    visit(page, stage)
    expect(elapsed(page, "7").locator("dd")).to_contain_text("0:29:4")
    stage.race.hub.show(preview())
    expect(elapsed(page, "7").locator("dd")).to_contain_text("0:30:0")


def test_a_start_after_the_crossing_shows_nothing(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "8")
    expect(row(page, "8")).to_be_visible()
    expect(elapsed(page, "8")).to_be_hidden()
    stage.race.crossed(1)
    expect(row(page, "8").locator(".crossed")).to_be_visible()
    expect(elapsed(page, "8")).to_have_count(0)


def test_somebody_who_leaves_without_crossing_has_no_time(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    expect(elapsed(page, "101")).to_be_visible()
    stage.race.closed(1)
    expect(elapsed(page, "101")).to_have_count(0)


def test_a_time_of_arrival_is_about_right(page: Page, stage: Stage) -> None:
    stage.race.runner(1, "555")
    stage.race.crossed(1, Clock.ARRIVAL)
    visit(page, stage)
    expect(elapsed(page, "555")).to_have_text("Gun time≈ 2:00:01.0")


def test_the_town_stands_beside_the_club(page: Page, stage: Stage) -> None:
    stage.race.runner(1, "101")
    visit(page, stage)
    expect(row(page, "101").locator(".more")).to_have_text("TV Nord · Thun, SUI · W40 · Wave A")
