"""How well a race is read, and the search, over a real race folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.feeds.reads import read_routes
from dashboard.feeds.search import MOST_PHOTOS, search_routes
from dashboard.race_view import RaceView
from stream.hub import Hub
from stream.start_list import Entry, StartList
from stream.store import StartListRow, Store
from stream.store.folder import DATABASE
from stream.types import Correction, CorrectionKind, Event, State
from stream.unread import Why
from tests.dashboard.feeds.test_api import get
from tests.stream.store.builders import closed, crossed, messages, opened, tagged
from tests.stream.store.seen_race import TEN_NS, put_photo, sighting

RUNNERS = StartList(
    (
        Entry("12", "Zoë", "Müller", "LG Nord"),
        Entry("a12", "Bo", "Li"),
        Entry("21", "Eva", "Nord"),
    )
)
EVENTS: list[Event] = [
    *(opened(1, 1), tagged(1, "12", at_s=2), crossed(1, 2.5), closed(1, "12", 3)),
    *(opened(2, 3), crossed(2, 4), tagged(2, "17", State.SEEN, at_s=5), closed(2, None, 6)),
    *(opened(3, 12), closed(3, None, 14)),
    *(opened(4, 12), tagged(4, "A12", at_s=13), closed(4, "A12", 14)),
    *(opened(5, 13), tagged(5, "12", at_s=13), closed(5, "12", 14)),
]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    view = RaceView("City run", tmp_path, ("finish",), RUNNERS)
    with Store.open(tmp_path) as store:
        store.replace_start_list(
            [StartListRow(one.bib, one.name, one.club) for one in RUNNERS.entries]
        )
        for message in messages(EVENTS):
            store.record(message)
        store.flush()
        store.correct(Correction(CorrectionKind.NOT_A_RUNNER, 5), "Ann", 1)
        put_photo(store, Path("/a.jpg"), "aa" * 32, [sighting("A12", State.CONFIRMED)], TEN_NS)
        put_photo(store, Path("/b.jpg"), "bb" * 32, [sighting("880", State.SEEN)], None)
        store.flush()
        with TestClient(create_app(Hub(), store, view), "http://localhost") as client:
            yield client


def test_the_read_rate(client: TestClient) -> None:
    told = get(client, "/api/read-rate")
    assert (told["runners"], told["read"], told["crossed"], told["crossed_read"]) == (4, 2, 2, 1)
    assert told["bin_s"] == 10
    assert told["bins"] == [
        {
            "from_utc_ns": 0, "from": "1970-01-01T00:00:00.000000Z", "per_minute": 12.0,
            "runners": 2, "read": 1, "crossed": 2, "crossed_read": 1,
        },
        {
            "from_utc_ns": 10_000_000_000, "from": "1970-01-01T00:00:10.000000Z",
            "per_minute": 12.0, "runners": 2, "read": 1, "crossed": 0, "crossed_read": 0,
        },
    ]  # fmt: skip
    assert get(client, "/api/read-rate?camera=side")["bins"] == []


def test_the_reasons(client: TestClient) -> None:
    told = get(client, "/api/unread-reasons")
    assert (told["unread"], told["crossed"], told["needed_px"]) == (2, 1, 24.0)
    assert told["reasons"] == [
        {"why": "never_looked", "runners": 2, "crossed": 1, "share": 1.0, "number_px": None}
    ]
    empty = {"unread": 0, "crossed": 0, "needed_px": 24.0, "reasons": []}
    assert get(client, "/api/unread-reasons?camera=side") == empty


def search(client: TestClient, query: str, limit: int = 20) -> list[Any]:
    answer = client.get("/api/search", params={"q": query, "limit": limit})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["hits"])


def test_a_runner_is_found_with_all_that_is_known(client: TestClient) -> None:
    first, *others = search(client, "12")
    assert (first["bib"], first["match"], first["entry"]["name"]) == ("12", "exact", "Zoë Müller")
    [runner] = first["runners"]
    assert (runner["camera"], runner["track_id"], runner["state"]) == ("finish", 1, "confirmed")
    assert runner["crossing"] == "1970-01-01T00:00:02.500000Z", "and 5 is no runner"
    assert [(one["bib"], one["match"]) for one in others] == [
        ("17", "near"), ("a12", "near"), ("21", "near"),
    ]  # fmt: skip
    seventeen, letter, unseen = others
    assert seventeen["entry"] is None, "seen, not listed"
    assert [one["track_id"] for one in letter["runners"]] == [4], "as the race writes it"
    assert unseen["runners"] == [], "listed, not seen"


@pytest.mark.parametrize(
    ("query", "bibs"),
    [("mueller", ["12"]), ("NORD", ["21", "12"]), ("99", []), ("", []), ("%", []), ("'--", [])],
)
def test_names_clubs_and_nobody(client: TestClient, query: str, bibs: list[str]) -> None:
    assert [hit["bib"] for hit in search(client, query)] == bibs


def test_photos_are_found_too(client: TestClient, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db:
        [number] = db.execute("SELECT id FROM photo_sightings WHERE bib = 'A12'").fetchone()
    [alone] = search(client, "880")
    assert (alone["bib"], alone["entry"], alone["runners"]) == ("880", None, [])
    [photo] = alone["photos"]
    assert (photo["source"], photo["state"], photo["photo"]) == ("photo", "seen", 2)
    assert (alone["n_photos"], alone["n_unsure_photos"]) == (0, 1), "seen, and not for certain"
    assert alone["gallery"] == "/gallery?bib=880"
    letter = next(hit for hit in search(client, "a12") if hit["bib"] == "a12")
    assert [photo["number"] for photo in letter["photos"]] == [number], "as the race writes it"
    assert (letter["n_photos"], letter["n_unsure_photos"]) == (1, 0)
    assert letter["photos"][0]["photo"] == 1
    assert search(client, "12")[0]["photos"] == []


def test_photos_are_counted_by_what_is_sure(client: TestClient, tmp_path: Path) -> None:
    more = [(n, State.CONFIRMED if n < 10 else State.SEEN) for n in range(3, 20)]
    # A second look-alike in a photo makes no second photo of it, and no unsure one.
    more += [(3, State.SEEN), (4, State.CORRECTED), (19, State.SEEN)]
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db, db:
        for number in range(3, 20):
            db.execute(
                "INSERT INTO photos SELECT ?, ?, taken_utc_ns, orientation, width, height, "
                "found_with, read_with, found FROM photos WHERE number = 2",
                (number, f"{number:064}"),
            )
        for place, (number, state) in enumerate(more, start=3):
            db.execute(
                "INSERT INTO photo_sightings (photo, place, name, cut, bib, probability, state) "
                "VALUES (?, ?, ?, '[0, 0, 1, 1]', '880', 0.9, ?)",
                (number, place, f"b-{place}.jpg", state.value),
            )
    [hit] = search(client, "880")
    assert (hit["n_photos"], hit["n_unsure_photos"]) == (7, 11)
    assert [one["state"] == "seen" for one in hit["photos"]] == [False] * 8 + [True] * 4
    assert len(hit["photos"]) == MOST_PHOTOS


def test_at_most_so_many(client: TestClient) -> None:
    assert [hit["bib"] for hit in search(client, "12", 1)] == ["12"]


@pytest.mark.parametrize(
    "path",
    ["/api/search", "/api/search?q=1&limit=0", "/api/search?q=1&limit=51",
     f"/api/search?q={'1' * 101}", f"/api/read-rate?camera={'x' * 201}"],
)  # fmt: skip
def test_what_cannot_be_asked(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422


def test_the_schema_says_what_every_answer_is(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    view = RaceView("x", Path())
    routes = [*read_routes(None, view).routes, *search_routes(None, view).routes]  # type: ignore[arg-type]
    paths = [route.path for route in routes]  # type: ignore[attr-defined]
    assert paths == ["/api/read-rate", "/api/unread-reasons", "/api/search"]
    for path in paths:
        told = schema["paths"][path]["get"]
        assert told["responses"]["200"]["content"]["application/json"]["schema"]["$ref"], path
        assert told["description"]
    assert schema["components"]["schemas"]["Why"]["enum"] == [why.value for why in Why]
    piece = schema["components"]["schemas"]["RatePiece"]["properties"]
    assert "from" in piece
