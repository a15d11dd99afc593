"""The one thread that decodes, looks and embeds. The event loop never does."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final, TypeVar

from dashboard.refusals import Refusal
from stream.turns import give_way

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

CLOSE_S: Final = 10.0
"""So long `Worker.close` waits. What takes longer waits for a full disk, and may wait for ever."""


class Worker:
    """Does one thing after the other, on a thread that gives way to a running race's.

    How much may wait is the business of `dashboard.recognition.gate.Gate`.

    Args:
        close_s: how long `close` waits for what is being done.
    """

    def __init__(self, close_s: float = CLOSE_S) -> None:
        self._close_s = close_s
        self._lock = threading.Lock()
        self._at: set[Future[Any]] = set()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="recognition", initializer=give_way)

    async def do(self, work: Callable[[], Answer]) -> Answer:
        """The answer of `work`, or what it raises, once it is its turn.

        Raises:
            Refusal: finishline ends before (503).
        """
        future = self._pool.submit(work)
        with self._lock:
            self._at.add(future)
        future.add_done_callback(self._done)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError as error:
            # The server ends, and so does this request: whoever waits still reads why.
            raise Refusal(
                503, "ending", "finishline ends; start it again and send the picture once more"
            ) from error

    def _done(self, future: Future[Any]) -> None:
        with self._lock:
            self._at.discard(future)

    def close(self, last: Callable[[], None]) -> None:
        """End the thread after what it is at, and do `last`; what waits for its turn is not done.

        Where it is at something that does not end, as an enrolment that waits for room on a full
        disk, it is left behind, and `last` is not done: it might be in use.

        Args:
            last: done on the thread of the caller, once the worker has ended.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            at = tuple(self._at)
        if wait(at, self._close_s).not_done:
            log.warning(
                "recognition has not ended within %g s, as where the disk is full, and is left "
                "behind",
                self._close_s,
            )
            return
        last()
