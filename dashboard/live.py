"""The WebSocket: one viewer's events, snapshots and pictures.

Events go first, pictures fill what is left of the line. See `dashboard.messages` for what
is said.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import client_messages, messages
from dashboard.access.rules import SIGN_IN_CODE
from dashboard.audience import Bell, SharedWords
from dashboard.latency.painted import Report, Reporter
from dashboard.race_view import Archive, RaceView
from dashboard.uploads.news import PhotoNews, Teller
from stream.clock import now_ns
from stream.hub import Hub, Preview, Subscription

BEAT_S = 2.0
"""Time between signs of life. Short enough that a page notices a dead line within seconds."""

SEND_TIMEOUT_S = 15.0
"""A viewer that takes nothing for this long is let go; it will come back and resume."""

PICTURES_UNDER_WAY = 2
"""Pictures sent and not yet drawn. Two keep a quick line busy; more would delay tags."""

MOST_VIEWERS = 200
"""Viewers at a time. Each costs about as much work per tag as sending it takes."""

FULL_CODE = 1013
"""The WebSocket closes with this, "try again later", where there are so many already."""

SNAPSHOT_RUNNERS = 500
"""Runners in a snapshot: more than a page shows, a few hundred kilobytes at most."""

MOST_DIGITS = 20
"""Longer numbers are no sequence numbers."""

_MESSAGES_PER_TAKE = 256
_REPEAT_SNAPSHOT_S = 0.5


class PreviewWindow:
    """The newest picture of each camera, handed out as fast as the viewer draws them."""

    def __init__(self, size: int = PICTURES_UNDER_WAY) -> None:
        self._size = size
        self._under_way = 0
        self._waiting: dict[str, Preview] = {}

    def offer(self, preview: Preview) -> None:
        """Keep `preview` in place of an older one of the same camera."""
        # The camera keeps its place in the line, so that a fast one cannot starve a slow one.
        self._waiting[preview.camera] = preview

    def forget(self, cameras: Iterable[str]) -> None:
        """Hand out nothing more of these cameras until they are offered again."""
        for camera in cameras:
            self._waiting.pop(camera, None)

    def shown(self) -> None:
        """The viewer has drawn one."""
        self._under_way = max(0, self._under_way - 1)

    def next(self) -> Preview | None:
        """The picture to send now, or None while the viewer is busy or nothing waits."""
        if self._under_way >= self._size or not self._waiting:
            return None
        self._under_way += 1
        return self._waiting.pop(next(iter(self._waiting)))


@dataclass(frozen=True, slots=True)
class Live:
    """What all viewers share. `server` names this start of the server."""

    hub: Hub
    archive: Archive
    view: RaceView
    server: str
    most_viewers: int = MOST_VIEWERS
    told: SharedWords = field(default_factory=SharedWords)
    bell: Bell = field(default_factory=Bell)

    async def serve(
        self,
        socket: WebSocket,
        may_stay: Callable[[], bool],
        photos: PhotoNews | None = None,
    ) -> None:
        """Answer one viewer until it leaves.

        Args:
            socket: not yet accepted.
            may_stay: asked now and then; whether the viewer is still signed in.
            photos: how their tagging goes, where the viewer wants to know.

        Raises:
            ExceptionGroup: the archive or the hub failed; a viewer that leaves is no failure.
        """
        await socket.accept()
        if self.bell.listeners >= self.most_viewers:
            await socket.close(FULL_CODE, f"{self.most_viewers} viewers are here already")
            return
        with self.bell.heard() as news, self.view.painted.reporter() as reporter:
            viewer = _Viewer(self, socket, news, may_stay, reporter, Teller(photos))
            await self._serve(socket, viewer)

    async def _serve(self, socket: WebSocket, viewer: _Viewer) -> None:
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(viewer.listen)
                tasks.start_soon(viewer.talk)
        except* (WebSocketDisconnect, _TooSlowError):
            pass  # The viewer is gone, or takes nothing any more; it will come back by itself.
        except* client_messages.BadRequestError as refused:
            with contextlib.suppress(RuntimeError, OSError):
                await socket.close(1008, str(refused.exceptions[0]))
        except* _SignedOutError:
            with contextlib.suppress(RuntimeError, OSError):
                await socket.close(SIGN_IN_CODE, "signed out")


class _Viewer:
    """One connection."""

    def __init__(
        self,
        live: Live,
        socket: WebSocket,
        news: asyncio.Event,
        may_stay: Callable[[], bool],
        reporter: Reporter,
        photos: Teller,
    ) -> None:
        self._live = live
        self._photos = photos
        self._socket = socket
        self._news = news
        self._may_stay = may_stay
        self._reporter = reporter
        self._window = PreviewWindow()
        self._asked: client_messages.ClockAsked | None = None
        self._pictures = socket.query_params.get("previews", "1") != "0"
        self._without: frozenset[str] = frozenset()
        self._subscription: Subscription | None = None

    async def listen(self) -> None:
        """Hear what the viewer says; ends the connection by raising when it leaves."""
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(received["code"])
            self._hear(client_messages.said(received.get("text")))

    def _hear(self, said: client_messages.Said | None) -> None:
        match said:
            case client_messages.Shown():
                self._window.shown()
                self._news.set()
            case client_messages.PicturesAsked(without):
                self._without = without
                self._window.forget(without)
                if self._subscription is not None:
                    self._subscription.without = without
            case client_messages.ClockAsked() if self._reporter.may_report():
                # Of several questions the newest is answered: who floods the line gains nothing.
                self._asked = said
                self._news.set()
            case Report():
                self._reporter.report(said)

    async def talk(self) -> None:
        """Tell the viewer everything, in order."""
        after = self._resume_after()
        last_seq = self._live.hub.last_seq
        resumed = after is not None
        await self._say(messages.hello(self._live.view, self._live.server, last_seq, resumed))
        while True:
            if after is None:
                after = await self._say_snapshot()
            subscription = self._live.hub.subscribe(self._live.bell.ring, after, self._pictures)
            subscription.without = self._without
            self._subscription = subscription
            try:
                await self._follow(subscription, after)
            finally:
                subscription.close()
            after = None
            # The hub forgets faster than the archive writes only under a flood: let it catch up.
            await anyio.sleep(_REPEAT_SNAPSHOT_S)

    def _resume_after(self) -> int | None:
        """Where to go on; None where only a snapshot is sure to be right.

        Another start of the server may have numbered anew what the former one told but did
        not live to write down, so its numbers are not trusted.
        """
        asked = self._socket.query_params.get("after")
        if asked is None:
            return None
        if not (asked.isascii() and asked.isdigit() and len(asked) < MOST_DIGITS):
            raise client_messages.BadRequestError("after: expected a sequence number")
        same_server = self._socket.query_params.get("server") == self._live.server
        after = int(asked)
        return after if same_server and after <= self._live.hub.last_seq else None

    async def _say_snapshot(self) -> int:
        archive, view = self._live.archive, self._live.view
        snapshot = await run_in_threadpool(archive.snapshot, SNAPSHOT_RUNNERS)
        cut = len(snapshot.runners) >= SNAPSHOT_RUNNERS
        counts = await run_in_threadpool(archive.counts) if cut else None
        await self._say(messages.snapshot_json(snapshot, view.entries, counts))
        return snapshot.seq

    async def _follow(self, subscription: Subscription, after: int) -> None:
        """Pass on events and pictures until the viewer has missed some."""
        next_beat = anyio.current_time()
        while True:
            if anyio.current_time() >= next_beat:
                if not self._may_stay():
                    raise _SignedOutError
                await self._say_text(self._live.told.beat(self._live.view, self._live.hub))
                next_beat = anyio.current_time() + BEAT_S
            self._news.clear()
            batch = subscription.take(_MESSAGES_PER_TAKE)
            if batch.missed:
                return
            for preview in batch.previews:
                self._window.offer(preview)
            for message in messages.in_order(batch.messages, after):
                told = self._live.told.event(message, self._live.view.entries)
                if told is not None:
                    await self._say_text(told)
                after = message.seq
            await self._say_clock()
            if photos := self._photos.next(anyio.current_time()):
                await self._say_text(photos)
            if len(batch.messages) < _MESSAGES_PER_TAKE and not await self._say_preview():
                next_news = min(next_beat, self._photos.due_s())
                with anyio.move_on_after(next_news - anyio.current_time()):
                    await self._news.wait()

    async def _say_clock(self) -> None:
        """Tell the time to who has asked, between two messages: a preview is two in a row."""
        asked, self._asked = self._asked, None
        if asked is not None:
            await self._say(messages.clock(asked.sent, now_ns()))

    async def _say_preview(self) -> bool:
        """Send one picture if the viewer is ready for it."""
        preview = self._window.next()
        if preview is None:
            return False
        await self._say(messages.preview_json(preview))
        with _patience():
            await self._socket.send_bytes(preview.jpeg)
        return True

    async def _say(self, told: messages.JsonObject) -> None:
        await self._say_text(messages.encode(told))

    async def _say_text(self, told: str) -> None:
        with _patience():
            await self._socket.send_text(told)


class _TooSlowError(Exception):
    """The viewer takes nothing any more."""


class _SignedOutError(Exception):
    """The viewer's token was removed, or its session is over."""


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    try:
        with anyio.fail_after(SEND_TIMEOUT_S):
            yield
    except TimeoutError as error:
        raise _TooSlowError from error
