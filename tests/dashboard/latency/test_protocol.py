"""What is said over the line about clocks and painted tags."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard import client_messages
from dashboard.app import create_app
from dashboard.latency.painted import Report
from dashboard.race_view import RaceView
from stream.clock import now_ns
from tests.dashboard.fakes import FakeRace
from tests.dashboard.test_live import hear, of_type, visit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type": "clock", "sent": 12.5}', client_messages.ClockAsked(12.5)),
        (
            '{"type": "painted", "seq": 7, "at_utc_ms": 17e11, "uncertainty_ms": 0}',
            Report(7, 17e11, 0.0),
        ),
    ],
)
def test_what_clients_say(text: str, said: client_messages.Said) -> None:
    assert client_messages.said(text) == said


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"type": "clock"}', "sent"),
        ('{"type": "clock", "sent": "noon"}', "sent"),
        ('{"type": "clock", "sent": NaN}', "sent"),
        ('{"type": "clock", "sent": 1e400}', "sent"),
        ('{"type": "clock", "sent": true}', "sent"),
        ('{"type": "painted", "at_utc_ms": 1, "uncertainty_ms": 1}', "seq"),
        ('{"type": "painted", "seq": 1.5, "at_utc_ms": 1, "uncertainty_ms": 1}', "seq"),
        ('{"type": "painted", "seq": true, "at_utc_ms": 1, "uncertainty_ms": 1}', "seq"),
        ('{"type": "painted", "seq": 1, "at_utc_ms": null, "uncertainty_ms": 1}', "at_utc_ms"),
        ('{"type": "painted", "seq": 1, "at_utc_ms": 1, "uncertainty_ms": -1e99}', "uncert"),
        (f'{{"type": "clock", "sent": 1{"0" * 400}}}', "sent"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(text: str, key: str) -> None:
    with pytest.raises(client_messages.BadRequestError, match=f"^{key}.*: expected"):
        client_messages.said(text)


@pytest.fixture
def race(tmp_path: Path) -> FakeRace:
    return FakeRace(tmp_path)


@pytest.fixture
def view(race: FakeRace) -> RaceView:
    return RaceView("City run", race.archive.folder, ("finish",))


@pytest.fixture
def client(race: FakeRace, view: RaceView) -> Iterator[TestClient]:
    with TestClient(create_app(race.hub, race.archive, view), "http://localhost") as client:
        yield client


def test_who_asks_is_told_the_time(client: TestClient) -> None:
    with visit(client) as socket:
        hear(socket, of_type("snapshot"))
        before = now_ns()
        socket.send_json({"type": "clock", "sent": 3.25})
        told = hear(socket, of_type("clock"))[-1]
        assert told["sent"] == 3.25
        assert before <= told["server_utc_ms"] * 1e6 + 1000 <= now_ns() + 2000


def test_of_many_viewers_some_are_not_answered(
    client: TestClient, race: FakeRace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.latency.painted.MOST_REPORTERS", 0)
    with visit(client) as socket:
        hear(socket, of_type("snapshot"))
        socket.send_json({"type": "clock", "sent": 1})
        race.opened(1)
        # What was asked first would have been answered before the event.
        assert [said["type"] for said in hear(socket, of_type("opened"))] == ["opened"]


def test_a_report_that_is_not_believed_is_counted(client: TestClient, view: RaceView) -> None:
    with visit(client) as socket:
        hear(socket, of_type("snapshot"))
        socket.send_json({"type": "clock", "sent": 1})
        socket.send_json({"type": "painted", "seq": 9, "at_utc_ms": 1, "uncertainty_ms": 1})
        hear(socket, of_type("clock"))
        socket.send_json({"type": "clock", "sent": 2})
        hear(socket, of_type("clock"))
    assert view.painted.left_out == 1
