from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.server import Server
from stream.hub import Hub, PreviewBox
from stream.types import Clock, State
from tests.dashboard.fakes import FakeEntries, FakeRace, entries, jpeg, preview

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
RUNNERS = entries(
    ("101", "Anna", "Meier", "TV Nord"),
    ("7", "Jo", "Li", ""),
    ("1432", "Maximilian-Alexander", "von Hohenstein-Oberwalden", "Laufgemeinschaft " * 5),
)

# Nothing takes so long but on a machine that is busy with something else.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is missing (apt install chromium)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


class Stage:
    """A race, its page, and a server that can fall and rise."""

    def __init__(
        self,
        folder: Path,
        names: FakeEntries = RUNNERS,
        status: Mapping[str, object] | None = None,
    ) -> None:
        self.race = FakeRace(folder)
        self.view = RaceView(
            "City run", folder, ("finish",), names, lambda: status or {}, time_zone="UTC"
        )
        self.rise()

    def rise(self, port: int = 0) -> None:
        self.app = create_app(self.race.hub, self.race.archive, self.view)
        self.serve(port)

    def serve(self, port: int) -> None:
        self.server = Server(self.app, port=port)
        self.url = self.server.start()
        self.port = self.server.address[1]

    def begin_anew(self) -> None:
        """A new process: the archive is still there, the hub's memory is gone."""
        self.race.hub = Hub(first_seq=self.race.archive.seq + 1)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.server.stop()


def bibs(page: Page) -> list[str]:
    return page.locator("#runners .digits").all_inner_texts()


def visit(page: Page, stage: Stage) -> None:
    page.goto(stage.url)
    expect(page.locator("#line")).to_have_attribute("data-state", "live")


def row(page: Page, bib: str) -> Any:
    return page.locator(f'#runners .runner[data-bib="{bib}"]')


def test_an_empty_race_says_what_will_come(page: Page, stage: Stage) -> None:
    visit(page, stage)
    expect(page.locator("#race")).to_have_text("City run")
    expect(page.locator("#empty")).to_contain_text("Waiting for the first runner")
    expect(page.locator(".camera-note")).to_have_text("No picture yet")
    stage.race.runner(1, "101")
    expect(page.locator("#empty")).to_be_hidden()


def test_runners_appear_newest_first_and_keep_their_place(page: Page, stage: Stage) -> None:
    stage.race.runner(1, "101")
    visit(page, stage)
    expect(page.locator("#runners .runner")).to_have_count(1)
    stage.race.runner(2, "7")
    stage.race.opened(3)
    stage.race.runner(4, "88")
    stage.race.tagged(3, "55")
    stage.race.tagged(1, "101", State.CORRECTED)
    expect(row(page, "101")).to_have_attribute("data-state", "corrected")
    assert bibs(page) == ["88", "55", "7", "101"]
    page.reload()
    expect(page.locator("#runners .runner")).to_have_count(4)
    assert bibs(page) == ["88", "55", "7", "101"]


@pytest.mark.parametrize(
    ("state", "word", "style"),
    [
        (State.SEEN, "Seen", "dashed"),
        (State.CONFIRMED, "Confirmed", "solid"),
        (State.CORRECTED, "Corrected", "double"),
    ],
)
def test_states_differ_by_word_icon_and_border(
    page: Page, stage: Stage, state: State, word: str, style: str
) -> None:
    visit(page, stage)
    stage.race.runner(1, "101", state)
    chip = row(page, "101").locator(".chip").first
    expect(chip).to_contain_text(word)
    assert chip.locator("use").get_attribute("href") == f"#i-{state.value}"
    border = row(page, "101").locator(".bib").evaluate("it => getComputedStyle(it).borderTopStyle")
    assert border == style
    # Only a sure name is put in large and read aloud.
    sure = state is not State.SEEN
    expect(page.locator("#latest")).to_be_visible(visible=sure)
    expect(page.locator("#announce")).to_have_text(f"{word}: Bib 101, Anna Meier" if sure else "")


def test_a_row_says_who_when_where_and_how_sure(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.opened(1)
    stage.race.tagged(1, "101", posterior=0.99871)
    stage.race.crossed(1, Clock.ARRIVAL)
    stage.race.opened(2)
    stage.race.tagged(2, "9911", listed=False)
    anna = row(page, "101")
    expect(anna.locator(".name")).to_have_text("Anna Meier")
    expect(anna.locator(".more")).to_have_text("TV Nord")
    expect(anna.locator(".crossed dd")).to_have_text("≈ 15:06:41.0")
    expect(anna.locator(".from dd")).to_have_text("finish")
    expect(anna.locator(".sure dd")).to_have_text("99.8 %")
    expect(row(page, "9911")).to_contain_text("Not on the start list")
    expect(anna).not_to_contain_text("Not on the start list")


def test_a_tag_taken_back_leaves_the_list(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    stage.race.runner(2, "7")
    expect(page.locator("#latest .digits")).to_have_text("7")
    stage.race.tagged(2, None)
    expect(page.locator("#latest .digits")).to_have_text("101")
    assert bibs(page) == ["101"]


def test_counts_and_filters(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    stage.race.runner(2, "7", State.SEEN)
    stage.race.opened(3)
    stage.race.closed(3)
    stage.race.closed(1)
    expect(page.locator("#count-view")).to_have_text("1")
    expect(page.locator("#count-confirmed")).to_have_text("1")
    expect(page.locator("#count-unread")).to_have_text("1")
    for name, expected in (("Confirmed", ["101"]), ("Not read", ["–"]), ("With bib", ["7", "101"])):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#runners .digits")).to_have_text(expected)


def test_a_conflict_is_shown_on_both_runners(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    stage.race.runner(2, "7")
    stage.race.conflict(2, 1, "7")
    for bib in ("7", "101"):
        expect(row(page, bib)).to_contain_text("Another runner has this bib too")


def test_names_are_text_and_never_markup(page: Page, tmp_path: Path) -> None:
    evil = '<img src=x onerror="window.hacked=1"><b>Bobby</b>'
    stage = Stage(tmp_path, entries(("101", evil, "", evil)))
    try:
        visit(page, stage)
        stage.race.runner(1, "101")
        stage.race.runner(2, evil)
        expect(row(page, "101").locator(".name")).to_have_text(evil)
        expect(page.locator("#runners .digits").first).to_have_text(evil)
        assert page.locator("#runners b, #latest b, #runners img").count() == 0
        assert page.evaluate("window.hacked") is None
    finally:
        stage.server.stop()


def test_a_picture_that_arrives_after_its_tag_is_shown(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.opened(1)
    stage.race.tagged(1, "101", evidence="pivot/101/a.jpg")
    expect(row(page, "101")).to_be_visible()
    (stage.race.archive.folder / "pivot/101").mkdir(parents=True)
    (stage.race.archive.folder / "pivot/101/a.jpg").write_bytes(jpeg(60, 90))
    picture = row(page, "101").locator(".crop img")
    expect(picture).to_be_visible()
    assert picture.evaluate("it => it.naturalWidth") == 60


def test_after_a_dropped_line_events_go_on_without_loss_or_doubles(
    page: Page, stage: Stage
) -> None:
    frames: list[str] = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda data: frames.append(str(data))))
    visit(page, stage)
    stage.race.runner(1, "101")
    expect(row(page, "101")).to_be_visible()
    stage.server.stop()
    expect(page.locator("#line")).to_contain_text("Not connected")
    expect(page.locator("#outdated")).to_contain_text("may be out of date")
    stage.race.runner(2, "7")
    stage.race.crossed(1)
    stage.serve(stage.port)
    expect(page.locator("#runners .digits")).to_have_text(["7", "101"])
    expect(row(page, "101").locator(".crossed")).to_be_visible()
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    expect(page.locator("#outdated")).to_be_hidden()
    told = [frame for frame in frames if '"snapshot"' in frame]
    assert len(told) == 1, "the second connection must resume"
    for seq in range(1, 6):
        assert sum(f'"seq":{seq},' in frame for frame in frames) == 1


def test_after_a_restart_the_page_catches_up(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    stage.race.runner(2, "7", State.SEEN)
    expect(row(page, "7")).to_be_visible()
    stage.server.stop()
    stage.begin_anew()
    stage.race.tagged(2, "7", State.CONFIRMED)
    stage.race.runner(3, "88")
    stage.rise(stage.port)
    expect(page.locator("#runners .digits")).to_have_text(["88", "7", "101"])
    expect(row(page, "7")).to_have_attribute("data-state", "confirmed")
    stage.race.runner(4, "89")
    expect(page.locator("#runners .digits")).to_have_text(["89", "88", "7", "101"])
    expect(page.locator("#count-confirmed")).to_have_text("4")


def test_events_told_but_lost_with_the_old_server_are_forgotten(page: Page, stage: Stage) -> None:
    visit(page, stage)
    stage.race.runner(1, "101")
    written, seq = dict(stage.race.archive.rows), stage.race.archive.seq
    stage.race.runner(2, "7")
    expect(row(page, "7")).to_be_visible()
    stage.server.stop()
    # The old process died before the second runner was on disk; the new one uses its numbers.
    stage.race.archive.rows, stage.race.archive.seq = written, seq
    stage.begin_anew()
    for track_id in (3, 4, 5):
        stage.race.runner(track_id, f"{track_id}00")
    stage.rise(stage.port)
    expect(page.locator("#runners .digits")).to_have_text(["500", "400", "300", "101"])


def test_after_a_kill_the_page_catches_up(page: Page, tmp_path: Path) -> None:
    with racer(tmp_path, port=0, past=1, new=1) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator("#runners .digits")).to_have_text(["102", "101"])
    expect(page.locator("#line")).to_contain_text("Not connected")
    with racer(tmp_path, port, past=4, new=1):
        expect(page.locator("#runners .digits")).to_have_text(["105", "104", "103", "102", "101"])
        expect(page.locator("#line")).to_have_attribute("data-state", "live")


@contextmanager
def racer(folder: Path, port: int, past: int, new: int) -> Iterator[int]:
    """A server in a process of its own, killed in the end; gives its port."""
    words = ["-m", "tests.dashboard.racer", str(folder), str(port), str(past), str(new)]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def test_a_silent_line_is_noticed(page: Page, stage: Stage) -> None:
    page.clock.install()
    page.route_web_socket("**/ws*", lambda ws: None)
    page.goto(stage.url)
    expect(page.locator("#line")).to_contain_text("Connecting")
    page.clock.fast_forward(7100)
    expect(page.locator("#line")).to_contain_text("Not connected")


@pytest.mark.parametrize(
    ("situation", "picture_size"), [("as told", (640, 360)), ("half as large", (320, 180))]
)
def test_boxes_are_drawn_where_the_runners_are(
    page: Page, stage: Stage, situation: str, picture_size: tuple[int, int]
) -> None:
    visit(page, stage)
    picture = jpeg(*picture_size, colour=(20, 20, 220))
    boxes = (
        PreviewBox(1, (100.0, 80.0, 200.0, 300.0), "101", State.CONFIRMED),
        PreviewBox(2, (400.0, 80.0, 480.0, 300.0), None, None),
    )
    stage.race.hub.show(preview(*boxes, picture=picture))
    expect(page.locator(".camera-note")).to_be_hidden()
    expected = {
        (100, 200): (46, 229, 129),
        (200, 200): (46, 229, 129),
        (150, 300): (46, 229, 129),
        (400, 200): (255, 255, 255),
        (150, 200): (20, 20, 220),
        (300, 200): (20, 20, 220),
        (440, 70): (20, 20, 220),
        (103, 70): (46, 229, 129),
    }
    for place, colour in expected.items():
        assert far(pixels(page, *place), colour) < 24, (situation, place)


@pytest.mark.parametrize(
    ("situation", "camera", "caption", "note"),
    [
        (
            "well",
            {"state": "playing", "fps": 24.96, "dropped": 0},
            "playing · 25.0 frames/s",
            "No picture yet",
        ),
        (
            "behind",
            {"state": "playing", "fps": 9, "dropped": 12},
            "playing · 9.0 frames/s · 12 dropped",
            "No picture yet",
        ),
        ("broken", {"state": "closed", "error": "no route to host"}, "no route to host", "No"),
        ("over", {"state": "ended"}, "ended", "No more pictures: this camera has ended"),
    ],
)
def test_cameras_say_how_they_are(
    page: Page, tmp_path: Path, situation: str, camera: dict[str, object], caption: str, note: str
) -> None:
    stage = Stage(tmp_path, status={"cameras": [{"name": "finish", **camera}]})
    try:
        visit(page, stage)
        expect(page.locator(".camera-health")).to_have_text(caption)
        expect(page.locator(".camera-note")).to_contain_text(note)
        assert (page.locator(".camera.failed").count() == 1) is (situation == "broken")
    finally:
        stage.server.stop()


def pixels(page: Page, x: int, y: int) -> list[int]:
    """Red, green, blue and opacity of 3 x 3 points round a place of a 640 x 360 picture."""
    found: list[int] = page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector('[data-camera="finish"] canvas');
            const [px, py] = [x * canvas.width / 640, y * canvas.height / 360].map(Math.round);
            return [...canvas.getContext("2d").getImageData(px - 1, py - 1, 3, 3).data];
        }""",
        [x, y],
    )
    return found


def far(found: list[int], colour: tuple[int, int, int]) -> int:
    """How far the nearest of the points is from the colour, in its worst channel."""
    points = [found[i : i + 3] for i in range(0, len(found), 4)]
    return min(max(abs(a - b) for a, b in zip(point, colour, strict=True)) for point in points)


def test_pictures_can_be_hidden_and_are_then_not_asked_for(page: Page, stage: Stage) -> None:
    visit(page, stage)
    assert wait_for(stage.race.hub.wants_previews)
    page.get_by_role("button", name="Hide pictures").click()
    expect(page.locator("#cameras")).to_be_hidden()
    assert wait_for(lambda: not stage.race.hub.wants_previews())
    stage.race.runner(1, "101")
    expect(row(page, "101")).to_be_visible()
    page.get_by_role("button", name="Show pictures").click()
    assert wait_for(stage.race.hub.wants_previews)
    expect(page.locator("#runners .runner")).to_have_count(1)


def wait_for(what: Any) -> bool:
    end = time.monotonic() + PATIENCE_MS / 1000
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(what())


@pytest.mark.parametrize("text_size", ["100", "145"])
@pytest.mark.parametrize(
    ("device", "size"),
    [
        ("small phone", {"width": 320, "height": 640}),
        ("phone", {"width": 390, "height": 844}),
        ("tablet", {"width": 820, "height": 1180}),
        ("laptop", {"width": 1100, "height": 700}),
        ("desktop", {"width": 1440, "height": 900}),
        ("wall", {"width": 2560, "height": 1440}),
    ],
)
def test_nothing_is_wider_than_the_screen(
    page: Page, stage: Stage, device: str, size: ViewportSize, text_size: str
) -> None:
    for track_id, bib in enumerate(("101", "1432", "ABCD-12345", "7")):
        stage.race.runner(track_id, bib, State.CONFIRMED if track_id else State.SEEN)
        stage.race.crossed(track_id, Clock.ARRIVAL)
    stage.race.tagged(1, "1432", State.CONFIRMED, listed=False)
    stage.race.conflict(0, 1, "1432")
    page.set_viewport_size(size)
    visit(page, stage)
    page.evaluate("size => { document.documentElement.dataset.size = size }", text_size)
    expect(page.locator("#runners .runner")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], device
    spilled = page.evaluate(
        """() => [...document.querySelectorAll(".runner, .bib")].filter((it) =>
            it.scrollWidth > it.clientWidth + 1).map((it) => it.className + it.textContent)"""
    )
    assert spilled == [], device


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, stage: Stage) -> None:
    visit(page, stage)
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                """() => [document.activeElement.textContent.trim().split("\\n")[0],
                    getComputedStyle(document.activeElement).outlineStyle]"""
            )
        )
    assert [text for text, _ in reached] == [
        "Skip to the runners", "AA", "", "Hide pictures", "With bib", "Confirmed", "Not read",
    ]  # fmt: skip
    assert {outline for _, outline in reached} == {"solid"}


def test_dark_and_light(page: Page, stage: Stage) -> None:
    visit(page, stage)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("#theme").click()
    assert page.evaluate(ground) != light
    page.reload()
    assert page.evaluate(ground) != light
