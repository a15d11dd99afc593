"""A process that forgets a runner and kills itself at a named moment.

``python -m tests.stream.forget.forgetting_process FOLDER SITUATION``
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from stream.forget import erase
from stream.forget.planning import Asked
from tests.stream.forget.folders import BIB, at


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_unlink(nth: int, suffix: str) -> None:
    """Die at the nth file with this ending that is about to be removed."""
    unlink = Path.unlink
    seen: list[Path] = []

    def unlinking(self: Path, missing_ok: bool = False) -> None:
        if self.suffix == suffix:
            seen.append(self)
            if len(seen) == nth:
                die()
        unlink(self, missing_ok)

    Path.unlink = unlinking  # type: ignore[method-assign]


def instead_of(name: str) -> None:
    setattr(erase, name, die)


def after(name: str) -> None:
    done: Callable[..., object] = getattr(erase, name)

    def doing(*given: object) -> None:
        done(*given)
        die()

    setattr(erase, name, doing)


def set_trap(situation: str) -> None:
    match situation:
        case "in the rows":
            after("erase_rows")
        case "rows erased, no file yet":
            at_unlink(1, ".jpg")
        case "some files gone":
            at_unlink(4, ".jpg")
        case "an upload gone":
            # Behind the six pictures come the two uploads.
            at_unlink(8, ".jpg")
        case "exports half removed":
            at_unlink(2, ".html")
        case "a part of the video written":
            after("cut_out")
        case "video cut, the old file still there":
            at_unlink(2, ".mp4")
        case "before the database is made anew":
            instead_of("write_tables")
        case "receipt written, work still noted":
            after("write")
        case _:
            raise ValueError(situation)


if __name__ == "__main__":
    set_trap(sys.argv[2])
    erase.forget(Asked(Path(sys.argv[1]), BIB, True, "Dora", at(5000)))
