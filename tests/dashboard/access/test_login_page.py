"""Signing in, in a real browser that the server takes for another machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.server import Server
from dashboard.serving import login_url
from tests.dashboard.fakes import FakeRace
from tests.dashboard.stage import RUNNERS


class Gate:
    """A race whose every viewer needs a token."""

    def __init__(self, folder: Path) -> None:
        self.tokens = Tokens(folder)
        self.race = FakeRace(folder)
        view = RaceView("City run", folder, ("finish",), RUNNERS, time_zone="UTC")
        access = Access(folder, require_token=True)
        app = create_app(self.race.hub, self.race.archive, view, access=access, most_viewers=1)
        self.server = Server(app, port=0)
        self.url = self.server.start()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path)
    yield gate
    gate.server.stop()


def test_a_scanned_address_signs_in_and_leaves_no_trace(page: Page, gate: Gate) -> None:
    token = gate.tokens.add("tablet", Role.VIEWER)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(login_url(gate.url, token))
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    assert page.url == gate.url
    assert not any(token in url for url in asked if not url.startswith(f"{gate.url}login#"))
    assert page.evaluate("document.cookie") == "", "no script can read the session"
    page.go_back()
    assert token not in page.url


def test_who_is_not_signed_in_is_asked_and_can_type(page: Page, gate: Gate) -> None:
    token = gate.tokens.add("tablet", Role.OPERATOR)
    page.goto(gate.url)
    expect(page).to_have_url(gate.url + "login")
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(
        "This token is not known here. Ask for a new one."
    )
    page.get_by_label("Token").fill(token)
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_have_attribute("data-state", "live")


def test_guessing_is_told_to_wait(page: Page, gate: Gate) -> None:
    page.goto(gate.url)
    for _ in range(6):
        page.get_by_label("Token").fill("wrong")
        with page.expect_response("**/api/login"):
            page.keyboard.press("Enter")
        expect(page.get_by_role("button")).to_be_enabled()
    expect(page.get_by_role("alert")).to_contain_text("Too many wrong tokens. Wait")


def test_a_removed_token_ends_on_the_page_with_a_way_back(page: Page, gate: Gate) -> None:
    page.goto(login_url(gate.url, gate.tokens.add("tablet", Role.VIEWER)))
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    gate.tokens.remove("tablet")
    expect(page.locator("#outdated")).to_have_text("You are signed out. Sign in")
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(gate.url + "login")


def test_one_page_too_many_says_so_and_comes_in_later(page: Page, gate: Gate) -> None:
    address = login_url(gate.url, gate.tokens.add("tablet", Role.VIEWER))
    first = page.context.new_page()
    first.goto(address)
    expect(first.locator("#line")).to_have_attribute("data-state", "live")
    page.goto(gate.url)
    expect(page.locator("#outdated")).to_contain_text("As many pages are open as this computer")
    first.close()
    expect(page.locator("#line")).to_have_attribute("data-state", "live")


@pytest.mark.parametrize(
    ("language", "title"),
    [("de-CH", "Anmelden"), ("fr", "Se connecter"), ("it", "Accedi"), ("rm", "Sign in")],
)
def test_the_page_speaks_its_readers_language(
    page: Page, gate: Gate, language: str, title: str
) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(locale=language)
    try:
        other = context.new_page()
        other.goto(gate.url)
        expect(other.get_by_role("heading")).to_have_text(title)
    finally:
        context.close()
