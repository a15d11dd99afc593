"""A race that takes photos, with a tagger that knows what they show."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.recognition.gate import Limits
from dashboard.uploads.news import PhotoNews, Progress
from dashboard.uploads.queue import PhotoQueue
from dashboard.uploads.shelf import PHOTO_LIMITS, Shelf
from dashboard.uploads.uploads import Uploads
from engines.photo import TaggedPhoto
from engines.picture import RgbPicture
from stream.hub import Hub
from stream.photos.seen import SeenRules
from stream.start_list import Entry, StartList
from stream.store import Store
from tests.stream.photos.staged import BIB, FIRST, PERSON, StagedTagger, line, photo, shown

HERE = ("127.0.0.1", 5000)
LAN = ("192.168.7.9", 5000)
REDS = (100, 130, 160, 190)
RUNNERS = StartList((Entry("100", last_name="Emil"), Entry("130", last_name="Ada")))
BAD_DISK = Path("/proc/self/mem")
"""A file that is there and whose first bytes are an input/output error."""
PATIENCE_S = 30.0
"""Nothing takes so long but on a machine that is busy with something else."""


@dataclass
class FakeTagger(StagedTagger):
    """Waits for `gate` before each photo, and fails once where it is told to."""

    gate: threading.Event | None = None
    failure: Exception | None = None
    began: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def tag(self, picture: RgbPicture) -> TaggedPhoto:
        self.began.set()
        if self.gate is not None:
            assert self.gate.wait(PATIENCE_S)
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        return super().tag(picture)

    def close(self) -> None:
        self.closed = True


def tagger() -> FakeTagger:
    """Sees one runner in each photo, whose bib is how red it is."""
    return FakeTagger({red: shown([PERSON, BIB], [line(str(red))]) for red in REDS})


class House:
    """A race folder, its app, and tokens by role.

    Args:
        free_bytes: on the disk.
        read_only: the race is only looked at.
    """

    def __init__(
        self,
        folder: Path,
        staged: FakeTagger | None = None,
        limits: Limits = PHOTO_LIMITS,
        *,
        free_bytes: int = 10**12,
        read_only: bool = False,
        quiet_s: float = 0.05,
    ) -> None:
        self.folder = folder
        self.store = Store.open(folder, race_name="City run")
        self.tagger = staged or tagger()
        self.news = PhotoNews()
        self.told: list[Progress] = []
        self.news.listen(lambda: self.told.append(self.news.newest))
        self.shelf = Shelf(folder, 1000, limits, lambda _: free_bytes)
        self.queue = PhotoQueue(
            self.store, self.shelf, self.tagger, lambda: FIRST, SeenRules, self.news, quiet_s
        )
        self.uploads = Uploads(self.store, self.shelf, self.queue, self.news)
        names = Tokens(folder)
        new = not names.list()
        self.tokens = {role.word: names.add(role.word, role) for role in Role} if new else {}
        self.hub = Hub(first_seq=self.store.last_seq() + 1)
        self.app: FastAPI = create_app(
            self.hub,
            self.store,
            RaceView("City run", folder, ("finish",), RUNNERS, time_zone="UTC"),
            access=Access(folder),
            uploads=None if read_only else self.uploads,
        )
        if not read_only:
            self.queue.start()

    def client(self, address: tuple[str, int] = HERE) -> TestClient:
        return TestClient(self.app, "http://localhost", client=address)

    def wait(self, wanted: Callable[[Progress], bool]) -> Progress:
        """How it stands once it is as wanted."""
        until = time.monotonic() + PATIENCE_S
        while not wanted(self.news.newest):
            assert time.monotonic() < until, self.news.newest
            time.sleep(0.01)
        return self.news.newest

    def close(self) -> None:
        self.uploads.close()
        self.store.close()


def idle(n: int) -> Callable[[Progress], bool]:
    """All is tagged and judged, `n` photos of it since nothing waited."""
    return lambda now: now.at == "idle" and now.done == n and now.waiting == 0


def jpeg(folder: Path, red: int, name: str = "") -> bytes:
    """A photo's bytes."""
    return photo(folder / (name or f"{red}.jpg"), red).read_bytes()
