"""Paints what stands behind the runners: sky, houses, trees, road, barriers, banners, an arch.

Everything is drawn, nothing is photographed. Most of it is painted once per race.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.bib import Colour
from engines.simulate.face import mixed
from engines.simulate.ground import Camera
from engines.simulate.outfit import cloth_colour
from engines.types import Floats, Image

_SPONSORS = ("FINISH", "SPRINT", "VOLT", "AQUA+", "CITY RUN", "NORDIC", "PULSE", "RADIO 7", "MILK")


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


def lay_furniture(picture: Image, rng: np.random.Generator, camera: Camera) -> None:
    """Draws barriers with banners and the arch over what is there."""
    _barriers(picture, rng, camera)
    _arch(picture, rng, camera)


def paint_marquee(picture: Image, rng: np.random.Generator, camera: Camera, z: float) -> None:
    """A tent beside the road at a distance, behind which runners come round the bend."""
    left, right = camera.half_road + 0.5, camera.half_road + 8.0
    wall = np.empty((90, 220, 3), np.uint8)
    wall[:] = mixed((236, 236, 232), cloth_colour(rng), 0.12)
    for x in range(0, 220, 44):
        cv2.line(wall, (x, 0), (x, 90), (196, 198, 200), 2)
    lay(picture, wall, [camera.project(left, 2.5, z), camera.project(right, 2.5, z),
                        camera.project(right, 0, z), camera.project(left, 0, z)])  # fmt: skip
    roof = np.empty((40, 220, 3), np.uint8)
    roof[:] = mixed(cloth_colour(rng), (230, 230, 230), 0.3)
    lay(picture, roof, [camera.project(left + 0.8, 3.4, z), camera.project(right - 0.8, 3.4, z),
                        camera.project(right + 0.3, 2.4, z), camera.project(left - 0.3, 2.4, z)])  # fmt: skip


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
    rows = min(picture.shape[0], horizon + 4)
    ramp = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    top, low = np.array(mood.sky, np.float32), np.array((214, 224, 232), np.float32)
    clouds = value_noise(rng, max(2, rows // 4), picture.shape[1] // 4, 60, 4)
    cover = cv2.resize(clouds, (picture.shape[1], rows))[..., None]
    white = np.clip(cover * 1.4 + (0.4 - mood.sunny), 0, 1) * 0.8
    tone = top * (1 - ramp) + low * ramp
    picture[:rows] = np.clip(tone * (1 - white) + 240 * white, 0, 255).astype(np.uint8)


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
    """Crowns made of many leaves' blots, darker below."""
    height, width = picture.shape[:2]
    base = camera.horizon + 0.03 * height
    count = int(rng.integers(3, 7)) if mood.town else int(rng.integers(11, 18))
    season = (64, 98, 44) if rng.random() < 0.75 else (168, 112, 44)
    for _ in range(count):
        x, size = float(rng.uniform(0, width)), float(rng.uniform(0.07, 0.2)) * height
        top = base - size * float(rng.uniform(0.8, 1.5))
        trunk = (int(x), int(base)), (int(x), int(top))
        cv2.line(picture, trunk[0], trunk[1], (70, 56, 46), max(2, int(size / 12)))
        tone = mixed(season, (40, 60, 36), float(rng.uniform(0, 0.7)))
        for _ in range(26):
            dx, dy = rng.normal(0, 0.33, 2) * size
            light = float(np.clip(0.5 - dy / size + rng.normal(0, 0.2), 0, 1))
            leaf = mixed(mixed(tone, (18, 26, 16), 0.55), mixed(tone, (226, 226, 160), 0.3), light)
            radius = max(1, int(size * rng.uniform(0.07, 0.16)))
            spot = (int(x + dx), int(top + dy))
            cv2.circle(picture, spot, radius, leaf, -1, cv2.LINE_AA)
    low = max(0, int(base - 0.4 * height))
    band = picture[low : int(base)]
    if band.size:
        grain = value_noise(rng, band.shape[0], width, 9, 2)[..., None]
        band[:] = np.clip(band * (1 + 0.2 * grain), 0, 255).astype(np.uint8)
        band[:] = cv2.GaussianBlur(band, (0, 0), height / 500)


def _ground(picture: Image, rng: np.random.Generator, camera: Camera, mood: Mood) -> None:
    """Road, verges and the painted line, by mapping a plan of the ground into the picture."""
    height, width = camera.height, camera.width
    first = min(height - 2, int(camera.horizon) + 2)
    rows = np.arange(first, height, dtype=np.float32)[:, None] + 0.5
    z = np.float32(camera.focal * camera.above) / (rows - np.float32(camera.horizon))
    x = (np.arange(width, dtype=np.float32)[None, :] + 0.5 - np.float32(camera.centre)) * (
        z / np.float32(camera.focal)
    )
    grass = rng.random() < 0.4
    verge = np.array((96, 116, 62) if grass else (142, 136, 128), np.float32)
    road = np.array((mood.asphalt, mood.asphalt * 1.01, mood.asphalt * 1.03), np.float32)
    tone: Floats = np.where((np.abs(x) < camera.half_road)[..., None], road, verge)
    tone *= 1 + _asphalt(rng, x, np.broadcast_to(z, x.shape))[..., None]
    pixel = z / np.float32(camera.focal)
    edge = _stroke(np.abs(np.abs(x) - np.float32(camera.half_road - 0.12)), 0.05, pixel)
    away = z - np.float32(camera.line_z) - x * np.float32(camera.line_slope)
    foreshortened = pixel * z / np.float32(camera.above)
    line = _stroke(np.abs(away), 0.075, foreshortened) * (np.abs(x) < camera.half_road)
    worn = 0.86 + 0.14 * value_noise(rng, height - first, width, 40, 4)
    paint = (np.clip(0.55 * edge + line, 0, 1) * np.clip(worn, 0.3, 1))[..., None]
    tone = tone * (1 - paint) + np.array((232, 232, 228), np.float32) * paint
    haze = np.clip((z - 25) / 150, 0, 0.6)[..., None]
    tone = tone * (1 - haze) + np.array((196, 202, 208), np.float32) * haze
    picture[first:] = np.clip(tone, 0, 255).astype(np.uint8)


def _stroke(distance: Floats, half: float, pixel: Floats) -> Floats:
    """Coverage of a painted stroke with edges one pixel soft."""
    soft: Floats = np.clip((np.float32(half) - distance) / np.maximum(pixel, 1e-3) + 0.5, 0, 1)
    return soft


def _asphalt(rng: np.random.Generator, x: Floats, z: Floats) -> Floats:
    """Grain, patches and tyre tracks of the road, about -0.3..0.3, laid on the ground plane."""
    size = 512
    plan = 0.1 * value_noise(rng, size, size, 128, 5) + rng.normal(0, 0.07, (size, size))
    tile = plan.astype(np.float32)
    per_metre = np.float32(size / 7)
    at_x, at_z = np.mod(x * per_metre, size - 1), np.mod(z * per_metre, size - 1)
    near = cv2.remap(tile, at_x, at_z, cv2.INTER_LINEAR)
    fine = np.clip(1.6 - z / 12, 0.25, 1)
    wear = np.float32(0.05) * np.cos(x * np.float32(2.4)) ** 2
    broad = cv2.remap(
        tile, np.mod(at_x / 6, size - 1), np.mod(at_z / 6, size - 1), cv2.INTER_LINEAR
    )
    total: Floats = near * fine + broad - wear
    return total


def _barriers(picture: Image, rng: np.random.Generator, camera: Camera) -> None:
    """Banners on barriers along both sides of the road."""
    colours = [cloth_colour(rng) for _ in range(3)]
    words = [_SPONSORS[int(i)] for i in rng.integers(0, len(_SPONSORS), 3)]
    for side in (-1, 1):
        edge = side * (camera.half_road + 0.35)
        for k in reversed(range(14)):
            near = 3.2 + 2.6 * k
            ends = (near, near + 2.5)
            panel = _panel(rng, words[k % 3], colours[k % 3])
            corners = [camera.project(edge, y, z) for y, z in
                       ((1.05, ends[1]), (1.05, ends[0]), (0.08, ends[0]), (0.08, ends[1]))]  # fmt: skip
            if side < 0:
                # On the left the near end of a panel is its left edge.
                corners = [corners[1], corners[0], corners[3], corners[2]]
            lay(picture, panel, corners)


def _panel(rng: np.random.Generator, word: str, colour: Colour) -> Image:
    """A printed banner, ``[80, 200, 3]``."""
    panel = np.empty((80, 200, 3), np.uint8)
    panel[:] = colour
    ink = (245, 245, 245) if sum(colour) < 400 else (24, 30, 60)
    cv2.rectangle(panel, (0, 0), (199, 79), mixed(colour, (20, 20, 20), 0.4), 2)
    width = cv2.getTextSize(word, cv2.FONT_HERSHEY_DUPLEX, 1.2, 3)[0][0]
    at = ((200 - width) // 2, 52)
    cv2.putText(panel, word, at, cv2.FONT_HERSHEY_DUPLEX, 1.2, ink, 3, cv2.LINE_AA)
    fold = 1 + 0.12 * value_noise(rng, 80, 200, 50, 2)[..., None]
    return np.clip(panel * fold, 0, 255).astype(np.uint8)


def lay(picture: Image, panel: Image, corners: list[tuple[float, float]]) -> None:
    """Lays a flat panel into the picture; corners clockwise from its upper left."""
    quad = np.array(corners, np.float32)
    x0, y0 = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 1, picture.shape[1::-1])
    if x1 <= x0 or y1 <= y0:
        return
    rows, columns = panel.shape[:2]
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    warp = cv2.getPerspectiveTransform(source, quad - np.array([x0, y0], np.float32))
    size = (int(x1 - x0), int(y1 - y0))
    laid = cv2.warpPerspective(panel, warp, size, flags=cv2.INTER_AREA)
    cover: NDArray[np.uint8] = cv2.warpPerspective(
        np.full((rows, columns), 255, np.uint8), warp, size, flags=cv2.INTER_LINEAR
    )
    part = picture[y0:y1, x0:x1]
    alpha = cover[..., None].astype(np.float32) / 255
    part[:] = (part * (1 - alpha) + laid * alpha).astype(np.uint8)


def _arch(picture: Image, rng: np.random.Generator, camera: Camera) -> None:
    """An inflated arch across the road, well behind the line."""
    colour, z = cloth_colour(rng), camera.line_z + 17.0
    reach = camera.half_road + 0.15
    post = _panel(rng, "", colour)
    for side in (-1, 1):
        inner, outer = side * reach, side * (reach + 0.6)
        left, right = min(inner, outer), max(inner, outer)
        lay(picture, post, [camera.project(left, 3.6, z), camera.project(right, 3.6, z),
                            camera.project(right, 0, z), camera.project(left, 0, z)])  # fmt: skip
    beam = _panel(rng, _SPONSORS[int(rng.integers(len(_SPONSORS)))], colour)
    wide = cv2.resize(cv2.copyMakeBorder(beam, 0, 0, 180, 180, cv2.BORDER_REPLICATE), (900, 130))
    left, right = -(reach + 0.6), reach + 0.6
    lay(picture, wide, [camera.project(left, 4.1, z), camera.project(right, 4.1, z),
                        camera.project(right, 3.1, z), camera.project(left, 3.1, z)])  # fmt: skip
