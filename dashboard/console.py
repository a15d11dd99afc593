"""How the command line prints: progress on stderr, reports on stdout, times for people."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from stream.clock import SECOND_NS, monotonic_ns

_BETWEEN_NS = SECOND_NS // 4
_LAST_WHILE_NS = 15 * SECOND_NS
_BAR = 20


def progress_line(what: str, shown_on: TextIO | None = None) -> Callable[[int, int], None]:
    """A function (done, total) that shows progress, rate, time left and a bar on one line.

    Args:
        what: is in progress.
        shown_on: stderr as it is now if None. Nothing is shown where it is no terminal.
    """
    stream = sys.stderr if shown_on is None else shown_on
    told = deque([(monotonic_ns(), 0)])
    shown_ns = 0

    def show(done: int, total: int) -> None:
        nonlocal shown_ns
        now_ns = monotonic_ns()
        if not stream.isatty() or (now_ns - shown_ns < _BETWEEN_NS and done < total):
            return
        shown_ns = now_ns
        # Of the last while: what an earlier start has done goes by in no time.
        while len(told) > 1 and told[1][0] <= now_ns - _LAST_WHILE_NS:
            told.popleft()
        then_ns, before = told[0]
        told.append((now_ns, done))
        rate = (done - before) / max((now_ns - then_ns) / SECOND_NS, 1e-6)
        left_s = max(total - done, 0) / max(rate, 1e-6)
        line = f"{what}: {done}/{total}, {rate:.1f}/s, {left_s:.0f} s left {_bar(done, total)}"
        stream.write(f"\r{line:<78}" + ("\n" if done >= total else ""))
        stream.flush()

    return show


def _bar(done: int, total: int) -> str:
    full = _BAR * min(done, total) // max(total, 1)
    return f"[{'#' * full}{'.' * (_BAR - full)}]"


@contextmanager
def stdout_of_our_own() -> Iterator[None]:
    """What libraries print to stdout by themselves goes to stderr, so that only tags are there.

    DeepStream's elements and pyservicemaker tell there what they are doing.
    """
    usual = sys.stdout
    usual.flush()
    # Below Python, where those libraries write.
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as own:
        os.dup2(2, 1)
        sys.stdout = own
        try:
            yield
        finally:
            own.flush()
            os.dup2(own.fileno(), 1)
            sys.stdout = usual


def print_json(report: object) -> None:
    """A report as JSON on stdout."""
    print(json.dumps(report, indent=2, ensure_ascii=False))


def counted(n: int, one: str) -> str:
    """A count for people: 1 photo, 2 photos.

    Args:
        one: what is counted, by its name for one; with an s it is that for many.
    """
    return f"{n} {one}" if n == 1 else f"{n} {one}s"


def moment(utc_ns: int) -> str:
    """A capture time for people: of the day, or since the start where nobody said when that was."""
    if utc_ns < 86_400 * SECOND_NS:
        minutes, seconds = divmod(utc_ns / SECOND_NS, 60)
        return f"{int(minutes):02d}:{seconds:05.2f}"
    return f"{datetime.fromtimestamp(utc_ns / SECOND_NS, UTC).astimezone():%H:%M:%S.%f}"[:-4]
