"""Questions that are put to a Python or a program of its own: asking may end the process.

`import tensorrt` without a driver, a wrong `pyds` or two libraries that do not bear each other can
crash the interpreter or hang; here that is an answer.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TIME_LIMIT_S: Final = 30.0
"""The first import of a large library from a cold disk takes seconds."""

_KIND: Final = re.compile(r"^(ModuleNotFoundError|ImportError|OSError|AssertionError): ")
"""Names of errors that say nothing which the text behind them does not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        text: stdout, stripped; empty where it failed.
        error: the last line it complained with, or how it ended; empty where all went well.
    """

    text: str = ""
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended well."""
        return not self.error


def ask_python(code: str, *arguments: str, limit_s: float = TIME_LIMIT_S) -> Answer:
    """Run `code` in a Python like this one; it prints its answer.

    The folder it runs in is not searched for modules, so that a file named ``pyds.py`` there is not
    taken for a package.
    """
    return ask([sys.executable, "-P", "-c", code, *arguments], limit_s)


def ask(command: Sequence[str], limit_s: float = TIME_LIMIT_S) -> Answer:
    """Run a program and wait at most `limit_s`."""
    try:
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        return Answer(error=f"{command[0]} is not here")
    except subprocess.TimeoutExpired:
        return Answer(error=f"no answer within {limit_s:g} s")
    except OSError as error:
        return Answer(error=f"{command[0]} cannot be started: {error.strerror}")
    if ran.returncode == 0:
        return Answer(ran.stdout.strip())
    return Answer(error=ended(ran.returncode, ran.stderr))


def ended(code: int, complaint: str) -> str:
    """How a process ended that did not end well. Pure."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"crashed ({name})"
    lines = complaint.strip().splitlines()
    return _KIND.sub("", lines[-1].strip()) if lines else f"ended with code {code}"
