"""What DeepStream says of a frame, copied to plain values, and what it means. Pure.

nvinfer has already taken its letterbox off: boxes are in pixels of the mux. They are brought to
the camera's own pixels here. nvtracker's numbers are not kept: the race core follows runners by
itself, with the same rules as on the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.borne_out import borne_out
from engines.picture import pixel_box
from engines.types import Detections, Kind
from stream.deepstream.picture import PixelBox
from stream.sources.timing import ArrivalFit, Monotone
from stream.types import Clock

PERSON_MARGIN = 0.15
"""Share of a person's box that is copied on every side: crops reach a little beyond it."""
FIRST_UTC_NS = 10**18
"""2001: an earlier ``ntp_timestamp`` is no time of a camera, it has not told any yet."""
NO_PTS = 2**64 - 1
STALL_NS = 2_000_000_000
"""Frames so far apart, as they arrive, are not of one connection."""


@dataclass(frozen=True, slots=True)
class ObjectValues:
    """One object of a frame; lengths in pixels of the mux.

    Attributes:
        confidence: nvinfer's, 0..1; negative where nvtracker alone has seen it.
        tracker_confidence: nvtracker's, 0..1, or negative.
    """

    class_id: int
    confidence: float
    tracker_confidence: float
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class FrameValues:
    """One frame of a batch.

    Attributes:
        index: of the camera.
        pts_ns: as it reached the mux; `NO_PTS` where it had none.
        ntp_ns: nanoseconds since 1970 by the camera's reports; 0 before the first of them.
        capture: capture time, UTC ns, and how it is known, as told where the frame went into the
            decoder; None where the runner cannot look there.
        source: width and height of the camera's own frame; zeros where that is not told.
        number: of the frame, counted by the mux for each camera: a gap is what was dropped since.
    """

    index: int
    pts_ns: int
    ntp_ns: int
    capture: tuple[int, Clock] | None
    source: tuple[int, int]
    objects: tuple[ObjectValues, ...]
    number: int = 0


def detections(frame: FrameValues, mux: tuple[int, int]) -> Detections:
    """The objects as the CPU's detector gives them: kind by kind, best first, camera's pixels.

    Objects of unknown classes, without an area or without any confidence are left out. nvinfer has
    dropped persons and faces below their thresholds before: no face lifts such a person over it,
    and no such face bears anybody out.

    Args:
        frame: as copied.
        mux: its width and height.
    """
    width, height = source_size(frame, mux)
    rows = sorted(
        (one for one in frame.objects if 0 <= one.class_id < len(Kind) and score(one) > 0),
        key=lambda one: (one.class_id, -score(one)),
    )
    corners = [(o.left, o.top, o.left + o.width, o.top + o.height) for o in rows]
    scale = np.array([width / mux[0], height / mux[1]] * 2, np.float32)
    limit = np.array([width, height] * 2, np.float32)
    boxes = np.clip(np.array(corners, np.float32).reshape(-1, 4) * scale, 0, limit)
    solid = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return borne_out(
        Detections(
            boxes[solid].astype(np.float32),
            np.array([score(one) for one in rows], np.float32)[solid],
            np.array([one.class_id for one in rows], np.int8)[solid],
        )
    )


def score(one: ObjectValues) -> float:
    """How sure nvinfer is, or nvtracker where nvinfer has not seen it; 0 for neither."""
    sure = one.confidence if one.confidence >= 0 else one.tracker_confidence
    return min(max(sure, 0.0), 1.0)


def source_size(frame: FrameValues, mux: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the camera's own frame; the mux's where that is not told."""
    return frame.source if all(side > 0 for side in frame.source) else mux


def boxes_to_copy(objects: Sequence[ObjectValues], mux: tuple[int, int]) -> tuple[PixelBox, ...]:
    """What the race will look at: every person with a margin, and what lies outside of persons."""
    ordered = sorted(objects, key=lambda one: one.class_id != Kind.PERSON)
    boxes: list[PixelBox] = []
    for one in ordered:
        across, down = PERSON_MARGIN * one.width, PERSON_MARGIN * one.height
        box = pixel_box(
            (
                one.left - across,
                one.top - down,
                one.left + one.width + across,
                one.top + one.height + down,
            ),
            *mux,
        )
        if not any(_contains(other, box) for other in boxes):
            boxes.append(box)
    return tuple(boxes)


def _contains(outer: PixelBox, inner: PixelBox) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and outer[2] >= inner[2]
        and outer[3] >= inner[3]
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame's running time and capture time, and how the latter is known."""

    pts_ns: int
    capture_utc_ns: int
    clock: Clock


class CaptureTimes:
    """Times of one camera's frames: the camera's own before those fitted to this host's clock.

    Args:
        live: a network camera; otherwise footage, whose times are those in the file.
        start_utc_ns: capture time of the footage's first frame.
    """

    def __init__(self, live: bool, start_utc_ns: int = 0) -> None:
        self._live = live
        self._start_utc_ns = start_utc_ns
        self._times = Monotone(None if live else 0)
        self._fit = ArrivalFit()
        self._first_ns: int | None = None
        self._last_ns = 0
        self._last_pts_ns = 0
        self.reconnects = 0

    def at(self, frame: FrameValues, monotonic_ns: int, utc_ns: int) -> Moment:
        """The next frame's times; `monotonic_ns` and `utc_ns` are when it arrived."""
        if self._first_ns is None:
            self._first_ns = self._last_ns = monotonic_ns
        elapsed_ns = monotonic_ns - self._first_ns
        stream_ns = elapsed_ns if frame.pts_ns == NO_PTS else frame.pts_ns
        stalled = monotonic_ns - self._last_ns > STALL_NS or stream_ns < self._last_pts_ns
        if self._live and stalled:
            self.reconnects += 1
            self._times.rebase(elapsed_ns)
        self._last_ns, self._last_pts_ns = monotonic_ns, stream_ns
        pts_ns = self._times.at(stream_ns)
        if not self._live:
            return Moment(pts_ns, self._start_utc_ns + pts_ns, Clock.FILE)
        fit = self._fit.capture(stream_ns, utc_ns)
        told_ns, told = frame.capture or (0, Clock.ARRIVAL)
        if told is not Clock.RTCP and frame.ntp_ns > FIRST_UTC_NS:
            return Moment(pts_ns, frame.ntp_ns, Clock.RTCP)
        if told is not Clock.ARRIVAL:
            # What decoding and searching take is no part of the way from the camera.
            return Moment(pts_ns, told_ns, told)
        return Moment(pts_ns, fit.utc_ns, Clock.FITTED if fit.fitted else Clock.ARRIVAL)
