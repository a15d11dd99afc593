"""The camera over the road: a pinhole with a level optical axis and a shifted principal point.

Ground coordinates are metres: x to the right, z away from the camera, y up from the road.
Verticals stay vertical, as in a picture whose perspective was put straight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Pixel = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera beside or above the road.

    Attributes:
        width, height: picture in pixels.
        focal: focal length in pixels.
        horizon: row of the horizon, pixels.
        above: height of the camera over the road, metres.
        line_z: distance of the finish line where x is 0, metres.
        line_slope: change of the line's distance per metre to the right.
        half_road: half the width of the road, metres.
    """

    width: int
    height: int
    focal: float
    horizon: float
    above: float
    line_z: float
    line_slope: float
    half_road: float

    @property
    def centre(self) -> float:
        """Column of the principal point, pixels."""
        return self.width / 2

    @property
    def tilt(self) -> float:
        """Angle in radians at which the camera sees a body near the line from above."""
        return float(np.arctan2(self.above - 0.9, self.line_z))

    def scale(self, z: float) -> float:
        """Pixels per metre at a distance."""
        return self.focal / z

    def project(self, x: float, y: float, z: float) -> Pixel:
        """The pixel of a point; z must be positive."""
        return (self.centre + self.focal * x / z, self.horizon + self.focal * (self.above - y) / z)

    def distance(self, row: float) -> float:
        """Distance of the road seen in a row under the horizon."""
        return self.focal * self.above / max(row - self.horizon, 1e-3)

    @property
    def finish_line(self) -> tuple[Pixel, Pixel]:
        """The centre of the painted line, from the left to the right edge of the road."""
        left, right = -self.half_road, self.half_road
        return (
            self.project(left, 0, self.line_z + left * self.line_slope),
            self.project(right, 0, self.line_z + right * self.line_slope),
        )

    def past_line(self, x: float, z: float) -> float:
        """How far (metres along the road) a ground point is past the line; negative before."""
        return self.line_z + x * self.line_slope - z


def finish_camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    """The camera of a race: runners are 15 to 20 % of the picture where they appear, and 45 % on
    the line."""
    above = float(rng.uniform(2.45, 2.75))
    horizon = float(rng.uniform(0.18, 0.23)) * height
    line_z = 11.0
    focal = (0.885 * height - horizon) * line_z / above
    return Camera(
        width=width,
        height=height,
        focal=focal,
        horizon=horizon,
        above=above,
        line_z=line_z,
        line_slope=float(rng.uniform(-0.09, 0.09)),
        half_road=min(2.7, 0.43 * width * line_z / focal),
    )


def any_camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    """Some camera of a training scene: from a low photographer's to one on a gantry."""
    above = float(rng.choice((1.3, 1.65, 2.2, 3.0)) * rng.uniform(0.9, 1.1))
    horizon = float(rng.uniform(0.1, 0.42)) * height
    line_z = float(rng.uniform(6, 14))
    focal = float(rng.uniform(0.9, 3.2)) * height
    return Camera(
        width=width,
        height=height,
        focal=focal,
        horizon=horizon,
        above=above,
        line_z=line_z,
        line_slope=float(rng.uniform(-0.2, 0.2)),
        half_road=float(rng.uniform(2.2, 5.0)),
    )
