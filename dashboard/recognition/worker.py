"""The one thread that decodes, looks and embeds. The event loop never does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from stream.turns import give_way

Answer = TypeVar("Answer")


class Worker:
    """Does one thing after the other, on a thread that gives way to a running race's.

    How much may wait is the business of `dashboard.recognition.gate.Gate`.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="recognition", initializer=give_way)

    async def do(self, work: Callable[[], Answer]) -> Answer:
        """The answer of `work`, or what it raises, once it is its turn."""
        return await asyncio.wrap_future(self._pool.submit(work))

    def close(self, last: Callable[[], None]) -> None:
        """End the thread after what it is at; `last` is done on it, nothing else that waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        last()
