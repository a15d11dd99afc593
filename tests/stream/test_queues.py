"""What the queues between the threads do when full, ended or closed."""

import threading

import numpy as np
import pytest

from engines.picture import RgbPicture
from stream.queues import Ended, FrameQueue, LookQueue, Wanted
from stream.types import Clock, Frame, Look, LookKind

PICTURE = RgbPicture(np.zeros((2, 2, 3), np.uint8))


def frame(camera: str, index: int) -> Frame:
    return Frame(camera, index, index, index, Clock.FILE, PICTURE)


def wanted(value: float) -> Wanted[None]:
    box = (0.0, 0.0, 1.0, 1.0)
    return Wanted(Look("a", 1, 0, 0, 0, LookKind.NUMBER, box, box, None, value), None)


def names(taken: list[Frame | Ended]) -> list[str]:
    return [
        f"{entry.camera}{entry.index}" if isinstance(entry, Frame) else f"{entry.camera} ended"
        for entry in taken
    ]


def test_a_live_camera_loses_its_oldest_frames_and_they_are_counted() -> None:
    frames = FrameQueue({"a": True}, depth=2)
    for index in range(5):
        assert frames.put(frame("a", index))
    assert names(frames.take()) == ["a3"]
    assert frames.dropped("a") == 3


def test_a_file_waits_and_loses_nothing() -> None:
    frames = FrameQueue({"a": False}, depth=2)
    feeder = threading.Thread(target=lambda: [frames.put(frame("a", index)) for index in range(5)])
    feeder.start()
    taken = [name for _ in range(5) for name in names(frames.take())]
    feeder.join()
    assert taken == ["a0", "a1", "a2", "a3", "a4"]
    assert frames.dropped("a") == 0


def test_cameras_are_served_in_turn() -> None:
    frames = FrameQueue({"a": True, "b": True}, depth=2)
    for entry in (frame("a", 0), frame("a", 1), frame("b", 0)):
        frames.put(entry)
    assert names(frames.take()) == ["a0", "b0"]
    assert names(frames.take()) == ["a1"]


def test_the_end_comes_after_the_last_frame_and_is_never_dropped() -> None:
    frames = FrameQueue({"a": True}, depth=1)
    frames.put(frame("a", 0))
    frames.end("a", ValueError("lost"))
    assert names(frames.take()) == ["a0"]
    [end] = frames.take()
    assert isinstance(end, Ended)
    assert str(end.error) == "lost"
    assert frames.take() == [], "nothing more will come"


def test_closing_frees_a_waiting_source() -> None:
    frames = FrameQueue({"a": False}, depth=1)
    frames.put(frame("a", 0))
    told: list[bool] = []
    feeder = threading.Thread(target=lambda: told.append(frames.put(frame("a", 1))))
    feeder.start()
    frames.close()
    feeder.join(timeout=5)
    assert told == [False]


@pytest.mark.parametrize(
    ("situation", "values", "gone"),
    [
        ("room for all", [1, 2], [None, None]),
        ("the least valuable goes", [3, 1, 2], [None, None, 1]),
        ("the new one may be the least valuable", [3, 2, 1], [None, None, 1]),
    ],
)
def test_looks(situation: str, values: list[float], gone: list[float | None]) -> None:
    looks: LookQueue[None] = LookQueue(depth=2)
    lost = [looks.put(wanted(value)) for value in values]
    assert [one[0].look.value if one else None for one in lost] == gone, situation


def test_the_most_valuable_looks_are_taken_first() -> None:
    looks: LookQueue[None] = LookQueue(depth=8)
    for value in (2, 5, 1, 4):
        looks.put(wanted(value))
    assert [one.look.value for one in looks.take(2)] == [5, 4]
    assert [one.look.value for one in looks.take(8)] == [2, 1]


def test_closed_looks_can_still_be_taken_then_none() -> None:
    looks: LookQueue[None] = LookQueue(depth=8)
    looks.put(wanted(1))
    looks.close()
    assert len(looks.take(8)) == 1
    assert looks.take(8) == []


@pytest.mark.parametrize(
    ("taken_per_put", "waiting", "dropped"),
    [
        pytest.param(1.0, 1, 0, id="quick enough"),
        pytest.param(0.0, 12, 28, id="stopped: full, and the oldest go"),
        pytest.param(0.5, None, None, id="half as quick as the camera"),
    ],
)
def test_what_stands_before_a_slow_detector_is_dropped(
    taken_per_put: float, waiting: int | None, dropped: int | None
) -> None:
    frames = FrameQueue({"a": True})
    backlogs: list[int] = []
    due = 0.0
    for index in range(40):
        frames.put(frame("a", index))
        due += taken_per_put
        while due >= 1:
            due -= 1
            backlogs.append(frames.waiting())
            frames.take()
    if waiting is None or dropped is None:
        assert max(backlogs) < 8, "never full"
        assert frames.dropped("a") > 10
    elif taken_per_put:
        assert (max(backlogs), frames.dropped("a")) == (waiting, dropped)
    else:
        assert frames.waiting() <= waiting
        assert frames.dropped("a") >= dropped


def test_a_moments_delay_costs_no_frame() -> None:
    frames = FrameQueue({"a": True})
    for index in range(6):
        frames.put(frame("a", index))
        frames.take()
    for index in range(6, 10):
        frames.put(frame("a", index))
    for index in range(10, 30):
        # Three times as quick as the camera until it has caught up.
        for _ in range(min(3, frames.waiting())):
            frames.take()
        frames.put(frame("a", index))
    assert frames.dropped("a") == 0


def look_at(ms: int, camera: str = "a", value: float = 1.0) -> Wanted[None]:
    box = (0.0, 0.0, 1.0, 1.0)
    look = Look(camera, 1, ms, 0, ms * 1_000_000, LookKind.NUMBER, box, box, None, value)
    return Wanted(look, None)


@pytest.mark.parametrize(
    ("put", "left"),
    [
        pytest.param([("a", 0), ("a", 500)], [0, 500], id="half a second is not stale"),
        pytest.param([("a", 0), ("a", 100), ("a", 520)], [100, 520], id="the old one goes"),
        pytest.param([("a", 0), ("b", 900)], [0, 900], id="each camera has its own time"),
    ],
)
def test_stale_looks_are_dropped(put: list[tuple[str, int]], left: list[int]) -> None:
    looks: LookQueue[None] = LookQueue()
    gone = [one for camera, ms in put for one in looks.put(look_at(ms, camera))]
    taken = [one.look.frame_index for one in looks.take(8)]
    assert sorted(taken) == left
    assert sorted(taken + [one.look.frame_index for one in gone]) == [ms for _, ms in put]
