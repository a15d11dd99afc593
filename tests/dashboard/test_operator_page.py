"""The operator's page in a real browser: every act by the keyboard, and what others see of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.corrections import correction_routes
from dashboard.race_view import RaceView
from dashboard.server import Server
from dashboard.serving import login_url
from stream.desk import Desk
from stream.hub import Hub, Message
from stream.store import StartListRow, Store
from stream.types import Correction, CorrectionKind, Event, State
from tests.dashboard.fakes import entries
from tests.dashboard.stage import wait_for
from tests.stream.store.builders import closed, crossed, opened, picture, tagged

NAMES = entries(
    ("12", "Jo", "Li", ""), ("31", "Ida", "Rossi", "SC Lago"), ("101", "Anna", "Meier", "TV Nord")
)
GONE = closed(2, None, 29)
EVENTS: list[Event] = [
    *(opened(1, 1), tagged(1, "12", at_s=2), crossed(1, 8), closed(1, "12", 9)),
    *(opened(2, 20), crossed(2, 28), GONE),
    *(opened(3, 30), tagged(3, "31", State.SEEN, at_s=31), crossed(3, 33), closed(3, "31", 34)),
    *(opened(4, 40), closed(4, None, 42), opened(5, 50)),
    *(opened(6, 60), crossed(6, 61), closed(6, None, 62)),
]
"""12 confirmed, 31 seen; 2 and 6 crossed unread; 4 unread, away from the line; 5 in view."""


class Office:
    """A race that can be corrected, and its pages. With `tokens`, nobody is known without."""

    def __init__(self, folder: Path, tokens: bool = False, desk: bool = True) -> None:
        self.store = Store.open(folder)
        rows = [("12", "Jo Li"), ("31", "Ida Rossi"), ("101", "Anna Meier")]
        self.store.replace_start_list([StartListRow(*row, None, None, None) for row in rows])
        for seq, event in enumerate(EVENTS, 1):
            evidence = self.store.save_image(picture(2)) if event == GONE else None
            self.store.record(Message(seq, event, evidence))
        self.store.flush()
        hub = Hub(first_seq=self.store.last_seq() + 1)
        self.desk = Desk(self.store, hub)
        view = RaceView("City run", folder, ("finish",), NAMES, time_zone="UTC")
        routes = correction_routes(self.store, self.desk if desk else None, NAMES, str(folder))
        self.tokens = Tokens(folder)
        access = Access(folder, require_token=True) if tokens else None
        app = create_app(hub, self.store, view, access=access, corrections=routes)
        self.server = Server(app, port=0)
        self.url = self.server.start()

    def said(self) -> list[tuple[str, int, str | None]]:
        """What people have said, the newest first: kind, track and bib."""
        made = [one.correction for one in self.store.corrections()]
        return [(one.kind.value, one.track_id, one.bib) for one in made]

    def close(self) -> None:
        self.server.stop()
        self.store.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.close()


def visit(page: Page, office: Office, query: str = "") -> None:
    page.goto(f"{office.url}operator{query}")
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    expect(page.locator("#desk")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#list .row")).to_have_count(6)
    page.locator("#list").focus()


def rows(page: Page) -> list[str]:
    keys = page.locator("#list .row").evaluate_all("all => all.map(row => row.dataset.key)")
    return [key.split("\n")[1] for key in keys]


def chosen(page: Page) -> Locator:
    return page.locator('#list .row[aria-selected="true"]')


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def choose(page: Page, track_id: int) -> None:
    """By the arrow keys alone."""
    press(page, "Home", *["ArrowDown"] * rows(page).index(str(track_id)))
    expect(page.locator("#facts")).to_contain_text(f"Track{track_id}")


def test_crossings_come_first_then_who_is_in_view(page: Page, office: Office) -> None:
    visit(page, office)
    assert rows(page) == ["6", "3", "2", "1", "5", "4"]
    choose(page, 2)
    expect(page.locator("#evidence img")).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("Crossed0:00:28.0")
    expect(page.locator("#facts")).to_contain_text("Camerafinish")
    choose(page, 1)
    expect(page.locator("#digits")).to_have_text("12")
    expect(page.locator("#name")).to_have_text("Jo Li")
    expect(page.locator("#facts")).to_contain_text("Certainty99.0 %")


@pytest.mark.parametrize(
    ("filter_name", "expected"),
    [
        ("queue", ["3", "6", "2", "5", "4"]),
        ("unsure", ["3"]),
        ("unread", ["6", "2", "4"]),
        ("conflicts", []),
    ],
)
def test_filters(page: Page, office: Office, filter_name: str, expected: list[str]) -> None:
    visit(page, office)
    page.locator(f'[data-filter="{filter_name}"]').click()
    expect(page.locator("#list .row")).to_have_count(len(expected))
    assert rows(page) == expected


def test_runners_with_one_bib_at_one_time_are_conflicts(page: Page, office: Office) -> None:
    for track_id in (4, 5, 6):
        office.desk.correct(Correction(CorrectionKind.BIB, track_id, "7"), "Ann")
    visit(page, office)
    page.locator('[data-filter="conflicts"]').click()
    # 4 was gone before the others came.
    expect(page.locator("#list .row")).to_have_count(2)
    assert rows(page) == ["6", "5"]
    expect(page.locator("#chips")).to_contain_text("Another runner has this bib too")


def test_a_bib_that_is_typed_arrives_at_the_commentators_page(
    browser: Browser, page: Page, office: Office
) -> None:
    context = browser.new_context()
    commentator = context.new_page()
    commentator.goto(office.url)
    expect(commentator.locator("#line")).to_have_attribute("data-state", "live")
    visit(page, office)
    choose(page, 2)
    page.keyboard.type("101")
    expect(page.locator("#hint")).to_have_text("Anna Meier")
    press(page, "Enter")
    runner = commentator.locator('#runners .runner[data-bib="101"]')
    expect(runner).to_have_attribute("data-state", "corrected")
    expect(runner).to_contain_text("Anna Meier")
    expect(page.locator("#result")).to_have_text("Corrected: 101, Anna Meier.")
    expect(page.locator("#list")).to_be_focused()
    expect(page.locator("#audit")).to_contain_text("Track 2: bib 101")
    press(page, "Control+z")
    expect(runner).to_have_count(0)
    expect(page.locator("#audit .undone")).to_contain_text("Track 2: bib 101")
    assert office.said() == [("undo", 2, None), ("bib", 2, "101")]
    context.close()


@pytest.mark.parametrize(
    ("key", "track_id", "result", "said"),
    [
        ("w", 1, "Taken off: 12.", [("wrong_person", 1, "12")]),
        ("n", 4, "Not a runner: in no list any more.", [("not_a_runner", 4, None)]),
        ("Enter", 3, "Corrected: 31, Ida Rossi.", [("bib", 3, "31")]),
    ],
)
def test_one_key_is_enough(
    page: Page,
    office: Office,
    key: str,
    track_id: int,
    result: str,
    said: list[tuple[str, int, str | None]],
) -> None:
    visit(page, office)
    choose(page, track_id)
    press(page, key)
    expect(page.locator("#result")).to_have_text(result)
    assert office.said() == said
    count = 5 if key == "n" else 6
    expect(page.locator("#list .row")).to_have_count(count)


def test_the_queue_goes_on_by_itself(page: Page, office: Office) -> None:
    visit(page, office)
    press(page, "ArrowRight")
    expect(page.locator('[data-filter="queue"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#hint")).to_have_text("Enter accepts 31.")
    press(page, "Enter")
    expect(page.locator("#list .row")).to_have_count(4)
    expect(chosen(page)).to_have_attribute("data-key", "finish\n6")
    page.keyboard.type("101")
    press(page, "Enter")
    expect(chosen(page)).to_have_attribute("data-key", "finish\n2")
    expect(page.locator("#bib")).to_have_value("")
    assert office.said() == [("bib", 6, "101"), ("bib", 3, "31")]


def test_letters_are_no_acts_while_a_bib_is_typed(page: Page, office: Office) -> None:
    visit(page, office)
    choose(page, 2)
    press(page, "b")
    page.keyboard.type("wn-m7")
    press(page, "Enter")
    expect(page.locator("#result")).to_have_text("Corrected: WN-M7.")
    assert office.said() == [("bib", 2, "WN-M7")]


def test_what_was_begun_for_one_runner_is_never_sent_for_another(
    page: Page, office: Office
) -> None:
    visit(page, office)
    choose(page, 2)
    page.keyboard.type("10")
    press(page, "ArrowDown")
    expect(page.locator("#bib")).to_have_value("")
    expect(page.locator("#facts")).to_contain_text("Track1")
    assert office.said() == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("1/2", "has “/” in it. A bib is made of A–Z, 0–9 and hyphens."),
        ("ABC", "has no digit. A bib needs at least one."),
    ],
)
def test_a_refused_bib_says_why_beside_the_input(
    page: Page, office: Office, typed: str, message: str
) -> None:
    visit(page, office)
    choose(page, 2)
    press(page, "b")
    page.keyboard.type(typed)
    press(page, "Enter")
    expect(page.locator("#refusal")).to_contain_text(message)
    expect(page.locator("#bib")).to_have_value(typed)
    expect(page.locator("#bib")).to_be_focused()
    page.keyboard.type("7")
    expect(page.locator("#refusal")).to_be_hidden()
    assert office.said() == []


@pytest.mark.parametrize(
    ("typed", "warning"),
    [
        ("999", "999 is not on the start list."),
        ("12", "Another runner has this bib already: 0:00:08.0 · finish · Track 1."),
    ],
)
def test_a_doubtful_bib_is_warned_of_and_taken(
    page: Page, office: Office, typed: str, warning: str
) -> None:
    visit(page, office)
    choose(page, 2)
    page.keyboard.type(typed)
    expect(page.locator("#hint")).to_contain_text(warning)
    expect(page.locator("#hint")).to_have_attribute("data-kind", "warning")
    press(page, "Enter")
    expect(page.locator("#result")).to_contain_text(f"Corrected: {typed}")
    assert office.said() == [("bib", 2, typed)]


def test_two_are_merged_by_marking_and_choosing(page: Page, office: Office) -> None:
    visit(page, office)
    choose(page, 1)
    press(page, "m")
    expect(page.locator("#result")).to_contain_text("Choose the runner who is the same")
    choose(page, 2)
    press(page, "m")
    expect(page.locator("#result")).to_have_text("Merged.")
    expect(page.locator("#list .row")).to_have_count(5)
    expect(chosen(page)).to_have_attribute("data-key", "finish\n1")
    [made] = office.store.corrections()
    assert (made.correction.track_id, made.correction.other_track_id) == (1, 2)


def test_escape_ends_merging(page: Page, office: Office) -> None:
    visit(page, office)
    choose(page, 1)
    press(page, "m", "Escape", "ArrowUp", "m")
    expect(page.locator("#list .marked")).to_have_attribute("data-key", "finish\n2")
    assert office.said() == []


def test_a_split_is_asked_for_in_a_form(page: Page, office: Office) -> None:
    visit(page, office)
    choose(page, 1)
    press(page, "s")
    expect(page.locator("#split-range")).to_have_text("Between 0.1 and 8 s.")
    page.keyboard.type("3.5")
    press(page, "Enter")
    expect(page.locator("#result")).to_have_text("Split in two.")
    expect(page.locator("#list .row")).to_have_count(7)
    [made] = office.store.corrections()
    assert (made.correction.track_id, made.correction.from_utc_ns) == (1, 4_500_000_000)


def test_only_ones_own_correction_is_undone_by_the_keys(
    browser: Browser, page: Page, office: Office
) -> None:
    visit(page, office)
    page.locator("#by").fill("Ann")
    page.locator("#list").focus()
    choose(page, 4)
    press(page, "n")
    expect(page.locator("#audit .made-who")).to_contain_text("Ann")
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{office.url}operator")
    expect(other.locator("#audit .made")).to_have_count(1)
    expect(other.locator('[data-act="undo"]')).to_be_disabled()
    # Another's is undone on purpose only, in the list; both pages tell it.
    other.get_by_role("button", name="Undo correction 1").click()
    for one in (page, other):
        expect(one.locator("#audit .undone")).to_have_count(1)
        expect(one.locator("#list .row")).to_have_count(6)
    context.close()


def test_a_key_before_the_last_answer_is_not_lost_without_a_word(
    page: Page, office: Office
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route) if route.request.method == "POST" else route.continue_()

    page.route("**/api/corrections", hold)
    visit(page, office)
    choose(page, 4)
    press(page, "n", "n")
    expect(page.locator("#refusal")).to_contain_text("no answer yet")
    expect(page.locator("#bib")).to_have_attribute("aria-invalid", "false")
    [asked] = held
    asked.continue_()
    expect(page.locator("#result")).not_to_be_empty()
    expect(page.locator("#list .row")).to_have_count(5)
    expect(page.locator("#refusal")).to_contain_text("no answer yet")
    assert office.said() == [("not_a_runner", 4, None)], "what was not sent was not done either"


def test_a_runner_whom_another_operator_removed_is_not_corrected(
    page: Page, office: Office
) -> None:
    visit(page, office)
    choose(page, 4)
    page.keyboard.type("10")
    office.desk.correct(Correction(CorrectionKind.NOT_A_RUNNER, 4), "Bob")
    expect(page.locator("#nobody")).to_have_text("This runner is in no list any more.")
    expect(page.locator("#bib")).to_be_disabled()
    expect(page.locator("#audit")).to_contain_text("Bob")
    assert office.said() == [("not_a_runner", 4, None)]


@pytest.mark.parametrize(("role", "may"), [(Role.VIEWER, False), (Role.OPERATOR, True)])
def test_what_a_role_may(page: Page, tmp_path: Path, role: Role, may: bool) -> None:
    office = Office(tmp_path, tokens=True)
    try:
        page.goto(login_url(office.url, office.tokens.add("tablet", role)))
        expect(page.locator("#line")).to_have_attribute("data-state", "live")
        expect(page.get_by_role("link", name="Corrections")).to_have_count(1 if may else 0)
        visit(page, office)
        choose(page, 2)
        expect(page.locator("#own-name")).to_be_hidden()
        if may:
            page.keyboard.type("101")
            press(page, "Enter")
            expect(page.locator("#audit")).to_contain_text("tablet")
            office.tokens.remove("tablet")
            press(page, "n")
            # The line may have told of it first, and then nothing is sent at all.
            told = re.compile("sign in first|You are signed out")
            expect(page.locator("body")).to_contain_text(told)
        else:
            expect(page.locator("#notice")).to_contain_text("corrections need an operator’s")
            expect(page.locator("#bib")).to_be_disabled()
            press(page, "n")
        assert office.said() == ([("bib", 2, "101")] if may else [])
    finally:
        office.close()


def test_a_race_that_is_only_looked_at_says_so(page: Page, tmp_path: Path) -> None:
    office = Office(tmp_path, desk=False)
    try:
        visit(page, office)
        choose(page, 2)
        expect(page.locator("#notice")).to_contain_text("opened to look at only")
        expect(page.locator("#bib")).to_be_disabled()
    finally:
        office.close()


@pytest.mark.parametrize("text_size", ["100", "145"])
@pytest.mark.parametrize(
    ("device", "size"),
    [
        ("small phone", {"width": 320, "height": 640}),
        ("phone", {"width": 390, "height": 844}),
        ("tablet", {"width": 820, "height": 1180}),
        ("tablet on its side", {"width": 1180, "height": 820}),
        ("desktop", {"width": 1440, "height": 900}),
    ],
)
def test_nothing_is_wider_than_the_screen(
    page: Page, office: Office, device: str, size: ViewportSize, text_size: str
) -> None:
    page.set_viewport_size(size)
    visit(page, office, "?lang=fr")
    page.evaluate("size => { document.documentElement.dataset.size = size }", text_size)
    press(page, "Home", "ArrowDown", "s", "Escape", "9")
    expect(page.locator("#hint")).to_contain_text("9")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], device
    for act in page.locator("#acts button, #bib").all():
        act.scroll_into_view_if_needed()
        expect(act).to_be_in_viewport()


def test_a_touch_is_enough(browser: Browser, office: Office) -> None:
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True)
    page = context.new_page()
    visit(page, office)
    page.locator("#list .row").nth(5).tap()
    page.get_by_role("button", name="Not a runner").tap()
    expect(page.locator("#list .row")).to_have_count(5)
    # The line may tell it before the answer is there, and one thing is sent at a time.
    expect(page.locator("#result")).to_have_text("Not a runner: in no list any more.")
    page.get_by_role("button", name="Undo my last").tap()
    expect(page.locator("#list .row")).to_have_count(6)
    assert wait_for(lambda: office.said() == [("undo", 4, None), ("not_a_runner", 4, None)])
    context.close()


@pytest.mark.parametrize(
    ("locale", "query", "title", "act"),
    [
        ("fr-CH", "", "Corrections", "Pas un coureur"),
        ("de-CH", "", "Korrekturen", "Kein Läufer"),
        ("it-CH", "", "Correzioni", "Non è un corridore"),
        ("en-GB", "?lang=fr", "Corrections", "Pas un coureur"),
        ("rm", "", "Corrections", "Not a runner"),
    ],
)
def test_the_page_speaks_its_readers_language(
    browser: Browser, office: Office, locale: str, query: str, title: str, act: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    visit(page, office, query)
    expect(page.locator("h1 small")).to_have_text(title)
    expect(page.get_by_role("button", name=act)).to_be_visible()
    context.close()
