"""What two hundred viewers share, so that each costs little more than the sending.

One bell for all: an event wakes the server's thread once, however many viewers wait. One text
for all: an event is put into words once. Both keep the thread that runs the race from paying
for viewers, whose threads share the interpreter with it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dashboard import messages
from dashboard.race_view import Entries, RaceView
from stream.clock import SECOND_NS, monotonic_ns
from stream.hub import Hub, Message

_TEXTS_KEPT = 512
"""Twice what a viewer takes at a time."""
_BEAT_KEPT_NS = SECOND_NS // 2


class Bell:
    """Wakes everyone who waits in one event loop, from any thread."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = False

    @property
    def listeners(self) -> int:
        """How many are here."""
        return len(self._waiting)

    @contextlib.contextmanager
    def heard(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever the bell rings, for a while. Call it in the loop."""
        self._loop = asyncio.get_running_loop()
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            yield news
        finally:
            self._waiting.discard(news)

    def ring(self) -> None:
        """Wake all. Raises RuntimeError where the loop is closed, which the hub takes as goodbye.

        The flag is not locked: seen too early it is followed by `_wake`, which looks at what
        was published before the ring; seen too late it costs one ring more.
        """
        if self._rung or self._loop is None:
            return
        self._rung = True
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            self._rung = False
            raise

    def _wake(self) -> None:
        # First the flag: what is published from here on rings again.
        self._rung = False
        for news in self._waiting:
            news.set()


@dataclass(slots=True)
class SharedWords:
    """Texts that all viewers get alike. For the event loop's thread only."""

    _events: dict[int, tuple[Message, str | None]] = field(default_factory=dict)
    _beat: str = ""
    _beat_ns: int = 0

    def event(self, message: Message, entries: Entries) -> str | None:
        """An event as JSON; None for what viewers are not told."""
        kept = self._events.get(message.seq)
        if kept is not None and kept[0] is message:
            return kept[1]
        told = messages.event_json(message, entries)
        text = None if told is None else messages.encode(told)
        self._events[message.seq] = (message, text)
        if len(self._events) > _TEXTS_KEPT:
            del self._events[next(iter(self._events))]
        return text

    def beat(self, view: RaceView, hub: Hub, clock: Callable[[], int] = monotonic_ns) -> str:
        """The sign of life, at most half a second old."""
        now_ns = clock()
        if not self._beat or now_ns - self._beat_ns >= _BEAT_KEPT_NS:
            self._beat = messages.encode(messages.beat(view, hub.last_seq))
            self._beat_ns = now_ns
        return self._beat
