"""Events as lines for people and for programs."""

import json

import pytest

from dashboard.event_lines import event_line, spoken
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
