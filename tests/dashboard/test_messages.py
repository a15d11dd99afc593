from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from dashboard import client_messages, messages
from dashboard.race_view import NoEntries, RaceView
from engines.types import Finding
from stream.hub import Message, PreviewBox
from stream.types import Clock, Event, Judged, Look, LookKind, State
from stream.waves import Starts
from tests.dashboard.fakes import BOX, TEN_O_CLOCK, FakeArchive, FakeRace, entries, preview

LOOK = Look("finish", 1, 1, 0, 0, LookKind.NUMBER, BOX, BOX, None, 1.0)
ANNA = entries(("101", "Anna", "Meier", "TV Nord"))
UNKNOWN = dict.fromkeys(("category", "wave", "city", "nation"), "")


def told(race: FakeRace) -> list[messages.JsonObject]:
    """Everything the race has told so far, as JSON."""
    subscription = race.hub.subscribe(lambda: None, after=0)
    found = subscription.take(100).messages
    return [said for one in found if (said := messages.event_json(one, ANNA)) is not None]


def test_a_runner_from_coming_into_view_to_leaving_it(tmp_path: Path) -> None:
    race = FakeRace(tmp_path)
    race.opened(1)
    race.tagged(1, "101", State.SEEN, 0.6)
    race.tagged(1, "101", State.CONFIRMED, 0.98, evidence="pivot/101/a.jpg")
    race.crossed(1, Clock.ARRIVAL)
    race.conflict(1, 2, "101")
    race.closed(1)
    events = told(race)
    assert [event["type"] for event in events] == [
        "opened", "tagged", "tagged", "crossed", "conflict", "closed",
    ]  # fmt: skip
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert {(event["camera"], event["track_id"]) for event in events} == {("finish", 1)}
    assert [event.get("state") for event in events[1:3]] == ["seen", "confirmed"]
    anna = {"name": "Anna Meier", "club": "TV Nord", **UNKNOWN}
    assert [event.get("entry") for event in events] == [None, anna, anna, None, None, anna]
    assert events[2]["evidence"] == "/evidence/pivot/101/a.jpg"
    assert events[3]["clock"] == "arrival"
    assert events[4]["other_track_id"] == 2


@pytest.mark.parametrize(
    ("situation", "path", "url"),
    [
        ("confirmed", "pivot/101/a.jpg", "/evidence/pivot/101/a.jpg"),
        ("not read", "unknown/7/a.jpg", "/evidence/unknown/7/a.jpg"),
        ("odd characters", "pivot/1 #2/ä?.jpg", "/evidence/pivot/1%20%232/%C3%A4%3F.jpg"),
        ("none", None, None),
        ("a face", "face_pivot/101/a.jpg", None),
        ("the database", "race.db", None),
        ("an absolute path", "/pivot/a.jpg", None),
        ("up and away", "../pivot/a.jpg", None),
        ("nothing", "", None),
    ],
)
def test_evidence_addresses(situation: str, path: str | None, url: str | None) -> None:
    assert messages.evidence_url(path) == url, situation


def test_a_tag_taken_back_has_neither_state_nor_name(tmp_path: Path) -> None:
    race = FakeRace(tmp_path)
    race.opened(1)
    race.tagged(1, None)
    tagged = told(race)[-1]
    assert (tagged["bib"], tagged["state"], tagged["entry"]) == (None, None, None)


def test_single_looks_are_not_told() -> None:
    event: Event = Judged(LOOK, Finding(None, None, None, 0.0), None)
    assert messages.event_json(Message(1, event, None), NoEntries()) is None


def test_every_event_is_told_as_one_line_of_json(tmp_path: Path) -> None:
    race = FakeRace(tmp_path)
    race.runner(1, "101")
    for event in told(race):
        text = messages.encode(event)
        assert "\n" not in text
        assert json.loads(text) == event


def test_snapshot_says_how_many_runners_it_leaves_out(tmp_path: Path) -> None:
    race = FakeRace(tmp_path)
    for track_id in range(1, 6):
        race.opened(track_id)
    race.tagged(1, "1", State.CONFIRMED)
    race.tagged(2, "2", State.CORRECTED)
    race.tagged(5, "5", State.CONFIRMED)
    archive: FakeArchive = race.archive
    said = messages.snapshot_json(archive.snapshot(2), ANNA, archive.counts())
    assert said["seq"] == 8
    assert [row["bib"] for row in listed(said)] == ["5", None]
    assert said["earlier"] == {"confirmed": 2, "unread": 1}
    whole = messages.snapshot_json(archive.snapshot(9), ANNA)
    assert whole["earlier"] == {"confirmed": 0, "unread": 0}


def test_snapshot_keeps_the_names_that_the_archive_knows(tmp_path: Path) -> None:
    race = FakeRace(tmp_path)
    race.runner(1, "9")
    row = race.archive.rows[1]
    race.archive.rows[1] = dataclasses.replace(row, name="Bo", club=None)
    (runner,) = listed(messages.snapshot_json(race.archive.snapshot(9), NoEntries()))
    assert runner["entry"] == {"name": "Bo", "club": "", **UNKNOWN}


def test_preview_carries_its_boxes_and_the_size_they_refer_to() -> None:
    box = PreviewBox(3, (1.26, 2.0, 30.0, 40.0), "77", State.SEEN)
    said = messages.preview_json(preview(box, frame_index=5))
    assert said["boxes"] == [
        {"track_id": 3, "box": [1.3, 2.0, 30.0, 40.0], "bib": "77", "state": "seen"}
    ]
    assert (said["width"], said["height"], said["frame_index"]) == (640, 360, 5)
    assert said["capture_utc_ns"] == TEN_O_CLOCK


def test_hello_and_beat(tmp_path: Path) -> None:
    starts = Starts(None, {"A": TEN_O_CLOCK})
    view = RaceView("City run", tmp_path, ("finish",), status=lambda: {"queue": 3}, starts=starts)
    hello = messages.hello(view, "abc", 12, False)
    assert (hello["protocol"], hello["server"], hello["last_seq"]) == (1, "abc", 12)
    assert hello["race"] == {
        "name": "City run",
        "cameras": ["finish"],
        "time_zone": None,
        "starts": {"gun_utc_ns": None, "waves": {"A": TEN_O_CLOCK}},
    }
    assert messages.beat(view, 12) == {"type": "beat", "last_seq": 12, "status": {"queue": 3}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"type": "shown"}', True),
        ('{"type": "something newer", "more": 1}', False),
        ("{", None),
        ("[]", None),
        ('{"type": 3}', None),
        ("[" * 200_000, None),
        ("", None),
        (None, None),
    ],
)
def test_what_a_client_says(text: str | None, shown: bool | None) -> None:
    if shown is None:
        with pytest.raises(client_messages.BadRequestError, match="expected a JSON object"):
            client_messages.said(text)
    else:
        assert (client_messages.said(text) == client_messages.Shown()) is shown


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        pytest.param("[]", frozenset(), id="of all cameras again"),
        pytest.param('["finish", "side"]', frozenset({"finish", "side"}), id="of two no more"),
        pytest.param('"finish"', None, id="no list"),
        pytest.param("[1]", None, id="no names"),
        pytest.param("null", None, id="nothing"),
    ],
)
def test_pictures_that_are_not_wanted(without: str, expected: frozenset[str] | None) -> None:
    text = f'{{"type": "pictures", "without": {without}}}'
    if expected is None:
        with pytest.raises(
            client_messages.BadRequestError, match="without: expected a list of names"
        ):
            client_messages.said(text)
    else:
        assert client_messages.said(text) == client_messages.PicturesAsked(expected)


def listed(said: messages.JsonObject) -> list[dict[str, object]]:
    runners = said["runners"]
    assert isinstance(runners, list)
    return runners
