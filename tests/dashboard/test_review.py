"""A person judges suspicious annotations, and what becomes of that."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image as Pictures
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from dashboard.review import ReviewOptions, create_review_app, review
from dashboard.server import Server
from engines.errors import LabelError
from engines.train.labelled.coco_out import PARTS
from engines.train.labelled.data_set import DataSet
from engines.train.labelled.importers.reading import read_data_set
from engines.train.labelled.judged import CUT_PX, DECISIONS, Review, cut_with_box
from engines.types import Box, Kind
from tests.dashboard.fakes import jpeg

LOCAL = "http://localhost"
GOOD: Box = (200, 100, 300, 180)
DOUBLE: Box = (205, 102, 306, 183)
OUTSIDE: Box = (900, 10, 960, 60)


def labels(folder: Path, n_odd: int = 2, name: str = "set") -> Path:
    """Pictures of which the first have one bib twice, and one box that no picture has."""
    (folder / name).mkdir()
    boxes = [(n, GOOD) for n in range(12)] + [(n, DOUBLE) for n in range(n_odd)] + [(0, OUTSIDE)]
    for n in range(12):
        (folder / name / f"{name}-{n:02}.jpg").write_bytes(jpeg())
    pack = {
        "images": [{"id": n, "file_name": f"{name}-{n:02}.jpg"} for n in range(12)],
        "categories": [{"id": 1, "name": "bib"}],
        "annotations": [
            {
                "id": row,
                "image_id": n,
                "category_id": 1,
                "bbox": [b[0], b[1], b[2] - b[0], b[3] - b[1]],
                "number": str(100 + n),
            }
            for row, (n, b) in enumerate(boxes)
        ],
    }
    path = folder / name / "labels.json"
    path.write_text(json.dumps(pack))
    return path


def begun(path: Path, out: Path) -> Review:
    out.mkdir(exist_ok=True)
    return Review(read_data_set(path), out)


@pytest.fixture
def made(tmp_path: Path) -> Review:
    return begun(labels(tmp_path), tmp_path / "out")


@pytest.fixture
def client(made: Review) -> Iterator[TestClient]:
    with TestClient(create_review_app(made, host_names=["Laptop.local"]), LOCAL) as client:
        yield client


def accepted(made: Review) -> list[bool | None]:
    return [row["accept"] for row in made.to_json()["suspicions"]]


def test_the_page_is_told_everything(client: TestClient, made: Review) -> None:
    told = client.get("/api/review").json()
    assert (told["pictures"], told["boxes"]) == (12, 14)
    assert told["counts"] == {"all": 4, "decided": 0, "rejected": 0}
    assert len(told["problems"]) == 1
    assert "lies outside the picture" in told["problems"][0]
    first = told["suspicions"][0]
    assert first["id"] == made.suspicions[0].id
    assert (first["picture"], first["kind"], first["text"]) == ("set/set-00.jpg", "bib", "100")
    assert (first["doubt"], first["accept"]) == ("double box", None)
    assert "overlaps another bib box" in first["reason"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/static/review.js", "text/javascript"),
        ("/static/review.css", "text/css"),
        ("/api/review", "application/json"),
        ("/api/picture/{id}.jpg", "image/jpeg"),
    ],
)
def test_what_is_served_and_its_safety_headers(
    client: TestClient, made: Review, path: str, kind: str
) -> None:
    before = sorted(made.data.pictures[0].path.parents[1].rglob("*"))
    answer = client.get(path.format(id=made.suspicions[0].id))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-cache"
    assert sorted(made.data.pictures[0].path.parents[1].rglob("*")) == before


@pytest.mark.parametrize("path", ["/api/decide", "/api/finish"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_a_post_writes(client: TestClient, tmp_path: Path, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert method == "HEAD" or answer.json()["code"] == "method"
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("situation", "headers", "status"),
    [
        ("our own page", {"host": "localhost:8080", "origin": "http://localhost:8080"}, 200),
        ("a program without a page", {"host": "127.0.0.1:8080"}, 200),
        ("by a name that was given", {"host": "laptop.local"}, 200),
        ("another page", {"host": "localhost:8080", "origin": "http://evil.example"}, 403),
        ("another port", {"host": "localhost:8080", "origin": "http://localhost:9"}, 403),
        ("a page from nowhere", {"host": "localhost:8080", "origin": "null"}, 403),
        ("a name of the web that points here", {"host": "evil.example"}, 421),
    ],
)
@pytest.mark.parametrize("path", ["/api/decide", "/api/finish"])
def test_who_may_write(
    client: TestClient, made: Review, tmp_path: Path, path: str,
    situation: str, headers: dict[str, str], status: int,
) -> None:  # fmt: skip
    body = {"id": made.suspicions[0].id, "accept": False}
    assert client.post(path, json=body, headers=headers).status_code == status, situation
    assert (list((tmp_path / "out").iterdir()) != []) is (status == 200)


def decide(client: TestClient, made: Review, row: int, accept: bool | None) -> dict[str, int]:
    answer = client.post("/api/decide", json={"id": made.suspicions[row].id, "accept": accept})
    assert answer.status_code == 200
    counts: dict[str, int] = answer.json()["counts"]
    return counts


def test_a_review_goes_on_where_it_stopped(
    client: TestClient, made: Review, tmp_path: Path
) -> None:
    assert decide(client, made, 0, True) == {"all": 4, "decided": 1, "rejected": 0}
    assert decide(client, made, 1, False) == {"all": 4, "decided": 2, "rejected": 1}
    assert decide(client, made, 2, False) == {"all": 4, "decided": 3, "rejected": 2}
    assert decide(client, made, 2, None) == {"all": 4, "decided": 2, "rejected": 1}
    again = begun(tmp_path / "set/labels.json", tmp_path / "out")
    assert accepted(again) == accepted(made) == [True, False, None, None]


@pytest.mark.parametrize(
    ("situation", "body", "status"),
    [
        ("an annotation that nobody knows", {"id": "0", "accept": True}, 404),
        ("no decision", {"id": "{id}"}, 422),
        ("a word for a decision", {"id": "{id}", "accept": "yes"}, 422),
        ("a number for a decision", {"id": "{id}", "accept": 1}, 422),
        ("something more", {"id": "{id}", "accept": True, "box": 3}, 422),
    ],
)
def test_odd_decisions_are_refused(
    client: TestClient, made: Review, tmp_path: Path,
    situation: str, body: dict[str, object], status: int,
) -> None:  # fmt: skip
    body["id"] = str(body["id"]).format(id=made.suspicions[0].id)
    assert client.post("/api/decide", json=body).status_code == status, situation
    assert list((tmp_path / "out").iterdir()) == []


def test_a_decision_that_cannot_be_kept_does_not_count(
    client: TestClient, made: Review, tmp_path: Path
) -> None:
    (tmp_path / "out").rmdir()
    body = {"id": made.suspicions[0].id, "accept": True}
    answer = client.post("/api/decide", json=body)
    assert answer.status_code == 500
    assert "could not be kept" in answer.json()["detail"]
    assert accepted(made) == [None] * 4


@pytest.mark.parametrize(
    ("situation", "spoil", "message"),
    [
        ("it has gone", lambda path: path.unlink(), "is no readable picture"),
        ("it has another size", lambda path: path.write_bytes(jpeg(64, 64)), "has changed"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_told(
    client: TestClient,
    made: Review,
    situation: str,
    spoil: Callable[[Path], object],
    message: str,
) -> None:
    spoil(made.suspicions[0].path)
    answer = client.get(f"/api/picture/{made.suspicions[0].id}.jpg")
    assert answer.status_code == 409, situation
    assert message in answer.json()["detail"]
    assert client.get("/api/picture/0.jpg").status_code == 404


def test_the_page_shows_the_box_in_its_surroundings(client: TestClient, made: Review) -> None:
    answer = client.get(f"/api/picture/{made.suspicions[0].id}.jpg")
    shown = np.asarray(Pictures.open(io.BytesIO(answer.content)))
    assert max(shown.shape) == CUT_PX
    yellow = (shown[:, :, 0] > 200) & (shown[:, :, 1] > 160) & (shown[:, :, 2] < 90)
    assert 100 < yellow.sum() < 0.1 * yellow.size


@pytest.mark.parametrize(
    ("situation", "box", "others", "size"),
    [
        ("in the middle of a large picture", (900, 700, 1100, 800), [], (640, 512)),
        ("a tiny one is enlarged", (500, 500, 510, 510), [], (232, 232)),
        ("in the corner", (0, 0, 100, 100), [], (640, 640)),
        ("all of the picture", (0, 0, 2000, 1500), [], (640, 480)),
        ("with one to compare", (100, 100, 200, 200), [(1800, 100, 1900, 200)], (640, 480)),
    ],
)
def test_cuts(situation: str, box: Box, others: list[Box], size: tuple[int, int]) -> None:
    image = np.full((1500, 2000, 3), 90, np.uint8)
    cut = cut_with_box(image, box, others)
    assert (cut.shape[1], cut.shape[0]) == size, situation
    assert ((cut == (255, 214, 0)).all(axis=2)).any(), situation
    assert ((cut == (255, 255, 255)).all(axis=2)).any() is np.bool_(bool(others)), situation


@pytest.mark.parametrize(
    ("situation", "text", "message"),
    [
        ("broken", "{", "is no file of decisions"),
        ("a list", "[]", "is no file of decisions"),
        ("of other numbers", '{"decisions": {"a": 3}}', "is no file of decisions"),
        (
            "neither yes nor no",
            '{"decisions": {"a": {"accept": 1, "picture": "x"}}}',
            "is no file of decisions",
        ),
        (
            "of another data set",
            '{"decisions": {"a": {"accept": true, "picture": "other/x.jpg"}}}',
            r"another data set, for instance on other/x\.jpg; name another --out",
        ),
    ],
)
def test_decisions_that_are_not_ours(
    situation: str, text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / DECISIONS).write_text(text)
    with pytest.raises(LabelError, match=message):
        begun(labels(tmp_path), tmp_path)
    assert (tmp_path / DECISIONS).read_text() == text, situation


def test_decisions_outlive_pictures_that_come_and_go(made: Review, tmp_path: Path) -> None:
    made.decide(made.suspicions[0], False)
    made.decide(made.suspicions[2], True)
    fewer = DataSet(made.data.pictures[1:], ())
    assert accepted(Review(fewer, tmp_path / "out")) == [True, None]
    foreign = tuple(replace(p, path=tmp_path / "b" / p.path.name) for p in made.data.pictures)
    with pytest.raises(LabelError, match="another data set"):
        Review(DataSet(foreign, ()), tmp_path / "out")


def test_finishing_leaves_out_what_was_rejected(made: Review, tmp_path: Path) -> None:
    told: list[str] = []
    with TestClient(create_review_app(made, told.append), LOCAL) as client:
        decide(client, made, 1, False)
        decide(client, made, 2, True)
        answer = client.post("/api/finish", json={})
    assert answer.json()["written"] == told[0].splitlines()
    assert "rejected annotations, left out: 1" in told[0]
    assert "undecided, so kept: 2" in told[0]
    read = [each for name in PARTS for each in read_data_set(tmp_path / "out" / name).pictures]
    boxes = {each.path.name: [box.box for box in each.boxes] for each in read}
    assert boxes["set-00.jpg"] == [GOOD]
    assert boxes["set-01.jpg"] == [GOOD, DOUBLE]
    assert len(boxes) == 12


def test_a_finish_that_fails_is_told_and_the_page_stays(made: Review, tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "out/train.json").mkdir()
    with TestClient(create_review_app(made, told.append), LOCAL) as client:
        answer = client.post("/api/finish", json={})
    assert answer.status_code == 500
    assert "train.json cannot be written" in answer.json()["detail"]
    assert told == []


def test_without_a_page_the_decisions_so_far_count(
    made: Review, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.decide(made.suspicions[0], False)
    review(ReviewOptions((tmp_path / "set/labels.json",), tmp_path / "out", page=False))
    printed = capsys.readouterr()
    assert "12 pictures, 1 problems, 4 suspicious annotations, 1 of them decided" in printed.err
    assert "rejected annotations, left out: 1" in printed.out
    assert all((tmp_path / "out" / name).is_file() for name in PARTS)


@pytest.mark.parametrize(
    ("situation", "out", "message"),
    [
        ("results among the labels", "set/review", "lies in the data set"),
        ("a file in the way", "set.txt/out", "cannot be made"),
    ],
)
def test_bad_folders_are_told(situation: str, out: str, message: str, tmp_path: Path) -> None:
    labels(tmp_path)
    (tmp_path / "set.txt").touch()
    with pytest.raises(LabelError, match=message):
        review(ReviewOptions((tmp_path / "set",), tmp_path / out, page=False))


def test_no_usable_picture_is_told(tmp_path: Path) -> None:
    path = labels(tmp_path)
    for picture in path.parent.glob("*.jpg"):
        picture.unlink()
    with pytest.raises(LabelError, match=r"no usable picture: .*is missing"):
        review(ReviewOptions((path,), tmp_path / "out", page=False))


def test_names_of_classes_are_taken(tmp_path: Path) -> None:
    path = labels(tmp_path)
    path.write_text(path.read_text().replace('"bib"', '"startnummer"'))
    options = ReviewOptions((path,), tmp_path / "out", page=False)
    review(replace(options, classes={"startnummer": Kind.BIB}))
    kinds = {
        box.kind for p in read_data_set(tmp_path / "out/train.json").pictures for box in p.boxes
    }
    assert kinds == {Kind.BIB}


SERVE = """
import sys
from pathlib import Path
from dashboard.review import ReviewOptions, review
review(ReviewOptions((Path(sys.argv[1]),), Path(sys.argv[2]), port=0))
"""


@pytest.mark.parametrize(
    ("situation", "end", "printed"),
    [
        ("finished on the page", None, "wrote "),
        ("Ctrl-C", signal.SIGINT, "not finished; decisions are kept in "),
        ("its machine goes down", signal.SIGTERM, "not finished; decisions are kept in "),
    ],
)
def test_the_command_serves_until_its_end(
    situation: str, end: signal.Signals | None, printed: str, tmp_path: Path
) -> None:
    arguments = [sys.executable, "-c", SERVE, str(labels(tmp_path)), str(tmp_path / "out")]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as command:
        assert command.stderr
        told = next(line for line in command.stderr if "http://" in line)
        url = next(word for word in told.split() if word.startswith("http://"))
        if end is None:
            assert httpx.post(f"{url}api/finish", json={}, timeout=60).status_code == 200
        else:
            command.send_signal(end)
        out, _ = command.communicate(timeout=60)
    assert command.returncode == 0, situation
    assert out.startswith(printed)


@pytest.fixture
def url(made: Review) -> Iterator[str]:
    server = Server(create_review_app(made), port=0)
    yield server.start()
    server.stop()


def decisions(page: Page) -> list[str | None]:
    tiles = page.locator(".annotation").all()
    return [tile.get_attribute("data-decision") for tile in tiles]


def test_judging_by_keys_and_buttons(page: Page, made: Review, url: str, tmp_path: Path) -> None:
    page.goto(url)
    tiles = page.locator(".annotation")
    expect(page.locator("#progress")).to_have_text("0 of 4 decided, 0 rejected")
    expect(page.locator("#problems li")).to_contain_text("lies outside the picture")
    expect(tiles.first).to_contain_text("overlaps another bib box by")
    expect(tiles.first).to_be_focused()
    expect(page.locator("#undo")).to_be_disabled()
    page.keyboard.type("ar")
    expect(page.locator("#progress")).to_have_text("2 of 4 decided, 1 rejected")
    expect(tiles.nth(2)).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#progress")).to_have_text("1 of 4 decided, 0 rejected")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(3)).to_be_focused()
    tiles.nth(3).get_by_role("button", name="Reject").click()
    expect(page.locator("#progress")).to_have_text("2 of 4 decided, 1 rejected")
    assert decisions(page) == ["accepted", "open", "open", "rejected"]
    page.reload()
    expect(page.locator("#progress")).to_have_text("2 of 4 decided, 1 rejected")
    assert decisions(page) == ["accepted", "open", "open", "rejected"]
    expect(tiles.nth(1)).to_be_focused()
    assert tiles.first.locator("img").evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
    page.get_by_role("button", name="Finish").click()
    expect(page.locator("#done")).to_contain_text("rejected annotations, left out: 1")
    assert all((tmp_path / "out" / name).is_file() for name in PARTS)


def test_what_the_server_refuses_is_shown(
    page: Page, made: Review, url: str, tmp_path: Path
) -> None:
    made.suspicions[2].path.unlink()
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto(url)
    expect(page.locator(".annotation").first).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    (tmp_path / "out").rmdir()
    page.keyboard.press("a")
    expect(page.locator("#error")).to_contain_text("the decision could not be kept")
    expect(page.locator("#progress")).to_have_text("0 of 4 decided, 0 rejected")
    (tmp_path / "out").mkdir()
    page.keyboard.press("a")
    expect(page.locator("#error")).to_be_hidden()
    expect(page.locator("#progress")).to_have_text("1 of 4 decided, 0 rejected")
    page.locator(".annotation").nth(2).scroll_into_view_if_needed()
    expect(page.locator(".annotation").nth(2)).to_contain_text("is no readable picture")
