"""Progress, reports and times on a terminal."""

import io
import subprocess
import sys

from dashboard.console import moment, progress_line


def test_a_time_of_day_once_the_start_is_known() -> None:
    assert moment(61_500_000_000) == "01:01.50"
    assert len(moment(1_770_000_000_000_000_000)) == len("10:20:30.12")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_goes_to_terminals_only() -> None:
    quiet, shown = io.StringIO(), Terminal()
    for stream in (quiet, shown):
        show = progress_line("drawing", stream)
        for done in range(1, 11):
            show(done, 10)
    assert quiet.getvalue() == ""
    assert "drawing: 10/10" in shown.getvalue()
    assert shown.getvalue().endswith("\n")


OWN_STDOUT = """
import os
from dashboard.console import stdout_of_our_own
print("before")
with stdout_of_our_own():
    os.write(1, b"a library\\n")
    print("läuft")
    os.write(1, b"again\\n")
os.write(1, b"after\\n")
"""


def test_what_libraries_print_is_not_among_the_tags() -> None:
    # In a process of its own: what is below Python is one for the whole process.
    command = [sys.executable, "-c", OWN_STDOUT]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "before\nläuft\nafter\n"
    assert done.stderr == "a library\nagain\n"
