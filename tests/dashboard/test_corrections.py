"""Corrections over HTTP, on a real race folder, and what two viewers hear of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession

from dashboard.access.rules import Access, Role
from dashboard.access.tokens import Tokens
from dashboard.app import create_app
from dashboard.corrections import correction_routes
from dashboard.race_view import RaceView
from stream.desk import Desk
from stream.hub import Hub, Message
from stream.store import CorrectionRefused, Store, StoreError
from stream.types import Correction, Event, State
from tests.dashboard.fakes import entries
from tests.stream.store.builders import closed, crossed, opened, picture, tagged

HERE = ("127.0.0.1", 40000)
LAN = ("192.168.1.50", 40000)
LOCAL = "http://localhost"
NAMES = entries(("101", "Anna", "Meier", "TV Nord"))
URL = "/api/corrections"
Body = dict[str, Any]


class House:
    """A finished race of two runners, open to be corrected, with tokens."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder)
        events: list[Event] = [
            *(opened(1, 1), tagged(1, "12", at_s=2), crossed(1, 8), closed(1, "12", 9)),
            *(opened(2, 20), crossed(2, 28), closed(2, None, 29), opened(3, 30)),
        ]
        for seq, event in enumerate(events, 1):
            self.store.record(Message(seq, event, None))
        self.store.save_image(picture(2))
        self.store.flush()
        self.hub = Hub(first_seq=self.store.last_seq() + 1)
        self.desk = Desk(self.store, self.hub)
        self.view = RaceView("City run", folder, ("finish",), NAMES)
        tokens = Tokens(folder)
        self.tokens = {role.word: tokens.add(f"Mr {role.word}", role) for role in Role}

    def client(self, where: tuple[str, int] = HERE, desk: bool = True) -> TestClient:
        corrections = correction_routes(
            self.store, self.desk if desk else None, NAMES, str(self.view.folder)
        )
        access = Access(self.view.folder)
        app = create_app(self.hub, self.store, self.view, access=access, corrections=corrections)
        return TestClient(app, LOCAL, client=where)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.store.close()


def said(kind: str, track_id: object, **more: object) -> Body:
    return {"kind": kind, "track_id": track_id, "by": "Ann", **more}


def test_a_bib_is_corrected_and_listed_and_undone(house: House) -> None:
    client = house.client()
    answer = client.post(URL, json=said("bib", 2, bib=" 101 "))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["number"], told["kind"], told["bib"], told["by"]) == (1, "bib", "101", "Ann")
    assert (told["camera"], told["track_id"], told["conflicts"]) == ("finish", 2, [])
    [runner] = told["runners"]
    assert (runner["bib"], runner["state"], runner["posterior"]) == ("101", "corrected", 1.0)
    assert runner["entry"]["name"] == "Anna Meier"
    row = house.store.runner(2)
    assert row is not None and (row.bib, row.state) == ("101", State.CORRECTED)

    undone = client.post(f"{URL}/1/undo", json={"by": "Bob"}).json()
    assert (undone["number"], undone["kind"], undone["undone"]) == (2, "undo", 1)
    assert undone["runners"][0]["bib"] is None
    listed = client.get(URL).json()
    assert listed["may_correct"] is True
    assert [(one["number"], one["by"], one["undone_by"]) for one in listed["corrections"]] == [
        (2, "Bob", None), (1, "Ann", 2),
    ]  # fmt: skip
    assert listed["corrections"][1]["at_utc_ns"] > 1_600_000_000_000_000_000
    assert len(client.get(f"{URL}?limit=1").json()["corrections"]) == 1


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (said("wrong_person", 1), [(1, None, False)]),
        (said("wrong_person", 1, bib="12"), [(1, None, False)]),
        (said("not_a_runner", 3), [(3, None, True)]),
        (said("merge", 1, other_track_id=2), [(1, "12", False), (2, "12", False)]),
        (said("split", 1, from_utc_ns=4_000_000_000), [(1, "12", False), (4, None, False)]),
        (said("bib", 3, bib="12"), [(3, "12", False)]),
    ],
)
def test_every_kind(house: House, body: Body, changed: list[tuple[int, str | None, bool]]) -> None:
    answer = house.client().post(URL, json=body)
    assert answer.status_code == 200, answer.text
    runners = answer.json()["runners"]
    assert [(one["track_id"], one["bib"], one["hidden"]) for one in runners] == changed


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (said("bib", 99, bib="1"), 404, "there is no track 99; choose"),
        (said("bib", 1, bib=""), 409, "the bib is empty"),
        (said("bib", 1), 409, "the bib is empty"),
        (said("bib", 1, bib="1/2"), 409, "a bib is made of A-Z, 0-9 and hyphens"),
        (said("bib", 1, bib="1" * 61), 422, "bib"),
        (said("wrong_person", 2), 409, "no bib to take off"),
        (said("wrong_person", 1, bib="13"), 409, "is 12 by now"),
        (said("merge", 1), 409, "needs a second track"),
        (said("merge", 1, other_track_id=3), 409, "still in view"),
        (said("split", 1, from_utc_ns=1), 409, "split it"),
        (said("split", 1, from_utc_ns=2**70), 422, "from_utc_ns"),
        (said("bib", 2**70, bib="1"), 422, "track_id"),
        (said("bib", 0, bib="1"), 422, "track_id"),
        (said("bib", "1", bib="1"), 422, "track_id"),
        (said("undo", 1), 422, "kind"),
        (said("bib", 1, bib="1", more=1), 422, "more"),
        (said("bib", 1, bib="1", by="a\nb"), 422, "by: a name"),
        (said("bib", 1, bib="1", by="a" * 61), 422, "by"),
        ({"kind": "bib"}, 422, "track_id"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    house: House, body: Body, status: int, message: str
) -> None:
    answer = house.client().post(URL, json=body)
    assert (answer.status_code, message in answer.text) == (status, True), answer.text
    assert house.store.corrections() == ()
    assert house.hub.last_seq == 8


def test_undos_that_are_refused(house: House) -> None:
    client = house.client()
    client.post(URL, json=said("bib", 2, bib="7"))
    client.post(f"{URL}/1/undo", json={})
    for number, status, message in (
        (1, 409, "undone already"), (2, 409, "is an undo"), (3, 404, "no correction 3"),
        (0, 422, "number"), (2**70, 422, "number"),
    ):  # fmt: skip
        answer = client.post(f"{URL}/{number}/undo", json={})
        assert (answer.status_code, message in answer.text) == (status, True), answer.text
    assert len(house.store.corrections()) == 2


@pytest.mark.parametrize(
    ("situation", "where", "role", "headers", "status", "by"),
    [
        ("at this computer", HERE, None, {}, 200, "Ann"),
        ("from elsewhere, without a token", LAN, None, {}, 401, None),
        ("a viewer", LAN, "viewer", {}, 403, None),
        ("an operator, who cannot take another name", LAN, "operator", {}, 200, "Mr operator"),
        ("another server's page", HERE, None, {"origin": "http://evil.example"}, 403, None),
        ("our own page", HERE, None, {"origin": LOCAL}, 200, "Ann"),
        ("a form", HERE, None, {"content-type": "text/plain"}, 415, None),
        ("no kind of content", HERE, None, {"content-type": ""}, 415, None),
    ],
)  # fmt: skip
def test_who_may_correct(
    house: House,
    situation: str,
    where: tuple[str, int],
    role: str | None,
    headers: dict[str, str],
    status: int,
    by: str | None,
) -> None:
    token = {} if role is None else {"authorization": f"Bearer {house.tokens[role]}"}
    content = {"content-type": "application/json", **headers, **token}
    body = json.dumps(said("bib", 2, bib="7"))
    for path, sent in ((URL, body), (f"{URL}/1/undo", '{"by": "Ann"}')):
        answer = house.client(where).post(path, content=sent, headers=content)
        assert answer.status_code == status, (situation, answer.text)
    assert {one.by for one in house.store.corrections()} == (set() if by is None else {by})


def test_without_a_name_the_computer_is_named(house: House) -> None:
    client = house.client()
    client.post(URL, json={"kind": "bib", "track_id": 2, "bib": "7"})
    assert house.store.corrections()[0].by == "this computer"


def test_a_race_that_is_only_looked_at_says_how_to_correct_it(house: House) -> None:
    client = house.client(desk=False)
    answer = client.post(URL, json=said("bib", 2, bib="7"))
    assert answer.status_code == 409
    assert "finishline serve --operator --race" in answer.json()["detail"]
    assert client.get(URL).json() == {"corrections": [], "may_correct": False}


def test_nothing_is_written_by_a_get(house: House) -> None:
    client = house.client()
    client.post(URL, json=said("bib", 2, bib="7"))
    assert client.get(f"{URL}/1/undo").status_code == 405
    assert len(house.store.corrections()) == 1


class BrokenDesk:
    def __init__(self, error: StoreError) -> None:
        self.error = error

    def correct(self, correction: Correction, by: str) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreError("the disk is gone"), 503), (CorrectionRefused("no", "no_bib"), 409)],
)
def test_what_fails_is_said(house: House, error: StoreError, status: int) -> None:
    routes = correction_routes(house.store, BrokenDesk(error), NAMES, "x")
    app = create_app(house.hub, house.store, house.view, corrections=routes)
    answer = TestClient(app, LOCAL).post(URL, json=said("bib", 2, bib="7"))
    assert (answer.status_code, answer.json()["detail"]) == (status, str(error))


def hear(socket: WebSocketTestSession, wanted: Callable[[Body], bool]) -> list[Body]:
    heard: list[Body] = []
    while True:
        told = json.loads(socket.receive_text())
        if told["type"] != "beat":
            heard.append(told)
        if wanted(told):
            return heard


def test_two_viewers_hear_of_it_in_the_same_order_and_a_third_finds_it(house: House) -> None:
    # One application and one loop for all: as a server has it.
    with (
        house.client() as client,
        client.websocket_connect("ws://localhost/ws") as first,
        client.websocket_connect("ws://localhost/ws") as second,
    ):
        for socket in (first, second):
            hear(socket, lambda told: told["type"] == "snapshot")
        client.post(URL, json=said("bib", 2, bib="101"))
        client.post(URL, json=said("not_a_runner", 1))
        heard = [hear(s, lambda told: told.get("seq") == 12) for s in (first, second)]
        assert heard[0] == heard[1]
        assert [(told["type"], told["seq"], told["track_id"]) for told in heard[0]] == [
            ("corrected", 9, 2), ("tagged", 10, 2), ("corrected", 11, 1), ("tagged", 12, 1),
        ]  # fmt: skip
        corrected, tag, hidden, gone = heard[0]
        assert (corrected["kind"], corrected["by"]) == ("bib", "Ann")
        assert corrected["runners"][0]["entry"]["name"] == "Anna Meier"
        assert (tag["bib"], tag["state"], tag["correction"]) == ("101", "corrected", 1)
        assert (hidden["runners"][0]["hidden"], gone["bib"]) == (True, None)
        with client.websocket_connect("ws://localhost/ws") as third:
            *_, snapshot = hear(third, lambda told: told["type"] == "snapshot")
    assert snapshot["seq"] == 12
    assert [(row["track_id"], row["bib"]) for row in snapshot["runners"]] == [
        (3, None), (2, "101"),
    ]  # fmt: skip
