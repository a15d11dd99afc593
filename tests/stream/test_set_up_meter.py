from __future__ import annotations

import numpy as np
import pytest

from engines.picture import RgbPicture
from engines.types import Box, Finding
from stream.exposure import Exposure
from stream.judging import JudgeSettings
from stream.race import Race, RaceSettings
from stream.set_up_meter import KEPT, SetUp, SetUpMeter, Timing
from stream.settings import CameraSettings
from stream.types import Clock, Closed, Frame, Judged, Look, LookKind, Reason
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


@pytest.mark.parametrize(
    ("number_px", "sharpness", "exposure", "faults"),
    [
        pytest.param(None, None, None, [], id="nothing is known"),
        pytest.param(23.6, 0.5, Exposure(40, 0.1, 0.3), [], id="at every limit"),
        pytest.param(23.4, 0.49, None, ["small", "blurred"], id="small and blurred"),
        pytest.param(None, None, Exposure(200, 0.11, 0.0), ["bright"], id="bright"),
        pytest.param(None, None, Exposure(100, 0.0, 0.31), ["dark"], id="much is black"),
        pytest.param(None, None, Exposure(39, 0.0, 0.0), ["dark"], id="half is dusk"),
        pytest.param(None, None, Exposure(39, 0.2, 0.4), ["bright"], id="bright before dark"),
    ],
)
def test_pages_are_told_what_is_wrong(
    number_px: float | None,
    sharpness: float | None,
    exposure: Exposure | None,
    faults: list[str],
) -> None:
    told = SetUp(number_px, 24.0, sharpness, 0.5, 5, exposure).to_json()
    assert told["faults"] == faults
    assert (told["number_px"], told["needed_px"], told["sharpness"]) == (number_px, 24.0, sharpness)


@pytest.mark.parametrize(
    ("agreement", "needed", "faults", "words"),
    [
        pytest.param(None, 0.6, [], "", id="too few runners, or one reader alone"),
        pytest.param(0.6, 0.6, [], "", id="as far as is wanted"),
        pytest.param(0.41, 0.6, ["doubted"], "agree on numbers (41%, wanted 60%)", id="less"),
        pytest.param(0.0, 0.0, [], "", id="nothing is asked"),
    ],
)
def test_readers_that_disagree_are_told(
    agreement: float | None, needed: float, faults: list[str], words: str
) -> None:
    told = SetUp(30.0, 24.0, 0.7, 0.5, 5, None, agreement, needed)
    assert told.to_json()["faults"] == faults
    assert words in told.advice
    assert bool(told.advice) == bool(words)


class _Doubted(Race):
    """A race in which readers agree on little at every camera."""

    def agreement(self, camera: str) -> float | None:
        return 0.2


def test_agreement_is_asked_of_the_race_with_the_brightness() -> None:
    meter = SetUpMeter(JudgeSettings(), needed_agreement=0.6)
    meter.watch(frame(0), race())
    told = meter.read("finish")
    assert told is not None and told.agreement is None
    doubted = _Doubted(RaceSettings(), None)
    for k, agreement in ((1, None), (25, 0.2)):
        meter.watch(frame(k), doubted)
        told = meter.read("finish")
        assert told is not None
        assert (told.agreement, told.needed_agreement) == (agreement, 0.6)


MS = 1_000_000
START = 1_750_000_000 * 1000 * MS


def frame(k: int, grey: int = 100, clock: Clock = Clock.RTCP, bright: int | None = None) -> Frame:
    """The k-th of 25 frames a second; the right half may be of another brightness."""
    image = np.full((36, 64, 3), grey, np.uint8)
    if bright is not None:
        image[:, 32:] = bright
    pts_ns = k * 40 * MS
    return Frame("finish", k, pts_ns, START + pts_ns, clock, RgbPicture(image))


class Now:
    """This computer's clock; frames are seen so many milliseconds after their capture."""

    def __init__(self) -> None:
        self.ns = START

    def __call__(self) -> int:
        return self.ns

    def at(self, shown: Frame, lag_ms: int) -> Frame:
        self.ns = shown.capture_utc_ns + lag_ms * MS
        return shown


def race(region: Box | None = None) -> Race:
    return Race(RaceSettings(cameras={"finish": CameraSettings(region=region)}), None)


def test_brightness_is_known_before_the_first_runner() -> None:
    meter, watched = SetUpMeter(JudgeSettings()), race()
    meter.watch(frame(0, bright=255), watched)
    told = meter.read("finish")
    assert told is not None
    assert (told.number_px, told.sharpness, told.runners) == (None, None, 0)
    assert told.exposure == Exposure(100, 0.5, 0.0)
    assert told.advice.startswith("the picture is overexposed: 50 % of it is white")


def test_brightness_is_that_of_the_region() -> None:
    meter = SetUpMeter(JudgeSettings())
    meter.watch(frame(0, bright=255), race((0.0, 0.0, 0.5, 1.0)))
    told = meter.read("finish")
    assert told is not None and told.exposure == Exposure(100, 0.0, 0.0)


def test_brightness_is_measured_once_a_second_and_one_flash_does_not_count() -> None:
    meter, watched = SetUpMeter(JudgeSettings()), race()
    for k in range(100):
        # Dark between the seconds: never measured. White at one of them: outvoted.
        meter.watch(frame(k, 255 if k == 25 else 100 if k % 25 == 0 else 0), watched)
    told = meter.read("finish")
    assert told is not None and told.exposure == Exposure(100, 0.0, 0.0)


def test_a_source_that_begins_anew_is_measured_at_once() -> None:
    meter, watched = SetUpMeter(JudgeSettings()), race()
    for k, grey in ((100, 50), (0, 90), (25, 90)):
        meter.watch(frame(k, grey), watched)
    told = meter.read("finish")
    assert told is not None and told.exposure is not None and told.exposure.median == 90


@pytest.mark.parametrize(
    ("clock", "lags_ms", "expected"),
    [
        (Clock.RTCP, [300, 310, 2000], 310.0),
        (Clock.FITTED, [120], 120.0),
        (Clock.ARRIVAL, [-15, -15], -15.0),
        (Clock.FILE, [300], None),
    ],
)
def test_how_late_pictures_are_seen(
    clock: Clock, lags_ms: list[int], expected: float | None
) -> None:
    now = Now()
    meter, watched = SetUpMeter(JudgeSettings(), now), race()
    assert meter.timing("finish") is None
    for k, lag_ms in enumerate(lags_ms):
        meter.watch(now.at(frame(k, clock=clock), lag_ms), watched)
    assert meter.timing("finish") == Timing(clock, expected)


def test_another_clock_begins_another_lag() -> None:
    now = Now()
    meter, watched = SetUpMeter(JudgeSettings(), now), race()
    for k in range(60):
        clock = Clock.FITTED if k < 55 else Clock.RTCP
        meter.watch(now.at(frame(k, clock=clock), 500 if k < 55 else 40), watched)
    assert meter.timing("finish") == Timing(Clock.RTCP, 40.0)
