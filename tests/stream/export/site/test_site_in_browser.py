"""The pages as a runner meets them: opened from the disk in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from stream.export.race import ExportRace
from stream.export.site.export import SiteOptions, export_site
from tests.stream.export.finishers import entry, record_race, track
from tests.stream.sources.footage import make_video

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
NAMES = {
    "101": "Jürgen Groß",
    "10": "Łukasz Żak",
    "1": "Søren O'Neill-Ødegård",
    "B27": '<img src=x onerror="window.hacked=true">',
    "204": "Jean-Baptiste de la Rochefoucauld-Liancourt de Villeneuve",
}
VISIBLE = "#runners li:not([hidden]) .digits"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a race's pages; bib 101 has a still and a clip."""
    folder = tmp_path_factory.mktemp("site") / "race"
    listed = [entry(bib, name, "TV Nord") for bib, name in NAMES.items()]
    record_race(folder, [track(n, bib, 10.0 * n) for n, bib in enumerate(NAMES, 1)], listed)
    with ExportRace.open(folder) as race:
        still = cv2.imencode(".jpg", np.full((400, 200, 3), 90, np.uint8))[1].tobytes()
        race.manifest.write("stills/101-1.jpg", "still", still, bib="101", camera="finish")
        film = make_video(folder / "film.mp4").read_bytes()
        race.manifest.write("clips/101.mp4", "clip", film, bib="101", camera="finish")
        export_site(race, None, SiteOptions())
        return race.out


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs a browser: {CHROMIUM} is missing (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield browser
        browser.close()


def opened(browser: Browser, file: Path, **settings: object) -> Iterator[Page]:
    """A page; anything that its rules of content forbid or that fails fails the test."""
    context = browser.new_context(timezone_id="Europe/Berlin", **settings)  # type: ignore[arg-type]
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.goto(file.as_uri())
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    yield from opened(browser, site / "index.html", viewport={"width": 1280, "height": 800})


@pytest.fixture
def phone(browser: Browser, site: Path) -> Iterator[Page]:
    yield from opened(
        browser, site / "index.html", viewport={"width": 320, "height": 640}, color_scheme="dark"
    )


@pytest.fixture
def unscripted(browser: Browser, site: Path) -> Iterator[Page]:
    yield from opened(browser, site / "index.html", java_script_enabled=False)


@pytest.mark.parametrize(
    ("query", "bibs"),
    [
        pytest.param("", list(NAMES), id="nothing asked"),
        pytest.param("101", ["101"], id="a bib"),
        pytest.param("1", ["1", "101", "10"], id="the exact bib first"),
        pytest.param("b2", ["B27"], id="a bib's beginning, small letters"),
        pytest.param("jurgen", ["101"], id="no accents"),
        pytest.param("JUERGEN gross", ["101"], id="spelt out, capitals"),
        pytest.param("Jürgen Groß", ["101"], id="as written"),
        pytest.param("lukasz zak", ["10"], id="letters without a mark of their own"),
        pytest.param("neill", ["1"], id="part of a name"),
        pytest.param("o'neill", ["1"], id="an apostrophe"),
        pytest.param("oneill", ["1"], id="an apostrophe left out"),
        pytest.param("de la roche", ["204"], id="several words"),
        pytest.param(" - ", list(NAMES), id="no letter or digit"),
        pytest.param("10 zak", ["10"], id="bib and name"),
        pytest.param("tv nord", list(NAMES), id="a club"),
        pytest.param("xyz", [], id="nobody"),
    ],
)
def test_the_search_narrows_the_list(page: Page, query: str, bibs: list[str]) -> None:
    page.get_by_label("Find your bib or name").fill(query)
    expect(page.locator(VISIBLE)).to_have_count(len(bibs))
    shown = page.locator(VISIBLE).evaluate_all("all => all.map(it => it.lastChild.data)")
    assert shown == bibs
    every = f"{len(NAMES)} runners"
    told = every if len(bibs) == len(NAMES) else f"{len(bibs)} of {every}"
    expect(page.locator("#count")).to_have_text(told)
    expect(page.locator("#nobody")).to_be_visible(visible=not bibs)


def test_an_emptied_search_puts_everybody_back_in_place(page: Page) -> None:
    box = page.get_by_label("Find your bib or name")
    for query in ("1", "10", ""):
        box.fill(query)
    shown = page.locator(VISIBLE).evaluate_all("all => all.map(it => it.lastChild.data)")
    assert shown == list(NAMES)


def test_from_the_search_to_the_clip_and_back(page: Page) -> None:
    page.get_by_label("Find your bib or name").fill("jurgen")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Jürgen Groß")
    expect(page.locator("time[data-moment=full]")).to_have_text("3 May 2026 at 11:30:10.0 CEST")
    still = page.get_by_role("img", name="still of Bib 101, Jürgen Groß, camera finish")
    assert still.evaluate("async it => { await it.decode(); return it.naturalHeight }") == 400
    video = page.locator("video")
    video.evaluate("async it => { it.muted = true; await it.play() }")
    assert video.evaluate("it => it.videoWidth") == 160
    page.get_by_role("link", name="10 Łukasz Żak").click()
    expect(page.locator("h1")).to_have_text("Łukasz Żak")
    page.get_by_role("link", name="All runners").click()
    expect(page.locator(VISIBLE)).to_have_count(len(NAMES))


def test_a_name_is_never_markup(page: Page) -> None:
    page.locator("a[data-bib=B27]").click()
    expect(page.locator("h1")).to_have_text(NAMES["B27"])
    assert page.evaluate("window.hacked") is None


def test_a_click_on_a_runner_opens_the_page(page: Page) -> None:
    page.get_by_role("link", name="Bib 204").click()
    expect(page.locator("h1")).to_have_text(NAMES["204"])


def test_hiding_a_runner_does_not_number_the_others_anew(page: Page) -> None:
    # As list items, 6000 runners took a browser 100 s per letter of a search; as blocks 0.1 s.
    displays = page.locator("#runners li").evaluate_all(
        "all => [...new Set(all.map(it => getComputedStyle(it).display))]"
    )
    assert displays == ["block"]


@pytest.mark.parametrize("bib", [None, "101", "204"])
def test_nothing_is_wider_than_a_small_phone(phone: Page, bib: str | None) -> None:
    if bib is not None:
        phone.locator(f"a[data-bib='{bib}']").click()
        expect(phone.locator("h1")).to_have_text(NAMES[bib])
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320
    ground = phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(11, 15, 16)"


def test_without_scripts_it_is_a_plain_list(unscripted: Page) -> None:
    expect(unscripted.locator("#find")).to_be_hidden()
    expect(unscripted.locator("#runners li")).to_have_count(len(NAMES))
    expect(unscripted.locator(".summary")).to_contain_text("Camera times, UTC")
    unscripted.get_by_role("link", name="Bib 101").click()
    expect(unscripted.locator("h1")).to_have_text("Jürgen Groß")
    expect(unscripted.locator("time[data-moment=full]")).to_have_text("2026-05-03, 09:30:10.0 UTC")
