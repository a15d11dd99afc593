"""Runners who come towards a camera, for tests: a small pinhole world with exact truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sin

import numpy as np

from engines.types import Box, Detections, Kind
from stream.types import Clock, Observation

SIZE = (1920, 1080)
FPS = 25
FRAME_NS = 1_000_000_000 // FPS
_FOCAL_PX = 1900.0
_CAMERA_M = 2.2
_HORIZON_PX = 420.0

LINE_M = 8.0
"""Distance of the finish line from the camera."""
LINE_Y = (_HORIZON_PX + _FOCAL_PX * _CAMERA_M / LINE_M) / SIZE[1]
LINE = ((-0.2, LINE_Y), (1.2, LINE_Y))


@dataclass(frozen=True)
class Walker:
    """Somebody on a straight way to the camera.

    Attributes:
        cross_s: when the ground point passes the line.
        lane_m: to the right of the camera's axis.
        speed: metres per second.
        bounce_m: how far the feet leave the ground.
    """

    cross_s: float
    lane_m: float = 0.0
    speed: float = 4.0
    bounce_m: float = 0.045

    def box(self, t_s: float) -> Box:
        """The person box at a time, cut off by the edges of the picture."""
        away = max(LINE_M + self.speed * (self.cross_s - t_s), 1.0)
        scale = _FOCAL_PX / away
        middle = SIZE[0] / 2 + self.lane_m * scale
        bottom = _HORIZON_PX + (_CAMERA_M - self.bounce_m * abs(sin(2.8 * pi * t_s))) * scale
        half, tall = 0.3 * scale, 1.75 * scale
        return (
            min(max(middle - half, 0.0), SIZE[0]),
            max(bottom - tall, 0.0),
            min(max(middle + half, 0.0), SIZE[0]),
            min(bottom, SIZE[1]),
        )


def bib_of(person: Box) -> Box:
    """Where the bib is on a person."""
    x0, y0, x1, y1 = person
    width, height = x1 - x0, y1 - y0
    return x0 + 0.3 * width, y0 + 0.33 * height, x0 + 0.7 * width, y0 + 0.45 * height


def number_of(person: Box) -> Box:
    """Where the number line is on a person's bib."""
    x0, y0, x1, y1 = bib_of(person)
    width, height = x1 - x0, y1 - y0
    return x0 + 0.15 * width, y0 + 0.25 * height, x0 + 0.85 * width, y0 + 0.8 * height


def found(
    persons: Sequence[Box] = (),
    bibs: Sequence[Box] = (),
    numbers: Sequence[Box] = (),
    score: float = 0.9,
) -> Detections:
    """Detections of these boxes, all of one score."""
    boxes = [*persons, *bibs, *numbers]
    kinds = [Kind.PERSON] * len(persons) + [Kind.BIB] * len(bibs) + [Kind.NUMBER] * len(numbers)
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(len(boxes), score, np.float32),
        np.array(kinds, np.int8),
    )


def joined(*parts: Detections) -> Detections:
    """All detections in one."""
    return Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.kinds for part in parts]),
    )


def observed(frame: int, detections: Detections, camera: str = "finish") -> Observation:
    """An observation at 25 frames per second; capture time begins at one hour."""
    pts_ns = frame * FRAME_NS
    return Observation(
        camera, frame, pts_ns, 3_600_000_000_000 + pts_ns, Clock.FILE, *SIZE, detections
    )
