from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.feeds.scoreboard import Scoreboard
from dashboard.race_view import RaceView
from stream.hub import Hub
from stream.types import State
from stream.waves import Starts
from tests.dashboard.fakes import SECOND, TEN_O_CLOCK, FakeRace
from tests.dashboard.stage import RUNNERS

LAN = ("192.168.1.50", 40000)
HOST = "http://192.168.1.20:8080"
PATH = "/api/scoreboard.json"


@pytest.fixture
def race(tmp_path: Path) -> FakeRace:
    return FakeRace(tmp_path)


@pytest.fixture
def client(race: FakeRace) -> Iterator[TestClient]:
    starts = Starts(TEN_O_CLOCK - 4200 * SECOND - SECOND // 2)
    folder = race.archive.folder
    view = RaceView("City run", folder, (), RUNNERS, time_zone="UTC", starts=starts)
    access = Access(race.archive.folder)
    app = create_app(race.hub, race.archive, view, access=access)
    with TestClient(app, HOST, client=LAN) as client:
        yield client


def two_cameras(race: FakeRace) -> None:
    race.runner(1, "101")
    race.opened(2, camera="side")
    race.tagged(2, "101", camera="side")
    race.runner(3, "7")


def a_lap(race: FakeRace) -> None:
    race.runner(1, "101")
    race.runner(2, "7")
    race.now_ns += 60 * SECOND
    race.runner(3, "101")


def late_confirmation(race: FakeRace) -> None:
    race.opened(1)
    race.tagged(1, "101", State.SEEN)
    race.runner(2, "7")
    race.tagged(1, "101")


def taken_back(race: FakeRace) -> None:
    race.runner(1, "101")
    race.runner(2, "7")
    race.tagged(2, None)


def became_another(race: FakeRace) -> None:
    race.runner(1, "101")
    race.runner(2, "7")
    race.tagged(1, "88", State.CORRECTED)


def only_surer(race: FakeRace) -> None:
    race.runner(1, "101")
    race.runner(2, "7")
    race.tagged(1, "101", State.CORRECTED)


@pytest.mark.parametrize(
    ("happens", "bibs"),
    [
        (two_cameras, ["7", "101"]),
        (a_lap, ["101", "7"]),
        (late_confirmation, ["101", "7"]),
        (taken_back, ["101"]),
        (became_another, ["88", "7"]),
        (only_surer, ["7", "101"]),
    ],
)
@pytest.mark.parametrize("asked_before", [True, False])
def test_who_is_on_the_scoreboard_in_which_order(
    race: FakeRace, happens: Callable[[FakeRace], None], bibs: list[str], asked_before: bool
) -> None:
    board = Scoreboard(race.hub, race.archive)
    if asked_before:
        assert board.newest(5) == []
    happens(race)
    found = [line.bib for line in board.newest(5)]
    if asked_before:
        assert found == bibs
    else:
        # The archive does not know the order of confirmation, but who it is.
        assert sorted(found) == sorted(bibs)


def test_after_more_than_the_hub_keeps_the_archive_tells(race: FakeRace) -> None:
    race.hub = Hub(keep=4)
    board = Scoreboard(race.hub, race.archive)
    assert board.newest(5) == []
    for track_id in range(1, 8):
        race.runner(track_id, str(track_id))
    assert [line.bib for line in board.newest(3)] == ["7", "6", "5"]
    race.runner(8, "8")
    assert [line.bib for line in board.newest(2)] == ["8", "7"]
    assert len(race.hub._subscriptions) == 1


def test_flat_keys_and_a_list(client: TestClient, race: FakeRace) -> None:
    token = Tokens(race.archive.folder).add("obs", Role.FEED)
    race.runner(1, "101")
    race.crossed(1)
    race.runner(2, "55")
    told = client.get(PATH, params={"token": token, "n": 3}).json()
    assert (told["race"], told["count"]) == ("City run", 2)
    assert {key: told[key] for key in told if key.startswith("runner2_")} == {
        "runner2_bib": "101",
        "runner2_name": "Anna Meier",
        "runner2_club": "TV Nord",
        "runner2_category": "",
        "runner2_wave": "",
        "runner2_time": "15:06:41.0",
        "runner2_city": "",
        "runner2_elapsed": "1:10:01.5",
    }
    assert told["runner1_elapsed"] == "", "not across yet"
    assert (told["runner1_bib"], told["runner1_name"]) == ("55", "")
    assert told["runner3_bib"] == told["runner3_time"] == "", "a title never keeps a former runner"
    assert "runner4_bib" not in told
    newest, older = told["runners"]
    assert (newest["key"], newest["crossed"]) == ("2-55", False)
    assert (older["time_utc_ns"], older["crossed"]) == (TEN_O_CLOCK + SECOND, True)
    assert (newest["elapsed_ms"], older["elapsed_ms"]) == (None, 4_201_500)


@pytest.mark.parametrize(
    ("situation", "role", "how", "status"),
    [
        ("nobody", None, "query", 401),
        ("graphics by its address", "feed", "query", 200),
        ("graphics by a header", "feed", "header", 200),
        ("a viewer by a header", "viewer", "header", 200),
        ("a viewer's token in an address", "viewer", "query", 401),
        ("an admin's token in an address", "admin", "query", 401),
        ("a wrong token", "wrong", "query", 401),
    ],
)
def test_who_may_read_it(
    client: TestClient, race: FakeRace, situation: str, role: str | None, how: str, status: int
) -> None:
    tokens = Tokens(race.archive.folder)
    tokens.add("other", Role.ADMIN)
    secret = "wrong" if role == "wrong" else role and tokens.add("it", Role.of(role))
    path = f"{PATH}?token={secret}" if how == "query" and secret else PATH
    headers = {"authorization": f"Bearer {secret}"} if how == "header" else {}
    assert client.get(path, headers=headers).status_code == status, situation


def test_pages_of_others_may_read_this_and_nothing_else(client: TestClient, race: FakeRace) -> None:
    tokens = Tokens(race.archive.folder)
    feed, viewer = tokens.add("obs", Role.FEED), tokens.add("tablet", Role.VIEWER)
    theirs = {"origin": "http://graphics.example"}
    answer = client.get(f"{PATH}?token={feed}", headers=theirs)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "access-control-allow-credentials" not in answer.headers
    bearer = {**theirs, "authorization": f"Bearer {viewer}"}
    for path in ("/", "/api/runners", "/api/status", "/api/who", "/overlay", "/static/main.js"):
        answer = client.get(path, headers=bearer)
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers, path
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    asked = {**theirs, "access-control-request-method": "POST"}
    assert "access-control-allow-origin" not in client.options(PATH, headers=asked).headers


def test_what_has_not_changed_is_not_sent_again(client: TestClient, race: FakeRace) -> None:
    token = Tokens(race.archive.folder).add("obs", Role.FEED)
    path = f"{PATH}?token={token}"
    first = client.get(path)
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"
    race.runner(1, "101")
    changed = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("n", ["0", "21", "-1", "many"])
def test_no_more_than_fit(client: TestClient, race: FakeRace, n: str) -> None:
    token = Tokens(race.archive.folder).add("obs", Role.FEED)
    assert client.get(PATH, params={"token": token, "n": n}).status_code == 422
