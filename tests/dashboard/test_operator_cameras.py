"""Drawing the line and the region in a real browser, into a real race file and a race that runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.camera_views import view_routes
from dashboard.corrections import correction_routes
from dashboard.race_view import RaceView
from dashboard.server import Server
from dashboard.serving import login_url
from stream.desk import Desk
from stream.finish import Approach, Line
from stream.hub import Hub
from stream.race_file_edit import read_view
from stream.settings import CameraSettings
from stream.store import Store
from tests.dashboard.fakes import entries, preview
from tests.dashboard.stage import PATIENCE_MS
from tests.stream.test_view_desk import racing

TEXT = '# Ours.\nname = "City"\n[[camera]]\nname = "finish"  # gantry\nsource = "a.mp4"\n'
DRAWN = "finish_line = [[0.2, 0.7], [0.8, 0.75]]\n"
STATUS: Mapping[str, object] = {
    "name": "finish", "state": "playing", "fps": 24.9, "nominal_fps": 25.0, "dropped": 4,
    "dropped_share": 0.004, "lag_ms": 310.0, "clock": "rtcp", "clock_offset_ms": -1240.0,
    "set_up": {
        "number_px": 18.0, "needed_px": 24.0, "sharpness": 0.62, "needed_sharpness": 0.5,
        "runners": 9, "exposure": {"median": 180, "white_share": 0.12, "black_share": 0.01},
        "faults": ["small", "bright"],
    },
}  # fmt: skip
STEP = 0.002


class Gantry:
    """A race that runs, its race file, and the operator's page over both."""

    def __init__(self, folder: Path, text: str = TEXT, tokens: bool = False) -> None:
        self._opened = ExitStack()
        self.file = folder / "race.toml"
        self.file.write_text(text)
        self.views, self.pipeline = self._opened.enter_context(racing(self.file))
        view = read_view(self.file, "finish").view
        self.pipeline.between_frames(lambda race: race.change_view("finish", view))
        store = self._opened.enter_context(Store.open(folder))
        self.hub = Hub(first_seq=1)
        race_view = RaceView(
            "City run", folder, ("finish",), status=lambda: {"cameras": [STATUS]}, time_zone="UTC"
        )
        self.tokens = Tokens(folder)
        app = create_app(
            self.hub,
            store,
            race_view,
            access=Access(folder, require_token=True) if tokens else None,
            corrections=correction_routes(store, Desk(store, self.hub), entries(), str(folder)),
            views=view_routes(self.views, lambda line: None),
        )
        server = Server(app, port=0)
        self.url = server.start()
        self._opened.callback(server.stop)

    def has(self) -> CameraSettings:
        """What the race file says; the race that runs must look at the same."""
        written = read_view(self.file, "finish").view
        assert self.pipeline.race.view("finish") == written
        return written

    def close(self) -> None:
        self._opened.close()


@pytest.fixture
def gantry(tmp_path: Path) -> Iterator[Gantry]:
    gantry = Gantry(tmp_path)
    yield gantry
    gantry.close()


@pytest.fixture
def drawn(tmp_path: Path) -> Iterator[Gantry]:
    gantry = Gantry(tmp_path, TEXT + DRAWN)
    yield gantry
    gantry.close()


def visit(page: Page, gantry: Gantry, query: str = "") -> None:
    """Open the cameras, with a picture of the camera."""
    page.goto(f"{gantry.url}operator{query}")
    page.locator("#cameras-toggle").click()
    expect(page.locator("#set-up")).to_be_visible()
    gantry.hub.show(preview())
    # Pictures are asked for on a new line; until it is there, none comes.
    end = PATIENCE_MS // 200
    for number in range(1, end):
        if page.locator(".camera-note.first").count() == 0:
            break
        gantry.hub.show(preview(frame_index=number))
        page.wait_for_timeout(200)
    expect(page.locator(".camera-note.first")).to_have_count(0)


def handle(page: Page, index: int) -> Locator:
    return page.locator(".handle").nth(index)


def begin(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    expect(handle(page, 0)).to_be_focused()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".drawing-note")).to_contain_text("Saved in the race file")


def drag(page: Page, what: Locator, by: tuple[float, float]) -> None:
    """Drag something by so many widths and heights of the picture."""
    what.scroll_into_view_if_needed()
    box, picture = what.bounding_box(), page.locator(".camera canvas").bounding_box()
    assert box is not None and picture is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] * picture["width"] / 2, y + by[1] * picture["height"] / 2)
    page.mouse.move(x + by[0] * picture["width"], y + by[1] * picture["height"])
    page.mouse.up()


def near(line: Line) -> object:
    return pytest.approx([part for end in line for part in end], abs=0.004)


def flat(line: Line | None) -> list[float]:
    assert line is not None
    return [part for end in line for part in end]


def test_a_line_is_drawn_with_the_mouse(page: Page, gantry: Gantry) -> None:
    visit(page, gantry)
    begin(page, "Finish line")
    drag(page, handle(page, 0), (0.1, -0.1))
    drag(page, handle(page, 1), (0.05, -0.05))
    save(page)
    view = gantry.has()
    assert flat(view.finish_line) == near(((0.2, 0.7), (0.95, 0.75)))
    assert (view.approach, view.region) == (Approach.AUTO, None)
    assert gantry.file.read_text().startswith(TEXT)
    expect(page.locator(".handle")).to_have_count(0)
    expect(page.locator(".line-drawn")).to_be_visible()


def test_a_line_is_drawn_with_the_keys_alone(page: Page, drawn: Gantry) -> None:
    visit(page, drawn)
    page.locator("#cameras-toggle").focus()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Finish line":
            break
    page.keyboard.press("Enter")
    expect(handle(page, 0)).to_be_focused()
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(handle(page, 0)).to_have_accessible_name(
        "One end of the line: 22 % from the left, 69.6 % from the top. Arrow keys move it."
    )
    page.keyboard.press("Tab")
    expect(handle(page, 1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Runners come from")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # turns the way round
    expect(page.get_by_label("Runners come from")).to_have_value("below")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".drawing-note")).to_contain_text("Saved in the race file")
    expect(page.get_by_role("button", name="Finish line")).to_be_focused()
    line = ((0.2 + 10 * STEP, 0.7 - 2 * STEP), (0.8 - STEP, 0.75))
    assert flat(drawn.has().finish_line) == pytest.approx([part for end in line for part in end])
    assert drawn.has().approach is Approach.BELOW


def test_an_end_may_lie_outside_the_picture(page: Page, drawn: Gantry) -> None:
    visit(page, drawn)
    begin(page, "Finish line")
    drag(page, handle(page, 0), (-0.25, 0.0))
    # Live video, where there is any, lies under the same picture.
    assert page.locator(".camera-video").bounding_box() == page.locator("canvas").bounding_box()
    save(page)
    assert flat(drawn.has().finish_line) == near(((-0.05, 0.7), (0.8, 0.75)))


def test_the_whole_line_is_moved(page: Page, drawn: Gantry) -> None:
    visit(page, drawn)
    begin(page, "Finish line")
    drag(page, page.locator(".line-drawn"), (0.1, 0.1))
    save(page)
    assert flat(drawn.has().finish_line) == near(((0.3, 0.8), (0.9, 0.85)))


def test_a_region_is_drawn_and_taken_out(page: Page, drawn: Gantry) -> None:
    visit(page, drawn)
    begin(page, "Region")
    drag(page, handle(page, 0), (0.15, 0.1))
    drag(page, handle(page, 2), (0.5, 0.5))  # no farther than the picture
    save(page)
    view = drawn.has()
    assert view.region == pytest.approx((0.2, 0.2, 1.0, 1.0), abs=0.004)
    assert view.finish_line == ((0.2, 0.7), (0.8, 0.75))
    begin(page, "Region")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".drawing-note")).to_contain_text("Saved")
    assert drawn.file.read_text() == TEXT + DRAWN


def test_a_line_is_taken_out(page: Page, drawn: Gantry) -> None:
    visit(page, drawn)
    expect(page.locator(".line-drawn")).to_be_visible()
    begin(page, "Finish line")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".drawing-note")).to_contain_text("Saved")
    assert drawn.has() == CameraSettings()
    assert drawn.file.read_text() == TEXT
    expect(page.locator(".line-drawn")).to_be_hidden()


@pytest.mark.parametrize("by", ["Escape", "Cancel"])
def test_what_is_cancelled_changes_nothing(page: Page, drawn: Gantry, by: str) -> None:
    visit(page, drawn)
    begin(page, "Finish line")
    page.keyboard.press("Shift+ArrowDown")
    if by == "Escape":
        page.keyboard.press(by)
    else:
        page.get_by_role("button", name=by).click()
    expect(page.locator(".handle")).to_have_count(0)
    assert drawn.file.read_text() == TEXT + DRAWN
    # The next drawing begins with what is set.
    begin(page, "Finish line")
    expect(handle(page, 0)).to_have_attribute("aria-label", re.compile("70 % from the top"))


def test_a_file_that_was_changed_meanwhile_is_told_of(page: Page, drawn: Gantry) -> None:
    visit(page, drawn)
    begin(page, "Finish line")
    page.keyboard.press("ArrowDown")
    by_hand = TEXT + DRAWN + "# by hand\n"
    drawn.file.write_text(by_hand)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".set-up .refusal")).to_contain_text("Cancel, and draw anew")
    assert drawn.file.read_text() == by_hand
    page.get_by_role("button", name="Cancel").click()
    begin(page, "Finish line")
    page.keyboard.press("ArrowDown")
    save(page)
    assert drawn.file.read_text() == by_hand.replace("[0.2, 0.7]", "[0.2, 0.702]")


def test_another_page_sees_what_was_drawn(browser: Browser, page: Page, gantry: Gantry) -> None:
    context = browser.new_context()
    other = context.new_page()
    visit(other, gantry)
    expect(other.locator(".line-drawn")).to_be_hidden()
    visit(page, gantry)
    begin(page, "Finish line")
    page.keyboard.press("ArrowUp")  # a level line has no height, and so is not visible to a test
    save(page)
    expect(other.locator(".line-drawn")).to_be_visible()
    context.close()


@pytest.mark.parametrize(
    ("role", "draws"), [(Role.VIEWER, False), (Role.OPERATOR, False), (Role.ADMIN, True)]
)
def test_only_an_admin_draws(page: Page, tmp_path: Path, role: Role, draws: bool) -> None:
    gantry = Gantry(tmp_path, TEXT + DRAWN, tokens=True)
    try:
        page.goto(login_url(gantry.url, gantry.tokens.add("tablet", role)))
        expect(page.locator("#line")).to_have_attribute("data-state", "live")
        visit(page, gantry)
        expect(page.locator(".line-drawn")).to_be_visible()
        button = page.get_by_role("button", name="Finish line")
        expect(button).to_have_count(1 if draws else 0)
    finally:
        gantry.close()


def test_a_finger_is_enough(browser: Browser, drawn: Gantry) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    visit(page, drawn)
    page.get_by_role("button", name="Finish line").tap()
    expect(handle(page, 0)).to_be_visible()
    box = handle(page, 0).bounding_box()
    assert box is not None and min(box["width"], box["height"]) >= 44
    before = handle(page, 0).get_attribute("aria-label") or ""
    touch = context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    there = [{"x": x + 40, "y": y - 40}]
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x + 20, "y": y - 20}]),
        ("touchMove", there),
        ("touchMove", there),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        # A finger that places something rests; one lifted in full swing is a fling, and Chromium
        # takes the next tap as the end of that.
        page.wait_for_timeout(150)
    expect(handle(page, 0)).not_to_have_attribute("aria-label", before)
    page.get_by_role("button", name="Save").tap()
    expect(page.locator(".drawing-note")).to_contain_text("Saved")
    (x0, y0), end = drawn.has().finish_line or ((0, 0), (0, 0))
    assert x0 > 0.25 and y0 < 0.65 and end == (0.8, 0.75)
    context.close()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", ["18 px, reading wants 24", "12.0 % white", "24.9 of 25.0", "0.4 %", "310 ms",
              "the camera’s own, 1.2 s ahead", "zoom in or go nearer, 1.3 times", "(NTP)"]),
        ("?lang=de", ["18 px, nötig sind 24", "12,0 % weiss", "1,2 s vor diesem Rechner"]),
        ("?lang=fr", ["18 px, il en faut 24", "en avance de 1,2 s"]),
        ("?lang=it", ["18 px, ne servono 24", "1,2 s avanti"]),
    ],
)  # fmt: skip
def test_the_meter_says_how_a_camera_is_set_up(
    page: Page, gantry: Gantry, query: str, told: list[str]
) -> None:
    visit(page, gantry, query)
    meter = page.locator(".set-up-meter")
    for words in told:
        expect(meter).to_contain_text(words)
    states = {
        row: page.locator(f'.meter-row[data-row="{row}"]').get_attribute("data-state")
        for row in ("height", "sharpness", "exposure", "fps", "dropped", "lag", "clock")
    }
    bad = [row for row, state in states.items() if state == "bad"]
    assert bad == ["height", "exposure", "clock"]
    assert set(states.values()) == {"ok", "bad"}


def test_the_keys_of_corrections_rest_meanwhile(page: Page, gantry: Gantry) -> None:
    visit(page, gantry)
    page.keyboard.type("12")
    page.locator("#cameras-toggle").click()
    expect(page.locator("#desk")).to_be_visible()
    expect(page.locator("#bib")).to_have_value("")


def test_a_race_that_does_not_run_has_no_cameras_to_set_up(page: Page, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        hub = Hub(first_seq=1)
        routes = correction_routes(store, Desk(store, hub), entries(), str(tmp_path))
        view = RaceView("City run", tmp_path, ("finish",))
        server = Server(create_app(hub, store, view, corrections=routes), port=0)
        url = server.start()
        try:
            page.goto(f"{url}operator#cameras")
            expect(page.locator("#desk")).to_have_attribute("aria-busy", "false")
            expect(page.locator("#cameras-toggle")).to_be_hidden()
            expect(page.locator("#desk")).to_be_visible()
        finally:
            server.stop()


@pytest.mark.parametrize(
    ("device", "size"),
    [
        ("small phone", {"width": 320, "height": 640}),
        ("phone", {"width": 390, "height": 844}),
        ("tablet", {"width": 820, "height": 1180}),
        ("desktop", {"width": 1440, "height": 900}),
    ],
)
def test_nothing_is_wider_than_the_screen(
    page: Page, drawn: Gantry, device: str, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    visit(page, drawn, "?lang=fr")
    page.locator(".drawing-tools button").first.click()
    expect(handle(page, 0)).to_be_focused()
    for text_size in ("100", "145"):
        page.evaluate("size => { document.documentElement.dataset.size = size }", text_size)
        check_widths(page, size)


def check_widths(page: Page, size: ViewportSize) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    wide = (
        "[...document.querySelectorAll('#set-up *')].filter(e => e.scrollWidth > e.clientWidth + 1"
    )
    wide += " && getComputedStyle(e).display !== 'inline' && !e.closest('.unseen, svg, select'))"
    assert page.evaluate(f"{wide}.map(e => e.className || e.tagName)") == []
    for one in page.locator(".drawing-work button, .handle").all():
        one.scroll_into_view_if_needed()
        expect(one).to_be_in_viewport()
