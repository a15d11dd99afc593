"""Lines for people and for programs."""

import io
import json
import subprocess
import sys

import pytest

from dashboard.console import event_line, moment, progress_line, spoken
from dashboard.race_view import NoEntries
from engines.types import Box
from stream.hub import Message
from stream.start_list import Entry, StartList
from stream.types import (
    Clock,
    Closed,
    Conflict,
    Corrected,
    Correction,
    CorrectionKind,
    Crossed,
    Event,
    State,
    Tagged,
)

PERSON: Box = (0, 0, 10, 30)
LIST = StartList((Entry("2419", "Ada", "Ek", "Harriers"), Entry("7", last_name="Berg")))


def tagged(bib: str | None, state: State = State.CONFIRMED, listed: bool | None = True) -> Tagged:
    return Tagged("finish", 3, 50, 2_000_000_000, PERSON, bib, state, 0.99, 2, None, listed)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (tagged("2419"), "00:02.00  finish  ✓ confirmed   2419  Ada Ek, Harriers"),
        (tagged("7", State.SEEN), "00:02.00  finish    seen           7  Berg"),
        (
            tagged("99", listed=False),
            "00:02.00  finish  ✓ confirmed     99    (not on the start list)",
        ),
        (tagged(None), "00:02.00  finish  - taken back  (track 3)"),
        (
            Crossed("finish", 3, 60, 0, 2_400_000_000, Clock.FILE),
            "00:02.40  finish  | crossed the line  (track 3)",
        ),
        (
            Conflict("finish", 3, 1, 2_000_000_000, "7"),
            "00:02.00  finish  ! 7 on two runners at once (tracks 3 and 1)",
        ),
        (Closed("finish", 3, 70, 0, None, None, 0.0, 0, {}), None),
    ],
)  # fmt: skip
def test_events_as_a_person_reads_them(event: Event, line: str | None) -> None:
    assert spoken(Message(1, event, None), LIST) == line


@pytest.mark.parametrize(
    ("correction", "said"),
    [
        (Correction(CorrectionKind.BIB, 3, "7"), "track 3 is 7"),
        (Correction(CorrectionKind.WRONG_PERSON, 3, "7"), "track 3 is not 7"),
        (Correction(CorrectionKind.NOT_A_RUNNER, 3), "track 3 is not a runner"),
        (
            Correction(CorrectionKind.MERGE, 3, other_track_id=4),
            "track 4 is the same runner as track 3",
        ),
        (
            Correction(CorrectionKind.SPLIT, 3, other_track_id=9, from_utc_ns=5),
            "track 3 is another runner later on, track 9",
        ),
        (Correction(CorrectionKind.UNDO, 3, undone=2), "correction 2 of track 3 is undone"),
    ],
)
def test_corrections_as_a_person_reads_them(correction: Correction, said: str) -> None:
    event = Corrected("finish", 3, 2_000_000_000, 5, correction, "Ann", 0, ())
    line = f"00:02.00  finish  * {said}  (no. 5, by Ann)"
    assert spoken(Message(1, event, None), LIST) == line
    told = json.loads(event_line(Message(1, event, None), LIST) or "")
    assert (told["type"], told["kind"], told["number"]) == ("corrected", correction.kind, 5)


def test_events_as_a_program_reads_them() -> None:
    line = event_line(Message(8, tagged("2419"), None), NoEntries())
    assert line is not None
    assert "\n" not in line
    told = json.loads(line)
    assert (told["seq"], told["type"], told["bib"], told["state"]) == (
        8,
        "tagged",
        "2419",
        "confirmed",
    )


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
