"""Files in bunches, a few of which are in work ahead of the one that is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

Done = TypeVar("Done")

_WAITING: Final = 2
"""Bunches that may wait to be taken, beside those in work."""


@contextmanager
def ahead(
    bunches: Iterable[Sequence[Path]],
    look: Callable[[Sequence[Path]], Done],
    at_once: int,
) -> Iterator[Iterator[Done]]:
    """What `look` gives for each bunch, in order; leaving it ends the threads."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="photo")

    def looked_at() -> Iterator[Done]:
        waiting: deque[Future[Done]] = deque()
        for bunch in bunches:
            waiting.append(pool.submit(look, bunch))
            if len(waiting) > at_once + _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    try:
        yield looked_at()
    finally:
        pool.shutdown(cancel_futures=True)
