"""The status page in a real browser, over a real race folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.server import Server
from stream.exposure import Exposure
from stream.hub import Hub
from stream.recording.settings import GB
from stream.set_up_meter import SetUp
from stream.start_list import Entry, StartList
from stream.store import StartListRow, Store
from stream.types import Event, State
from tests.dashboard.stage import Stage
from tests.dashboard.test_page_languages import TEXTS
from tests.stream.store.builders import closed, crossed, messages, opened, tagged
from tests.stream.store.seen_race import put_photo, sighting

RUNNERS = StartList(
    (Entry("12", "Zoë", "Müller", "LG Nord"), Entry("120", "Bo", "Li"), Entry("7", "Ann", "Ek"))
)
EVENTS: list[Event] = [
    *(opened(1, 1), tagged(1, "12", at_s=2), crossed(1, 2.5), closed(1, "12", 3)),
    *(opened(2, 3), tagged(2, "17", State.SEEN, at_s=5), crossed(2, 14), closed(2, None, 16)),
    *(opened(3, 12), closed(3, None, 14)),
]
WELL: dict[str, object] = {
    "name": "finish", "state": "playing", "fps": 24.9, "nominal_fps": 25.0, "frames": 1200,
    "dropped": 12, "dropped_share": 0.004, "lag_ms": 182.3, "reconnects": 1, "clock": "rtcp",
    "clock_offset_ms": 12.4, "decoder": "nvh264dec", "error": None,
    "set_up": SetUp(17.6, 24.0, 0.62, 0.5, 30, Exposure(112, 0.02, 0.01)).to_json(),
    "recording": {"state": "recording", "ok": True, "segments": 4, "n_bytes": 2 * GB, "lost": 0},
    "video": {"via": "camera", "viewers": 3, "dropped": 0, "error": None},
}  # fmt: skip
LOST: dict[str, object] = {
    "name": "approach", "state": "reconnecting in 4.0 s: no route", "nominal_fps": None,
    "lag_ms": None, "clock": "arrival", "clock_offset_ms": -3.0, "set_up": None,
}  # fmt: skip
STATUS: dict[str, object] = {
    "cameras": [WELL, LOST, {"name": "old", "state": "ended"}],
    "frames_waiting": 1, "looks_waiting": 7,
    "disk": {"level": "tight", "free_bytes": 8 * GB, "video_bytes": GB, "room_bytes": 3 * GB},
    "webhooks": [{"host": "hooks.example", "sent": 8, "waiting": 0, "dropped": 0, "failed": 2,
                  "error": "refused"}],
    "latency": {"median_ms": 231, "p95_ms": 955, "tags": 120, "target_median_ms": 200,
                "target_p95_ms": 1000},
}  # fmt: skip


class House:
    """A race folder with a page."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder)
        self.store.replace_start_list(
            [StartListRow(one.bib, one.name, one.club) for one in RUNNERS.entries]
        )
        for message in messages(EVENTS):
            self.store.record(message)
        put_photo(self.store, folder / "a.jpg", "aa" * 32, [sighting("12", State.CONFIRMED)], None)
        put_photo(self.store, folder / "b.jpg", "bb" * 32, [sighting("17", State.SEEN)], None)
        self.store.flush()
        self.status = STATUS
        view = RaceView(
            "City run", folder, ("finish", "approach"), RUNNERS, lambda: self.status, "UTC"
        )
        self.server = Server(create_app(Hub(first_seq=99), self.store, view), port=0)
        self.url = f"{self.server.start()}status"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.server.stop()
    house.store.close()


def card(page: Page, name: str) -> Locator:
    return page.locator(f'.card[data-camera="{name}"]')


def facts(place: Locator) -> dict[str, str]:
    found: dict[str, str] = place.evaluate(
        """it => Object.fromEntries([...it.querySelectorAll(".facts div")].map(
            (row) => [row.dataset.fact, row.querySelector("dd").textContent]))"""
    )
    return found


def test_a_camera_says_all_that_it_knows(page: Page, house: House) -> None:
    page.goto(house.url)
    expect(card(page, "finish").locator(".state")).to_have_text("playing")
    assert facts(card(page, "finish")) == {
        "fps": "24.9 of 25.0 frames/s",
        "lag": "182 ms",
        "dropped": "12 (now 0.4 %)",
        "clockName": "the camera’s own, 12 ms behind this computer",
        "decoder": "nvh264dec",
        "reconnects": "1",
        "frames": "1,200",
        "recording": "recording · 4 segments, 2.0 GB",
        "video": "as the camera sends it · 3 watching",
        "height": "18 px, wanted 24 px – too low",
        "sharpness": "0.62, wanted 0.5",
        "exposure": "median 112 of 255, 2 % white, 1 % black",
    }


def test_what_a_camera_does_not_know_is_left_out(page: Page, house: House) -> None:
    page.goto(house.url)
    expect(card(page, "approach").locator(".state")).to_have_text("reconnecting in 4.0 s: no route")
    assert facts(card(page, "approach")) == {
        "clockName": "time of arrival, 3.0 ms ahead of this computer"
    }
    assert facts(card(page, "old")) == {}
    kinds = [card(page, name).get_attribute("data-kind") for name in ("finish", "approach", "old")]
    assert kinds == ["live", "warning", "ended"]
    symbols = page.locator("#cameras .state use").evaluate_all(
        "all => all.map(it => it.href.baseVal)"
    )
    assert symbols == ["#i-live", "#i-warning", "#i-ended"], "not by colour alone"
    house.status = {"cameras": [{"name": "approach", "state": "closed", "error": "unplugged"}]}
    expect(card(page, "approach").locator(".error")).to_have_text("unplugged")


def test_this_computer(page: Page, house: House) -> None:
    page.goto(house.url)
    cards = page.locator("#machine .card")
    expect(cards).to_have_count(4)
    queues, latency, disk, webhook = (cards.nth(n) for n in range(4))
    assert facts(queues) == {"framesWaiting": "1", "looksWaiting": "7"}
    expect(latency.locator(".bad")).to_have_text("Half of them within231 ms, wanted 200 ms")
    expect(latency.locator(".state")).to_have_text("slow")
    expect(disk.locator(".error")).to_contain_text("3.0 GB are left for video")
    expect(webhook.locator(".error")).to_have_text("refused")
    house.status = {"cameras": []}
    expect(page.locator("#machine")).to_have_text("No race is running: this one is over.")


def test_the_read_rate_as_words_plot_and_table(page: Page, house: House) -> None:
    page.goto(house.url)
    said = page.locator("#rate-said")
    expect(said).to_have_text("1 of 2 who crossed the line were read: 50 %. One point is 10 s.")
    told = f"{said.inner_text()} The numbers are in the table below."
    expect(page.locator("#plot svg")).to_have_attribute("aria-label", told)
    expect(page.locator("#plot .dot")).to_have_count(2)
    expect(page.locator("#plot .touch title").first).to_have_text("0:00:00: 1 of 1 read (100 %)")
    page.locator("#rate-table summary").click()
    rows = page.locator("#rate-table tbody tr")
    assert rows.all_inner_texts() == ["0:00:00\t1\t1\t100 %\t6", "0:00:10\t1\t0\t0 %\t6"]
    page.get_by_role("button", name="All in view").click()
    expect(said).to_contain_text("1 of 3 tracks were read: 33 %.")
    assert rows.all_inner_texts()[1] == "0:00:10\t2\t0\t0 %\t12"
    page.locator("#camera").select_option("approach")
    expect(said).to_have_text("Nobody has gone by yet.")
    expect(page.locator("#plot")).to_be_hidden()


def test_why_runners_were_not_read(page: Page, house: House) -> None:
    page.goto(house.url)
    reasons = page.locator(".reason")
    expect(page.locator("#reasons-said")).to_have_text(
        "1 who crossed the line have no confirmed bib."
    )
    expect(reasons).to_have_count(1)
    expect(reasons.locator(".reason-head")).to_have_text("Never looked at1 · 100 %")
    page.get_by_role("button", name="All in view").click()
    expect(reasons.locator(".reason-head")).to_have_text("Never looked at2 · 100 %")
    assert reasons.locator(".bar-fill").evaluate("it => it.clientWidth") > 100


def test_the_search_by_keyboard_alone(page: Page, house: House) -> None:
    page.goto(house.url)
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    page.keyboard.press("/")
    page.keyboard.type("12")
    hits = page.locator(".hit")
    expect(hits).to_have_count(3)
    expect(page.locator("#found")).to_have_text("3 found. Arrow keys go through them.")
    # Keys that come slowly are searched for one by one.
    expect(hits.locator(".hit-bib")).to_have_text(["12", "17", "120"])
    expect(hits.first).to_contain_text("Zoë Müller")
    expect(hits.first).to_contain_text("Crossed 0:00:02.5 · finish")
    expect(hits.first).to_contain_text("Confirmed")
    expect(hits.first.locator(".in-photos")).to_have_text("In 1 photo")
    expect(hits.nth(1)).to_contain_text("Not on the start list")
    expect(hits.nth(1)).to_contain_text("Nearly this number")
    expect(hits.nth(1).locator(".in-photos")).to_have_text("Perhaps in 1 photo")
    expect(hits.nth(2)).to_contain_text("Not seen yet")
    for key, at in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        expect(hits.nth(at)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.locator("#q").fill("mueller")
    expect(hits).to_have_count(1)
    page.locator("#q").fill("nobody here")
    expect(page.locator("#found")).to_have_text("Nobody is found by “nobody here”.")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator("#found")).to_have_text("")


@pytest.mark.parametrize(
    ("sure", "unsure", "told"),
    [
        (1, 0, ["In 1 photo", "Sur 1 photo", "Auf 1 Foto", "In 1 foto"]),
        (3, 0, ["In 3 photos", "Sur 3 photos", "Auf 3 Fotos", "In 3 foto"]),
        (3, 1, ["In 3 photos, perhaps in 1 more", "Sur 3 photos, peut-être sur 1 autre",
                "Auf 3 Fotos, vielleicht auf 1 weiteren", "In 3 foto, forse in 1 altra"]),
        (1, 2, ["In 1 photo, perhaps in 2 more", "Sur 1 photo, peut-être sur 2 autres",
                "Auf 1 Foto, vielleicht auf 2 weiteren", "In 1 foto, forse in altre 2"]),
        (0, 1, ["Perhaps in 1 photo", "Peut-être sur 1 photo", "Vielleicht auf 1 Foto",
                "Forse in 1 foto"]),
        (0, 2, ["Perhaps in 2 photos", "Peut-être sur 2 photos", "Vielleicht auf 2 Fotos",
                "Forse in 2 foto"]),
    ],
)  # fmt: skip
def test_how_many_photos_show_a_runner(
    sure: int, unsure: int, told: list[str], page: Page, stage: Stage
) -> None:
    page.goto(stage.url)
    assert told == page.evaluate(
        """async (counts) => Object.values((await import("/static/texts.js")).TEXTS)
            .map((words) => words.status.inPhotos(...counts))""",
        [sure, unsure],
    )


def test_the_search_leads_to_the_runners_pictures(page: Page, house: House) -> None:
    page.goto(house.url)
    page.locator("#q").fill("12")
    hit = page.locator(".hit").first
    expect(hit.locator(".photo-thumbs a")).to_have_attribute("href", re.compile("pivot/12/a-01_"))
    hit.get_by_role("link", name="All pictures").click()
    expect(page).to_have_url(re.compile(r"/gallery\?bib=12$"))
    expect(page.locator("#runner-title")).to_have_text("Zoë Müller")


def test_the_ways_there_and_back(page: Page, stage: Stage) -> None:
    for start in (stage.url, f"{stage.url}operator"):
        page.goto(start)
        page.get_by_role("link", name="Status").click()
        expect(page).to_have_url(f"{stage.url}status")
        expect(page.locator("#rate-said")).to_have_text("Nobody has gone by yet.")
    page.get_by_role("link", name="Live page").click()
    expect(page).to_have_url(stage.url)


def test_no_text_of_the_page_stays_english(page: Page, house: House) -> None:
    page.goto(f"{house.url}?lang=de")
    page.locator("#q").fill("12")
    expect(page.locator(".hit")).to_have_count(3)
    german = set(page.evaluate(TEXTS))
    page.goto(f"{house.url}?lang=en")
    page.locator("#q").fill("12")
    expect(page.locator(".hit")).to_have_count(3)
    names = {"City run", "finish", "approach", "old", "Zoë Müller", "Bo Li", "LG Nord", "refused",
             "Live", "Webhook hooks.example", "Name", "Status", "182 ms", "· finish",
             "nvh264dec"}  # fmt: skip
    same = german & set(page.evaluate(TEXTS)) - names
    assert {text for text in same if not text.endswith(("ms", "GB", "MB"))} == set()


@pytest.mark.parametrize("text_size", ["100", "145"])
@pytest.mark.parametrize(
    "size",
    [
        pytest.param({"width": 320, "height": 640}, id="small phone"),
        pytest.param({"width": 820, "height": 1180}, id="tablet"),
        pytest.param({"width": 1440, "height": 900}, id="desktop"),
    ],
)
def test_nothing_is_wider_than_the_screen(
    page: Page, house: House, size: ViewportSize, text_size: str
) -> None:
    page.set_viewport_size(size)
    page.goto(f"{house.url}?lang=de")
    page.evaluate("size => { document.documentElement.dataset.size = size }", text_size)
    page.locator("#q").fill("12")
    expect(page.locator(".hit")).to_have_count(3)
    expect(page.locator("#plot svg")).to_be_visible()
    expect(page.locator("#machine .card")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    spilled = page.evaluate(
        """() => [...document.querySelectorAll(".card, .hit, .reason")].filter((it) =>
            it.scrollWidth > it.clientWidth + 1).map((it) => it.textContent)"""
    )
    assert spilled == []
