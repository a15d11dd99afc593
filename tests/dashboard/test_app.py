from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from dashboard.app import STATIC, create_app
from dashboard.race_view import RaceView
from tests.dashboard.fakes import FakeRace, jpeg

LOCAL = "http://localhost"


@pytest.fixture
def race(tmp_path: Path) -> FakeRace:
    folder = tmp_path / "race"
    for room in ("pivot/101", "unknown/3", "face_pivot/101"):
        (folder / room).mkdir(parents=True)
        (folder / room / "a.jpg").write_bytes(jpeg(20, 20))
    (folder / "race.db").write_bytes(b"secret")
    (folder / "pivot/note.svg").write_text("<svg/>")
    (tmp_path / "outside.jpg").write_bytes(jpeg(20, 20))
    (folder / "pivot/link.jpg").symlink_to(tmp_path / "outside.jpg")
    return FakeRace(folder)


@pytest.fixture
def client(race: FakeRace) -> Iterator[TestClient]:
    view = RaceView(
        "City run", race.archive.folder, status=lambda: {"cameras": [{"name": "finish", "fps": 25}]}
    )
    app = create_app(race.hub, race.archive, view, host_names=["Timing-Laptop.local"])
    with TestClient(app, LOCAL) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/static/main.js", "text/javascript"),
        ("/static/style.css", "text/css"),
        ("/static/icon.svg", "image/svg+xml"),
        ("/api/runners", "application/json"),
        ("/api/status", "application/json"),
        ("/api/openapi.json", "application/json"),
        ("/login", "text/html"),
        ("/healthz", "text/plain"),
        ("/evidence/pivot/101/a.jpg", "image/jpeg"),
        ("/evidence/unknown/3/a.jpg", "image/jpeg"),
    ],
)
def test_what_is_served_and_its_safety_headers(client: TestClient, path: str, kind: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "cache-control" in answer.headers or kind == "text/plain" or "openapi" in path
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("situation", "path"),
    [
        ("not there", "pivot/101/b.jpg"),
        ("the database", "race.db"),
        ("a face", "face_pivot/101/a.jpg"),
        ("up and away", "pivot/../race.db"),
        ("up and away, encoded", "pivot/%2e%2e/%2e%2e/outside.jpg"),
        ("up by a backslash", "pivot/..%5c..%5coutside.jpg"),
        ("an absolute path", "/etc/passwd"),
        ("a link that leads out", "pivot/link.jpg"),
        ("a picture that can carry a program", "pivot/note.svg"),
        ("a folder", "pivot/101"),
        ("a null byte", "pivot/101/a.jpg%00.jpg"),
        ("nothing", ""),
    ],
)
def test_only_pictures_of_runners_are_served(client: TestClient, situation: str, path: str) -> None:
    answer = client.get("/evidence/" + path)
    assert answer.status_code == 404, situation
    assert b"secret" not in answer.content


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        pytest.param("text/html,*/*", 303, id="a browser that was led there"),
        pytest.param("image/avif,image/*,*/*;q=0.8", 404, id="a picture in a page"),
        pytest.param("*/*", 404, id="a program"),
    ],
)
def test_who_is_led_to_a_picture_that_is_gone(client: TestClient, accept: str, status: int) -> None:
    path, headers = "/evidence/pivot/101/b.jpg", {"accept": accept}
    answer = client.get(path, headers=headers, follow_redirects=False)
    assert answer.status_code == status
    if status == 303:
        assert answer.headers["location"] == "/gallery?gone=1"
    else:
        assert answer.json()["code"] == "picture_unknown"


@pytest.mark.parametrize(
    ("moves", "status"),
    [
        pytest.param(1, 200, id="to another folder"),
        pytest.param(2, 200, id="twice"),
        pytest.param(9, 404, id="again and again"),
    ],
)
def test_a_picture_may_move_while_it_is_served(
    race: FakeRace, client: TestClient, monkeypatch: pytest.MonkeyPatch, moves: int, status: int
) -> None:
    whole = race.archive.folder / "pivot/101/a.jpg"
    gone = race.archive.folder / "unknown/3/moved.jpg"
    left = iter([True] * moves)
    read = Path.read_bytes

    def reading(path: Path) -> bytes:
        return read(gone if path == whole.resolve() and next(left, False) else path)

    monkeypatch.setattr(Path, "read_bytes", reading)
    answer = client.get("/evidence/pivot/101/a.jpg")
    assert answer.status_code == status
    assert (answer.content == read(whole)) is (status == 200)


@pytest.mark.parametrize("path", ["/api/nothing", "/nothing", "/static/nothing.js"])
def test_what_is_not_there_is_told_like_every_refusal(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json() == {
        "detail": "there is nothing at this address",
        "code": "path_unknown",
        "about": {},
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/api/runners", "/api/status", "/evidence/pivot/101/a.jpg"])
def test_nothing_can_be_written(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("situation", "host", "status"),
    [
        ("this machine", "localhost:8000", 200),
        ("this machine by number", "127.0.0.1:8000", 200),
        ("this machine by its long number", "[::1]:8000", 200),
        ("in the local network", "192.168.1.20:8000", 200),
        ("by a name that was given", "timing-laptop.local:8000", 200),
        ("a name of the web that points here", "evil.example:8000", 421),
        ("a name that begins well", "localhost.evil.example", 421),
        ("no name", "", 421),
        ("no name at all", "[", 421),
    ],
)
def test_names_that_are_answered(
    client: TestClient, situation: str, host: str, status: int
) -> None:
    answer = client.get("/api/status", headers={"host": host})
    assert answer.status_code == status, situation
    if status != 200:
        assert set(answer.json()) == {"detail", "code", "about"}
        assert answer.json()["code"] == "host_name", situation


@pytest.mark.parametrize(
    ("situation", "headers", "welcome"),
    [
        ("our own page", {"host": "localhost:8000", "origin": "http://localhost:8000"}, True),
        ("a program without a page", {"host": "localhost:8000"}, True),
        ("another page", {"host": "localhost:8000", "origin": "http://evil.example"}, False),
        ("another port", {"host": "localhost:8000", "origin": "http://localhost:9"}, False),
        ("a page from a file", {"host": "localhost:8000", "origin": "null"}, False),
        ("another name", {"host": "evil.example", "origin": "http://evil.example"}, False),
    ],
)
def test_who_may_listen(
    client: TestClient, situation: str, headers: dict[str, str], welcome: bool
) -> None:
    if welcome:
        with client.websocket_connect("/ws", headers=headers) as socket:
            assert '"hello"' in socket.receive_text(), situation
    else:
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ws", headers=headers):
            pass


def test_runners_as_json(client: TestClient, race: FakeRace) -> None:
    race.runner(1, "101")
    race.runner(2, "7")
    assert [row["bib"] for row in client.get("/api/runners").json()["runners"]] == ["7", "101"]
    assert len(client.get("/api/runners?limit=1").json()["runners"]) == 1
    assert client.get("/api/runners?limit=0").status_code == 422


def test_status_as_json(client: TestClient) -> None:
    expected = {"race": "City run", "cameras": [{"name": "finish", "fps": 25}]}
    assert client.get("/api/status").json() == expected


def test_the_page_asks_no_other_server_for_anything() -> None:
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text, file.name


def test_the_page_writes_no_markup_from_texts() -> None:
    for file in STATIC.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in text, file.name
