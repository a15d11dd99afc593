from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from stream.hub import PreviewBox
from stream.recording.room import DiskStatus, Level
from stream.recording.settings import GB
from stream.set_up_meter import SetUp
from stream.types import Clock, State
from tests.dashboard.fakes import jpeg, preview
from tests.dashboard.stage import Stage, row, visit, wait_for


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
        (
            "recorded",
            {"state": "playing", "fps": 25, "recording": {"state": "recording", "lost": 0}},
            "playing · 25.0 frames/s · recording",
            "No",
        ),
        (
            "recorded with losses",
            {
                "state": "playing",
                "recording": {"state": "recording stopped: the disk is full", "lost": 9},
            },
            "playing · recording stopped: the disk is full · 9 packets lost",
            "No",
        ),
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


@pytest.mark.parametrize(
    ("number_px", "sharpness", "agreement", "advice"),
    [
        (30.0, 0.7, None, ""),
        (30.0, 0.7, 0.9, ""),
        (17.6, 0.7, 0.9, "Bib numbers are 18 px tall at their nearest, reading wants 24"),
        (30.0, 0.3, 0.9, "Bib numbers are blurred"),
        (30.0, 0.7, 0.4, "Two readers seldom agree on these numbers"),
    ],
)
def test_a_camera_says_what_to_change(
    page: Page,
    tmp_path: Path,
    number_px: float,
    sharpness: float,
    agreement: float | None,
    advice: str,
) -> None:
    set_up = SetUp(number_px, 24.0, sharpness, 0.5, 5, None, agreement, 0.6).to_json()
    camera = {"name": "finish", "state": "playing", "set_up": set_up}
    stage = Stage(tmp_path, status={"cameras": [camera]})
    try:
        visit(page, stage)
        expect(page.locator(".camera-health")).to_have_text("playing")
        if advice:
            expect(page.locator(".camera-advice")).to_contain_text(advice)
        else:
            expect(page.locator(".camera-advice")).to_be_hidden()
    finally:
        stage.server.stop()


@pytest.mark.parametrize(
    ("disk", "said"),
    [
        pytest.param(None, "", id="nothing is recorded"),
        pytest.param(DiskStatus(Level.OK, 90 * GB, GB), "", id="room"),
        pytest.param(
            DiskStatus(Level.TIGHT, 8 * GB, GB, "", 7 * GB), "7.0 GB are left for video", id="tight"
        ),
        pytest.param(
            DiskStatus(Level.FULL, GB // 2, GB),
            "Recording has stopped: 500 MB are left on the disk. Tagging goes on.",
            id="full",
        ),
    ],
)
def test_the_page_warns_of_a_disk_that_gets_full(
    page: Page, tmp_path: Path, disk: DiskStatus | None, said: str
) -> None:
    status: dict[str, object] = {"cameras": [], "disk": None if disk is None else asdict(disk)}
    stage = Stage(tmp_path, status=status)
    try:
        visit(page, stage)
        if said:
            expect(page.get_by_role("alert")).to_contain_text(said)
        else:
            expect(page.locator("#disk")).to_be_hidden()
    finally:
        stage.server.stop()


def test_pictures_can_be_hidden_and_are_then_not_asked_for(page: Page, stage: Stage) -> None:
    visit(page, stage)
    assert wait_for(lambda: stage.race.hub.wants_previews("finish"))
    page.get_by_role("button", name="Hide pictures").click()
    expect(page.locator("#cameras")).to_be_hidden()
    assert wait_for(lambda: not stage.race.hub.wants_previews("finish"))
    stage.race.runner(1, "101")
    expect(row(page, "101")).to_be_visible()
    page.get_by_role("button", name="Show pictures").click()
    assert wait_for(lambda: stage.race.hub.wants_previews("finish"))
    expect(page.locator("#runners .runner")).to_have_count(1)


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
    expect(page.locator("#corrections")).to_be_visible()
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                """() => [document.activeElement.textContent.trim().split("\\n")[0],
                    getComputedStyle(document.activeElement).outlineStyle]"""
            )
        )
    assert [text for text, _ in reached] == [
        "Skip to the runners", "", "", "", "ENFRDEIT", "AA", "", "Hide pictures", "Favourites",
        "With bib", "Confirmed", "Not read", "Newest first", "Next to cross first",
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
