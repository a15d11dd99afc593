"""Who runs when and where: packs, lanes, speeds, and the exact moment each one crosses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.simulate.ground import Camera

TORSO_AHEAD_M: Final = 0.20
"""The torso is this far in front of the ground point."""
_BEND_M: Final = (23.0, 31.5)
"""Runners come round the bend behind the marquee between these distances, measured from 11 m of
line distance."""
_NEAREST_M: Final = 1.7


@dataclass(frozen=True, slots=True)
class Path:
    """One runner's way over the road, a function of time.

    Attributes:
        lane: x between bend and line, metres.
        outside: x behind the bend, metres.
        speed: metres a second towards the camera.
        t_line: when the runner's distance equals the camera's line distance, seconds.
        weave_m, weave_hz, weave_at: a slow sideways drift.
        aside: how far the runner has moved to the side by the time of leaving, metres.
    """

    lane: float
    outside: float
    speed: float
    t_line: float
    weave_m: float
    weave_hz: float
    weave_at: float
    aside: float

    def position(self, t: float, camera: Camera) -> tuple[float, float]:
        """Ground point x and z in metres at a time in seconds."""
        z = camera.line_z + self.speed * (self.t_line - t)
        bend = _smooth((z - _BEND_M[0]) / (_BEND_M[1] - _BEND_M[0]))
        after = max(0.0, (camera.line_z - 0.5 - z) / (camera.line_z - 2.0))
        x = self.lane + (self.outside - self.lane) * bend + self.aside * after**1.5
        x += self.weave_m * float(np.sin(2 * np.pi * (self.weave_hz * t + self.weave_at)))
        return x, z

    def interval(self, camera: Camera) -> tuple[float, float]:
        """From when to when (seconds) the runner may be in the picture."""
        first = self.t_line - (_BEND_M[1] + 2.5 - camera.line_z) / self.speed
        last = self.t_line + (camera.line_z - _NEAREST_M) / self.speed
        return first, last

    def crossing(self, camera: Camera, ahead_m: float) -> float:
        """When the point `ahead_m` in front of the ground point passes the line, seconds.

        Found by bisection; the way along the road only grows near the line.
        """
        low, high = self.t_line - 1.0, self.t_line + 1.0
        for _ in range(60):
            middle = (low + high) / 2
            x, z = self.position(middle, camera)
            if camera.past_line(x, z - ahead_m) < 0:
                low = middle
            else:
                high = middle
        return (low + high) / 2


def draw_paths(
    rng: np.random.Generator, camera: Camera, runners: int, seconds: float, crowding: float
) -> tuple[Path, ...]:
    """Draws packs and lone runners who all cross within the film.

    Args:
        rng: source of everything.
        camera: gives the road.
        runners: how many.
        seconds: length of the film.
        crowding: 0 everybody alone .. 1 nearly everybody in packs.
    """
    first, last = min(5.0, 0.45 * seconds), max(0.55 * seconds, seconds - 2.5)
    times = _crossing_times(rng, runners, first, last, crowding)
    half = 0.78 * camera.half_road
    paths: list[Path] = []
    for t in times:
        near = [path.lane for path in paths if abs(path.t_line - t) < 0.9]
        tries = rng.uniform(-half, half, 6)
        gaps = [min((abs(x - lane) for lane in near), default=9.0) for x in tries]
        lane = float(tries[int(np.argmax(gaps))])
        paths.append(
            Path(
                lane=lane,
                outside=camera.half_road + 2.6 + float(rng.uniform(0, 0.8)),
                speed=float(np.clip(rng.normal(3.5, 0.4), 2.4, 4.8)),
                t_line=float(t),
                weave_m=float(rng.uniform(0.0, 0.12)),
                weave_hz=float(rng.uniform(0.15, 0.4)),
                weave_at=float(rng.uniform(0, 1)),
                aside=float(np.sign(lane) * rng.uniform(0.6, 1.7)),
            )
        )
    return tuple(paths)


def _crossing_times(
    rng: np.random.Generator, runners: int, first: float, last: float, crowding: float
) -> list[float]:
    """Ascending times between first and last, in packs."""
    packs: list[int] = []
    while sum(packs) < runners:
        size = 1 + int(rng.binomial(5, 0.55)) if rng.random() < crowding else 1
        packs.append(min(size, runners - sum(packs)))
    starts = np.linspace(first, last, len(packs) + 1)[:-1]
    step = (last - first) / len(packs)
    times: list[float] = []
    for start, size in zip(starts, packs, strict=True):
        begin = start + float(rng.uniform(0, 0.6)) * step
        times.extend(begin + np.cumsum(rng.uniform(0.08, 0.45, size)))
    return [float(min(t, last)) for t in sorted(times)]


def _smooth(share: float) -> float:
    """0 below 0, 1 above 1, without corners between."""
    s = min(max(share, 0.0), 1.0)
    return s * s * (3 - 2 * s)
