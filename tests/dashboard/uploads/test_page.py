"""Photos are added on the gallery's page, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.access.tokens import Role
from dashboard.server import Server
from tests.dashboard.test_accessibility import DESKTOP, PHONE, faults
from tests.dashboard.uploads.house import BAD_DISK, House, tagger
from tests.stream.photos.staged import (
    BIB,
    PERSON,
    SECOND,
    SECOND_NUMBER,
    SECOND_SHEET,
    line,
    photo,
    shown,
)


class Shop:
    """A house with a server, and a tagger that waits for `gate`."""

    def __init__(self, folder: Path) -> None:
        staged = tagger()
        self.gate = staged.gate = threading.Event()
        self.house = House(folder / "race", staged, quiet_s=0.5)
        self.files = [photo(folder / f"{red}.jpg", red) for red in (100, 130, 160)]
        self.server = Server(self.house.app, port=0)
        self.url = f"{self.server.start()}gallery"

    def close(self) -> None:
        self.gate.set()
        self.server.stop()
        self.house.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.close()


def visit(page: Page, shop: Shop, query: str = "") -> None:
    page.goto(shop.url + query)
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    expect(page.locator("#add")).to_be_visible()


def test_photos_are_sent_tagged_and_seen(page: Page, shop: Shop, tmp_path: Path) -> None:
    visit(page, shop)
    expect(page.get_by_role("heading", name="No pictures yet")).to_be_visible()
    page.locator("#add").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#choose")).to_be_focused()
    page.evaluate(
        """() => document.getElementById("files").addEventListener("click", (event) => {
            event.preventDefault(); window.chosen = true; })"""
    )
    page.keyboard.press("Enter")
    page.wait_for_function("window.chosen")
    broken = tmp_path / "cut.jpg"
    broken.write_bytes(b"no picture")
    page.locator("#files").set_input_files([*shop.files, broken])
    expect(page.locator("#tagging-word")).to_have_text("Tagging: 0 of 3 photos")
    expect(page.locator("#failures-list li")).to_have_text(
        "cut.jpg This is no JPEG, PNG or WebP picture."
    )
    shop.gate.set()
    # No reload: what was tagged appears.
    expect(page.locator(".tile")).to_have_count(3)
    assert sorted(page.locator(".tile-bib").all_inner_texts()) == ["100", "130", "160"]
    expect(page.locator("#tagging")).to_be_hidden()
    expect(page.locator("#adding-said")).to_have_text("3 photos added.")
    page.locator("#files").set_input_files([shop.files[0]])
    expect(page.locator("#adding-said")).to_have_text("1 was there already.")
    expect(page.locator("#tagged-list li").last).to_have_text(
        "100.jpg was there already, as 100.jpg"
    )
    page.locator("#choose").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#adding")).to_be_hidden()
    expect(page.locator("#add")).to_be_focused()


def test_a_photo_that_is_broken_inside_is_not_added(page: Page, shop: Shop, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(shop.files[1].read_bytes()[:-900])
    shop.gate.set()
    visit(page, shop)
    page.locator("#files").set_input_files([shop.files[0], cut])
    expect(page.locator("#failures-list li")).to_contain_text("cut.jpg")
    expect(page.locator("#adding-said")).to_have_text("1 photo added.")


@pytest.mark.skipif(not BAD_DISK.exists(), reason="needs Linux")
def test_a_photo_that_the_disk_does_not_give(page: Page, shop: Shop) -> None:
    visit(page, shop)
    page.locator("#add").click()
    file = shop.house.shelf.place / "0123456789ab_late.jpg"
    file.parent.mkdir()
    file.symlink_to(BAD_DISK)
    shop.house.queue.add(file)
    expect(page.locator("#failures-list li")).to_have_text(
        "late.jpg could not be read; it is tried again when finishline starts the next time "
        "(cannot be read: Input/output error)"
    )


def test_files_are_dropped_and_two_at_most_are_sent_at_once(page: Page, shop: Shop) -> None:
    shop.gate.set()
    visit(page, shop)
    page.evaluate(
        """() => {
            const Former = XMLHttpRequest;
            window.most = 0; window.now = 0;
            window.XMLHttpRequest = class extends Former {
                send(body) {
                    window.now += 1; window.most = Math.max(window.most, window.now);
                    this.addEventListener("readystatechange", () => {
                        if (this.readyState === 4) window.now -= 1;
                    });
                    super.send(body);
                }
            };
        }"""
    )
    names = [file.name for file in shop.files]
    contents = [list(file.read_bytes()) for file in shop.files]
    page.evaluate(
        """([names, contents]) => {
            const moved = new DataTransfer();
            names.forEach((name, at) => moved.items.add(
                new File([new Uint8Array(contents[at])], name, { type: "image/jpeg" })));
            for (const type of ["dragover", "drop"]) {
                document.body.dispatchEvent(new DragEvent(
                    type, { bubbles: true, cancelable: true, dataTransfer: moved }));
            }
        }""",
        [names, contents],
    )
    expect(page.locator("#adding-said")).to_have_text("3 photos added.")
    expect(page.locator(".tile")).to_have_count(3)
    assert page.evaluate("window.most") == 2
    expect(page.locator("body")).not_to_have_class("dropping")


def test_what_is_under_way_is_cancelled_and_leaving_asks(page: Page, shop: Shop) -> None:
    held: list[object] = []
    page.route("**/api/photos", lambda route: held.append(route)
               if route.request.method == "POST" else route.continue_())  # fmt: skip
    visit(page, shop)
    page.locator("#add").click()
    page.locator("#files").set_input_files([*shop.files])
    expect(page.locator("#sending-word")).to_contain_text("0 of 3 photos")
    asks = "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert page.evaluate(asks) is True
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#sending")).to_be_hidden()
    expect(page.locator("#adding-said")).to_have_text("Cancelled: 3 photos were not sent.")
    assert page.evaluate(asks) is False
    expect(page.locator("#failures")).to_be_hidden()
    assert len(held) <= 2
    assert shop.house.shelf.photos() == ()


def test_what_was_read_is_told_of_each_photo(page: Page, shop: Shop, tmp_path: Path) -> None:
    two = [line("130"), line("170", 0.7, SECOND_NUMBER, SECOND_SHEET)]
    shop.house.tagger.photos = {
        100: shown([PERSON, BIB], [line("100")]),
        130: shown([PERSON, BIB, SECOND], two),
        160: shown([PERSON, BIB], [line("160", 0.7)]),
        190: shown([PERSON], []),
    }
    shop.gate.set()
    visit(page, shop)
    page.locator("#files").set_input_files([photo(tmp_path / "写真.jpg", 190)])
    told = page.locator("#tagged-list li")
    expect(told).to_have_text("photo.jpg no bib (sent as 写真.jpg)")
    expect(page.locator("#adding-said")).to_have_text("1 photo added.")
    for file, text in zip(
        shop.files, ("bib 100", "bib 130; unsure: 170", "unsure: 160"), strict=True
    ):
        page.locator("#files").set_input_files([file])
        expect(told.first).to_have_text(f"{file.name} {text}")
        expect(page.locator("#adding-said")).to_have_text("1 photo added.")


def test_what_did_not_come_through_is_sent_again(page: Page, shop: Shop) -> None:
    shop.gate.set()
    visit(page, shop)
    page.route("**/api/photos", lambda route: route.abort())
    page.locator("#add").click()
    page.locator("#files").set_input_files([shop.files[1]])
    expect(page.locator("#failures-list li")).to_contain_text("130.jpg did not come through")
    page.unroute("**/api/photos")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#adding-said")).to_have_text("1 photo added.")
    expect(page.locator("#failures")).to_be_hidden()
    expect(page.locator(".tile-bib")).to_have_text(["130"])


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_operators_are_offered_it(browser: Browser, shop: Shop, role: Role) -> None:
    context = browser.new_context(
        extra_http_headers={"authorization": f"Bearer {shop.house.tokens[role.word]}"}
    )
    page = context.new_page()
    with page.expect_response("**/api/photos"):
        page.goto(shop.url)
    page.wait_for_load_state("networkidle")
    expect(page.locator("#add")).to_be_visible(visible=role is Role.OPERATOR)
    context.close()


def test_the_open_panel_keeps_the_rules(page: Page, shop: Shop, tmp_path: Path) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, shop)
    (tmp_path / "cut.jpg").write_bytes(b"no picture")
    page.route("**/api/photos", lambda route: route.abort())
    page.locator("#add").click()
    page.locator("#files").set_input_files([shop.files[0]])
    expect(page.locator("#send-again")).to_be_visible()
    page.unroute("**/api/photos")
    page.locator("#files").set_input_files([*shop.files, tmp_path / "cut.jpg"])
    expect(page.locator("#tagging-word")).to_have_text("Tagging: 0 of 3 photos")
    expect(page.locator("#failures-list li")).to_have_count(2)
    expect(page.locator("#send-again")).to_be_visible()
    found = {}
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        for device, size in (("phone", PHONE), ("desktop", DESKTOP)):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            if told := faults(page):
                found[theme, device] = told
    assert found == {}


RATE = """async (seen) => {
    const { Rate } = await import("/static/photo_sender.js");
    const rate = new Rate(1000);
    for (const [done, at] of seen) rate.note(done, at);
    return rate.left(10);
}"""


@pytest.mark.parametrize(
    ("seen", "left"),
    [
        pytest.param([], None, id="nothing seen"),
        pytest.param([(0, 0)], None, id="seen once"),
        pytest.param([(2, 0), (2, 500)], None, id="nothing is done"),
        pytest.param([(0, 0), (5, 500)], 1, id="half a second for five"),
        pytest.param([(0, 0), (1, 4000), (6, 5500)], 3, id="the last while counts"),
        pytest.param([(9, 0), (0, 400), (5, 900)], 1, id="begun anew"),
    ],
)
def test_time_left(page: Page, shop: Shop, seen: list[tuple[int, int]], left: float | None) -> None:
    page.goto(shop.url)
    assert page.evaluate(RATE, seen) == left


CANCELLED = """async (steps) => {
    const { Sender } = await import("/static/photo_sender.js");
    const requests = [];
    window.XMLHttpRequest = class {
        upload = {};
        open() {}
        setRequestHeader() {}
        abort() { this.onabort(); }
        send(file) { this.file = file; requests.push(this); }
        answer(status, told) {
            Object.assign(this, { status, responseText: JSON.stringify(told) }).onload();
        }
    };
    const sender = new Sender(() => {});
    const does = {
        add: (name) => sender.add([new File(["x"], name)]),
        cancel: () => sender.cancel(),
        up: () => requests.at(-1).upload.onload(),
        taken: () => requests.at(-1).answer(202, { name: requests.at(-1).file.name }),
        later: () => requests.at(-1).answer(429, { about: { seconds: 0.1 } }),
        wait: () => new Promise((go) => { setTimeout(go, 300); }),
    };
    for (const step of steps) {
        const [what, name] = step.split(" ");
        await does[what](name);
        await new Promise((go) => { setTimeout(go, 0); });
    }
    return [requests.map(({ file }) => file.name), sender.done, sender.n, sender.cancelled];
}"""


@pytest.mark.parametrize(
    ("steps", "became"),
    [
        pytest.param("add a, cancel", (["a"], 0, 0, 1), id="on its way"),
        pytest.param("add a, later, wait, taken", (["a", "a"], 1, 1, 0), id="comes again later"),
        pytest.param(
            "add a, later, cancel, wait", (["a"], 0, 0, 1), id="while it waits to come again"
        ),
        pytest.param(
            "add a, later, cancel, add b, wait, taken",
            (["a", "b"], 1, 1, 0),
            id="another is added then",
        ),
        pytest.param("add a, up, cancel, taken", (["a"], 1, 1, 0), id="all of it is there already"),
        pytest.param(
            "add a, up, cancel, later, wait", (["a"], 0, 0, 1), id="there, and not taken now"
        ),
    ],
)
def test_what_is_cancelled_is_not_sent(
    page: Page, shop: Shop, steps: str, became: tuple[list[str], int, int, int]
) -> None:
    page.goto(shop.url)
    assert page.evaluate(CANCELLED, steps.split(", ")) == list(became)


SENT = """async (photos) => {
    const { Sender } = await import("/static/photo_sender.js");
    const answers = photos.map(([, name, already]) => JSON.stringify({ name, already }));
    window.XMLHttpRequest = class {
        upload = {};
        open() {}
        setRequestHeader() {}
        send() { Object.assign(this, { status: 202, responseText: answers.shift() }).onload(); }
    };
    const sender = new Sender(() => {});
    sender.add(photos.map(([sent]) => new File(["x"], sent)));
    while (sender.busy) await new Promise((go) => { setTimeout(go, 5); });
    return [Object.fromEntries(sender.renamed), sender.there];
}"""


@pytest.mark.parametrize(
    ("photos", "renamed", "there"),
    [
        pytest.param([("a.jpg", "a.jpg", False)], {"a.jpg": None}, [], id="the same name"),
        pytest.param(
            [("IMG 1 (2).JPEG", "img-1-2.jpg", False)], {"img-1-2.jpg": None}, [],
            id="other punctuation and case",
        ),
        pytest.param(
            [("写真.jpg", "photo.jpg", False)], {"photo.jpg": "写真.jpg"}, [], id="another name"
        ),
        pytest.param(
            [("写真.jpg", "photo.jpg", False), ("photo.jpg", "photo.jpg", False)],
            {"photo.jpg": None}, [], id="the same comes again under its own",
        ),
        pytest.param(
            [("写真.jpg", "photo.jpg", False), ("到着.jpg", "photo.jpg", False)],
            {"photo.jpg": None}, [], id="two of them",
        ),
        pytest.param(
            [("a.jpg", "b.jpg", True), ("c.jpg", "c.jpg", True)],
            {}, [["c.jpg", "c.jpg"], ["a.jpg", "b.jpg"]], id="there already, the newest first",
        ),
        pytest.param(
            [(f"{n}.jpg", "a.jpg", True) for n in range(25)],
            {}, [[f"{n}.jpg", "a.jpg"] for n in range(24, 4, -1)], id="the newest twenty",
        ),
    ],
)  # fmt: skip
def test_what_photos_are_called(
    page: Page,
    shop: Shop,
    photos: list[tuple[str, str, bool]],
    renamed: dict[str, str | None],
    there: list[list[str]],
) -> None:
    page.goto(shop.url)
    assert page.evaluate(SENT, photos) == [renamed, there]
