"""When a runner's torso crosses the finish line, between frames.

What is seen is the bottom of the person box. It lies above the ground by the bounce of the
run, so it is averaged over about one and a half strides: a quadratic is fitted to its signed
distance from the line (a runner at constant speed who nears the camera accelerates in the
picture), outliers weigh less (Huber), and the fit's zero is the crossing of the ground point.
The torso, 0.2 m ahead, crosses a moment earlier; that lead is a time because the picture does
not tell how far a metre along the road is.

Times are capture times: a stall of the camera squeezes running time, capture time stays true.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import hypot

import numpy as np
from numpy.typing import NDArray

from engines.types import Box

Times = NDArray[np.float64]
Line = tuple[tuple[float, float], tuple[float, float]]
"""Two points, as fractions of the picture's width and height; they may lie outside it."""


class Approach(StrEnum):
    """The side of the line, in the picture, from which runners come."""

    AUTO = "auto"
    """`ABOVE` for a line that is more level than upright, else `ANY`."""
    ABOVE = "above"
    BELOW = "below"
    LEFT = "left"
    RIGHT = "right"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class FinishSettings:
    """How a crossing is timed.

    Attributes:
        half_window_s: the fit looks this long before and after; longer averages the bounce
            better and reports later.
        clear_heights: how far before and then behind the line a runner must have been, in body
            heights; guards against jitter.
        clear_frames: in how many frames, on each side.
        beside_heights: how far outside the line's ends a crossing still counts, body heights.
        torso_lead_s: the torso is this much earlier than the ground point: 0.20 m at 4 m/s.
        bounce_heights: mean height of the box's bottom above the ground, body heights: 2.8 cm of
            1.75 m, less what the detector's boxes reach below the feet.
        forget_s: samples older than this are dropped.
    """

    half_window_s: float = 0.4
    clear_heights: float = 0.03
    clear_frames: int = 2
    beside_heights: float = 0.3
    torso_lead_s: float = 0.05
    bounce_heights: float = 0.01
    forget_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """A track crossed the line. `frame_index` is the last frame seen before that moment."""

    track_id: int
    frame_index: int
    pts_ns: int
    capture_utc_ns: int


@dataclass(frozen=True, slots=True)
class _Sample:
    frame_index: int
    pts_ns: int
    capture_utc_ns: int
    distance: float
    """Signed, in body heights, negative before the line."""
    beside: float
    """How far outside the ends of the line, in body heights; 0 within."""


@dataclass(slots=True)
class _Course:
    """What is known of one track's way to the line."""

    samples: list[_Sample] = field(default_factory=list)
    n_before: int = 0
    n_after: int = 0
    sign: float = 0.0
    """What turns the line's distance into "negative before"; 0 until the side is known."""
    done: bool = False


class FinishLine:
    """The finish line of one camera.

    Args:
        line: its ends, see `Line`.
        settings: see `FinishSettings`.
        approach: the side from which runners come.

    Raises:
        ValueError: both ends are the same point.
    """

    def __init__(
        self, line: Line, settings: FinishSettings, approach: Approach = Approach.AUTO
    ) -> None:
        if line[0] == line[1]:
            raise ValueError("the two ends of the finish line are the same point")
        self._line = line
        self._settings = settings
        self._approach = approach
        self._courses: dict[int, _Course] = {}

    def see(
        self,
        track_id: int,
        frame_index: int,
        pts_ns: int,
        capture_utc_ns: int,
        size: tuple[int, int],
        person: Box | None,
    ) -> Crossing | None:
        """Take one track of one frame into account; the crossing once it is certain.

        Args:
            size: width and height of the picture, pixels.
            person: the measured person box, pixels; None where it was not found.
        """
        course = self._courses.setdefault(track_id, _Course())
        if course.done:
            return None
        if person is not None and person[3] < size[1] - 1.5:
            # A box that the picture's edge cuts off has no ground point.
            self._note(course, frame_index, pts_ns, capture_utc_ns, size, person)
        return self._decide(track_id, course, capture_utc_ns, final=False)

    def leave_out(self, track_id: int) -> None:
        """This track does not cross (again)."""
        self._courses.setdefault(track_id, _Course()).done = True

    def close(self, track_id: int) -> Crossing | None:
        """The track is over: its crossing, if it was certain but not reported yet."""
        course = self._courses.pop(track_id, None)
        if course is None or course.done or not course.samples:
            return None
        return self._decide(track_id, course, course.samples[-1].capture_utc_ns, final=True)

    def _note(
        self,
        course: _Course,
        frame_index: int,
        pts_ns: int,
        capture_utc_ns: int,
        size: tuple[int, int],
        person: Box,
    ) -> None:
        settings = self._settings
        distance, beside = _place(self._line, size, person, settings.bounce_heights)
        if not course.sign:
            course.sign = self._side(size, distance)
        distance *= course.sign
        course.samples.append(_Sample(frame_index, pts_ns, capture_utc_ns, distance, beside))
        oldest = capture_utc_ns - int(settings.forget_s * 1e9)
        while course.samples[0].capture_utc_ns < oldest:
            del course.samples[0]
        if distance < -settings.clear_heights:
            course.n_before += 1
            course.n_after = 0
        elif distance > settings.clear_heights:
            course.n_after += 1

    def _side(self, size: tuple[int, int], distance: float) -> float:
        """+1 or -1 so that distances before the line become negative; 0 while unknown."""
        (ax, ay), (bx, by) = self._line
        across, down = (bx - ax) * size[0], (by - ay) * size[1]
        approach = self._approach
        if approach is Approach.AUTO:
            approach = Approach.ABOVE if abs(across) >= abs(down) else Approach.ANY
        if approach is Approach.ANY:
            if abs(distance) < self._settings.clear_heights:
                return 0.0
            return 1.0 if distance < 0 else -1.0
        # The line's distance grows along its normal (-down, across).
        normal = across if approach in (Approach.ABOVE, Approach.BELOW) else -down
        towards = 1.0 if approach in (Approach.ABOVE, Approach.LEFT) else -1.0
        return towards if normal >= 0 else -towards

    def _decide(
        self, track_id: int, course: _Course, now_utc_ns: int, *, final: bool
    ) -> Crossing | None:
        settings = self._settings
        if min(course.n_before, course.n_after) < settings.clear_frames:
            return None
        if not final and now_utc_ns < _rough_zero(course.samples) + settings.half_window_s * 1e9:
            return None
        zero_ns = _zero(course.samples, settings.half_window_s)
        if zero_ns is None:
            return None
        if not final and now_utc_ns < zero_ns + int(settings.half_window_s * 1e9):
            return None
        course.done = True
        utcs = np.array([s.capture_utc_ns - zero_ns for s in course.samples], np.float64)
        nearest = course.samples[int(np.argmin(np.abs(utcs)))]
        if nearest.beside > settings.beside_heights:
            return None
        moment_ns = zero_ns - int(settings.torso_lead_s * 1e9)
        earlier = [s for s in course.samples if s.capture_utc_ns <= moment_ns]
        frame = earlier[-1] if earlier else course.samples[0]
        first = course.samples[0].pts_ns
        running = np.array([s.pts_ns - first for s in course.samples], np.float64)
        pts_ns = first + int(np.interp(moment_ns - zero_ns, utcs, running))
        return Crossing(track_id, frame.frame_index, pts_ns, moment_ns)


def _place(
    line: Line, size: tuple[int, int], person: Box, bounce_heights: float
) -> tuple[float, float]:
    """Signed distance of the ground point and how far beside the ends, in body heights."""
    width, height = size
    (ax, ay), (bx, by) = line
    ax, ay, bx, by = ax * width, ay * height, bx * width, by * height
    tall = max(person[3] - person[1], 1.0)
    px = (person[0] + person[2]) / 2 - ax
    py = person[3] + bounce_heights * tall - ay
    length = hypot(bx - ax, by - ay)
    along = (px * (bx - ax) + py * (by - ay)) / length
    distance = (py * (bx - ax) - px * (by - ay)) / length
    return distance / tall, max(-along, along - length, 0.0) / tall


def _rough_zero(samples: list[_Sample]) -> int:
    """Capture time of the last sample that is not behind the line."""
    return max((s.capture_utc_ns for s in samples if s.distance <= 0), default=0)


def _zero(samples: list[_Sample], half_window_s: float) -> int | None:
    """Capture time at which the fitted distance passes zero upwards; None where it does not."""
    signs = [s.distance > 0 for s in samples]
    last_before = max((k for k, after in enumerate(signs) if not after), default=-1)
    if last_before < 0 or last_before + 1 >= len(samples):
        return None
    base_ns = samples[last_before].capture_utc_ns
    t = np.array([(s.capture_utc_ns - base_ns) / 1e9 for s in samples])
    d = np.array([s.distance for s in samples])
    zero_s = float(t[last_before] + t[last_before + 1]) / 2
    for _ in range(3):
        near = np.abs(t - zero_s) <= half_window_s
        root = _fit_zero(t[near] - zero_s, d[near])
        if root is None or abs(root) > half_window_s:
            break
        zero_s += root
    return base_ns + int(zero_s * 1e9)


def _fit_zero(t: Times, d: Times) -> float | None:
    """Rising zero of a robust fit of `d` over `t` that lies nearest to t = 0."""
    if len(t) < 2:
        return None
    both = min(int((t < 0).sum()), int((t > 0).sum()))
    degree = 2 if both >= 3 and len(t) >= 8 else 1
    columns = np.vander(t, degree + 1)
    weights = np.ones_like(t)
    factors = np.zeros(degree + 1)
    for _ in range(4):
        root_w = np.sqrt(weights)
        factors[:] = np.linalg.lstsq(columns * root_w[:, None], d * root_w, rcond=None)[0]
        rest = np.abs(d - columns @ factors)
        scale = max(1.48 * float(np.median(rest)), 0.004)
        weights = np.minimum(1.0, 1.5 * scale / np.maximum(rest, 1e-9))
    if degree == 2 and abs(factors[0]) < 1e-9:
        factors = factors[1:]  # straight: a quadratic's far root would be lost in rounding
    roots = np.roots(factors)
    slopes = np.polyval(np.polyder(factors), roots)
    rising = [
        float(r.real)
        for r, s in zip(roots, slopes, strict=True)
        if abs(r.imag) < 1e-9 and s.real > 0
    ]
    return min(rising, key=abs) if rising else None
