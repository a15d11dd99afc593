"""What the page does for whoever speaks: groups, favourites, who arrives next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stream.types import State
from tests.dashboard.fakes import SECOND
from tests.dashboard.stage import Stage, row, visit

MS = 1_000_000
START_NS = 1_750_000_000 * 1000 * MS


def runner(name: str, **facts: object) -> dict[str, Any]:
    """A confirmed runner in view on the camera `finish`, first seen at START_NS."""
    return {
        "key": name, "bib": name, "trackId": 1, "camera": "finish", "state": "confirmed",
        "inView": True, "crossingNs": None, "firstSeenNs": START_NS, "lastSeenNs": START_NS,
        **facts,
    }  # fmt: skip


def across(name: str, at_ms: float, **facts: object) -> dict[str, Any]:
    return runner(name, crossingNs=START_NS + at_ms * MS, **facts)


@pytest.mark.parametrize(
    ("runners", "expected"),
    [
        pytest.param([], [], id="nobody"),
        pytest.param([across("a", 0)], [], id="one alone"),
        pytest.param([runner("a"), runner("b")], [], id="nobody is across"),
        pytest.param([across("a", 0), across("b", 1000)], ["ab"], id="just within a second"),
        pytest.param([across("a", 0), across("b", 1001)], [], id="just over a second"),
        pytest.param([across("b", 300), across("a", 0)], ["ab"], id="in the order of crossing"),
        pytest.param(
            [across(name, 700 * n) for n, name in enumerate("abcdef")],
            ["ab", "cd", "ef"],
            id="a dense field does not become one group",
        ),
        pytest.param(
            [across("a", 0), across("b", 5000), across("c", 5400), across("d", 5900)],
            ["bcd"],
            id="one alone and a group",
        ),
        pytest.param(
            [across("a", 0), across("b", 100, camera="start"), across("c", 200)],
            ["ac"],
            id="another camera's runners stay apart",
        ),
        pytest.param([across("a", 0), runner("x"), across("b", 9)], ["ab"], id="one not across"),
    ],
)
def test_groups(
    page: Page, stage: Stage, runners: list[dict[str, Any]], expected: list[str]
) -> None:
    page.goto(stage.url)
    found = page.evaluate(
        """async (runners) => (await import("/static/groups.js")).groupsOf(runners)
            .map((group) => group.map((runner) => runner.bib).join(""))""",
        runners,
    )
    assert found == expected


def there(name: str, first_s: float, last_s: float, **facts: object) -> dict[str, Any]:
    """A runner who was in view from one second to another."""
    facts = {"inView": False, **facts}
    return runner(
        name,
        firstSeenNs=START_NS + first_s * SECOND,
        lastSeenNs=START_NS + last_s * SECOND,
        **facts,
    )


FIRST_ACROSS = across("first", -90_000, inView=False)


@pytest.mark.parametrize(
    ("runners", "expected"),
    [
        pytest.param([], "", id="nobody"),
        pytest.param([runner("a"), across("b", 0)], "a", id="in view and not across"),
        pytest.param([runner("a", inView=False)], "", id="out of view again"),
        pytest.param([runner("a", state="seen")], "", id="not confirmed"),
        pytest.param([runner("a", state="corrected")], "a", id="set by a person"),
        pytest.param(
            [there("b", 5, 6, inView=True), runner("a")], "a b", id="longest in view first"
        ),
        pytest.param(
            [runner("a", camera="approach"), runner("b")], "a b", id="no finish camera known yet"
        ),
        pytest.param(
            [FIRST_ACROSS, there("a", 10, 20, camera="approach")], "a", id="seen a minute ago"
        ),
        pytest.param(
            [FIRST_ACROSS, there("a", 10, 19, camera="approach")], "", id="seen longer ago"
        ),
        pytest.param(
            [FIRST_ACROSS, there("a", 10, 11, camera="approach", inView=True)],
            "a",
            id="still on the approach camera",
        ),
        pytest.param(
            [FIRST_ACROSS, there("a", 50, 60, camera="approach"), there("a", 65, 70)],
            "",
            id="at the finish since",
        ),
        pytest.param(
            [FIRST_ACROSS, there("a", 50, 60, camera="approach"), there("a", 10, 15)],
            "a",
            id="at the finish a lap before",
        ),
        pytest.param(
            [FIRST_ACROSS, there("a", 50, 60, camera="approach"), there("b", 65, 70, inView=True)],
            "a",
            id="who is at the finish has arrived",
        ),
        pytest.param(
            [
                FIRST_ACROSS,
                there("a", 50, 60, camera="approach"),
                there("a", 70, 75, camera="bridge"),
            ],
            "a",
            id="on two cameras, named once",
        ),
    ],
)
def test_who_is_about_to_arrive(
    page: Page, stage: Stage, runners: list[dict[str, Any]], expected: str
) -> None:
    page.goto(stage.url)
    found = page.evaluate(
        """async ([runners, nowNs]) => (await import("/static/arriving.js"))
            .arriving(runners, nowNs).map((runner) => runner.bib)""",
        [runners, START_NS + 80 * SECOND],
    )
    assert found == expected.split()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", []),
        ("101", ["101"]),
        (" 101, 7;88\n9 ", ["101", "7", "88", "9"]),
        ("7,7,,7", ["7"]),
        ("abcd-12", ["ABCD-12"]),
    ],
)
def test_typed_bibs(page: Page, stage: Stage, typed: str, expected: Sequence[str]) -> None:
    page.goto(stage.url)
    found = page.evaluate(
        """async (text) => (await import("/static/favourites.js")).parseBibs(text)""", typed
    )
    assert found == expected


def test_who_crosses_together_stands_together(page: Page, stage: Stage) -> None:
    visit(page, stage)
    for track_id, bib in enumerate(("101", "7", "88", "9")):
        stage.race.runner(track_id, bib)
    stage.race.crossed(3)
    stage.race.now_ns += SECOND // 2
    stage.race.crossed(1)
    # 9 came into view last, 7 crossed last; 88 has not crossed.
    expect(page.locator("#runners .group")).to_have_text("Group of 2, 15:06:44")
    expect(page.locator("#runners .digits")).to_have_text(["7", "9", "88", "101"])
    expect(page.locator("#runners .grouped .digits")).to_have_text(["7", "9"])
    stage.race.crossed(2)
    expect(page.locator("#runners .group")).to_have_text("Group of 3, 15:06:44")
    stage.race.tagged(1, None)
    stage.race.tagged(2, None)
    expect(page.locator("#runners .group")).to_have_count(0)
    expect(page.locator("#runners .grouped")).to_have_count(0)


def test_next_to_cross_first(page: Page, stage: Stage) -> None:
    visit(page, stage)
    for track_id, bib in enumerate(("101", "7", "88", "9")):
        stage.race.runner(track_id, bib)
        stage.race.now_ns += SECOND
    stage.race.crossed(3)
    expect(page.locator("#runners .digits")).to_have_text(["9", "88", "7", "101"])
    page.get_by_role("button", name="Next to cross first").click()
    expect(page.locator("#runners .digits")).to_have_text(["101", "7", "88", "9"])
    stage.race.crossed(0)
    expect(page.locator("#runners .digits")).to_have_text(["7", "88", "9", "101"])
    page.reload()
    expect(page.locator("#runners .digits")).to_have_text(["7", "88", "9", "101"])
    page.get_by_role("button", name="Newest first").click()
    expect(page.locator("#runners .digits").first).to_have_text("9")


def test_a_star_pins_a_runner_for_good(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    stage.race.runner(2, "7")
    star = row(page, "101").get_by_role("button", name="Follow bib 101")
    star.focus()
    page.keyboard.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#favourites-strip")).to_contain_text("Favourite in view")
    expect(page.locator("#favourites-strip .tile")).to_have_text(["101Anna MeierConfirmed"])
    expect(page.locator("#latest .star")).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.locator("#favourites-strip .tile-bib")).to_have_text(["101"])
    stage.race.closed(1)
    expect(page.locator("#favourites-strip")).to_be_hidden()
    row(page, "101").locator(".star").click()
    expect(row(page, "101").locator(".star")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#following")).to_have_text("Favourites")


def test_bibs_can_be_followed_before_they_come(page: Page, stage: Stage) -> None:
    visit(page, stage)
    page.locator("#following").click()
    page.get_by_label("Bibs to follow").fill("7, abcd-12")
    expect(page.locator("#following")).to_have_text("Favourites (2)")
    expect(page.locator("#favourites-strip")).to_be_hidden()
    stage.race.runner(1, "101")
    stage.race.runner(2, "7", State.SEEN)
    stage.race.runner(3, "ABCD-12")
    expect(page.locator("#favourites-strip .tile-bib")).to_have_text(["7", "ABCD-12"])
    expect(page.locator("#favourites-strip .tile").first).to_have_attribute("data-state", "seen")
    row(page, "101").locator(".star").click()
    expect(page.get_by_label("Bibs to follow")).to_have_value("7, ABCD-12, 101")


def test_another_race_has_its_own_favourites(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    row(page, "101").locator(".star").click()
    expect(page.locator("#following")).to_have_text("Favourites (1)")
    page.evaluate(
        "localStorage.setItem('favourites:Forest run', localStorage['favourites:City run'])"
    )
    page.evaluate("localStorage.removeItem('favourites:City run')")
    page.reload()
    expect(row(page, "101").locator(".star")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#following")).to_have_text("Favourites")


def test_the_strip_says_who_is_about_to_arrive(page: Page, stage: Stage) -> None:
    visit(page, stage)
    strip = page.locator("#arriving-strip")
    expect(strip).to_be_hidden()
    stage.race.runner(1, "101")
    expect(strip.locator(".tile")).to_have_text(["101Anna MeierConfirmed"])
    stage.race.runner(2, "7", State.SEEN)
    stage.race.crossed(1)
    expect(strip.locator(".tile")).to_have_count(0)
    expect(strip).to_contain_text("Nobody just now")
    # A camera on the way, which sees no crossing.
    stage.race.opened(3, camera="approach")
    stage.race.tagged(3, "88", camera="approach")
    expect(strip.locator(".tile-bib")).to_have_text(["88"])
    stage.race.closed(3, camera="approach")
    expect(strip.locator(".tile")).to_contain_text("s ago")
    stage.race.runner(4, "88")
    expect(strip.locator(".tile")).to_have_count(0)
    # The strips are drawn between the lists, too.
    expect(page.locator("#runners .digits")).to_have_text(["88", "88", "7", "101"])


def test_a_browser_that_forbids_storage_still_shows_everything(
    page: Page, stage: Stage, tmp_path: Path
) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } });"
    )
    visit(page, stage)
    stage.race.runner(1, "101")
    row(page, "101").locator(".star").click()
    expect(page.locator("#favourites-strip .tile-bib")).to_have_text(["101"])
    page.locator("#language").select_option("de")
    expect(page.locator(".list h2")).to_have_text("Läufer")
