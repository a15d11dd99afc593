"""The gallery in a real browser, over a real race folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from dashboard.app import create_app
from dashboard.feeds.gallery import PER_PAGE
from dashboard.race_view import Entries, NoEntries, RaceView
from dashboard.server import Server
from stream.hub import Hub
from stream.start_list import Entry, StartList
from stream.store import Store
from stream.types import State
from tests.dashboard.stage import Stage
from tests.dashboard.test_page_languages import TEXTS
from tests.stream.store.builders import opened, tagged
from tests.stream.store.seen_race import ENTRIES, TEN_NS, fill, match, put_photo, sighting

RUNNERS = StartList(tuple(Entry(row.bib, row.name, club=row.club or "") for row in ENTRIES))


class House:
    """A race folder with a page; `n_more` runners in photos beside those of `fill`."""

    def __init__(self, folder: Path, n_more: int = 0) -> None:
        self.store = Store.open(folder / "race")
        fill(self.store, folder / "photos")
        for n in range(n_more):
            seen = [sighting(str(1000 + n), State.CONFIRMED)]
            at_ns = TEN_NS + 10**12 + n
            put_photo(self.store, folder / f"photos/{n}.jpg", f"{n:064x}", seen, at_ns)
        self.store.flush()
        match(folder / "race", "2419", track_id=3)
        view = RaceView("City run", folder / "race", ("finish",), RUNNERS, time_zone="UTC")
        self.hub = Hub(first_seq=999)
        self.server = Server(create_app(self.hub, self.store, view), port=0)
        self.home = self.server.start()
        self.url = f"{self.home}gallery"

    def close(self) -> None:
        self.server.stop()
        self.store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def full_house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, PER_PAGE)
    yield house
    house.close()


def tiles(page: Page) -> Locator:
    return page.locator(".tile")


def visit(page: Page, address: str, n: int = 8) -> None:
    page.goto(address)
    expect(tiles(page)).to_have_count(n)


def test_everybody_with_bib_name_and_state(page: Page, house: House) -> None:
    visit(page, house.url)
    # A picture that is not there is known to be so only once it was asked for; and once greeted
    # the page draws them all again, in the race's time zone.
    expect(tiles(page)).to_have_text(
        [
            "2419 Confirmed Zoë Müller 0:00:02.5 · finish 3",
            "No picture yet 2410 Unsure 0:00:03.0 · finish",
            "2419 Matched Zoë Müller 0:00:12.0 · finish",
            "No picture yet 7 Corrected Ann Ek 0:00:20.0 · finish",
            "No picture yet 2419 Confirmed Zoë Müller 10:00:00 · Photo",
            "No picture yet – Unread 10:00:00 · Photo",
            "No picture yet 24 Unsure 10:01:00 · Photo",
            "No picture yet 2420 Confirmed Bo Li Photo",
        ],
        use_inner_text=True,
    )
    expect(page.locator("#found")).to_have_text("8 found")
    expect(page.locator("#pager")).to_be_hidden()
    expect(page.locator("h1")).to_have_text("City run Gallery")


def test_filters_search_and_time_stand_in_the_address(page: Page, house: House) -> None:
    visit(page, house.url)
    page.get_by_label("Unsure 2").check(force=True)
    expect(tiles(page)).to_have_count(2)
    expect(page).to_have_url(f"{house.url}?filter=unsure")
    page.get_by_label("Bib, name or club").fill("mueller")
    expect(page.get_by_text("Nobody is found")).to_be_visible()
    expect(page).to_have_url(f"{house.url}?q=mueller&filter=unsure")
    page.reload()
    expect(page.get_by_label("Bib, name or club")).to_have_value("mueller")
    page.get_by_role("button", name="Show all").click()
    expect(tiles(page)).to_have_count(8)
    page.get_by_label("From").fill("10:00:30")
    expect(tiles(page)).to_have_count(1)
    page.get_by_role("button", name="Any time").click()
    expect(tiles(page)).to_have_count(8)
    page.go_back()
    expect(tiles(page)).to_have_count(1)


def test_what_is_typed_quickly_is_all_asked_for(page: Page, house: House) -> None:
    visit(page, house.url)
    # As a scanner or a paste types: the page hears of all three before it asks for the first.
    page.evaluate(
        """() => {
          for (const [id, value] of [["q", "mueller"], ["from", "10:00:30"], ["to", "10:00:50"]]) {
            document.getElementById(id).value = value;
            document.getElementById(id).dispatchEvent(new Event("input"));
          }
          document.getElementById("filter-read").click();
        }"""
    )
    expect(page).to_have_url(f"{house.url}?q=mueller&from=10%3A00%3A30&to=10%3A00%3A50&filter=read")
    expect(page.get_by_label("Bib, name or club")).to_have_value("mueller")
    expect(page.get_by_label("From")).to_have_value("10:00:30")


@pytest.mark.parametrize("key", ["ArrowRight", "ArrowLeft"])
def test_an_arrow_leads_into_the_grid(page: Page, house: House, key: str) -> None:
    visit(page, house.url)
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    page.keyboard.press(key)
    expect(tiles(page).first).to_be_focused()


def test_the_grid_by_keyboard(page: Page, house: House) -> None:
    visit(page, house.url)
    # Once greeted the page shows everything anew, in the race's time zone.
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    # The whole grid is one stop of Tab.
    page.locator("#filter-all").focus()
    page.keyboard.press("Tab")
    expect(tiles(page).first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".tile:focus")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    for key, at in (
        ("ArrowRight", 1),
        ("End", 7),
        ("ArrowRight", 7),
        ("ArrowLeft", 6),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        expect(tiles(page).nth(at)).to_be_focused()
    page.keyboard.press("ArrowDown")
    below = page.evaluate("[...document.querySelectorAll('.tile')].indexOf(document.activeElement)")
    assert below > 1
    page.keyboard.press("ArrowUp")
    expect(tiles(page).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{house.url}?bib=2419")
    expect(page.get_by_role("heading", name="Zoë Müller")).to_be_focused()
    page.keyboard.press("Escape")
    expect(tiles(page).first).to_be_focused()
    expect(page).to_have_url(house.url)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_a_runner_asked_for_as_the_page_is_greeted_takes_the_focus(
    page: Page, house: House
) -> None:
    asked: list[Route] = []

    def hold(route: Route) -> None:
        """The first answer comes when the page has asked again, for the race's time zone."""
        asked.append(route)
        if len(asked) > 1:
            for one in asked[:2] if len(asked) == 2 else [route]:
                one.continue_()

    page.route("**/api/runners/2419*", hold)
    page.goto(f"{house.url}?bib=2419")
    expect(page.get_by_role("heading", name="Zoë Müller")).to_be_focused()
    assert len(asked) > 1


def test_pages_are_turned_by_keys_and_buttons(page: Page, full_house: House) -> None:
    visit(page, full_house.url, PER_PAGE)
    tiles(page).first.focus()
    page.keyboard.press("n")
    expect(tiles(page)).to_have_count(8)
    expect(tiles(page).first).to_be_focused()
    expect(page).to_have_url(f"{full_house.url}?page=2")
    expect(page.locator("#page-of")).to_have_text("Page 2 of 2")
    page.keyboard.press("PageUp")
    expect(tiles(page)).to_have_count(PER_PAGE)
    page.get_by_role("button", name="Next page").click()
    expect(page).to_have_url(f"{full_house.url}?page=2")
    page.keyboard.press("p")
    expect(tiles(page)).to_have_count(PER_PAGE)
    page.locator("#q").fill("n")
    expect(page).to_have_url(f"{full_house.url}?q=n")
    page.goto(f"{full_house.url}?page=77")
    expect(tiles(page)).to_have_count(8)
    expect(page).to_have_url(f"{full_house.url}?page=2")


def test_a_runner_with_matched_ones_apart(page: Page, house: House) -> None:
    page.goto(f"{house.url}?bib=2419")
    expect(page.locator(".sightings-of")).to_have_count(2)
    expect(page.locator(".matched-group .sighting-of")).to_have_count(1)
    expect(page.locator(".matched-group")).to_contain_text("The bib was not read here")
    expect(page.locator(".sighting-of").nth(1)).to_contain_text("97.0 % sure · a.jpg")
    expect(page.locator(".sighting-of").nth(1)).to_contain_text(
        "The photo cannot be shown here: its file is not there, or the race’s computer cannot read"
    )
    expect(page.locator(".sighting-of").first.locator("img")).to_have_count(3)
    expect(page).to_have_title(re.compile("^2419 Zoë Müller"))
    page.get_by_role("link", name="All pictures").click()
    expect(tiles(page)).to_have_count(8)
    page.goto(f"{house.url}?bib=99999")
    expect(page.get_by_role("alert")).to_have_text(
        "This bib is neither on the start list nor was it seen."
    )


def test_a_photo_that_is_gone_is_told_in_a_page(page: Page, house: House) -> None:
    visit(page, house.url)
    with page.context.expect_page() as opened_page:
        page.locator('.tile[href*="preview.jpg"]').click()
    notice = opened_page.value
    expect(notice.get_by_role("alert")).to_contain_text("or the race’s computer cannot read it")
    expect(notice).to_have_url(house.url)
    expect(tiles(notice)).to_have_count(8)
    tiles(notice).first.click()
    expect(notice.locator("#gone")).to_be_hidden()


@pytest.mark.parametrize(
    ("listed", "says"), [(RUNNERS, True), (NoEntries(), False)], ids=["a start list", "none"]
)
def test_who_is_not_listed_is_told_where_there_is_a_list(
    page: Page, tmp_path: Path, listed: Entries, says: bool
) -> None:
    with Store.open(tmp_path / "race") as store:
        fill(store, tmp_path / "photos")
        if not says:
            store.replace_start_list([])
        view = RaceView("City run", tmp_path / "race", ("finish",), listed)
        server = Server(create_app(Hub(first_seq=999), store, view), port=0)
        home = server.start()
        try:
            page.goto(f"{home}gallery?bib=2410")
            expect(page.locator(".sighting-of")).to_have_count(1)
            unlisted = page.get_by_text("Not on the start list")
            expect(unlisted).to_have_count(int(says))
            expect(page.locator(".runner-words .quiet-text")).to_have_count(int(says))
            page.goto(f"{home}status")
            page.locator("#q").fill("2410")
            expect(page.locator(".hit-bib").first).to_have_text("2410")
            expect(page.locator(".hit").first.get_by_text("Not on the start list")).to_have_count(
                int(says)
            )
            expect(page.locator(".hit").first.locator(".hit-name")).to_have_count(int(says))
        finally:
            server.stop()


def test_days_are_told_where_the_race_has_several(page: Page, house: House) -> None:
    visit(page, f"{house.url}?lang=de")
    expect(tiles(page).nth(4)).to_contain_text("10:00:00 · Foto")
    expect(tiles(page).nth(4)).not_to_contain_text("Mai")
    next_day = TEN_NS + 24 * 3600 * 10**9
    seen = [sighting("2419", State.CONFIRMED)]
    put_photo(house.store, Path("/photos/d.jpg"), "dd" * 32, seen, next_day)
    house.store.flush()
    visit(page, f"{house.url}?lang=de", 9)
    expect(tiles(page).nth(4)).to_contain_text("3. Mai 10:00:00 · Foto")
    # What has no date has none to tell.
    expect(tiles(page).first).to_contain_text("finish")
    expect(tiles(page).first).not_to_contain_text("Jan")
    page.goto(f"{house.url}?bib=2419")
    expect(page.locator(".sightings-of").first.locator(".sighting-of").last).to_contain_text(
        "4 May 10:00:00 · Photo"
    )


def test_it_works_without_the_line(page: Page, house: House) -> None:
    page.route_web_socket("**/ws*", lambda socket: socket.close())
    visit(page, house.url)
    expect(page.locator("#line")).to_have_text("Not connected")
    page.locator("#q").fill("2420")
    expect(tiles(page)).to_have_count(2)


def test_it_follows_the_race(page: Page, house: House) -> None:
    visit(page, house.url)
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    for event in (opened(9, 50), tagged(9, "88", at_s=51)):
        message = house.hub.publish(event, None)
        house.store.record(message)
    house.store.flush()
    expect(tiles(page)).to_have_count(9)


def test_an_empty_race(page: Page, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        server = Server(create_app(Hub(), store, RaceView("x", tmp_path)), port=0)
        try:
            page.goto(f"{server.start()}gallery")
            expect(page.get_by_role("heading", name="No pictures yet")).to_be_visible()
            expect(page.get_by_role("button", name="Show all")).to_be_hidden()
        finally:
            server.stop()


@pytest.mark.parametrize("path", ["", "operator", "status"])
def test_the_way_here(page: Page, stage: Stage, path: str) -> None:
    page.goto(f"{stage.url}{path}")
    page.get_by_role("link", name="Gallery").click()
    expect(page).to_have_url(f"{stage.url}gallery")


def test_no_text_of_the_page_stays_english(page: Page, house: House) -> None:
    told = []
    for language in ("de", "en"):
        texts: set[str] = set()
        visit(page, f"{house.url}?lang={language}")
        texts |= set(page.evaluate(TEXTS))
        page.goto(f"{house.url}?bib=2419&lang={language}")
        expect(page.locator(".sighting-of")).to_have_count(3)
        told.append(texts | set(page.evaluate(TEXTS)))
    names = {"City run", "finish", "Zoë Müller", "Bo Li", "Ann Ek", "LG Süd", "Live", "Status"}
    same = told[0] & told[1] - names
    assert {text for text in same if not text.endswith("finish")} == set()


@pytest.mark.parametrize(
    "size",
    [
        pytest.param({"width": 320, "height": 640}, id="small phone"),
        pytest.param({"width": 820, "height": 1180}, id="tablet"),
    ],
)
def test_nothing_is_wider_than_the_screen(page: Page, house: House, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    for text_size in ("100", "145"):
        for path in ("?lang=de", "?lang=fr&bib=2419"):
            page.goto(house.url + path)
            page.evaluate("size => { document.documentElement.dataset.size = size }", text_size)
            expect(page.locator(".tile, .sighting-of").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
