"""Progress, reports and times on a terminal."""

import io
import subprocess
import sys

import pytest

from dashboard import console
from dashboard.console import counted, moment, progress_line
from stream.clock import SECOND_NS


def test_a_time_of_day_once_the_start_is_known() -> None:
    assert moment(61_500_000_000) == "01:01.50"
    assert len(moment(1_770_000_000_000_000_000)) == len("10:20:30.12")


@pytest.mark.parametrize(("n", "told"), [(0, "0 bibs"), (1, "1 bib"), (2, "2 bibs")])
def test_one_is_no_plural(n: int, told: str) -> None:
    assert counted(n, "bib") == told


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


def test_the_rate_is_that_of_the_last_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr(console, "monotonic_ns", lambda: round(now_s * SECOND_NS))
    shown = Terminal()
    show = progress_line("tagging", shown)
    # What an earlier start has done goes by at once, then two a second.
    for done in range(1, 141):
        now_s = 1.0 if done <= 80 else 1.0 + (done - 80) / 2
        show(done, 200)
    assert "140/200, 2.0/s, 30 s left [##############......]" in shown.getvalue()


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
