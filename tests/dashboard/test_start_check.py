"""What is said of starts that do not fit the start list or the race."""

from __future__ import annotations

import pytest

from dashboard.start_check import StartCheck, start_warnings
from stream.hub import Message
from stream.start_list import Entry, StartList
from stream.types import Clock, Closed, Crossed, State, Tagged
from stream.waves import Starts
from tests.dashboard.fakes import SECOND, TEN_O_CLOCK

MINUTE = 60 * SECOND
LIST = StartList(
    (
        Entry("101", "Anna", "Meier", wave="A"),
        Entry("7", "Jo", "Li", wave="A"),
        Entry("8", "Bo", "Ek", wave="B"),
    )
)
LATE = Starts(None, {"A": TEN_O_CLOCK + 5 * MINUTE, "B": TEN_O_CLOCK - MINUTE})


@pytest.mark.parametrize(
    ("starts", "entries", "expected"),
    [
        pytest.param(Starts(), LIST.entries, [], id="no starts, nothing to say"),
        pytest.param(Starts(1), LIST.entries, [], id="the gun is for all"),
        pytest.param(LATE, LIST.entries, [], id="every wave has its start"),
        pytest.param(LATE, (), [], id="an empty start list"),
        pytest.param(
            Starts(1, {"Elite": 1}),
            LIST.entries,
            ["[waves] Elite: nobody on the start list is in this wave; its waves are A, B"],
            id="written otherwise",
        ),
        pytest.param(
            Starts(None, {"a": 1}),
            LIST.entries,
            ["no elapsed time for B: give a start under [waves], or 'gun' for all"],
            id="one wave was forgotten",
        ),
        pytest.param(
            Starts(None, {"A": 1}),
            (Entry("5"),),
            [
                "[waves] A: nobody on the start list is in this wave; its waves are not named",
                "no elapsed time for no wave: give a start under [waves], or 'gun' for all",
            ],
            id="a start list without waves",
        ),
    ],
)
def test_what_is_said_before_the_race(
    starts: Starts, entries: tuple[Entry, ...], expected: list[str]
) -> None:
    assert start_warnings(starts, entries) == expected


def tagged(track_id: int, bib: str | None, state: State = State.CONFIRMED) -> Tagged:
    box = (0.0, 0.0, 1.0, 1.0)
    return Tagged("finish", track_id, 1, TEN_O_CLOCK, box, bib, state, 0.99, 3, None, True)


def crossed(track_id: int, at_ns: int = TEN_O_CLOCK) -> Crossed:
    return Crossed("finish", track_id, 1, 0, at_ns, Clock.RTCP)


def closed(track_id: int) -> Closed:
    return Closed("finish", track_id, 1, TEN_O_CLOCK, None, None, 0.0, 0, {})


@pytest.mark.parametrize(
    ("events", "bibs"),
    [
        pytest.param([tagged(1, "101"), crossed(1)], ["101"], id="before the start"),
        pytest.param([crossed(1), tagged(1, "101")], ["101"], id="confirmed behind the line"),
        pytest.param([tagged(1, "8"), crossed(1)], [], id="after the start"),
        pytest.param([tagged(1, "101", State.SEEN), crossed(1)], [], id="not sure who it is"),
        pytest.param(
            [tagged(1, "101"), tagged(1, None), crossed(1)], [], id="the tag was taken back"
        ),
        pytest.param([tagged(1, "999"), crossed(1)], [], id="nobody knows the start"),
        pytest.param([tagged(1, "101"), crossed(1, 5 * SECOND)], [], id="footage without a date"),
        pytest.param([tagged(1, "101"), closed(1), crossed(1)], [], id="gone before"),
        pytest.param(
            [tagged(1, "101"), crossed(1), tagged(2, "7"), crossed(2)], ["101"], id="once a wave"
        ),
    ],
)
def test_who_comes_before_the_start(
    events: list[Tagged | Crossed | Closed], bibs: list[str]
) -> None:
    check = StartCheck(LATE, LIST)
    told = [check.heard(Message(seq, event, None)) for seq, event in enumerate(events, 1)]
    warnings = [one for one in told if one is not None]
    assert [warning.split()[1] for warning in warnings] == bibs


def test_the_warning_names_the_wave_and_both_times() -> None:
    check = StartCheck(LATE, LIST)
    check.heard(Message(1, tagged(1, "101"), None))
    assert check.heard(Message(2, crossed(1), None)) == (
        "bib 101 crossed at 2025-06-15T15:06:40.000Z, before the start of wave A at "
        "2025-06-15T15:11:40.000Z: no elapsed time is shown. Is the start in the race file "
        "right, and the camera's clock?"
    )
