"""Builds an engine beside a race: one thread builds, everybody else waits for its file.

Each camera has sessions of its own, and all of them want the same engine. A lock beside it, which
the system frees when a process dies, lets one of them build.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from engines.errors import EngineError, InferenceError
from engines.runtimes.session import Session

_LOOK_AGAIN_S: Final = 0.5

Build = Callable[[Callable[[], bool]], Path]
"""Builds, or finds what another has built; is given the question whether to stop."""


class BuildingSession:
    """`engines.runtimes.swap.Coming` of an engine: arrives when the file is there."""

    def __init__(self, build: Build, lock: Path, opening: Callable[[Path], Session]) -> None:
        """Starts at once.

        Args:
            build: returns the engine.
            lock: of those who would build the same one.
            opening: opens the engine; called in the thread that runs the session.
        """
        self._build, self._lock, self._opening = build, lock, opening
        self._stopped = threading.Event()
        self._path: Path | None = None
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._work, name=f"build {lock.stem}")
        self._thread.start()

    def arrived(self) -> Callable[[], Session] | None:
        """See `Coming.arrived`."""
        if self._thread.is_alive():
            return None
        if isinstance(self._fault, EngineError):
            raise self._fault
        if self._fault is not None:
            raise InferenceError(f"an engine could not be built: {self._fault}") from self._fault
        path = self._path
        return None if path is None else lambda: self._opening(path)

    def stop(self) -> None:
        """See `Coming.stop`; returns when the thread has ended, after TensorRT's current step."""
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            with _alone(self._lock, self._stopped) as mine:
                if mine:
                    self._path = self._build(self._stopped.is_set)
        # The top of a thread: `arrived` hands it on.
        except Exception as error:
            self._fault = error


@contextmanager
def _alone(lock: Path, stopped: threading.Event) -> Iterator[bool]:
    """Holds the lock; False where somebody stopped the waiting."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        while not stopped.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stopped.wait(_LOOK_AGAIN_S)
            else:
                yield True
                return
        yield False
