"""The overlay in a real browser, as OBS shows it: transparent, and only runners."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image as Pictures
from playwright.sync_api import Page, expect

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.server import Server
from stream.types import State
from stream.waves import Starts
from tests.dashboard.fakes import SECOND, TEN_O_CLOCK, FakeRace
from tests.dashboard.stage import RUNNERS, Stage


def watch(page: Page, stage: Stage, query: str = "") -> None:
    """Open the overlay and wait until it has asked once."""
    with page.expect_response("**/api/scoreboard.json*"):
        page.goto(f"{stage.url}overlay{query}")


def test_the_newest_confirmed_fades_in_and_out(page: Page, stage: Stage) -> None:
    stage.race.runner(1, "7")
    watch(page, stage, "?seconds=2")
    page.wait_for_timeout(600)
    expect(page.locator(".runner")).to_have_count(0)
    stage.race.opened(2)
    stage.race.tagged(2, "101", State.SEEN)
    page.wait_for_timeout(600)
    expect(page.locator(".runner")).to_have_count(0)
    stage.race.tagged(2, "101")
    # Looked for in every frame and read at once: it goes by itself.
    shown = page.wait_for_function("() => document.querySelector('.runner.shown')?.innerText")
    assert shown.json_value().split("\n") == ["101", "Anna Meier", "TV Nord"]
    expect(page.locator(".runner")).to_have_count(0)


def test_so_many_at_a_time_and_those_taken_back_leave(page: Page, stage: Stage) -> None:
    watch(page, stage, "?n=2&seconds=0")
    for track_id, bib in enumerate(("101", "7", "55"), start=1):
        stage.race.runner(track_id, bib)
    shown = page.locator(".runner.shown .bib")
    expect(shown).to_have_text(["7", "55"])
    expect(page.locator(".runner.shown .name").last).to_have_text("Bib 55")
    stage.race.tagged(3, None)
    expect(shown).to_have_text(["7"])


def test_the_gun_time_comes_when_the_line_is_crossed(page: Page, tmp_path: Path) -> None:
    stage = Stage(tmp_path, starts=Starts(TEN_O_CLOCK - 1800 * SECOND))
    try:
        stage.race.runner(1, "101")
        watch(page, stage, "?seconds=0")
        expect(page.locator(".runner.shown .more")).to_have_text("TV Nord")
        stage.race.crossed(1)
        expect(page.locator(".runner.shown .more")).to_have_text("TV Nord · 0:30:01.0")
        expect(page.locator(".runner")).to_have_count(1)
    finally:
        stage.server.stop()


def test_kept_without_an_end_the_newest_is_there_from_the_start(page: Page, stage: Stage) -> None:
    stage.race.runner(1, "101")
    stage.race.runner(2, "7")
    watch(page, stage, "?seconds=0")
    expect(page.locator(".runner.shown .bib")).to_have_text(["7"])


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_all_but_the_runner_is_transparent(page: Page, stage: Stage, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    watch(page, stage, "?n=3&seconds=0")
    for track_id, bib in enumerate(("7", "101", "1432"), start=1):
        stage.race.runner(track_id, bib)
    expect(page.locator(".runner.shown")).to_have_count(3)
    # Faded in to the end.
    content = page.screenshot(omit_background=True, animations="disabled")
    picture = Pictures.open(io.BytesIO(content)).convert("RGBA")
    assert picture.getpixel((10, 10)) == (0, 0, 0, 0)
    box = picture.getchannel("A").point(lambda alpha: 255 * (alpha > 250)).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert top > 0.4 * size[1], "the lower part only"
    assert left >= 0.04 * size[0] and right <= 0.96 * size[0] and bottom <= 0.95 * size[1]
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_with_a_token_of_its_own_and_without_a_word_on_air(page: Page, tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    token = tokens.add("obs", Role.FEED)
    race = FakeRace(tmp_path)
    view = RaceView("City run", tmp_path, (), RUNNERS)
    access = Access(tmp_path, require_token=True)
    server = Server(create_app(race.hub, race.archive, view, access=access), port=0)
    url = server.start()
    try:
        page.goto(f"{url}overlay#token=wrong")
        expect(page.get_by_role("alert")).to_contain_text("finishline access add obs --role feed")
        for address in (f"{url}overlay?seconds=0&token={token}", f"{url}overlay#token={token}"):
            page.goto("about:blank")
            with page.expect_response("**/api/scoreboard.json*") as answer:
                page.goto(address)
            assert answer.value.status == 200
        expect(page.get_by_role("alert")).to_be_hidden()
        race.runner(1, "101")
        expect(page.locator(".runner.shown .bib")).to_have_text(["101"])
        tokens.remove("obs")
        # It asks again only once it has taken in the answer.
        for _ in range(2):
            page.wait_for_event("response", lambda answer: answer.status == 401)
        assert httpx.get(f"{url}api/scoreboard.json?token={token}").status_code == 401
        expect(page.locator("#setup")).to_be_hidden()
    finally:
        server.stop()
