"""Every page by the rules of WCAG 2, A and AA, as axe checks them, and by the keyboard alone.

Each page is full of what it can show, and looked at light and dark, on a phone and on a desktop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from dashboard.review import create_review_app
from dashboard.server import Server
from stream.hub import Message, PreviewBox
from stream.recording.room import DiskStatus, Level
from stream.recording.settings import GB
from stream.set_up_meter import SetUp
from stream.start_list import Entry
from stream.types import Clock, Conflict, Event, State
from stream.waves import Starts
from tests.dashboard.fakes import SECOND, TEN_O_CLOCK, FakeEntries, jpeg, preview
from tests.dashboard.stage import Stage, row, visit
from tests.dashboard.test_gallery_page import House as Gallery
from tests.dashboard.test_operator_cameras import DRAWN, TEXT, Gantry, begin
from tests.dashboard.test_operator_cameras import visit as visit_cameras
from tests.dashboard.test_operator_page import Office, choose
from tests.dashboard.test_operator_page import visit as visit_office
from tests.dashboard.test_review import begun, labels
from tests.dashboard.test_status_page import House
from tests.stream.store.builders import opened, picture, tagged

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ENTRIES = FakeEntries(
    {
        "101": Entry("101", "Anna", "Meier", "TV Nord", "W40", "A", "Thun", "SUI"),
        "7": Entry("7", "Jo", "Li", "", "M20", "B"),
        "88": Entry("88", "Ida", "Rossi", "SC Lago", "W20", "A", "Lugano"),
    }
)
STATUS = {
    "cameras": [
        {
            "name": "finish",
            "state": "playing",
            "fps": 25.0,
            "dropped": 3,
            "set_up": SetUp(17.6, 24.0, 0.3, 0.5, 5).to_json(),
            "recording": {"state": "recording", "lost": 9},
            "video": {"via": "camera", "viewers": 0},
        },
        {"name": "approach", "state": "closed", "error": "no route to host"},
    ],
    "disk": asdict(DiskStatus(Level.TIGHT, 8 * GB, GB, "", 7 * GB)),
}


def crowd(stage: Stage) -> None:
    """Runners in every state: a group across, one in view, one unread, one on the approach."""
    race = stage.race
    picture = "pivot/101/a.jpg"
    (race.archive.folder / picture).parent.mkdir(parents=True)
    (race.archive.folder / picture).write_bytes(jpeg(90, 200))
    race.opened(1)
    race.tagged(1, "101", evidence=picture)
    race.runner(2, "7", State.CORRECTED)
    race.crossed(1)
    race.crossed(2, Clock.ARRIVAL)
    race.closed(1)
    race.runner(3, "555", State.SEEN)
    race.tagged(3, "555", State.SEEN, listed=False)
    race.conflict(3, 1, "555")
    race.opened(4)
    race.opened(5)
    race.closed(5)
    race.opened(6, camera="approach")
    race.tagged(6, "88", camera="approach")


@contextmanager
def live_page(page: Page, folder: Path) -> Iterator[None]:
    starts = Starts(TEN_O_CLOCK - 3600 * SECOND)
    stage = Stage(folder, ENTRIES, STATUS, starts)
    crowd(stage)
    try:
        visit(page, stage)
        boxes = PreviewBox(1, (100.0, 80.0, 200.0, 300.0), "101", State.CONFIRMED)
        stage.race.hub.show(preview(boxes))
        row(page, "88").locator(".star").click()
        page.locator("#following").click()
        page.locator(".legend summary").click()
        for shown in ("#favourites-strip", "#arriving-strip", "#runners .group", "#disk"):
            expect(page.locator(shown)).to_be_visible()
        expect(page.locator("#runners .elapsed.running").first).to_be_visible()
        expect(page.locator("#runners .runner img")).to_be_visible()
        yield
    finally:
        stage.server.stop()


@contextmanager
def operator_page(page: Page, folder: Path) -> Iterator[None]:
    office = Office(folder)
    try:
        visit_office(page, office)
        choose(page, 2)
        page.locator(".keys summary").click()
        yield
    finally:
        office.close()


@contextmanager
def drawing_page(page: Page, folder: Path, drawn: str) -> Iterator[None]:
    """The operator's cameras while the line or the region is drawn, and after a refusal."""
    with closing(Gantry(folder, TEXT + DRAWN)) as gantry:
        visit_cameras(page, gantry)
        begin(page, drawn)
        # Somebody else is quicker: the refusal stands under the picture.
        gantry.file.write_text(TEXT)
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".set-up-picture .refusal")).not_to_be_empty()
        expect(page.locator(".drawing-hint")).to_be_visible()
        expect(page.locator(".set-up-meter")).to_be_visible()
        yield


@contextmanager
def status_page(page: Page, folder: Path) -> Iterator[None]:
    stage = Stage(folder, ENTRIES, STATUS)
    crowd(stage)
    try:
        page.goto(f"{stage.url}status")
        expect(page.locator("#line")).to_have_attribute("data-state", "live")
        expect(page.locator("main")).to_contain_text("no route to host")
        yield
    finally:
        stage.server.stop()


@contextmanager
def search_page(page: Page, folder: Path) -> Iterator[None]:
    """The status page with runners found: seen, nearly so, not seen, a conflict."""
    house = House(folder)
    told: list[Event] = [
        *(tagged(1, "12", at_s=17), opened(4, 17), tagged(4, "12", State.SEEN, at_s=18)),
        Conflict("finish", 4, 1, 18 * SECOND, "12"),
    ]
    evidence = house.store.save_image(picture(1, bib="12"))
    for seq, event in enumerate(told, 50):
        house.store.record(Message(seq, event, evidence))
    house.store.flush()
    try:
        page.goto(house.url)
        expect(page.locator("#line")).to_have_attribute("data-state", "live")
        page.locator("#q").fill("12")
        expect(page.locator(".hit")).to_have_count(3)
        for shown in (".thumb img", ".state-of.warning", ".hit-match"):
            expect(page.locator(".hit").locator(shown).first).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(page.locator(".hit").first).to_be_focused()
        yield
    finally:
        house.server.stop()
        house.store.close()


@contextmanager
def gallery_page(page: Page, folder: Path) -> Iterator[None]:
    house = Gallery(folder)
    try:
        page.goto(f"{house.url}?q=2419")
        expect(page.locator(".tile")).to_have_count(4)
        yield
    finally:
        house.close()


@contextmanager
def runner_page(page: Page, folder: Path) -> Iterator[None]:
    house = Gallery(folder)
    try:
        page.goto(f"{house.url}?bib=2419")
        expect(page.locator(".matched-group")).to_be_visible()
        yield
    finally:
        house.close()


@contextmanager
def login_page(page: Page, folder: Path) -> Iterator[None]:
    office = Office(folder, tokens=True)
    try:
        page.goto(f"{office.url}login")
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).not_to_be_empty()
        yield
    finally:
        office.close()


@contextmanager
def overlay_page(page: Page, folder: Path) -> Iterator[None]:
    stage = Stage(folder, ENTRIES)
    crowd(stage)
    try:
        page.goto(f"{stage.url}overlay?seconds=0")
        # It fades in, also where motion is reduced, and half faded it has no contrast.
        expect(page.locator(".runner.shown")).to_have_css("opacity", "1")
        yield
    finally:
        stage.server.stop()


@contextmanager
def review_page(page: Page, folder: Path) -> Iterator[None]:
    server = Server(create_review_app(begun(labels(folder), folder / "out")), port=0)
    try:
        page.goto(server.start())
        expect(page.locator("#annotations li").first).to_be_visible()
        page.locator("#problems summary").click()
        yield
    finally:
        server.stop()


Opened = Callable[[Page, Path], Any]


def faults(page: Page) -> list[str]:
    """What axe has against the page as it stands: the rule, the element, and why."""
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    return [
        f"{fault['id']}: {node['html'][:90]}: {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def test_the_check_sees_what_is_wrong(page: Page) -> None:
    page.set_content("<title>x</title><main><h1>x</h1><input><p style='color:#999'>pale</p></main>")
    assert [fault.split(":")[0] for fault in faults(page)] == [
        "color-contrast", "html-has-lang", "label",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(live_page, id="live"),
        pytest.param(operator_page, id="operator"),
        pytest.param(partial(drawing_page, drawn="Finish line"), id="the line is drawn"),
        pytest.param(partial(drawing_page, drawn="Region"), id="the region is drawn"),
        pytest.param(status_page, id="status"),
        pytest.param(search_page, id="runners found"),
        pytest.param(gallery_page, id="gallery"),
        pytest.param(runner_page, id="runner"),
        pytest.param(login_page, id="login"),
        pytest.param(overlay_page, id="overlay"),
        pytest.param(review_page, id="review"),
    ],
)
def test_no_page_breaks_the_rules(page: Page, tmp_path: Path, opened: Opened) -> None:
    # What lights up for a moment has its colours as they stay.
    page.emulate_media(reduced_motion="reduce")
    found = {}
    with opened(page, tmp_path):
        for theme in ("light", "dark"):
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            for device, size in (("phone", PHONE), ("desktop", DESKTOP)):
                page.set_viewport_size(size)
                if told := faults(page):
                    found[theme, device] = told
    assert found == {}


def begin_anew(page: Page) -> None:
    """As after opening the page: the next Tab comes to the first stop."""
    page.evaluate(
        """() => {
            document.body.tabIndex = -1;
            document.body.focus();
            document.body.removeAttribute("tabindex");
            window.scrollTo(0, 0);
            window.stops = [];
        }"""
    )


def walk(page: Page) -> list[dict[str, Any]]:
    """What Tab comes to, one after the other, until it begins anew or nothing is left."""
    begin_anew(page)
    stops: list[dict[str, Any]] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        stop: dict[str, Any] | None = page.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body || window.stops.includes(at)) return null;
                const before = window.stops.at(-1);
                window.stops.push(at);
                const box = at.getBoundingClientRect();
                const style = getComputedStyle(at);
                return {
                    what: at.outerHTML.slice(0, 80),
                    after: !before || Boolean(before.compareDocumentPosition(at) & 4),
                    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                    seen: box.width > 0 && box.bottom > 0 && box.right > 0
                        && box.top < innerHeight && box.left < innerWidth,
                    name: (at.getAttribute("aria-label") ?? "") + at.textContent.trim()
                        + (at.labels?.[0]?.textContent ?? "") + at.title,
                };
            }"""
        )
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError("the way does not end")


REACHABLE = """() => [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((it) => it.tabIndex >= 0 && !it.disabled && it.checkVisibility()
        && getComputedStyle(it).visibility === "visible").length"""


@pytest.mark.parametrize(
    "opened",
    [pytest.param(live_page, id="live"), pytest.param(operator_page, id="operator")],
)
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_keyboard_reaches_all_in_reading_order_and_shows_where_it_is(
    page: Page, tmp_path: Path, opened: Opened, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    with opened(page, tmp_path):
        stops = walk(page)
        assert [stop["what"] for stop in stops if not stop["after"]] == []
        assert [stop["what"] for stop in stops if not (stop["ring"] and stop["seen"])] == []
        assert [stop["what"] for stop in stops if not stop["name"]] == []
        assert len(stops) == page.evaluate(REACHABLE)


@pytest.mark.parametrize(
    ("opened", "place"),
    [
        pytest.param(live_page, "#runners", id="live"),
        pytest.param(operator_page, "#list", id="operator"),
    ],
)
def test_the_first_link_skips_to_the_runners(
    page: Page, tmp_path: Path, opened: Opened, place: str
) -> None:
    with opened(page, tmp_path):
        begin_anew(page)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator(place)).to_be_focused()
