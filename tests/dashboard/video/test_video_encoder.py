"""Decoded frames as H.264 for browsers."""

from __future__ import annotations

import threading
from itertools import pairwise

import av
import numpy as np
import pytest

from dashboard.video.encoder import Encoder, fitting, yuv
from dashboard.video.units import AccessUnit, has_sets
from engines.picture import I420Picture, RgbPicture
from stream.clock import SECOND_NS
from stream.types import Clock, Frame
from tests.dashboard.stage import wait_for

RED = (200, 30, 40)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), (1280, 720)),
        ((1280, 720), (1280, 720)),
        ((641, 361), (640, 360)),
        ((3840, 1600), (1280, 534)),
        ((1080, 1920), (1080, 1920)),
        ((1, 1), (2, 2)),
    ],
)
def test_the_size_that_is_encoded(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitting(*size) == expected


def red(width: int, height: int) -> RgbPicture:
    return RgbPicture(np.full((height, width, 3), RED, np.uint8))


def planes(width: int, height: int) -> I420Picture:
    """A red picture as a decoder gives it: rows longer than the picture."""
    half = ((height + 1) // 2, (width + 1) // 2)
    luma = np.full((height, width + 32), 86, np.uint8)[:, :width]
    return I420Picture(luma, np.full(half, 107, np.uint8), np.full(half, 202, np.uint8))


@pytest.mark.parametrize("size", [(64, 48), (63, 47), (200, 100)])
@pytest.mark.parametrize("kind", [red, planes])
def test_a_picture_becomes_planes(kind: type, size: tuple[int, int]) -> None:
    made = yuv(kind(*size), 64, 48)
    assert made.shape == (72, 64)
    luma, u, v = made[:48], made[48:60], made[60:]
    assert abs(int(luma.mean()) - 86) < 3
    assert abs(int(u.mean()) - 107) < 4
    assert abs(int(v.mean()) - 202) < 4


def encoded(frames: list[Frame], *, paced: bool) -> list[AccessUnit]:
    units: list[AccessUnit] = []
    encoder = Encoder("finish", units.append, lambda: None, paced=paced)
    for frame in frames:
        encoder.offer(frame)
        assert wait_for(lambda: encoder._waiting is None)
    encoder.offer(frames[-1])
    assert wait_for(lambda: encoder._waiting is None)
    encoder.end()
    encoder.join()
    assert encoder.failure is None
    return units


def frame(index: int, at_ms: int, size: tuple[int, int] = (64, 48)) -> Frame:
    at_ns = at_ms * 1_000_000
    return Frame("finish", index, at_ns, 5 + at_ns, Clock.FILE, red(*size))


def test_what_is_encoded_can_be_decoded_and_keeps_its_times() -> None:
    frames = [frame(k, 40 * k, (64, 48) if k < 3 else (128, 96)) for k in range(6)]
    units = encoded(frames, paced=True)[:5]
    assert [unit.capture_utc_ns for unit in units] == [one.capture_utc_ns for one in frames[:5]]
    steps = [b.time_ns - a.time_ns for a, b in pairwise(units)]
    assert steps == [SECOND_NS // 25] * 4
    # Another size needs another beginning.
    assert [unit.key for unit in units] == [True, False, False, True, False]
    assert all(has_sets(unit.data) is unit.key for unit in units)
    decoder = av.CodecContext.create("h264", "r")
    shown = [made for unit in units for made in decoder.decode(av.Packet(unit.data))]
    shown += decoder.decode(None)
    assert [(made.width, made.height) for made in shown] == [(64, 48)] * 3 + [(128, 96)] * 2
    away = np.abs(shown[0].to_ndarray(format="rgb24").mean(axis=(0, 1)) - RED)
    assert away.max() < 12


@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [
        pytest.param([0, 40, 80, 120], [0, 40, 80, 120], id="25 frames a second"),
        pytest.param([0, 20, 40, 60, 80, 100], [0, 40, 80], id="50: every other"),
        pytest.param([0, 33, 67, 100, 133], [0, 33, 67, 100, 133], id="30: all, they are so near"),
    ],
)
def test_no_more_than_25_frames_a_second(at_ms: list[int], expected: list[int]) -> None:
    units = encoded([frame(k, at) for k, at in enumerate(at_ms)], paced=True)
    assert [(unit.capture_utc_ns - 5) // 1_000_000 for unit in units][: len(expected)] == expected


def test_frames_that_come_faster_than_life_are_shown_as_they_come() -> None:
    # An hour of footage between two frames, seen in no time.
    units = encoded([frame(0, 0), frame(1, 3_600_000)], paced=False)
    assert all(unit.time_ns - units[0].time_ns < 60 * SECOND_NS for unit in units)


def test_a_slow_encoder_drops_frames_and_counts_them() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def put(unit: AccessUnit) -> None:
        begun.set()
        assert go_on.wait(20)

    encoder = Encoder("finish", put, lambda: None, paced=True)
    encoder.offer(frame(0, 0))
    assert begun.wait(20)
    for k in range(1, 5):
        encoder.offer(frame(k, 40 * k))
    go_on.set()
    encoder.end()
    encoder.join()
    # The newest waits and is not dropped.
    assert encoder.dropped == 3
