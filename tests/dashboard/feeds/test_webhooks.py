from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dashboard.feeds.webhooks import Webhook, Webhooks
from stream.types import State
from stream.webhook_settings import Happening, WebhookSettings
from tests.dashboard.fakes import FakeRace
from tests.dashboard.stage import RUNNERS, wait_for

QUICK = (0.01, 0.01, 0.01)


class Receiver:
    """A real HTTP server that answers as its script says, and then 200."""

    def __init__(self) -> None:
        self.script: list[int] = []
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.gate = threading.Event()
        self.reached = threading.Event()
        self.gate.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.reached.set()
                receiver.gate.wait(20)
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.heard.append(({**headers, ":path": self.path}, body))
                status = receiver.script.pop(0) if receiver.script else 200
                self.send_response(status)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *text: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?key=hidden"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]

    def close(self) -> None:
        self.gate.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def race(tmp_path: Path) -> FakeRace:
    return FakeRace(tmp_path)


def hook(
    race: FakeRace,
    settings: WebhookSettings,
    queued: int = 100,
    waits_s: Sequence[float] = QUICK,
) -> Webhook:
    return Webhook(settings, race.hub, "City run", RUNNERS, queued=queued, waits_s=waits_s)


def test_what_is_told_and_how_it_is_signed(race: FakeRace, receiver: Receiver) -> None:
    webhook = hook(race, WebhookSettings(receiver.url, secret="not to be told"))
    race.opened(1)
    race.tagged(1, "101", State.SEEN)
    confirmed = race.tagged(1, "101")
    race.tagged(1, "101", State.CONFIRMED, posterior=0.999)
    race.crossed(1)
    race.opened(2)
    race.crossed(2)
    race.closed(1)
    webhook.close()
    first, second, third = receiver.told()
    assert (first["on"], first["seq"], first["bib"]) == ("confirmed", confirmed, "101")
    assert first["entry"]["name"] == "Anna Meier"
    assert (first["race"], first["capture"]) == ("City run", "2025-06-15T15:06:41.000000Z")
    assert (second["on"], second["bib"], second["state"]) == ("crossed", "101", "confirmed")
    assert (third["on"], third["bib"], third["state"], third["entry"]) == (
        "crossed", None, None, None,
    )  # fmt: skip
    headers, body = receiver.heard[0]
    expected = hmac.new(b"not to be told", body, hashlib.sha256).hexdigest()
    assert headers["x-finishline-signature"] == f"sha256={expected}"
    assert headers["x-finishline-delivery"] == str(confirmed)
    assert headers["content-type"] == "application/json"
    assert headers[":path"] == "/hook?key=hidden"
    assert webhook.status().sent == 3
    assert "webhook-127.0.0.1" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize(
    ("on", "kinds"),
    [
        ({Happening.CONFIRMED}, ["confirmed", "confirmed"]),
        ({Happening.CROSSED}, ["crossed"]),
        (set(Happening), ["confirmed", "crossed", "confirmed"]),
    ],
)
def test_only_what_was_asked_for(
    race: FakeRace, receiver: Receiver, on: set[Happening], kinds: list[str]
) -> None:
    webhook = hook(race, WebhookSettings(receiver.url, frozenset(on)))
    race.runner(1, "101")
    race.crossed(1)
    race.tagged(1, "7", State.CORRECTED)
    webhook.close()
    assert [told["on"] for told in receiver.told()] == kinds
    assert "x-finishline-signature" not in receiver.heard[0][0]


@pytest.mark.parametrize(
    ("situation", "script", "requests", "sent", "failed"),
    [
        ("once is enough", [200], 1, 1, 0),
        ("any thanks", [204], 1, 1, 0),
        ("ill for a while", [500, 503], 3, 1, 0),
        ("too often", [429], 2, 1, 0),
        ("ill for good", [500] * 4, 4, 0, 1),
        ("not wanted", [410], 1, 0, 1),
        ("moved: no delivery goes where it was not sent", [302] * 4, 4, 0, 1),
    ],
)
def test_tried_again_and_given_up(
    race: FakeRace,
    receiver: Receiver,
    situation: str,
    script: list[int],
    requests: int,
    sent: int,
    failed: int,
) -> None:
    receiver.script = list(script)
    webhook = hook(race, WebhookSettings(receiver.url))
    race.runner(1, "101")
    assert wait_for(lambda: webhook.status().sent + webhook.status().failed == 1)
    webhook.close()
    status = webhook.status()
    assert (len(receiver.heard), status.sent, status.failed) == (requests, sent, failed), situation
    assert (status.error is None) is (sent == 1)
    assert {headers[":path"] for headers, _ in receiver.heard} == {"/hook?key=hidden"}
    assert len({headers["x-finishline-delivery"] for headers, _ in receiver.heard}) == 1


def test_nobody_answers(race: FakeRace) -> None:
    webhook = hook(race, WebhookSettings("http://127.0.0.1:9/hook"))
    race.runner(1, "101")
    assert wait_for(lambda: webhook.status().failed == 1)
    webhook.close()
    assert "refused" in (webhook.status().error or "")


def test_a_stuck_receiver_slows_nobody_and_its_losses_are_counted(
    race: FakeRace, receiver: Receiver
) -> None:
    receiver.gate.clear()
    webhook = hook(race, WebhookSettings(receiver.url, frozenset({Happening.CROSSED})), queued=3)
    race.opened(1)
    race.crossed(1)
    assert receiver.reached.wait(20)
    began = time.perf_counter()
    for _ in range(200):
        race.crossed(1)
    assert time.perf_counter() - began < 1
    receiver.gate.set()
    assert wait_for(lambda: webhook.status().sent == 4)
    webhook.close()
    status = webhook.status()
    assert (status.sent, status.dropped, status.failed) == (4, 197, 0)
    assert [told["seq"] for told in receiver.told()] == [2, 200, 201, 202], "the newest are kept"


def test_closing_does_not_wait_for_another_try(race: FakeRace, receiver: Receiver) -> None:
    receiver.script = [500]
    webhook = hook(race, WebhookSettings(receiver.url), waits_s=(60.0,))
    race.runner(1, "101")
    assert wait_for(lambda: webhook.status().error == "answered 500")
    began = time.monotonic()
    webhook.close()
    assert time.monotonic() - began < 10
    assert webhook.status().sent == 1, "tried once more at the end"


def test_status_and_logs_keep_the_secrets(
    race: FakeRace, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = WebhookSettings(receiver.url, secret="not to be told")
    receiver.script = [500] * 10
    webhooks = Webhooks([settings], race.hub, "City run", RUNNERS)
    race.runner(1, "101")
    assert wait_for(lambda: bool(receiver.heard))
    webhooks.close()
    told = f"{webhooks.status()} {settings!r} {caplog.text}"
    assert "127.0.0.1" in told
    assert "not to be told" not in told
    assert "hidden" not in told
