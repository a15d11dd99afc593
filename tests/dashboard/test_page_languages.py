"""Every text of the page is there in every language, and the page speaks the one asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dashboard.app import STATIC
from stream.types import Clock, State
from tests.dashboard.stage import Stage, row, visit

LEAVES = """async () => {
    const { TEXTS } = await import("/static/texts.js");
    // The keys of a keyboard have another name in every language.
    for (const { operator } of Object.values(TEXTS)) operator.key = Object.values(operator.key);
    const leaves = (words, path) => Object.entries(words).flatMap(([key, value]) =>
        typeof value === "object" ? leaves(value, `${path}${key}.`)
            : [[path + key, typeof value === "function" ? value.length : value.trim() !== ""]]);
    return Object.fromEntries(Object.entries(TEXTS).map(([code, words]) =>
        [code, Object.fromEntries(leaves(words, ""))]));
}"""
"""Of each text its path, with whether it says anything or how many blanks it has to fill."""


def test_all_languages_have_the_same_texts(page: Page, stage: Stage) -> None:
    page.goto(stage.url)
    leaves = page.evaluate(LEAVES)
    assert set(leaves) == {"en", "fr", "de", "it"}
    assert len(leaves["en"]) > 300
    pages = {
        *("shared", "live", "operator", "cameras", "status", "gallery", "login", "overlay"),
        *("review", "refusals"),
    }
    assert {path.split(".")[0] for path in leaves["en"]} == pages
    assert [path for path, said in leaves["en"].items() if said is False] == []
    for code in ("fr", "de", "it"):
        assert leaves[code] == leaves["en"], code


def marked(route: Route) -> None:
    """The texts with a mark at the beginning of each, so that any other text stands out."""
    source = (STATIC / "words.js").read_text()
    told = "{ shared, ...pages } = TEXTS[LANGUAGE];"
    assert told in source
    mark = """{ shared, ...pages } = mark(TEXTS[LANGUAGE]);
        function mark(it) {
            if (typeof it === "string") return `§${it}`;
            if (typeof it === "function") return (...filled) => `§${it(...filled)}`;
            return Object.fromEntries(Object.entries(it).map(([key, value]) => [key, mark(value)]));
        }"""
    route.fulfill(body=source.replace(told, mark), content_type="text/javascript")


TEXTS = """() => {
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        if (!walk.currentNode.parentElement.closest("noscript, script, #language")) {
            found.push(walk.currentNode.textContent.trim());
        }
    }
    for (const element of document.body.querySelectorAll("*:not(option)")) {
        for (const name of ["title", "aria-label", "placeholder", "alt"]) {
            found.push((element.getAttribute(name) ?? "").trim());
        }
    }
    return found.filter((text) => /\\p{L}{2,}/u.test(text));
}"""
"""All texts with a word in them, also those hidden now and those only read aloud."""


def test_every_text_comes_from_the_file_of_texts(page: Page, tmp_path: Path) -> None:
    camera = {"name": "finish", "state": "playing", "fps": 25, "recording": {"state": "recording"}}
    stage = Stage(tmp_path, status={"cameras": [camera, {"name": "approach", "state": "ended"}]})
    try:
        page.route("**/static/words.js", marked)
        stage.race.runner(1, "101")
        stage.race.crossed(1, Clock.ARRIVAL)
        stage.race.opened(2)
        stage.race.tagged(2, "9911", State.SEEN, listed=False)
        stage.race.crossed(2)
        stage.race.opened(3)
        visit(page, stage)
        expect(page.locator(".camera-health").first).to_contain_text("§")
        expect(page.locator("#runners .group")).to_contain_text("§Group of 2")
        told = {"City run", "Anna Meier", "TV Nord", "finish", "approach"}
        texts = page.evaluate(TEXTS)
        assert len([text for text in texts if text.startswith("§")]) > 40
        assert [text for text in texts if not text.startswith("§") and text not in told] == []
    finally:
        stage.server.stop()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(["de-CH", "en"], "de", id="a country's German"),
        pytest.param(["FR"], "fr", id="in capitals"),
        pytest.param(["nl", "it", "en"], "it", id="the first there is"),
        pytest.param(["nl"], "en", id="none there is"),
        pytest.param([], "en", id="nothing wanted"),
        pytest.param([None, "toString", "de"], "de", id="nonsense asked for"),
    ],
)
def test_which_language(page: Page, stage: Stage, wanted: list[str | None], expected: str) -> None:
    page.goto(stage.url)
    found = page.evaluate(
        """async (wanted) => (await import("/static/language.js")).chooseLanguage(wanted)""",
        wanted,
    )
    assert found == expected


def test_the_browsers_language_until_another_is_chosen(browser: Browser, stage: Stage) -> None:
    context = browser.new_context(locale="de-CH")
    page = context.new_page()
    visit(page, stage)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator(".list h2")).to_have_text("Läufer")
    page.locator("#language").select_option("fr")
    expect(page.locator(".list h2")).to_have_text("Coureurs")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    # The address wins, and a choice made there wins over the address.
    page.goto(f"{stage.url}?lang=it")
    expect(page.locator(".list h2")).to_have_text("Corridori")
    page.locator("#language").select_option("en")
    expect(page.locator(".list h2")).to_have_text("Runners")
    expect(page).to_have_url(stage.url)
    context.close()


def test_figures_and_states_are_in_the_language_too(page: Page, stage: Stage) -> None:
    stage.race.opened(1)
    stage.race.tagged(1, "101", posterior=0.99871)
    page.goto(f"{stage.url}?lang=de")
    expect(row(page, "101").locator(".sure dd")).to_have_text("99,8 %")
    expect(row(page, "101").locator(".chip").first).to_have_text("Bestätigt")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("playing", "läuft"),
        ("opening", "öffnet"),
        ("ended", "zu Ende"),
        ("closed", "geschlossen"),
        ("recording", "nimmt auf"),
        ("waiting for a key frame", "wartet auf ein Schlüsselbild"),
        ("reconnecting in 2.5 s: no route: 10.0.0.7", "verbindet in 2.5 s neu: no route: 10.0.0.7"),
        ("recording stopped: the disk is full", "Aufnahme angehalten: the disk is full"),
        ("not recorded: no video", "nicht aufgenommen: no video"),
        ("recording stopped by a fault: X", "recording stopped by a fault: X"),
        ("playingly", "playingly"),
    ],
)
def test_what_the_server_says_of_a_camera(
    page: Page, stage: Stage, told: str, expected: str
) -> None:
    page.goto(f"{stage.url}?lang=de")
    found = page.evaluate(
        """async (told) => (await import("/static/format.js")).stateText(told)""", told
    )
    assert found == expected
