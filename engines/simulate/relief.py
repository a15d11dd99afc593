"""A small depth-buffer renderer: rounded limbs and lathed trunks seen from the front.

Parts write depth, normal and a material into the buffers where they are nearer; colour and light
come afterwards in one pass (deferred shading). The projection is orthographic with the camera's
downward tilt, which is all that shows of perspective within one body several metres away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.body import Point
from engines.types import Floats

Numbers = NDArray[np.floating[Any]]
"""Real numbers of any width: arithmetic on float32 may widen, the buffers narrow it again."""


@dataclass(frozen=True, slots=True)
class View:
    """How body coordinates become pixels of a sprite.

    Attributes:
        scale: pixels per metre.
        anchor: the pixel of the ground point, x and y.
        tilt: radians by which the camera looks down.
    """

    scale: float
    anchor: tuple[float, float]
    tilt: float

    def project(self, point: Point) -> tuple[float, float, float]:
        """Pixel x, pixel y and depth in pixels (larger is nearer) of a point of the body."""
        c, s = float(np.cos(self.tilt)), float(np.sin(self.tilt))
        x, y, z = (float(value) for value in point)
        return (
            self.anchor[0] + x * self.scale,
            self.anchor[1] - (y * c - z * s) * self.scale,
            (z * c + y * s) * self.scale,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """The buffers of one sprite, all ``[h, w]``.

    Attributes:
        depth: float32 pixels, larger is nearer, -1e6 where nothing was drawn.
        nx, ny: float32, the normal's parts to the right and down.
        material: uint8, 0 where nothing was drawn.
    """

    depth: Floats
    nx: Floats
    ny: Floats
    material: NDArray[np.uint8]

    @staticmethod
    def blank(width: int, height: int) -> Relief:
        """Empty buffers."""
        shape = (height, width)
        return Relief(
            np.full(shape, -1e6, np.float32),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.uint8),
        )


@dataclass(frozen=True, slots=True)
class Station:
    """One height of a trunk: position along its axis 0..1 (top to bottom), half width, half depth
    (metres) and the material from here to the next station."""

    at: float
    width: float
    depth: float
    material: int


@dataclass(frozen=True, slots=True, eq=False)
class Wrap:
    """Where a drawn trunk lies in the sprite, for what is printed on it.

    Attributes:
        window: x0, y0, x1, y1 in whole pixels.
        u: ``[rows, columns]``, -1..1 across the front.
        v: ``[rows]``, 0..1 along the axis.
        centre, half: ``[rows]``, the axis and the half width in pixels.
    """

    window: tuple[int, int, int, int]
    u: Numbers
    v: Numbers
    centre: Numbers
    half: Numbers


def limb(
    relief: Relief,
    view: View,
    start: Point,
    end: Point,
    radii: tuple[float, float, float],
    material: int,
) -> None:
    """Draws a limb with round ends.

    Args:
        relief: buffers to draw into.
        view: projection.
        start: one end, body coordinates.
        end: the other end.
        radii: metres at the start, the middle and the end.
        material: value written where the limb is nearest.
    """
    ax, ay, az = view.project(start)
    bx, by, bz = view.project(end)
    r0, rm, r1 = (radius * view.scale for radius in radii)
    reach = max(r0, rm, r1)
    window = _window(relief, min(ax, bx) - reach, min(ay, by) - reach,
                     max(ax, bx) + reach, max(ay, by) + reach)  # fmt: skip
    if window is None:
        return
    t, gx, gy = _along(window, (ax, ay, az), (bx, by, bz), reach)
    dx, dy, dz = bx - ax, by - ay, bz - az
    a, b = np.float32(2 * (r0 + r1) - 4 * rm), np.float32(4 * rm - 3 * r0 - r1)
    r = (a * t + b) * t + np.float32(r0)
    ex, ey = gx - t * np.float32(dx), gy - t * np.float32(dy)
    inner = r * r - ex * ex - ey * ey
    z = np.sqrt(np.maximum(inner, 0)) + (t * np.float32(dz) + np.float32(az))
    z[inner <= 0] = -2e6
    _put(relief, window, z, ex / r, ey / r, material)
    near = (bx, by, bz, r1) if dz > 0 else (ax, ay, az, r0)
    if abs(dz) > 0.6 * np.hypot(dx, dy):
        _ball(relief, near, material)


def _along(
    window: tuple[int, int, int, int],
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    reach: float,
) -> tuple[Numbers, Numbers, Numbers]:
    """How far along an axis (0..1) each pixel lies, and its offset from the start, pixels."""
    x0, y0, x1, y1 = window
    dx, dy, dz = (far - near for near, far in zip(start, end, strict=True))
    gx = np.arange(x0, x1, dtype=np.float32)[None, :] + np.float32(0.5 - start[0])
    gy = np.arange(y0, y1, dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    length2 = max(dx * dx + dy * dy, 1e-3)
    t = np.clip((gx * np.float32(dx) + gy * np.float32(dy)) / np.float32(length2), 0, 1)
    # A limb that points at the camera has hardly an axis in the picture: its near end covers it.
    if dx * dx + dy * dy < (0.25 * reach) ** 2:
        t[:] = 1.0 if dz > 0 else 0.0
    return t, gx, gy


def ball(relief: Relief, view: View, centre: Point, radius: float, material: int) -> None:
    """Draws a sphere of a radius in metres."""
    x, y, z = view.project(centre)
    _ball(relief, (x, y, z, radius * view.scale), material)


def _ball(relief: Relief, sphere: tuple[float, float, float, float], material: int) -> None:
    x, y, z, radius = sphere
    window = _window(relief, x - radius, y - radius, x + radius, y + radius)
    if window is None:
        return
    x0, y0, x1, y1 = window
    gx = (np.arange(x0, x1, dtype=np.float32)[None, :] + np.float32(0.5 - x)) / np.float32(radius)
    gy = (np.arange(y0, y1, dtype=np.float32)[:, None] + np.float32(0.5 - y)) / np.float32(radius)
    inner = 1 - gx * gx - gy * gy
    depth = np.sqrt(np.maximum(inner, 0)) * np.float32(radius) + np.float32(z)
    depth[inner <= 0] = -2e6
    nx, ny = np.broadcast_to(gx, depth.shape), np.broadcast_to(gy, depth.shape)
    _put(relief, window, depth, nx, ny, material)


def trunk(
    relief: Relief,
    view: View,
    top: Point,
    bottom: Point,
    stations: Sequence[Station],
    flatness: float,
) -> Wrap | None:
    """Draws an upright body of changing width: a torso or a head.

    Args:
        relief: buffers to draw into.
        view: projection.
        top: upper end of the axis.
        bottom: lower end; the axis must not be level.
        stations: from the top (at 0) to the bottom (at 1), in order.
        flatness: 2 is an elliptic cross-section, more is flatter in front.

    Returns:
        Where a texture goes, or None when the body lies outside the sprite.
    """
    tx, ty, tz = view.project(top)
    bx, by, bz = view.project(bottom)
    reach = max(station.width for station in stations) * view.scale
    window = _window(relief, min(tx, bx) - reach, ty, max(tx, bx) + reach, by)
    if window is None:
        return None
    x0, y0, x1, y1 = window
    at = (np.arange(y0, y1) + 0.5 - ty) / max(by - ty, 1e-3)
    half, deep, rows = _profile(stations, at, view.scale)
    centre = tx + at * (bx - tx)
    u = (np.arange(x0, x1, dtype=np.float32)[None, :] + 0.5 - _column(centre)) / _column(half)
    bulge = np.abs(u) ** np.float32(flatness)
    front = np.sqrt(np.maximum(1 - bulge, 0))
    z = front * _column(deep) + _column(tz + at * (bz - tz))
    z[np.abs(u) >= 1] = -2e6
    side = np.sign(u) * np.abs(u) ** np.float32(flatness - 1)
    norm = 1 / np.sqrt(side * side + front * front + 1e-4)
    slope = np.clip(np.gradient(deep) + 0.5 * np.gradient(half), -0.6, 0.6) if len(at) > 1 else at
    # The surface faces up where the body widens downwards.
    ny = np.broadcast_to(_column(-slope * 0.8), z.shape) * front
    _put(relief, window, z, side * norm, ny, np.broadcast_to(rows[:, None], z.shape))
    return Wrap(window, u, at.astype(np.float32), centre, half)


def _profile(
    stations: Sequence[Station], at: Numbers, scale: float
) -> tuple[Numbers, Numbers, NDArray[np.uint8]]:
    """Half width and half depth in pixels and material of each row of a trunk."""
    marks = [station.at for station in stations]
    half = np.interp(at, marks, [station.width for station in stations]) * scale
    deep = np.interp(at, marks, [station.depth for station in stations]) * scale
    steps = np.searchsorted(marks, at, side="right") - 1
    materials = np.array([station.material for station in stations], np.uint8)
    return half, deep, materials[np.clip(steps, 0, len(stations) - 1)]


def shade(relief: Relief, light: tuple[float, float, float], ambient: float) -> Floats:
    """Light on every pixel, ``[h, w]``, about 0.3 (dark side) to 1.2.

    Args:
        relief: drawn buffers.
        light: direction to the light: right, up, towards the camera; unit length.
        ambient: share of light that comes from everywhere, 0..1.
    """
    nx, ny = relief.nx, relief.ny
    nz = np.sqrt(np.clip(1 - nx * nx - ny * ny, 0.0, 1))
    direct = nx * np.float32(light[0]) - ny * np.float32(light[1]) + nz * np.float32(light[2])
    sky = np.float32(0.84) - np.float32(0.2) * ny
    glow = np.float32(ambient) * sky + np.float32(1.25 * (1 - ambient)) * np.maximum(direct, 0)
    # Contact shadow: what lies behind its surroundings gets less light.
    height = relief.depth.shape[0]
    drawn = relief.material > 0
    solid = np.where(drawn, relief.depth, 0).astype(np.float32)
    size = (max(3, height // 45), max(3, height // 45))
    near = cv2.blur(solid, size) / np.maximum(cv2.blur(drawn.astype(np.float32), size), 0.05)
    sunk = np.clip((near - solid) / (0.035 * height), 0, 1)
    shaded: Floats = (glow * (1 - np.float32(0.45) * sunk)).astype(np.float32)
    return shaded


def _column(values: Numbers) -> Floats:
    return values.astype(np.float32)[:, None]


def _window(
    relief: Relief, x0: float, y0: float, x1: float, y1: float
) -> tuple[int, int, int, int] | None:
    """The whole pixels between the given edges inside the buffers; None when there are none."""
    height, width = relief.depth.shape
    left, top = max(0, int(np.floor(x0))), max(0, int(np.floor(y0)))
    right, bottom = min(width, int(np.ceil(x1)) + 1), min(height, int(np.ceil(y1)) + 1)
    return (left, top, right, bottom) if right > left and bottom > top else None


def _put(
    relief: Relief,
    window: tuple[int, int, int, int],
    z: Numbers,
    nx: Numbers,
    ny: Numbers,
    material: int | NDArray[np.uint8],
) -> None:
    """Writes a part where it is nearer than what is there."""
    x0, y0, x1, y1 = window
    part = (slice(y0, y1), slice(x0, x1))
    wins = z > relief.depth[part]
    np.copyto(relief.depth[part], z, where=wins)
    np.copyto(relief.nx[part], nx, where=wins)
    np.copyto(relief.ny[part], ny, where=wins)
    np.copyto(relief.material[part], np.asarray(material, np.uint8), where=wins)
