"""The one thread that writes to the race database: bounded, blocking, never dropping.

A full disk is waited for: nothing of the transaction is kept, and it is tried again every second.
Meanwhile whoever records is not held up: events wait in memory, pictures only as many as usual.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlite_utils import Database

from stream.store.errors import StoreError
from stream.store.folder import empty_log, leave_one_file

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

AGAIN_S = 1.0
"""Between two attempts to write to a full disk, or to empty the log while others read."""
MOST_WHILE_FULL = 100_000
"""Steps that wait for a full disk: the events of some hours, a few kilobytes each."""
_LOG_MS = 200
"""How long to wait once for readers when the log is to be emptied; whoever records waits, too."""
_IN_LOG = (
    "what was erased is still in the log beside the database, since another program is reading it; "
)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    run: Callable[[Database], object]
    n_bytes: int
    soon: bool
    answer: Future[object] | None
    erases: bool = False


class Writer:
    """Runs steps in order, many to a transaction. Owns the connection it is given.

    A step that fails for another reason than a full disk ends the writer: nothing of its
    transaction is kept, and every call from then on raises `StoreError` with the cause. Only a
    StoreError raised by a step of `ask` is handed back to whoever asked, and the writer goes on.
    """

    def __init__(
        self,
        db: Database,
        after_commit: Callable[[Database], None],
        *,
        max_steps: int = 2000,
        max_bytes: int = 64 << 20,
        batch: int = 200,
        pause_s: float = 0.1,
    ) -> None:
        """Start the thread.

        Args:
            db: connection usable from another thread.
            after_commit: run after every transaction, outside it.
            max_steps: steps waiting before `put` blocks.
            max_bytes: bytes of pictures waiting before `put` blocks.
            batch: most steps in a transaction.
            pause_s: how long a step may wait for others to share its transaction. More costs
                less disk and loses more when the power fails.
        """
        self._db = db
        self._after_commit = after_commit
        self._max_steps, self._max_bytes = max_steps, max_bytes
        self._batch, self._pause_s = batch, pause_s
        self._changed = threading.Condition()
        self._steps: deque[_Step] = deque()
        self._n_bytes = 0
        self._n_soon = 0
        self._closing = False
        self._disk_is_full = False
        self._log_tells = False
        self.lost_pictures = 0
        """Steps with pictures that were thrown away while the disk was full."""
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def put(self, run: Callable[[Database], object], n_bytes: int = 0, soon: bool = False) -> None:
        """Queue a step; blocks while the queue is full (see above for a full disk).

        Args:
            n_bytes: size of what the step holds on to.
            soon: somebody is about to look for it: do not wait for company.

        Raises:
            StoreError: the writer has failed or is closed.
        """
        self._put(_Step(run, n_bytes, soon, None))

    def ask(self, run: Callable[[Database], Answer], *, erases: bool = False) -> Answer:
        """Run a step and wait until it and all before it are on disk; returns its answer.

        Args:
            erases: nothing of what the step deletes may be left in the log. Where somebody reads
                the database at this moment, that is logged and tried again every second.

        Raises:
            StoreError: raised by the step, or the writer has failed or is closed.
        """
        answers: list[Answer] = []
        done: Future[object] = Future()
        self._put(_Step(lambda db: answers.append(run(db)), 0, True, done, erases))
        done.result()
        # The last attempt's: on a full disk the step has run before, to no effect.
        return answers[-1]

    def check(self) -> None:
        """Raise the StoreError of a failed writer."""
        if self._failure is not None:
            raise _broken(self._failure) from self._failure

    def close(self) -> None:
        """Write what is queued, end the thread and close the connection.

        Raises:
            StoreError: something could not be written. The connection is closed all the same.
        """
        with self._changed:
            first, self._closing = not self._closing, True
            self._changed.notify_all()
        if not first:
            return
        self._thread.join()
        try:
            self.check()
            if not leave_one_file(self._db) and self._log_tells:
                log.error(_IN_LOG + "end that one, then open and close the race here once more")
        finally:
            self._db.close()

    def _put(self, step: _Step) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._room(step) or self._failure or self._closing or self._must_give_way()
            )
            self.check()
            if self._closing:
                raise StoreError("the race folder has been closed; open it again to write")
            if step.n_bytes and step.answer is None and not self._room(step):
                self.lost_pictures += 1
                return
            self._steps.append(step)
            self._n_bytes += step.n_bytes
            self._n_soon += step.soon
            self._changed.notify_all()

    def _room(self, step: _Step) -> bool:
        small_enough = not self._n_bytes or self._n_bytes + step.n_bytes <= self._max_bytes
        return len(self._steps) < self._max_steps and small_enough

    def _must_give_way(self) -> bool:
        """Whether nobody may be held up: the disk is full, and memory is not."""
        return self._disk_is_full and len(self._steps) < MOST_WHILE_FULL

    def _work(self) -> None:
        batch: list[_Step] = []
        try:
            while batch := self._next_batch():
                refused = self._with_room(partial(self._commit, batch))
                self._with_room(partial(self._after_commit, self._db))
                if self._log_tells or any(step.erases for step in batch):
                    self._with_room(self._empty_log)
                self._answer(batch, refused)
        except Exception as failure:  # the top of the thread: handed to whoever calls next
            self._fail(failure, batch)

    def _empty_log(self) -> None:
        tells = not empty_log(self._db, 0 if self._log_tells else _LOG_MS)
        if tells and not self._log_tells:
            log.warning(_IN_LOG + "it is tried again every second")
        self._log_tells = tells

    def _next_batch(self) -> list[_Step]:
        while self._log_tells and not self._is_called():
            self._with_room(self._empty_log)
        with self._changed:
            self._changed.wait_for(lambda: self._steps or self._closing)
            self._changed.wait_for(
                lambda: self._closing or self._n_soon or len(self._steps) >= self._batch,
                timeout=self._pause_s,
            )
            batch = [self._steps.popleft() for _ in range(min(self._batch, len(self._steps)))]
            self._n_soon -= sum(step.soon for step in batch)
            self._changed.notify_all()
            return batch

    def _is_called(self) -> bool:
        """Whether there is something to do within a second."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: self._steps or self._closing, AGAIN_S))

    def _with_room(self, write: Callable[[], Answer]) -> Answer:
        """Do it, as often as it takes until the disk has room or the writer is closed."""
        while True:
            try:
                done = write()
            except (sqlite3.Error, OSError) as error:
                if self._closing or not is_disk_full(error):
                    raise
                self._wait_for_room()
            else:
                if self._disk_is_full:
                    log.warning("there is room again: what waited has been written")
                    self._disk_is_full = False
                return done

    def _wait_for_room(self) -> None:
        with self._changed:
            if not self._disk_is_full:
                log.error("the disk is full: what happens is kept in memory until there is room")
            self._disk_is_full = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closing, timeout=AGAIN_S)

    def _commit(self, batch: list[_Step]) -> dict[int, StoreError]:
        """One transaction; the refusals of steps that were asked, by position."""
        refused: dict[int, StoreError] = {}
        with self._db.atomic():
            for position, step in enumerate(batch):
                if step.answer is None:
                    step.run(self._db)
                else:
                    try:
                        with self._db.atomic():
                            step.run(self._db)
                    except StoreError as refusal:
                        refused[position] = refusal
        return refused

    def _answer(self, batch: list[_Step], refused: dict[int, StoreError]) -> None:
        with self._changed:
            self._n_bytes -= sum(step.n_bytes for step in batch)
            self._changed.notify_all()
        for position, step in enumerate(batch):
            if step.answer is not None and position in refused:
                step.answer.set_exception(refused[position])
            elif step.answer is not None:
                step.answer.set_result(None)

    def _fail(self, failure: Exception, batch: list[_Step]) -> None:
        with self._changed:
            self._failure = failure
            lost = batch + list(self._steps)
            self._steps.clear()
            self._changed.notify_all()
        for step in lost:
            if step.answer is not None and not step.answer.done():
                step.answer.set_exception(_broken(failure))


def is_disk_full(error: Exception) -> bool:
    """Whether an error of SQLite or of the system says that there is no room left."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _broken(failure: Exception) -> StoreError:
    return StoreError(
        f"writing to the race folder failed: {failure}; check the disk (space, permissions), "
        "then start again: everything written before is kept"
    )
