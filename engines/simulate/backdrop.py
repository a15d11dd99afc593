"""Paints what lies behind the runners: sky, houses, trees, road and line.

Everything is drawn, nothing is photographed. Most of it is painted once per race.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engines.simulate.bib import Colour
from engines.simulate.face import mixed
from engines.simulate.ground import Camera
from engines.simulate.outfit import cloth_colour
from engines.types import Floats, Image


@dataclass(frozen=True, slots=True)
class Mood:
    """Weather and surroundings of a scene.

    Attributes:
        sunny: 0 overcast .. 1 clear.
        sky: colour of the sky at its top.
        town: whether houses stand behind the road, else a wood.
        asphalt: grey level of the road.
        warmth: tint of the light, -1 cold .. 1 warm.
    """

    sunny: float
    sky: Colour
    town: bool
    asphalt: float
    warmth: float


def random_mood(rng: np.random.Generator) -> Mood:
    """Draws weather and surroundings."""
    sunny = float(rng.beta(0.8, 0.8))
    return Mood(
        sunny=sunny,
        sky=mixed((188, 194, 202), (92, 150, 216), sunny),
        town=bool(rng.random() < 0.5),
        asphalt=float(rng.uniform(84, 140)),
        warmth=float(rng.uniform(-1, 1)),
    )


def paint_surroundings(rng: np.random.Generator, camera: Camera, mood: Mood) -> Image:
    """Sky, houses, trees, road and line, ``[height, width, 3]`` RGB."""
    picture = np.empty((camera.height, camera.width, 3), np.uint8)
    horizon = int(camera.horizon)
    _sky(picture, rng, horizon, mood)
    if mood.town:
        _houses(picture, rng, camera)
    _trees(picture, rng, camera, mood)
    _ground(picture, rng, camera, mood)
    return picture


def value_noise(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int
) -> Floats:
    """Smooth noise, float32 ``[height, width]``, about -1..1; `cell` is the largest grain (px)."""
    total = np.zeros((height, width), np.float32)
    weight = 1.0
    for octave in range(octaves):
        size = max(1.5, cell / 2**octave)
        shape = (max(2, int(height / size) + 2), max(2, int(width / size) + 2))
        coarse = rng.normal(0, 0.5, shape).astype(np.float32)
        total += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        weight *= 0.55
    return total


def _sky(picture: Image, rng: np.random.Generator, horizon: int, mood: Mood) -> None:
    rows, width = min(picture.shape[0], horizon + 4), picture.shape[1]
    small = (max(2, rows // 4), max(2, width // 4))
    ramp = np.linspace(0, 1, small[0], dtype=np.float32)[:, None, None]
    top, low = np.array(mood.sky, np.float32), np.array((214, 224, 232), np.float32)
    clouds = value_noise(rng, small[0], small[1], small[1] / 5, 4)[..., None]
    white = np.clip(clouds * 0.9 + (0.45 - mood.sunny), 0, 1) * 0.8
    tone = (top * (1 - ramp) + low * ramp) * (1 - white) + 240 * white
    picture[:rows] = cv2.resize(np.clip(tone, 0, 255).astype(np.uint8), (width, rows))


def _houses(picture: Image, rng: np.random.Generator, camera: Camera) -> None:
    """A row of houses with windows."""
    x, base = -20.0, camera.horizon + 0.02 * camera.height
    while x < camera.width:
        wide = float(rng.uniform(0.07, 0.2)) * camera.width
        top = base - float(rng.uniform(0.08, 0.3)) * camera.height
        wall = mixed((206, 190, 168), cloth_colour(rng), float(rng.uniform(0.05, 0.45)))
        corner = (int(x), int(max(top, -5)))
        cv2.rectangle(picture, corner, (int(x + wide), int(base)), wall, -1)
        roof = mixed(wall, (70, 40, 36), 0.7)
        cv2.rectangle(picture, (int(x - 2), int(top - 4)), (int(x + wide + 2), int(top)), roof, -1)
        _windows(picture, rng, (x, top, x + wide, base))
        x += wide + float(rng.uniform(-4, 14))


def _windows(
    picture: Image, rng: np.random.Generator, wall: tuple[float, float, float, float]
) -> None:
    x0, y0, x1, y1 = wall
    step = float(rng.uniform(0.022, 0.035)) * picture.shape[1]
    pane = mixed((60, 72, 88), (150, 170, 190), float(rng.uniform(0, 1)))
    for row in range(max(1, int((y1 - y0) / (1.3 * step)))):
        for column in range(max(1, int((x1 - x0) / step))):
            x, y = x0 + (column + 0.28) * step, y0 + (row + 0.3) * 1.3 * step
            far = (int(x + 0.45 * step), int(min(y + 0.7 * step, y1)))
            shade = float(rng.uniform(0, 0.4))
            cv2.rectangle(picture, (int(x), int(y)), far, mixed(pane, (20, 20, 24), shade), -1)


def _trees(picture: Image, rng: np.random.Generator, camera: Camera, mood: Mood) -> None:
    """A treeline or hedge along the horizon, and some single trees before it."""
    height, width = picture.shape[:2]
    base = int(camera.horizon + 0.035 * height)
    season = (64, 98, 44) if rng.random() < 0.75 else (168, 112, 44)
    tall = (0.03 if mood.town else float(rng.uniform(0.06, 0.2))) * height
    _foliage(picture, rng, (-10, int(base - 1.6 * tall), width + 10, base), season, hedge=True)
    for _ in range(int(rng.integers(1, 6))):
        size, x = float(rng.uniform(0.08, 0.24)) * height, float(rng.uniform(0, width))
        top = base - 1.5 * size
        bark = mixed((70, 56, 46), (120, 110, 100), float(rng.uniform(0, 0.6)))
        foot, fork = (int(x), base), (int(x), int(top + 0.6 * size))
        cv2.line(picture, foot, fork, bark, max(2, int(size / 11)), cv2.LINE_AA)
        tone = mixed(season, (40, 66, 36), float(rng.uniform(0, 0.7)))
        crown = (int(x - 0.6 * size), int(top), int(x + 0.6 * size), int(base - 0.3 * size))
        _foliage(picture, rng, crown, tone, hedge=False)


def _foliage(
    picture: Image,
    rng: np.random.Generator,
    box: tuple[int, int, int, int],
    tone: Colour,
    hedge: bool,
) -> None:
    """Fills a box with a ragged mass of leaves: a rounded crown, or a hedge with an uneven top."""
    x0, y0 = max(0, box[0]), max(0, box[1])
    x1, y1 = min(picture.shape[1], box[2]), min(picture.shape[0], box[3])
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    wide, tall = box[2] - box[0], box[3] - box[1]
    ragged = value_noise(rng, y1 - y0, x1 - x0, max(6.0, 0.3 * tall), 5)
    v = ((np.arange(y0, y1, dtype=np.float32) - box[1]) / tall)[:, None]
    u = ((np.arange(x0, x1, dtype=np.float32) - box[0]) / wide * 2 - 1)[None, :]
    inside = 2.2 * v - 0.95 if hedge else 0.66 - np.sqrt(u * u + (2 * v - 1) ** 2)
    cover = np.clip((inside + 0.5 * ragged) * (0.12 * tall), 0, 1)[..., None]
    light = np.clip(0.75 - 0.6 * v - 0.2 * u + 0.55 * np.roll(ragged, 3, axis=0), 0, 1)[..., None]
    dark = np.array(mixed(tone, (16, 24, 16), 0.6), np.float32)
    bright = np.array(mixed(tone, (226, 226, 150), 0.25), np.float32)
    part = picture[y0:y1, x0:x1]
    part[:] = (part * (1 - cover) + (dark + (bright - dark) * light) * cover).astype(np.uint8)


def _ground(picture: Image, rng: np.random.Generator, camera: Camera, mood: Mood) -> None:
    """Road, verges and the painted lines in perspective, under one texture and some haze."""
    first = min(camera.height - 2, int(camera.horizon) + 2)
    verge = (96, 116, 62) if rng.random() < 0.4 else (142, 136, 128)
    grey = round(mood.asphalt)
    picture[first:] = verge
    half, near, far = camera.half_road, 0.35, 400.0
    _strip(picture, camera, (-half, half), (near, far), (grey, grey, grey + 3))
    worn = mixed((grey, grey, grey), (236, 236, 232), float(rng.uniform(0.4, 0.85)))
    for side in (-1, 1):
        edges = (side * (half - 0.12) - 0.05, side * (half - 0.12) + 0.05)
        _strip(picture, camera, edges, (near, far), worn)
    thick = 0.075
    _strip(picture, camera, (-half, half), (camera.line_z - thick, camera.line_z + thick),
           (234, 234, 230), camera.line_slope)  # fmt: skip
    rows = np.arange(first, camera.height, dtype=np.float32) + np.float32(0.5 - camera.horizon)
    z = np.float32(camera.focal * camera.above) / rows
    below = picture[first:]
    grain = _asphalt(rng, camera, z)
    below[:] = cv2.multiply(below, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
    haze = np.clip((z - 25) / 150, 0, 0.6)
    misty = int(np.count_nonzero(haze))
    veil = haze[:misty, None, None]
    sky = np.array((196, 202, 208), np.float32)
    below[:misty] = (below[:misty] * (1 - veil) + sky * veil).astype(np.uint8)


def _strip(
    picture: Image,
    camera: Camera,
    across: tuple[float, float],
    along: tuple[float, float],
    colour: Colour,
    slope: float = 0.0,
) -> None:
    """Fills a strip of the ground between two sides (x) and two distances (z), metres."""
    (left, right), (near, far) = across, along
    corners = [
        camera.project(left, 0, near + slope * left),
        camera.project(right, 0, near + slope * right),
        camera.project(right, 0, far + slope * right),
        camera.project(left, 0, far + slope * left),
    ]
    fixed = np.clip(np.array(corners) * 16, -4e6, 4e6).astype(np.int32)
    cv2.fillConvexPoly(picture, fixed, colour, cv2.LINE_AA, 4)


def _asphalt(rng: np.random.Generator, camera: Camera, z: Floats) -> Floats:
    """Grain, patches and tyre tracks of the road as factors of light, ``[len(z), width]``."""
    size, per_metre = 320, np.float32(320 / 5)
    plan = 0.1 * value_noise(rng, size, size, size / 4, 5)
    plan += 0.06 * value_noise(rng, size, size, 2, 1)
    columns = np.arange(camera.width, dtype=np.float32) + np.float32(0.5 - camera.centre)
    x = columns[None, :] * (z / np.float32(camera.focal))[:, None]
    at_x = x * per_metre
    at_z = np.broadcast_to((z * per_metre)[:, None], x.shape)
    # Mirrored tiles have no seams.
    rows = np.ascontiguousarray(at_z)
    near = cv2.remap(plan, at_x, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    half = (max(1, camera.width // 2), max(1, len(z) // 2))
    far_x, far_z = cv2.resize(at_x, half) / 5, cv2.resize(rows, half) / 5
    broad = cv2.remap(plan, far_x + 77, far_z, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    fading = np.clip(1.6 - z / 12, 0.2, 1)[:, None]
    grain: Floats = (
        near * fading + cv2.resize(broad, (camera.width, len(z))) + np.float32(0.98)
    ).astype(np.float32)
    return grain
