"""A scene without runners: backdrop, bystanders behind the barriers, and what hides the bend."""

from __future__ import annotations

import cv2
import numpy as np

from engines.simulate.backdrop import Mood, paint_surroundings
from engines.simulate.body import standing
from engines.simulate.compose import Placed, Screen, draw, lay_parts, window_of
from engines.simulate.furniture import lay_furniture, paint_marquee
from engines.simulate.ground import Camera, Pixel
from engines.simulate.person import random_bystander
from engines.simulate.sprite import Light, draw_sprite
from engines.types import Box, Image

_MARQUEE_Z = 31.0


def light_of(mood: Mood) -> Light:
    """The light on bodies under a sky."""
    warm = mood.warmth * 0.05
    return Light(
        direction=(0.52, 0.62, 0.587) if mood.warmth > 0 else (-0.52, 0.62, 0.587),
        ambient=0.78 - 0.32 * mood.sunny,
        tint=(1 + warm, 1.0, 1 - warm),
    )


def sun_reach(mood: Mood) -> Pixel:
    """How far a metre's shadow reaches to the right and down the picture."""
    return (-0.55 if mood.warmth > 0 else 0.55, -0.16)


def paint_scenery(
    rng: np.random.Generator, camera: Camera, mood: Mood, light: Light
) -> tuple[Image, tuple[Screen, ...], tuple[Box, ...]]:
    """Paints the empty scene of a race.

    Returns:
        The picture, what hides the bend, and the boxes of what can be seen of bystanders.
    """
    picture = paint_surroundings(rng, camera, mood)
    bare = picture.copy()
    paint_marquee(picture, rng, camera, _MARQUEE_Z)
    marquee = Screen(_MARQUEE_Z, 0.0, np.any(picture != bare, axis=2))
    bare = picture.copy()
    crowd = draw_crowd(rng, camera, light, int(rng.integers(10, 26)))
    boxes = paint_crowd(picture, crowd, rng, camera)
    # Who is still beside the road runs behind barriers, arch and bystanders.
    furniture = Screen(camera.line_z, camera.half_road - 0.1, np.any(picture != bare, axis=2))
    return picture, (marquee, furniture), boxes


def paint_crowd(
    picture: Image, crowd: list[Placed], rng: np.random.Generator, camera: Camera
) -> tuple[Box, ...]:
    """Draws bystanders, then barriers and arch over them; returns what can be seen of each."""
    for one in sorted(crowd, key=lambda p: -p.z):
        draw(picture, one, (), 0.0)
    before = picture.copy()
    lay_furniture(picture, rng, camera)
    changed = np.any(picture != before, axis=2).astype(np.uint8)
    # The gaps between banners show legs, but nobody would call that a visible person.
    gap = 2 * round(camera.height / 90) + 1
    kernel = np.ones((gap, gap), np.uint8)
    hidden = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, kernel) > 0
    boxes: list[Box] = []
    for one in sorted(crowd, key=lambda p: p.z):
        window = window_of(one, camera.width, camera.height)
        if window is None:
            continue
        x0, y0, x1, y1 = window
        mask = lay_parts(one, window)
        shown = (mask > 0) & ~hidden[y0:y1, x0:x1]
        hidden[y0:y1, x0:x1] |= mask > 0
        if np.count_nonzero(shown) >= 0.12 * np.count_nonzero(mask):
            x, y, wide, tall = cv2.boundingRect(shown.astype(np.uint8))
            boxes.append((float(x0 + x), float(y0 + y), float(x0 + x + wide), float(y0 + y + tall)))
    return tuple(boxes)


def draw_crowd(rng: np.random.Generator, camera: Camera, light: Light, count: int) -> list[Placed]:
    """Bystanders along the barriers, mostly far away."""
    crowd = []
    for _ in range(count):
        z = float(rng.uniform(camera.line_z + 1, camera.line_z + 16))
        side = -1 if rng.random() < 0.5 else 1
        x = side * (camera.half_road + 0.75 + float(rng.exponential(0.5)))
        scale = camera.scale(z)
        person = random_bystander(rng)
        pose = standing(person.build, float(rng.beta(0.7, 1.5)), -side * float(rng.uniform(0, 0.6)))
        sprite = draw_sprite(person, pose, max(24.0, scale), camera.tilt, light)
        crowd.append(Placed(sprite, camera.project(x, 0.0, z), scale, x, z))
    return crowd
