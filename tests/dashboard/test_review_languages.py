"""The page of a review speaks the languages of the other pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.review import create_review_app
from dashboard.server import Server
from engines.train.labelled.judged import Review
from engines.train.labelled.suspicious import Doubt
from engines.types import Kind
from tests.dashboard.test_page_languages import TEXTS, marked
from tests.dashboard.test_review import begun, labels

KNOWN = """async () => {
    const { TEXTS } = await import("/static/texts.js");
    return Object.fromEntries(Object.entries(TEXTS).map(([code, { review }]) =>
        [code, [Object.keys(review.kind), Object.keys(review.doubt)]]));
}"""


@pytest.fixture
def made(tmp_path: Path) -> Review:
    return begun(labels(tmp_path), tmp_path / "out")


@pytest.fixture
def url(made: Review) -> Iterator[str]:
    server = Server(create_review_app(made), port=0)
    yield server.start()
    server.stop()


def test_every_text_of_the_page_comes_from_the_file_of_texts(
    page: Page, made: Review, url: str
) -> None:
    page.route("**/static/words.js", marked)
    page.goto(url)
    expect(page.locator(".annotation")).to_have_count(4)
    texts = page.evaluate(TEXTS)
    assert len([text for text in texts if text.startswith("§")]) > 30
    told = {*(one.reason for one in made.suspicions), *made.to_json()["problems"]}
    told |= {f"{row['picture']}, {row['where']}" for row in made.to_json()["suspicions"]}
    assert {text for text in texts if not text.startswith("§")} <= told


def test_what_may_be_under_review_has_a_name_in_every_language(page: Page, url: str) -> None:
    page.goto(url)
    wanted = [[kind.name.lower() for kind in Kind], [doubt.value for doubt in Doubt]]
    known = page.evaluate(KNOWN)
    assert known == dict.fromkeys(("en", "fr", "de", "it"), wanted)


def test_the_page_in_german_and_back(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url}?lang=de")
    first = page.locator(".annotation").first
    expect(first.locator("h2")).to_have_text("Startnummer „100“: doppelter Rahmen")
    expect(page.locator("#progress")).to_have_text("0 von 4 entschieden, 0 abgelehnt")
    # The measurement is told as the command line tells it, and said to be English.
    expect(first.locator(".words p").first).to_have_attribute("lang", "en")
    (tmp_path / "out").rmdir()
    page.keyboard.press("a")
    expect(page.locator("#error")).to_contain_text("Die Entscheidung konnte nicht gesichert werden")
    (tmp_path / "out").mkdir()
    # Letters that are typed into the list of languages judge nothing.
    page.locator("#language").focus()
    page.keyboard.press("r")
    page.locator("#language").select_option("en")
    expect(page.locator("#progress")).to_have_text("0 of 4 decided, 0 rejected")


@pytest.mark.parametrize("language", ["en", "fr", "de", "it"])
def test_nothing_is_wider_than_a_small_phone(page: Page, url: str, language: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{url}?lang={language}")
    expect(page.locator(".annotation")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
