"""What metadata means: boxes in the camera's pixels, scores, and times with their clocks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engines.types import Kind
from stream.deepstream.graph import MUX_SIZE
from stream.deepstream.metadata import (
    NO_PTS,
    CaptureTimes,
    FrameValues,
    ObjectValues,
    boxes_to_copy,
    detections,
)
from stream.types import Clock
from tests.stream.deepstream.fakes import SECOND_NS, UTC_NS, frame_values, person

FRAME_NS = SECOND_NS // 25


@pytest.mark.parametrize(
    ("source", "box"),
    [
        pytest.param((1920, 1080), [960, 540, 1060, 640], id="as the mux"),
        pytest.param((3840, 2160), [1920, 1080, 2120, 1280], id="4K"),
        pytest.param((960, 1080), [480, 540, 530, 640], id="another shape"),
        pytest.param((0, 0), [960, 540, 1060, 640], id="not told"),
    ],
)
def test_boxes_are_in_the_cameras_pixels(source: tuple[int, int], box: list[float]) -> None:
    one = ObjectValues(Kind.BIB, 0.8, -0.1, 960, 540, 100, 100)
    found = detections(frame_values(source=source, objects=(one,)), MUX_SIZE)
    assert found.boxes.tolist() == [box]
    assert found.kinds.tolist() == [Kind.BIB]


def test_boxes_come_kind_by_kind_best_first_and_clipped() -> None:
    objects = (
        ObjectValues(Kind.NUMBER, 0.5, 0, 10, 10, 5, 5),
        person(confidence=0.4),
        person(left=-20, confidence=0.9),
        ObjectValues(9, 0.9, 0, 0, 0, 5, 5),
        ObjectValues(Kind.BIB, 0.9, 0, 3000, 0, 5, 5),
    )
    found = detections(frame_values(objects=objects), MUX_SIZE)
    assert found.kinds.tolist() == [Kind.PERSON, Kind.PERSON, Kind.NUMBER]
    assert found.scores.tolist() == pytest.approx([0.9, 0.4, 0.5])
    assert found.boxes[0].tolist() == [0, 300, 100, 600]


@pytest.mark.parametrize(
    ("one", "scores"),
    [
        pytest.param(person(confidence=0.7, tracked=0.2), [0.7], id="detected"),
        pytest.param(person(confidence=-0.1, tracked=0.6), [0.6], id="tracked alone"),
        pytest.param(person(confidence=-0.1, tracked=-0.1), [], id="neither"),
    ],
)
def test_scores(one: ObjectValues, scores: list[float]) -> None:
    found = detections(frame_values(objects=(one,)), MUX_SIZE)
    assert found.scores.tolist() == pytest.approx(scores)


def test_a_face_raises_its_wearer() -> None:
    wearer = person(confidence=0.5)
    face = ObjectValues(Kind.FACE, 0.8, 0, wearer.left + 35, wearer.top + 5, 30, 40)
    found = detections(frame_values(objects=(wearer, face)), MUX_SIZE)
    assert found.scores.tolist() == pytest.approx([0.7, 0.8])


def test_nothing_found() -> None:
    assert len(detections(frame_values(objects=()), MUX_SIZE)) == 0


def test_a_bib_on_a_person_is_not_copied_twice() -> None:
    inside = ObjectValues(Kind.BIB, 0.9, 0, 940, 400, 40, 40)
    outside = ObjectValues(Kind.BIB, 0.9, 0, 100, 100, 40, 40)
    boxes = boxes_to_copy((inside, outside, person()), MUX_SIZE)
    assert boxes == ((882, 255, 1038, 645), (94, 94, 146, 146))


def times(frames: list[FrameValues], live: bool = True) -> list[tuple[int, int, Clock]]:
    """What `CaptureTimes` makes of frames that arrive 25 a second."""
    clock = CaptureTimes(live, UTC_NS)
    moments = [
        clock.at(frame, 5 * SECOND_NS + k * FRAME_NS, UTC_NS + k * FRAME_NS)
        for k, frame in enumerate(frames)
    ]
    return [(m.pts_ns, m.capture_utc_ns - UTC_NS, m.clock) for m in moments]


def test_the_best_clock_is_taken_and_named() -> None:
    frame = frame_values(pts_ns=7 * SECOND_NS)
    ntp = replace(frame, pts_ns=8 * SECOND_NS, ntp_ns=UTC_NS + 11)
    both = replace(ntp, pts_ns=9 * SECOND_NS, capture=(UTC_NS + 22, Clock.RTCP))
    silent = replace(frame, pts_ns=10 * SECOND_NS, ntp_ns=3 * SECOND_NS)
    fitted = replace(frame, pts_ns=11 * SECOND_NS, capture=(UTC_NS + 33, Clock.FITTED))
    later = replace(ntp, pts_ns=12 * SECOND_NS, capture=(UTC_NS + 33, Clock.FITTED))
    unknown = replace(frame, pts_ns=13 * SECOND_NS, capture=(UTC_NS + 33, Clock.ARRIVAL))
    assert times([frame, ntp, both, silent, fitted, later, unknown]) == [
        (0, 0, Clock.ARRIVAL),
        (SECOND_NS, 11, Clock.RTCP),
        (2 * SECOND_NS, 22, Clock.RTCP),
        (3 * SECOND_NS, 3 * FRAME_NS, Clock.ARRIVAL),
        (4 * SECOND_NS, 33, Clock.FITTED),
        (5 * SECOND_NS, 11, Clock.RTCP),
        (6 * SECOND_NS, 6 * FRAME_NS, Clock.ARRIVAL),
    ]


def test_a_camera_that_never_tells_its_time_is_fitted() -> None:
    frames = [frame_values(pts_ns=k * FRAME_NS) for k in range(40)]
    assert times(frames)[-1] == (39 * FRAME_NS, 39 * FRAME_NS, Clock.FITTED)


def test_footage_has_the_times_of_its_file() -> None:
    frames = [frame_values(pts_ns=k * SECOND_NS, ntp_ns=UTC_NS) for k in (0, 1)]
    assert times(frames, live=False) == [(0, 0, Clock.FILE), (SECOND_NS, SECOND_NS, Clock.FILE)]


def test_frames_without_a_time_stamp_count_by_arrival() -> None:
    frames = [frame_values(pts_ns=NO_PTS)] * 2
    assert [pts for pts, _, _ in times(frames)] == [0, FRAME_NS]


@pytest.mark.parametrize(
    ("arrives_ns", "pts_ns", "reconnects"),
    [
        pytest.param(FRAME_NS, FRAME_NS, 0, id="the next frame"),
        pytest.param(9 * SECOND_NS, 5 * FRAME_NS, 1, id="after a stall"),
        pytest.param(FRAME_NS, 0, 1, id="its clock began anew"),
    ],
)
def test_reconnects_are_counted_and_time_goes_on(
    arrives_ns: int, pts_ns: int, reconnects: int
) -> None:
    clock = CaptureTimes(True)
    first = clock.at(frame_values(pts_ns=SECOND_NS), 0, UTC_NS)
    values = frame_values(pts_ns=SECOND_NS + pts_ns if pts_ns else 0)
    second = clock.at(values, arrives_ns, UTC_NS + arrives_ns)
    assert clock.reconnects == reconnects
    assert second.pts_ns - first.pts_ns == pytest.approx(arrives_ns, abs=2)
