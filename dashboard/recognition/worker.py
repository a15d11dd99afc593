"""The one thread that decodes, looks and embeds. The event loop never does."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final, TypeVar

from dashboard.recognition.gate import later
from dashboard.refusals import Refusal
from stream.turns import give_way

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

CLOSE_S: Final = 10.0
"""So long `Worker.close` waits. What takes longer waits for a full disk, and may wait for ever."""
RETRY_S: Final = 10
"""Who had no answer in time may try again after so long: what was begun is mostly done by then."""


class Worker:
    """Does one thing after the other, on a thread that gives way to a running race's.

    Beside a race that keeps the processor full a picture takes ten times as long as alone. At the
    race's own priority it took no less (two cameras of 1080p, two cores), and the race saw a third
    fewer frames. How much may wait is the business of `dashboard.recognition.gate.Gate`.

    Args:
        close_s: how long `close` waits for what is being done.
    """

    def __init__(self, close_s: float = CLOSE_S) -> None:
        self._close_s = close_s
        self._lock = threading.Lock()
        self._at: set[Future[Any]] = set()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="recognition", initializer=give_way)

    async def do(self, work: Callable[[], Answer], within_s: float | None = None) -> Answer:
        """The answer of `work`, or what it raises, once it is its turn.

        Args:
            work: done on the worker's thread.
            within_s: so long it is waited for, those before it included. Work that has begun
                goes on, for nobody; work that has not is left out. None waits as long as it takes.

        Raises:
            Refusal: there is no answer in time, or finishline ends before (503).
        """
        future = self._pool.submit(work)
        with self._lock:
            self._at.add(future)
        future.add_done_callback(self._done)
        timer = asyncio.timeout(within_s)
        try:
            async with timer:
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            if not timer.expired():
                raise  # the work's own
            text = f"this computer has too much to do to answer within {within_s:g} s"
            raise later(503, "no_answer_yet", text, RETRY_S) from error
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
