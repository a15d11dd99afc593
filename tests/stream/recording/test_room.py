"""What goes when the disk gets full, and what never goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.recording.room import Level, decide
from stream.recording.settings import GB, RecordingSettings
from stream.store import GuardedSegment

SETTINGS = RecordingSettings(warn_free_gb=10, delete_below_free_gb=5, stop_below_free_gb=1)


def segment(number: int, who: str) -> GuardedSegment:
    """One gigabyte: ``empty``, ``unknown`` or ``tagged``."""
    path = f"video/finish/{number}.mp4"
    return GuardedSegment(number, 1, path, number, GB, who != "empty", who == "tagged")


SEGMENTS = [
    segment(1, "tagged"), segment(2, "unknown"), segment(3, "empty"), segment(4, "tagged"),
    segment(5, "empty"), segment(6, "unknown"),
]  # fmt: skip

SITUATIONS = [
    pytest.param(20.0, SETTINGS, [], Level.OK, "", id="room enough"),
    pytest.param(8.0, SETTINGS, [], Level.TIGHT, "7.0 GB are left", id="a warning comes first"),
    pytest.param(4.5, SETTINGS, [3], Level.TIGHT, "4.5 GB are", id="the oldest that shows nobody"),
    pytest.param(2.5, SETTINGS, [3, 5, 2], Level.TIGHT, "", id="then runners without a bib"),
    pytest.param(0.2, SETTINGS, [3, 5, 2, 6], Level.TIGHT, "", id="all that may go"),
    pytest.param(
        20.0,
        replace(SETTINGS, most_gb=5.0),
        [3],
        Level.TIGHT,
        "0 MB are left",
        id="a limit of size",
    ),
    pytest.param(
        20.0,
        replace(SETTINGS, most_gb=1.5),
        [3, 5, 2, 6],
        Level.FULL,
        "all that is left of it shows tagged runners",
        id="a limit below what is tagged stops recording",
    ),
]


@pytest.mark.parametrize(("free_gb", "settings", "deleted", "level", "said"), SITUATIONS)
def test_what_goes(
    free_gb: float, settings: RecordingSettings, deleted: list[int], level: Level, said: str
) -> None:
    decision = decide(SEGMENTS, round(free_gb * GB), 6 * GB, settings, was_full=False)
    assert [one.id for one in decision.delete] == deleted
    assert not any(one.tagged for one in decision.delete)
    assert decision.status.level is level
    assert said in decision.status.message


def test_a_disk_full_of_tagged_runners_stops_recording_and_says_what_to_do() -> None:
    kept = [one for one in SEGMENTS if one.tagged]
    decision = decide(kept, GB // 2, 2 * GB, SETTINGS, was_full=False)
    assert decision.delete == ()
    assert decision.status.level is Level.FULL
    assert "500 MB are left on the disk. Tagging goes on." in decision.status.message


@pytest.mark.parametrize(
    ("free_gb", "was_full", "level"),
    [(1.05, False, Level.TIGHT), (1.05, True, Level.FULL), (1.2, True, Level.TIGHT)],
)
def test_recording_does_not_flap(free_gb: float, was_full: bool, level: Level) -> None:
    decision = decide([], round(free_gb * GB), GB, SETTINGS, was_full=was_full)
    assert decision.status.level is level


def test_after_a_stop_enough_goes_for_recording_to_go_on() -> None:
    settings = replace(SETTINGS, most_gb=5.0)
    decision = decide(SEGMENTS, 20 * GB, 6 * GB, settings, was_full=True)
    assert decision.status.level is not Level.FULL


@pytest.mark.parametrize(
    ("bytes_per_s", "said"),
    [(0.0, "are left for video."), (1e6, "about 2 hours"), (1e7, "about 12 minutes")],
)
def test_how_long_the_room_lasts(bytes_per_s: float, said: str) -> None:
    status = decide([], 8 * GB, GB, SETTINGS, was_full=False, bytes_per_s=bytes_per_s).status
    assert said in status.message


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (RecordingSettings(segment_s=0), "segment_s"),
        (RecordingSettings(most_gb=-1), "from 0 up"),
        (RecordingSettings(stop_below_free_gb=6), "in this order"),
    ],
)
def test_settings_that_contradict_themselves(settings: RecordingSettings, said: str) -> None:
    assert said in (settings.fault() or "")
    assert RecordingSettings().fault() is None
