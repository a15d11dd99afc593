"""Crossing times and the camera over the road."""

from __future__ import annotations

import numpy as np
import pytest

from engines.simulate.course import Path, draw_paths
from engines.simulate.ground import Camera, finish_camera

LEVEL = Camera(1280, 720, 2000.0, 144.0, 2.6, 11.0, 0.0, 2.7)
SLANTED = Camera(1280, 720, 2000.0, 144.0, 2.6, 11.0, 0.1, 2.7)


def straight(lane: float, speed: float) -> Path:
    return Path(lane, 5.0, speed, 10.0, 0.0, 0.2, 0.0, 0.0)


@pytest.mark.parametrize(
    ("situation", "camera", "lane", "speed", "ahead", "seconds"),
    [
        ("the ground point on a level line", LEVEL, 1.0, 4.0, 0.0, 10.0),
        ("a torso is 0.2 m earlier", LEVEL, 1.0, 4.0, 0.2, 9.95),
        ("a slower runner's torso", LEVEL, 1.0, 2.5, 0.2, 9.92),
        ("the line is farther away on the right", SLANTED, 2.0, 4.0, 0.0, 9.95),
        ("and nearer on the left", SLANTED, -2.0, 4.0, 0.0, 10.05),
    ],
)
def test_crossing_times(
    situation: str, camera: Camera, lane: float, speed: float, ahead: float, seconds: float
) -> None:
    assert straight(lane, speed).crossing(camera, ahead) == pytest.approx(seconds, abs=1e-6)


def test_the_ground_point_lies_on_the_painted_line_when_it_crosses() -> None:
    path = straight(-1.3, 3.0)
    x, z = path.position(path.crossing(SLANTED, 0.0), SLANTED)
    px, py = SLANTED.project(x, 0.0, z)
    (x0, y0), (x1, y1) = SLANTED.finish_line
    assert py == pytest.approx(y0 + (y1 - y0) * (px - x0) / (x1 - x0), abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_runners_appear_small_and_cross_at_half_the_height(seed: int) -> None:
    camera = finish_camera(np.random.default_rng(seed), 1280, 720)
    assert 0.4 < 1.75 * camera.scale(camera.line_z) / 720 < 0.55
    assert 0.13 < 1.75 * camera.scale(31.5) / 720 < 0.2
    for x, y in camera.finish_line:
        assert 0 < x < 1280 and 0 < y < 720


def test_everybody_crosses_within_the_film_and_inside_the_road() -> None:
    rng = np.random.default_rng(4)
    camera = finish_camera(rng, 1280, 720)
    paths = draw_paths(rng, camera, 60, 45.0, 0.6)
    times = [path.crossing(camera, 0.0) for path in paths]
    assert len(times) == 60
    assert min(times) > 3 and max(times) < 45
    assert all(abs(path.lane) < camera.half_road for path in paths)
