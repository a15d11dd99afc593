"""What programs read, over a real race folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.feeds.api import api_routes
from dashboard.race_view import RaceView
from stream.hub import Hub
from stream.start_list import Entry, StartList
from stream.store import StartListRow, Store
from stream.types import Event, State
from stream.waves import Starts
from tests.stream.store.builders import crossed, messages, opened, tagged

RUNNERS = StartList((Entry("12", last_name="Emil", club="LG Nord"), Entry("007", last_name="Bo")))
EVENTS: list[Event] = [
    opened(1, at_s=1),
    tagged(1, "12", at_s=2),
    crossed(1, at_s=2.5),
    opened(2, at_s=3),
    crossed(2, at_s=4),
    opened(3, at_s=5, camera="side"),
    tagged(2, "7", State.SEEN, at_s=6),
]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    status = {"cameras": [{"name": "finish", "fps": 25.0, "lens": "wide"}], "looks_waiting": 0}
    view = RaceView("City run", tmp_path, ("finish",), RUNNERS, lambda: status)
    with Store.open(tmp_path) as store:
        bo = StartListRow("007", "Bo", city="Thun", nation="SUI")
        store.replace_start_list([StartListRow("12", "Emil", "LG Nord"), bo])
        for message in messages(EVENTS):
            store.record(message)
        store.flush()
        app = create_app(Hub(), store, view)
        with TestClient(app, "http://localhost") as client:
            yield client


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "access-control-allow-origin" not in answer.headers
    return answer.json()


def test_runners(client: TestClient) -> None:
    told = get(client, "/api/runners")
    assert told["seq"] == 7
    assert [runner["track_id"] for runner in told["runners"]] == [3, 2, 1]
    emil = told["runners"][2]
    assert (emil["bib"], emil["state"], emil["clock"]) == ("12", "confirmed", "rtcp")
    unknown = dict.fromkeys(("category", "wave", "city", "nation"), "")
    assert emil["entry"] == {"name": "Emil", "club": "LG Nord", **unknown}
    assert (emil["crossing_utc_ns"], emil["crossing"]) == (
        2_500_000_000, "1970-01-01T00:00:02.500000Z",
    )  # fmt: skip
    assert told["runners"][0]["crossing"] is None
    assert get(client, "/api/runners/finish/1") == emil


def test_a_bib_at_every_camera(client: TestClient) -> None:
    told = get(client, "/api/bibs/12")
    assert (told["bib"], told["entry"]["name"]) == ("12", "Emil")
    assert [runner["track_id"] for runner in told["runners"]] == [1]
    assert get(client, "/api/bibs/007")["runners"] == [], "on the list, not yet seen"
    assert get(client, "/api/bibs/7")["entry"] is None, "seen, not on the list"


def test_crossings_page_by_page(client: TestClient) -> None:
    first = get(client, "/api/crossings?limit=1")
    assert [(one["seq"], one["bib"]) for one in first["crossings"]] == [(3, "12")]
    assert first["crossings"][0]["entry"]["name"] == "Emil"
    second = get(client, f"/api/crossings?limit=1&after={first['next']}")
    assert [(one["seq"], one["bib"], one["state"]) for one in second["crossings"]] == [
        (5, "7", "seen")
    ]
    assert get(client, f"/api/crossings?after={second['next']}") == {"crossings": [], "next": 5}


def test_crossings_have_the_time_since_their_waves_start(tmp_path: Path) -> None:
    listed = StartList((Entry("12", "Emil", wave="B", city="Thun"),))
    starts = Starts(1_000_000_000, {"B": 2_000_000_000})
    view = RaceView("City run", tmp_path, ("finish",), listed, starts=starts)
    with Store.open(tmp_path) as store:
        for message in messages(EVENTS):
            store.record(message)
        store.flush()
        with TestClient(create_app(Hub(), store, view), "http://localhost") as client:
            told = get(client, "/api/crossings")["crossings"]
    assert [(one["bib"], one["elapsed_ms"]) for one in told] == [("12", 500), ("7", 3000)]
    assert told[0]["entry"]["city"] == "Thun"


def test_the_start_list_and_the_status(client: TestClient) -> None:
    listed = get(client, "/api/startlist")["entries"]
    assert [(one["bib"], one["name"], one["club"]) for one in listed] == [
        ("12", "Emil", "LG Nord"), ("007", "Bo", ""),
    ]  # fmt: skip
    assert [(one["city"], one["nation"]) for one in listed] == [("", ""), ("Thun", "SUI")]
    assert get(client, "/api/status") == {
        "race": "City run",
        "cameras": [{"name": "finish", "fps": 25.0, "lens": "wide"}],
        "looks_waiting": 0,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/runners/side/1", 404),
        ("/api/runners/finish/99", 404),
        ("/api/runners/finish/0", 422),
        ("/api/runners/finish/9223372036854775808", 422),
        ("/api/bibs/99", 404),
        (f"/api/bibs/{'9' * 61}", 422),
        ("/api/crossings?after=-1", 422),
        ("/api/crossings?limit=0", 422),
        ("/api/crossings?limit=10001", 422),
        ("/api/crossings?after=soon", 422),
    ],
)
def test_what_is_not_there(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_the_schema_says_what_every_answer_is(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    routes = {path for path in schema["paths"] if path.startswith("/api/")}
    assert {
        "/api/runners", "/api/runners/{camera}/{track_id}", "/api/bibs/{bib}", "/api/crossings",
        "/api/status", "/api/startlist", "/api/scoreboard.json", "/api/who", "/api/login",
    } <= routes  # fmt: skip
    ours = {f"/api{route.path.removeprefix('/api')}" for route in api_routes_of()}
    for path in ours | {"/api/scoreboard.json", "/api/who"}:
        told = schema["paths"][path]["get"]
        assert told["responses"]["200"]["content"]["application/json"]["schema"]["$ref"], path
        assert told["description"]
    crossing = schema["components"]["schemas"]["RunnerAnswer"]["properties"]["clock"]
    assert "rtcp" in json.dumps(crossing)


def api_routes_of() -> list[Any]:
    class Nothing:
        pass

    return list(api_routes(Nothing(), RaceView("x", Path())).routes)  # type: ignore[arg-type]
