"""The simulator as a source."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engines.simulate import Difficulty, SimulationSettings, plan
from stream.sources.address import address
from stream.sources.choose import open_source
from stream.sources.port import SourceError, Speed
from stream.sources.simulated import settings_of
from stream.types import Clock
from tests.stream.sources.footage import source_threads

SMALL = "sim://?runners=2&minutes=0.02&seed=3&width=320&height=180&fps=10"


def test_every_frame_is_the_simulators() -> None:
    source = open_source("sim", SMALL, speed=Speed.MAXIMUM, start_utc_ns=5 * 10**9)
    frames = list(source.frames())
    simulation = plan(settings_of(address(SMALL)))
    assert len(frames) == simulation.frames == 12
    for k, frame in enumerate(frames):
        assert (frame.index, frame.pts_ns, frame.clock) == (k, k * 100_000_000, Clock.FILE)
        assert frame.capture_utc_ns == 5 * 10**9 + frame.pts_ns
        assert np.array_equal(frame.picture.resized(320, 180), simulation.render(k))
    assert source.status().dropped == 0
    assert source_threads() == []


def test_real_time_keeps_its_pace() -> None:
    source = open_source("sim", SMALL, speed=Speed.REAL_TIME)
    assert source.live
    began = time.monotonic()
    moments = [(time.monotonic() - began, frame.pts_ns / 1e9) for frame in source.frames()]
    status = source.status()
    # However late a busy machine is, no frame comes before its time.
    assert all(came_s > due_s - 0.01 for came_s, due_s in moments)
    assert moments[-1][1] == pytest.approx(1.1)
    assert status.frames + status.dropped == 12


def test_a_slow_consumer_loses_frames_and_they_are_counted() -> None:
    source = open_source("sim", SMALL, speed=Speed.REAL_TIME)
    n = 0
    for _ in source.frames():
        n += 1
        time.sleep(0.6)
    status = source.status()
    assert status.dropped >= 3
    assert n + status.dropped == 12


def test_the_query_fills_the_settings() -> None:
    place = address("sim://?runners=4&minutes=0.5&difficulty=hard&neighbours=1&absent=2")
    expected = SimulationSettings(
        runners=4, minutes=0.5, difficulty=Difficulty.HARD, neighbours=1, absent=2
    )
    assert settings_of(place) == expected
    assert settings_of(address("sim://")) == SimulationSettings()


@pytest.mark.parametrize(
    ("uri", "neighbours"),
    [
        pytest.param("sim://?runners=0", 0, id="nobody runs"),
        pytest.param("sim://?runners=1", 5, id="one"),
        pytest.param("sim://?runners=2", 8, id="two"),
        pytest.param("sim://?runners=1&neighbours=3", 3, id="asked for"),
    ],
)
def test_neighbours_fit_the_runners(uri: str, neighbours: int) -> None:
    assert settings_of(address(uri)).neighbours == neighbours


WRONG = {
    "unknown setting": ("sim://?runner=4", "unknown setting runner; known are runners"),
    "no number": ("sim://?runners=many", "runners=many is not a number"),
    "out of range": ("sim://?fps=1000", "fps must be between 5 and 120"),
    "no difficulty": ("sim://?difficulty=cruel", "cruel"),
}


@pytest.mark.parametrize(("uri", "why"), WRONG.values(), ids=WRONG.keys())
def test_wrong_settings(uri: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        open_source("sim", uri)
