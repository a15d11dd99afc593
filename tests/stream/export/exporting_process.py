"""A process that exports clips until it is killed.

``python -m tests.stream.export.exporting_process RACE SITUATION`` kills itself at the moment that
is named; between two clips it waits to be killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av.container

from stream.export import ExportRace, Outcome
from stream.export.clips.export import ClipOptions, export_clips


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def round_replace(nth: int, after: bool) -> None:
    """Die at the nth file that is about to get its name, or has just got it."""
    replace = Path.replace
    names: list[str] = []

    def replacing(self: Path, target: Path) -> Path:
        names.append(self.name)
        now = self.suffix == ".mp4" and sum(name.endswith(".mp4") for name in names) == nth
        if now and not after:
            die()
        moved = replace(self, target)
        if now:
            die()
        return moved

    Path.replace = replacing  # type: ignore[method-assign, assignment]


def in_the_middle_of_a_clip(nth: int) -> None:
    opened = av.open
    writing: list[str] = []

    def opening(file: object, mode: str | None = None, **options: object) -> object:
        if mode == "w":
            writing.append(str(file))
        elif len(writing) == nth:
            # The first clip's file has its header by now.
            Path(writing[-1]).write_bytes(b"half a clip")
            die()
        return opened(file, mode, **options)  # type: ignore[call-overload]

    av.open = opening  # type: ignore[assignment]


def told(outcome: Outcome) -> None:
    print(outcome.bib, flush=True)


def told_up_to(nth: int) -> Callable[[Outcome], None]:
    """Tells of the first `nth` and goes no further."""
    done: list[str] = []

    def telling(outcome: Outcome) -> None:
        told(outcome)
        done.append(outcome.bib)
        if len(done) == nth:
            time.sleep(3600)

    return telling


if __name__ == "__main__":
    if sys.argv[2] == "in the middle of a clip":
        in_the_middle_of_a_clip(4)
    elif sys.argv[2] == "clip whole, not yet in place":
        round_replace(4, after=False)
    elif sys.argv[2] == "clip in place, not yet listed":
        round_replace(4, after=True)
    tell = told_up_to(5) if sys.argv[2] == "between two clips" else told
    with ExportRace.open(Path(sys.argv[1])) as race:
        export_clips(race, race.reader.tagged_bibs(), ClipOptions(1, 0.5), tell)
