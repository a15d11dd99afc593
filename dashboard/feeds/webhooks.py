"""Tells other programs, by ``POST``, of confirmed bibs and crossings.

The body is JSON: the event as in the live protocol (`dashboard.messages`: ``seq``, ``camera``,
``track_id``, ``capture_utc_ns`` in nanoseconds since 1970, UTC, and so on), with

========== ==================================================================================
on         ``confirmed`` or ``crossed``
race       the race's name
capture    ``capture_utc_ns`` as ISO 8601, UTC
bib,       of the runner as it is known at that moment, also with a crossing; null where it is
state,     not. ``state`` is seen, confirmed or corrected
entry
========== ==================================================================================

and the headers ``X-Finishline-Delivery`` (the sequence number: a delivery that was repeated has the
same one) and, where the race file gives a secret, ``X-Finishline-Signature: sha256=HEX``, the
HMAC-SHA256 of the body's bytes.

Any answer from 200 to 299 is thanks. Anything else is tried again, five times in half a minute
(a refusal, 400 to 499 apart from 408 and 429, is not), then given up and counted. Each
address has a thread and a queue of its own; a full queue loses its oldest, counted as well. The
race neither waits nor knows.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import threading
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from dashboard import messages
from dashboard.feeds.times import iso
from dashboard.race_view import Entries
from stream.clock import SECOND_NS, monotonic_ns
from stream.hub import Hub, Message
from stream.types import Closed, Crossed, State, Tagged
from stream.webhook_settings import Happening, WebhookSettings

QUEUED = 1000
TIMEOUT_S = 5.0
PARTING_S = 5.0
WAITS_S = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Before the second try, the third and so on."""

_TAGS_KEPT = 2000
_SURE = frozenset({State.CONFIRMED, State.CORRECTED})


@dataclass(frozen=True, slots=True)
class WebhookStatus:
    """How one address is doing.

    Attributes:
        host: of the address; the rest of it may be secret.
        sent: deliveries that were taken.
        waiting: deliveries in the queue.
        dropped: lost because the queue was full, or messages that the hub no longer had.
        failed: given up.
        error: why the newest try failed; None where it did not.
    """

    host: str
    sent: int
    waiting: int
    dropped: int
    failed: int
    error: str | None


@dataclass(frozen=True, slots=True)
class _Delivery:
    seq: int
    body: bytes


class _RefusedError(Exception):
    """The address does not want it; asking again would not help."""


class Webhook:
    """One address and the thread that tells it.

    Args:
        settings: address, happenings and secret.
        hub: where events come from, from now on.
        race: the race's name.
        entries: the start list.
        queued: deliveries that may wait.
        waits_s: seconds before each further try.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        hub: Hub,
        race: str,
        entries: Entries,
        *,
        queued: int = QUEUED,
        waits_s: Sequence[float] = WAITS_S,
    ) -> None:
        self._settings = settings
        self._hub = hub
        self._race = race
        self._entries = entries
        self._queued = queued
        self._waits_s = waits_s
        self._queue: deque[_Delivery] = deque()
        self._tags: OrderedDict[int, Tagged] = OrderedDict()
        self._sent = self._dropped = self._failed = 0
        self._error: str | None = None
        self._news = threading.Event()
        self._closed = threading.Event()
        self._seq = hub.last_seq
        self._subscription = hub.subscribe(self._news.set, self._seq, previews=False)
        self._thread = threading.Thread(target=self._work, name=f"webhook-{settings.host}")
        self._thread.start()

    def status(self) -> WebhookStatus:
        """Numbers so far. From any thread."""
        return WebhookStatus(
            self._settings.host,
            self._sent,
            len(self._queue),
            self._dropped,
            self._failed,
            self._error,
        )

    def close(self) -> None:
        """Stop; for some seconds what waits is told, as long as the address takes it."""
        self._closed.set()
        self._news.set()
        self._thread.join()
        self._subscription.close()

    def _work(self) -> None:
        while not self._closed.is_set():
            self._news.wait()
            self._news.clear()
            self._listen()
            while self._queue and not self._closed.is_set():
                self._deliver(self._queue.popleft())
                self._listen()
        self._part()

    def _part(self) -> None:
        """Tell the rest, each tried once, until one is not taken or the time is over."""
        self._listen()
        end_ns = monotonic_ns() + round(PARTING_S * SECOND_NS)
        with contextlib.suppress(_RefusedError):
            while self._queue and monotonic_ns() < end_ns and self._once(self._queue[0]):
                self._queue.popleft()

    def _listen(self) -> None:
        """Take what is new from the hub into the queue."""
        while True:
            batch = self._subscription.take()
            for message in batch.messages:
                # So much may happen during one try that the hub has forgotten some of it.
                self._dropped += max(0, message.seq - self._seq - 1)
                self._seq = message.seq
                self._note(message)
            if not batch.messages and not batch.missed:
                return

    def _note(self, message: Message) -> None:
        event = message.event
        if isinstance(event, Tagged):
            is_new = self._is_new(event)
            self._tags[event.track_id] = event
            if len(self._tags) > _TAGS_KEPT:
                self._tags.popitem(last=False)
            if is_new:
                self._put(message, event, Happening.CONFIRMED)
        elif isinstance(event, Crossed):
            self._put(message, event, Happening.CROSSED)
        elif isinstance(event, Closed):
            self._tags.pop(event.track_id, None)

    def _put(self, message: Message, event: Tagged | Crossed, happening: Happening) -> None:
        if happening not in self._settings.on:
            return
        if len(self._queue) >= self._queued:
            self._queue.popleft()
            self._dropped += 1
        self._queue.append(_Delivery(message.seq, self._body(message, event, happening)))

    def _is_new(self, tag: Tagged) -> bool:
        """Whether a bib has become sure, or another one."""
        before = self._tags.get(tag.track_id)
        if tag.bib is None or tag.state not in _SURE:
            return False
        return before is None or before.state not in _SURE or before.bib != tag.bib

    def _body(self, message: Message, event: Tagged | Crossed, happening: Happening) -> bytes:
        told = messages.event_json(message, self._entries) or {}
        tag = self._tags.get(event.track_id)
        bib = None if tag is None else tag.bib
        told |= {
            "on": happening.value,
            "race": self._race,
            "capture": iso(event.capture_utc_ns),
            "bib": bib,
            "state": tag.state.value if tag is not None and bib is not None else None,
            "entry": messages.entry_json(self._entries, bib),
        }
        return messages.encode(told).encode()

    def _deliver(self, delivery: _Delivery) -> None:
        """Try until it is taken, given up, or this webhook is closed."""
        for wait_s in (*self._waits_s, None):
            try:
                if self._once(delivery):
                    return
            except _RefusedError:
                break
            if wait_s is None:
                break
            if self._closed.wait(wait_s):
                self._queue.appendleft(delivery)
                return
            # The queue is bounded, the hub's memory is shared: do not fall behind it.
            self._listen()
        self._failed += 1

    def _once(self, delivery: _Delivery) -> bool:
        """Whether the address has taken it. Raises _RefusedError."""
        try:
            status = _post(self._settings, delivery)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            self._error = f"{type(error).__name__}: {error}"
            return False
        if 200 <= status < 300:
            self._sent += 1
            self._error = None
            return True
        self._error = f"answered {status}"
        if 400 <= status < 500 and status not in {408, 429}:
            raise _RefusedError
        return False


class Webhooks:
    """All addresses of a race."""

    def __init__(
        self, settings: Sequence[WebhookSettings], hub: Hub, race: str, entries: Entries
    ) -> None:
        self._all = [Webhook(one, hub, race, entries) for one in settings]

    def status(self) -> list[Mapping[str, object]]:
        """For the page, JSON-ready."""
        return [asdict(one.status()) for one in self._all]

    def close(self) -> None:
        """Stop all."""
        for one in self._all:
            one.close()


def signature(secret: str, body: bytes) -> str:
    """The header's value; the receiver computes the same and compares."""
    return "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def _post(settings: WebhookSettings, delivery: _Delivery) -> int:
    """The status of the answer. Redirects are not followed: a delivery goes where it was sent."""
    parts = urlsplit(settings.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {
        "content-type": "application/json",
        "user-agent": "finishline",
        "x-finishline-delivery": str(delivery.seq),
    }
    if settings.secret is not None:
        headers["x-finishline-signature"] = signature(settings.secret, delivery.body)
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    try:
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        connection.request("POST", target, delivery.body, headers)
        return connection.getresponse().status
    finally:
        connection.close()
