"""Corrections in real browsers: every page shows them at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.app import create_app
from dashboard.corrections import correction_routes
from dashboard.server import Server
from stream.types import Clock, Crossed
from tests.dashboard.stage import bibs
from tests.dashboard.test_corrections import NAMES, URL, House, said


class Served(House):
    """The race of `House` behind a real server."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        routes = correction_routes(self.store, self.desk, NAMES, str(folder))
        self.server = Server(
            create_app(self.hub, self.store, self.view, corrections=routes), port=0
        )
        self.url = self.server.start()

    def post(self, path: str, body: dict[str, object]) -> int:
        request = Request(
            self.url.rstrip("/") + path,
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        with urlopen(request) as answer:
            return int(answer.status)

    def close(self) -> None:
        self.server.stop()
        self.store.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.close()


def visit(page: Page, served: Served, *shown: str) -> None:
    page.goto(served.url)
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    # The past comes after the greeting.
    expect(page.locator("#runners .digits")).to_have_text(shown)


def test_two_pages_show_a_correction_and_its_undo(
    browser: Browser, page: Page, served: Served
) -> None:
    context = browser.new_context()
    other = context.new_page()
    for one in (page, other):
        visit(one, served, "12")
    served.post(URL, dict(said("bib", 2, bib="101")))
    for one in (page, other):
        runner = one.locator('#runners .runner[data-bib="101"]')
        expect(runner).to_have_attribute("data-state", "corrected")
        expect(runner).to_contain_text("Anna Meier")
        expect(one.locator("#announce")).to_have_text("Corrected: Bib 101, Anna Meier")
    served.post(f"{URL}/1/undo", {})
    for one in (page, other):
        expect(one.locator('#runners .runner[data-bib="101"]')).to_have_count(0)
        assert bibs(one) == ["12"]
    context.close()


def test_who_is_not_a_runner_leaves_the_list_and_stays_away(page: Page, served: Served) -> None:
    visit(page, served, "12")
    served.post(URL, dict(said("not_a_runner", 1)))
    expect(page.locator("#runners .runner")).to_have_count(0)
    # What the race goes on to tell of the track does not bring it back.
    served.hub.publish(Crossed("finish", 1, 1, 0, 8_000_000_000, Clock.FILE))
    served.post(URL, dict(said("bib", 2, bib="7")))
    expect(page.locator('#runners .runner[data-bib="7"]')).to_have_count(1)
    assert bibs(page) == ["7"]
    served.post(f"{URL}/1/undo", {})
    expect(page.locator('#runners .runner[data-bib="12"]')).to_have_count(1)


def test_merged_runners_are_one(page: Page, served: Served) -> None:
    served.post(URL, dict(said("bib", 2, bib="7")))
    visit(page, served, "7", "12")
    served.post(URL, dict(said("merge", 2, other_track_id=1)))
    expect(page.locator("#runners .runner")).to_have_count(1)
    assert bibs(page) == ["7"]
    page.reload()
    expect(page.locator("#runners .runner")).to_have_count(1)
