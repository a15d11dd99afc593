"""A page with live video: real sources, no engines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.server import Server
from dashboard.video.api import video_routes
from dashboard.video.feed import LiveVideo
from dashboard.video.peers import VideoPeers
from stream.clock import SECOND_NS
from stream.race import Race, TrackView
from stream.sources.choose import open_source
from stream.sources.packets import Packet, to_all
from stream.sources.port import Backend, Source
from stream.types import Frame, State
from tests.dashboard.fakes import FakeRace, entries

RUNNERS = entries(("101", "Anna", "Meier", "TV Nord"))
RUNNING = (TrackView(7, (40.0, 20.0, 120.0, 170.0), "101", State.CONFIRMED),)


class FakeCore(Race):
    """A race that sees the same runners in every frame."""

    def __init__(self, views: Sequence[TrackView] = RUNNING) -> None:
        self._views = list(views)

    def views(self, camera: str) -> list[TrackView]:
        return self._views


class VideoStage:
    """The page of one camera named ``finish``."""

    def __init__(self, folder: Path, video: LiveVideo, most: int = 4) -> None:
        self.video = video
        self.peers = VideoPeers({video.camera: video}, most)
        self.race = FakeRace(folder)
        view = RaceView("City run", folder, (video.camera,), RUNNERS, self.status, time_zone="UTC")
        app = create_app(self.race.hub, self.race.archive, view, video=video_routes(self.peers))
        self.server = Server(app, port=0)
        self.url = self.server.start()

    def status(self) -> dict[str, object]:
        told = self.video.status()
        via = {"via": told.via, "viewers": told.viewers}
        return {"cameras": [{"name": self.video.camera, "state": "playing", "video": via}]}

    def close(self) -> None:
        self.peers.close()
        self.server.stop()


@contextmanager
def video_stage(folder: Path, video: LiveVideo, most: int = 4) -> Iterator[VideoStage]:
    stage = VideoStage(folder, video, most)
    try:
        yield stage
    finally:
        stage.close()


@contextmanager
def playing(video: LiveVideo, uri: str, kept: list[Packet], backend: Backend) -> Iterator[Source]:
    """A source that plays into live video as a pipeline would; its packets are kept besides."""
    taken = to_all([kept.append, video.take])
    source = open_source(
        video.camera, uri, backend=backend, taken=taken, prompt=video.prompt, latency_ms=50
    )
    with _thread(lambda: _see(source, video)):
        try:
            yield source
        finally:
            source.close()


def _see(source: Source, video: LiveVideo) -> None:
    core = FakeCore()
    for frame in source.frames():
        video.see(frame, core)


@contextmanager
def replayed(video: LiveVideo, packets: Sequence[Packet]) -> Iterator[None]:
    """Packets handed to live video in real time, until the block ends or they do."""
    over = threading.Event()

    def replay() -> None:
        began = time.monotonic()
        for packet in packets:
            due_s = (packet.pts_ns - packets[0].pts_ns) / SECOND_NS
            if over.wait(max(0.0, began + due_s - time.monotonic())):
                return
            video.take(packet)

    with _thread(replay):
        try:
            yield
        finally:
            over.set()


@contextmanager
def _thread(work: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=work, name="source-of-a-test")
    thread.start()
    try:
        yield
    finally:
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def seen(video: LiveVideo, frames: Callable[[], Iterator[Frame]]) -> Iterator[None]:
    """Frames that live video sees as fast as they come, until the block ends."""
    over = threading.Event()

    def see() -> None:
        core = FakeCore()
        for frame in frames():
            if over.is_set():
                return
            video.see(frame, core)

    with _thread(see):
        try:
            yield
        finally:
            over.set()
