from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from dashboard import live
from dashboard.app import create_app
from dashboard.live import PreviewWindow
from dashboard.race_view import RaceView
from stream.hub import Hub
from tests.dashboard.fakes import FakeRace, entries, preview
from tests.dashboard.stage import wait_for

Said = dict[str, Any]
ANNA = entries(("101", "Anna", "Meier", "TV Nord"))


@pytest.fixture
def race(tmp_path: Path) -> FakeRace:
    return FakeRace(tmp_path)


@pytest.fixture
def client(race: FakeRace) -> Iterator[TestClient]:
    view = RaceView("City run", race.archive.folder, ("finish",), ANNA)
    with TestClient(create_app(race.hub, race.archive, view), "http://localhost") as client:
        yield client


def hear(socket: WebSocketTestSession, wanted: Callable[[Said], bool]) -> list[Said]:
    """All that is said, beats and pictures apart, up to and with the first that is wanted."""
    heard: list[Said] = []
    while True:
        message = socket.receive()
        if "text" not in message:
            assert message["type"] == "websocket.send", message
            continue
        said = json.loads(message["text"])
        if said["type"] not in {"beat", "preview"}:
            heard.append(said)
        if wanted(said):
            return heard


def until(seq: int) -> Callable[[Said], bool]:
    return lambda said: said.get("seq", 0) >= seq and said["type"] != "hello"


def of_type(kind: str) -> Callable[[Said], bool]:
    return lambda said: said["type"] == kind


@contextmanager
def visit(client: TestClient, query: str = "") -> Iterator[WebSocketTestSession]:
    with client.websocket_connect("ws://localhost/ws" + query) as socket:
        yield socket


def test_a_new_viewer_gets_the_past_as_a_snapshot_and_then_events(
    client: TestClient, race: FakeRace
) -> None:
    race.runner(1, "101")
    with visit(client) as socket:
        hello, snapshot = hear(socket, of_type("snapshot"))
        assert hello["resumed"] is False
        assert [row["bib"] for row in snapshot["runners"]] == ["101"]
        assert snapshot["runners"][0]["entry"]["name"] == "Anna Meier"
        race.crossed(1)
        assert [said["type"] for said in hear(socket, until(3))] == ["crossed"]


def test_events_between_the_snapshot_and_the_hub_are_neither_lost_nor_doubled(
    client: TestClient, race: FakeRace
) -> None:
    race.runner(1, "101")
    # The archive writes behind: two events are in the hub and not yet on the disk.
    seq = race.hub.publish(next_event(race, 2)).seq
    race.hub.publish(next_event(race, 3))
    with visit(client) as socket:
        heard = hear(socket, until(seq + 1))
    assert [said.get("seq") for said in heard] == [None, 2, 3, 4]


def test_a_returning_viewer_goes_on_where_it_was(client: TestClient, race: FakeRace) -> None:
    race.runner(1, "101")
    with visit(client) as socket:
        hello, _ = hear(socket, of_type("snapshot"))
    race.runner(2, "7")
    with visit(client, f"?after=2&server={hello['server']}") as socket:
        heard = hear(socket, until(4))
    assert [(said["type"], said.get("seq")) for said in heard] == [
        ("hello", None), ("opened", 3), ("tagged", 4),
    ]  # fmt: skip
    assert heard[0]["resumed"] is True


@pytest.mark.parametrize(
    ("situation", "query"),
    [
        ("the server was started anew", "?after=2&server=of-yesterday"),
        ("the client does not say of which server", "?after=2"),
        ("the number is from the future", "?after=999&server={server}"),
    ],
)
def test_a_viewer_whose_place_is_not_sure_gets_a_snapshot(
    client: TestClient, race: FakeRace, situation: str, query: str
) -> None:
    race.runner(1, "101")
    with visit(client) as socket:
        server = hear(socket, of_type("hello"))[0]["server"]
    with visit(client, query.format(server=server)) as socket:
        hello, snapshot = hear(socket, of_type("snapshot"))
    assert hello["resumed"] is False, situation
    assert snapshot["seq"] == 2


def test_a_viewer_who_missed_more_than_the_hub_keeps_gets_a_snapshot(
    race: FakeRace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_REPEAT_SNAPSHOT_S", 0.01)
    race.hub = Hub(keep=4)
    view = RaceView("City run", race.archive.folder)
    with TestClient(create_app(race.hub, race.archive, view), "http://localhost") as client:
        with visit(client) as socket:
            server = hear(socket, of_type("snapshot"))[0]["server"]
        for track_id in range(1, 6):
            race.runner(track_id, str(track_id))
        with visit(client, f"?after=0&server={server}") as socket:
            heard = hear(socket, of_type("snapshot"))
            assert [said["type"] for said in heard] == ["hello", "snapshot"]
            assert (heard[1]["seq"], len(heard[1]["runners"])) == (10, 5)
            race.opened(9)
            assert [said["seq"] for said in hear(socket, until(11))] == [11]


def test_four_hundred_events_at_once_arrive_in_order(client: TestClient, race: FakeRace) -> None:
    with visit(client) as socket:
        hear(socket, of_type("snapshot"))
        for track_id in range(1, 401):
            race.opened(track_id)
        heard = hear(socket, until(400))
    assert [said["seq"] for said in heard] == list(range(1, 401))


def test_tags_come_while_a_viewer_has_not_drawn_its_pictures(
    client: TestClient, race: FakeRace
) -> None:
    pictures = 0
    with visit(client) as socket:
        hear(socket, of_type("snapshot"))
        for frame_index in range(5):
            race.hub.show(preview(frame_index=frame_index))
            race.opened(frame_index)
            message = socket.receive()
            while '"opened"' not in message.get("text", ""):
                pictures += "bytes" in message
                message = socket.receive()
        assert pictures == live.PICTURES_UNDER_WAY
        socket.send_text('{"type":"shown"}')
        assert next_picture(socket)["frame_index"] == 4


def test_a_viewer_without_pictures_gets_none(client: TestClient, race: FakeRace) -> None:
    with visit(client, "?previews=0") as socket:
        hear(socket, of_type("snapshot"))
        assert not race.hub.wants_previews("finish")
        race.hub.show(preview())
        race.opened(1)
        message = socket.receive()
        while '"opened"' not in message["text"]:
            assert '"preview"' not in message["text"]
            message = socket.receive()


def test_no_pictures_of_cameras_whose_video_is_watched(client: TestClient, race: FakeRace) -> None:
    def without(*cameras: str) -> None:
        socket.send_text(json.dumps({"type": "pictures", "without": cameras}))
        assert wait_for(lambda: race.hub.wants_previews("finish") is ("finish" not in cameras))

    with visit(client) as socket:
        hear(socket, of_type("snapshot"))
        without("finish")
        race.hub.show(preview(frame_index=1))
        race.hub.show(preview(camera="side", frame_index=2))
        assert next_picture(socket)["camera"] == "side"
        without()
        race.hub.show(preview(frame_index=3))
        assert next_picture(socket)["frame_index"] == 3


def test_the_hub_is_left_when_the_viewer_goes(client: TestClient, race: FakeRace) -> None:
    with visit(client) as socket:
        hear(socket, of_type("snapshot"))
        assert race.hub.wants_previews("finish")
    assert not race.hub.wants_previews("finish")


@pytest.mark.parametrize(
    ("situation", "query", "text"),
    [
        ("no number", "?after=soon", None),
        ("a number that is none", "?after=²", None),
        ("no JSON", "", "hello?"),
        ("no type", "", "{}"),
    ],
)
def test_nonsense_ends_the_connection(
    client: TestClient, situation: str, query: str, text: str | None
) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, visit(client, query) as socket:
        if text is not None:
            socket.send_text(text)
        while True:
            socket.receive_text()
    assert closed.value.code == 1008, situation
    assert "expected" in closed.value.reason


def test_beats_carry_the_status(race: FakeRace) -> None:
    view = RaceView("City run", race.archive.folder, status=lambda: {"looks_waiting": 4})
    app = create_app(race.hub, race.archive, view)
    with TestClient(app, "http://localhost") as client, visit(client) as socket:
        while (said := json.loads(socket.receive_text()))["type"] != "beat":
            pass
    assert (said["status"], said["last_seq"]) == ({"looks_waiting": 4}, 0)


def test_preview_window_keeps_the_newest_of_each_camera_and_is_fair() -> None:
    window = PreviewWindow(size=1)
    window.offer(preview(camera="a", frame_index=1))
    window.offer(preview(camera="b", frame_index=1))
    window.offer(preview(camera="a", frame_index=2))
    sent = []
    for frame_index in (3, 4, 5):
        found = window.next()
        assert found is not None
        sent.append((found.camera, found.frame_index))
        assert window.next() is None, "one is under way"
        window.offer(preview(camera="a", frame_index=frame_index))
        window.shown()
    assert sent == [("a", 2), ("b", 1), ("a", 4)]


def next_event(race: FakeRace, track_id: int) -> Any:
    probe = FakeRace(race.archive.folder)
    probe.opened(track_id)
    return probe.hub.subscribe(lambda: None, after=0).take(1).messages[0].event


def next_picture(socket: WebSocketTestSession) -> Said:
    while (said := json.loads(socket.receive_text()))["type"] != "preview":
        pass
    assert socket.receive_bytes().startswith(b"\xff\xd8")
    found: Said = said
    return found
