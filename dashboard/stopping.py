"""Ctrl-C and the end of a service, for commands that take long."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


class stopped_by_signals:  # noqa: N801 - reads as what it does
    """The first SIGINT or SIGTERM calls `stop`; a second one does what it always did."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGINT, signal.SIGTERM):
                self._before[name] = signal.signal(name, self._asked)

    def __exit__(self, *raised: object) -> None:
        self._restore()

    def _restore(self) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._restore()
        # On a thread of its own: a handler runs between two steps of the main thread, which may
        # hold a lock that stopping needs.
        threading.Thread(target=self._stop, name="stopping").start()
