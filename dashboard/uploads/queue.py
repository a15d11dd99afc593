"""The one thread that tags photos that were sent, and judges the race's when they are done."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from dashboard.uploads.news import (
    MOST_FAILED,
    MOST_TAGGED,
    At,
    FailedPhoto,
    PhotoBibs,
    PhotoNews,
    Progress,
)
from dashboard.uploads.shelf import UNJUDGED, Shelf, shown_name
from stream.export.errors import ExportError
from stream.photos.files import PhotoError, file_of
from stream.photos.judging import judge_photos
from stream.photos.reading import Networks, PhotoReading
from stream.photos.seen import SeenRules
from stream.photos.tables import TABLES, write_tables
from stream.photos.taggers import Tagger
from stream.store import Store
from stream.store.folder import UNREADABLE
from stream.turns import give_way

log = logging.getLogger(__name__)

QUIET_S: Final = 3.0
"""Judging goes through all photos of the race: it waits until no more have come for so long."""
_AT_A_TIME: Final = 50
"""Photos in one go; those that come meanwhile wait for the next."""


class OwnTagger(Tagger, Protocol):
    """A tagger that belongs to the queue."""

    def close(self) -> None:
        """Free its networks."""


class PhotoQueue:
    """Tags photos one after the other, on a thread that gives way to a running race's.

    Photos in the folder that the race does not have yet are tagged first: a former server may have
    ended before.

    Args:
        store: of the race, open to write.
        shelf: where the photos are.
        tagger: looks at photos, one at a time; closed on the queue's thread.
        networks: which ones `tagger` has.
        rules: how photos are judged now, asked before every go.
        news: told how it goes.
        quiet_s: see `QUIET_S`.
    """

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        tagger: OwnTagger,
        networks: Callable[[], Networks],
        rules: Callable[[], SeenRules],
        news: PhotoNews,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._tagger = tagger
        self._networks = networks
        self._rules = rules
        self._news = news
        self._quiet_s = quiet_s
        self._changed = threading.Condition()
        self._waiting: dict[Path, None] = {}
        self._halted = False
        self._unread: Path | None = None
        self._newest: deque[Path] = deque(maxlen=MOST_TAGGED)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="photo-tagging", daemon=True)

    def start(self) -> None:
        """Begin, with what a former server has left."""
        self._thread.start()

    def add(self, path: Path) -> int:
        """Have a photo tagged; its place among those that wait, from 1. One that waits, stays."""
        with self._changed:
            self._halted = False
            self._waiting.setdefault(path)
            self._tell_waiting()
            self._changed.notify()
            return list(self._waiting).index(path) + 1

    def close(self) -> None:
        """End after the photo in work; what waits is tagged at the next start."""
        with self._changed:
            self._stop.set()
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        give_way()
        try:
            self._guarded(self._take_up)
            while (batch := self._next()) is not None:
                self._guarded(partial(self._read, batch) if batch else self._judge)
        finally:
            self._tagger.close()

    def _guarded(self, work: Callable[[], None]) -> None:
        """Nothing is tried in a circle: it goes on when somebody sends another photo."""
        try:
            work()
        except Exception as error:  # the top of the thread: handed to whoever looks at the page
            log.exception("photos are not tagged")
            with self._changed:
                self._halted = True
                problem = str(error) or type(error).__name__
                self._news.tell(replace(self._news.newest, at="stopped", problem=problem))

    def _take_up(self) -> None:
        """What lies in the folder and is not in the race."""
        left = [path for path in self._shelf.photos() if not self._is_known(path)]
        with self._changed:
            self._waiting = {**dict.fromkeys(left), **self._waiting}
            if self._waiting:
                self._tell_waiting()

    def _is_known(self, path: Path) -> bool:
        try:
            return self._store.photos.at(file_of(path)) is not None
        except PhotoError:
            return False  # Why it cannot be read is told when its turn comes.

    def _next(self) -> tuple[Path, ...] | None:
        """The next photos; none where it is time to judge; None where it is time to end."""
        with self._changed:
            while not self._stop.is_set():
                if self._waiting and not self._halted:
                    return tuple(islice(self._waiting, _AT_A_TIME))
                patience = self._quiet_s if self._is_unjudged() and not self._halted else None
                if not self._changed.wait(patience) and not self._waiting:
                    return ()
            return None

    def _read(self, paths: Sequence[Path]) -> None:
        self._mark.parent.mkdir(exist_ok=True)
        self._mark.touch()
        self._be("tagging")
        self._unread = None
        reading = PhotoReading(
            self._store,
            [self._tagger],
            self._networks(),
            self._rules(),
            self._broken,
            passing=self._passing,
            # Whoever sent some sees each as soon as can be, and a server that ends waits for one.
            together=1,
        )
        reading.read(paths, self._stop, lambda done, total: self._tagged(paths[done - 1]))

    def _judge(self) -> None:
        self._be("judging")
        judge_photos(self._store, self._rules(), self._stop, lambda done, total: None)
        if not self._stop.is_set():
            self._write_tables()
            self._mark.unlink(missing_ok=True)
        self._store.flush()
        with self._changed:
            at: At = "tagging" if self._waiting else "idle"
            self._tell_tagged(replace(self._news.newest, at=at, problem=None))

    def _write_tables(self) -> None:
        """As `finishline tag` does at its end."""
        try:
            write_tables(self._store.photos, self._store.folder / TABLES)
        except ExportError as error:
            log.warning("%s", error)

    def _be(self, at: At) -> None:
        with self._changed:
            self._news.tell(replace(self._news.newest, at=at, problem=None))

    def _broken(self, path: Path, why: str) -> None:
        """Told once and put aside; the race keeps nothing of it."""
        # In this order: whenever the process dies, the next one finds the file or nothing of it.
        self._store.photos.forget_problem(path)
        self._store.flush()
        self._shelf.put_aside(path)
        log.warning("%s %s; it was put into %s", path, why, UNREADABLE)
        self._failed(path, why, again=False)

    def _passing(self, path: Path, why: str) -> None:
        """It lies where it is, for the next start; what the race knows of it stays."""
        log.warning("%s %s; it is tried again at the next start", path, why)
        self._failed(path, why, again=True)

    def _failed(self, path: Path, why: str, again: bool) -> None:
        self._unread = path
        with self._changed:
            now = self._news.newest
            failed = (*now.failed, FailedPhoto(shown_name(path), why, again))[-MOST_FAILED:]
            self._news.tell(replace(now, failed=failed, n_failed=now.n_failed + 1))

    def _tagged(self, path: Path) -> None:
        # On disk before it is told: the page asks for the pictures at once.
        self._store.flush()
        with self._changed:
            self._waiting.pop(path, None)
            if path != self._unread:
                self._newest.appendleft(path)
            now = self._news.newest
            self._tell_tagged(replace(now, waiting=len(self._waiting), done=now.done + 1))

    def _tell_tagged(self, now: Progress) -> None:
        """With what was read, as the race knows it by now."""
        photos = self._store.photos
        tagged = tuple(
            PhotoBibs(shown_name(path), photos.bibs_at(str(path)), photos.unsure_at(str(path)))
            for path in self._newest
        )
        self._news.tell(replace(now, last=tagged[0] if tagged else now.last, tagged=tagged))

    def _tell_waiting(self) -> None:
        now = self._news.newest
        if now.waiting == 0 and now.at != "tagging":
            # A new round: what was counted of the last one is over.
            self._newest.clear()
            now = replace(now, done=0, failed=(), n_failed=0, tagged=())
        at: At = "judging" if now.at == "judging" else "tagging"
        self._news.tell(replace(now, at=at, waiting=len(self._waiting), problem=None))

    def _is_unjudged(self) -> bool:
        return self._mark.exists()

    @property
    def _mark(self) -> Path:
        return self._shelf.place / UNJUDGED
