from __future__ import annotations

import pytest

from engines.types import Finding
from stream.judging import JudgeSettings
from stream.set_up_meter import KEPT, SetUp, SetUpMeter
from stream.types import Closed, Judged, Look, LookKind, Reason
from tests.stream.readings import reading

BOX = (0.0, 0.0, 100.0, 200.0)


def look(track_id: int) -> Look:
    return Look("finish", track_id, 1, 0, 0, LookKind.NUMBER, BOX, BOX, None, 1.0)


def seen(meter: SetUpMeter, track_id: int, *heights: float, sharpness: float = 0.7) -> None:
    """A runner comes near, is read at those heights, and is gone."""
    for height in heights:
        finding = Finding((10, 10, 60, 10 + height), None, reading("12"), sharpness)
        meter.tell(Judged(look(track_id), finding, None), None)
    meter.tell(Judged(look(track_id), Finding(None, None, None, 0.0), None), None)
    meter.tell(Closed("finish", track_id, 9, 9, None, None, 0.0, 0, {}), None)


def test_a_camera_is_judged_by_the_nearest_sight_of_each_runner() -> None:
    meter = SetUpMeter(JudgeSettings())
    for track_id, nearest in enumerate((17.0, 18.0, 30.0)):
        seen(meter, track_id, 9.0, nearest, 12.0)
    told = meter.read("finish")
    assert told is not None
    assert (told.number_px, told.runners) == (18.0, 3)
    assert told.advice.startswith("numbers are 18 px tall at their nearest, reading wants 24")


def test_too_few_runners_say_nothing() -> None:
    meter = SetUpMeter(JudgeSettings())
    seen(meter, 1, 20.0)
    seen(meter, 2)
    assert meter.read("finish") is None
    assert meter.read("nowhere") is None


def test_a_look_that_comes_back_after_its_runner_is_gone_is_not_kept() -> None:
    meter = SetUpMeter(JudgeSettings())
    late = Finding((10, 10, 60, 40), None, reading("12"), 0.7)
    for track_id in range(3):
        meter.tell(Judged(look(track_id), late, Reason.NO_TRACK), None)
        meter.tell(Closed("finish", track_id, 9, 9, None, None, 0.0, 0, {}), None)
    assert meter.read("finish") is None


def test_the_past_is_forgotten() -> None:
    meter = SetUpMeter(JudgeSettings())
    for track_id in range(KEPT):
        seen(meter, track_id, 10.0)
    for track_id in range(KEPT):
        seen(meter, KEPT + track_id, 40.0)
    told = meter.read("finish")
    assert told is not None
    assert (told.number_px, told.runners, told.advice) == (40.0, KEPT, "")


@pytest.mark.parametrize(
    ("number_px", "sharpness", "words"),
    [
        (24.0, 0.5, ()),
        (23.6, 0.9, ()),
        (12.0, 0.9, ("12 px", "2.0 times")),
        (30.0, 0.3, ("blurred", "0.30", "exposure")),
        (12.0, 0.3, ("12 px", "blurred")),
    ],
)
def test_advice(number_px: float, sharpness: float, words: tuple[str, ...]) -> None:
    told = SetUp(number_px, 24.0, sharpness, 0.5, 5).advice
    assert all(word in told for word in words)
    assert bool(told) == bool(words)
