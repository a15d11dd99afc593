"""Training scenes: one random frame with exact boxes of all four kinds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.backdrop import paint_surroundings, random_mood
from engines.simulate.bib import BibStyle, random_style
from engines.simulate.body import running
from engines.simulate.compose import Placed, Sight, draw, draw_shadow, sights
from engines.simulate.furniture import lay_furniture
from engines.simulate.ground import Camera, any_camera
from engines.simulate.person import Person, random_bystander, random_runner, wearing
from engines.simulate.scenery import draw_crowd, light_of, paint_crowd, sun_reach
from engines.simulate.sprite import Light, draw_sprite
from engines.simulate.truth import BIB_SHARE, FACE_SHARE, NUMBER_SHARE
from engines.types import Box, Floats, Image, Kind

_PERSON_SHARE = 0.12
"""Less than this of a body is not worth finding."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One training picture.

    Attributes:
        image: uint8 ``[height, width, 3]`` RGB.
        boxes: float32 ``[N, 4]``, pixels, clipped to the picture.
        kinds: int8 ``[N]``, values of `engines.types.Kind`.
        texts: ``N`` texts: of numbers the characters, else empty.
    """

    image: Image
    boxes: Floats
    kinds: NDArray[np.int8]
    texts: tuple[str, ...]


def scene(rng: np.random.Generator, width: int, height: int) -> Scene:
    """Draws a random scene with 1 to 12 runners.

    Args:
        rng: source of everything; the same state gives the same scene.
        width: of the picture, at least 64.
        height: of the picture, at least 64.
    """
    camera, mood = any_camera(rng, width, height), random_mood(rng)
    light = light_of(mood)
    picture = paint_surroundings(rng, camera, mood)
    rows: list[tuple[Box, Kind, str]] = []
    if rng.random() < 0.5:
        crowd = draw_crowd(rng, camera, light, int(rng.integers(0, 5)))
        rows += [(box, Kind.PERSON, "") for box in paint_crowd(picture, crowd, rng, camera)]
    elif rng.random() < 0.6:
        lay_furniture(picture, rng, camera)
    placed, texts = _runners(rng, camera, light, height)
    for one in placed:
        draw_shadow(picture, one, sun_reach(mood), 0.5 * mood.sunny)
    smear = float(rng.uniform(0, 3)) if rng.random() < 0.4 else 0.0
    for index in sorted(range(len(placed)), key=lambda i: -placed[i].z):
        draw(picture, placed[index], (), smear)
    for sight, text in zip(sights(placed, (), width, height), texts, strict=True):
        if sight is not None and sight.body_share >= _PERSON_SHARE:
            rows += _rows(sight, text)
    return Scene(
        image=_photographed(picture, rng),
        boxes=np.array([box for box, _, _ in rows], np.float32).reshape(-1, 4),
        kinds=np.array([kind for _, kind, _ in rows], np.int8),
        texts=tuple(text for _, _, text in rows),
    )


def _runners(
    rng: np.random.Generator, camera: Camera, light: Light, height: int
) -> tuple[list[Placed], list[str]]:
    """Runners of one race at random places, most of them small."""
    style = random_style(rng)
    count = 1 + min(11, int(rng.geometric(0.24)) - 1)
    placed, texts = [], []
    for _ in range(count):
        tall = float(np.exp(rng.uniform(np.log(0.1), np.log(0.95)))) * height
        z = camera.focal * 1.75 / tall
        half = 0.5 * camera.width * z / camera.focal
        x = float(rng.uniform(-0.95, 0.95)) * half
        # Where the true ground would leave the head out of the picture the road is moved instead.
        ground = camera.project(x, 0.0, z)
        ground = (ground[0], float(np.clip(ground[1], 1.02 * tall, height + 0.45 * tall)))
        scale = camera.scale(z)
        text = _number(rng)
        person = _dressed(rng, text, style, scale)
        pose = running(person.build, person.gait, float(rng.uniform(0, 1)))
        tilt = float(np.clip(np.arctan2(camera.above - 1, z), -0.1, 0.4))
        drawn = min(max(scale, 24.0), 0.4 * height)
        sprite = draw_sprite(person, pose, drawn, tilt, light)
        placed.append(Placed(sprite, ground, scale, x, z))
        texts.append(text)
    return placed, texts


def _dressed(rng: np.random.Generator, text: str, style: BibStyle, scale: float) -> Person:
    """A runner, one in ten without a bib."""
    if rng.random() < 0.03:
        return random_bystander(rng)
    person = random_runner(rng)
    if rng.random() < 0.1:
        return person
    own = style if rng.random() < 0.85 else random_style(rng)
    return wearing(person, text, rng, own, round(0.3 * scale), None)


def _number(rng: np.random.Generator) -> str:
    """A bib's text: one to five digits, now and then with a letter in front."""
    digits = int(rng.choice(5, p=(0.04, 0.1, 0.3, 0.42, 0.14))) + 1
    text = str(int(rng.integers(10 ** (digits - 1), 10**digits)))
    return "ABCEFMSTW"[int(rng.integers(9))] + text if rng.random() < 0.08 else text


def _rows(sight: Sight, text: str) -> list[tuple[Box, Kind, str]]:
    rows: list[tuple[Box, Kind, str]] = [(sight.person, Kind.PERSON, "")]
    if sight.bib is not None and sight.bib_share >= BIB_SHARE:
        rows.append((sight.bib, Kind.BIB, ""))
    if sight.number is not None and sight.number_share >= NUMBER_SHARE:
        rows.append((sight.number, Kind.NUMBER, text))
    if sight.face is not None and sight.face_share >= FACE_SHARE:
        rows.append((sight.face, Kind.FACE, ""))
    return rows


def _photographed(picture: Image, rng: np.random.Generator) -> Image:
    """Exposure, colour cast and noise of some camera."""
    gain = float(np.exp(rng.normal(-0.05, 0.22)))
    cast = rng.normal(1.0, 0.03, 3)
    table = np.arange(256)[:, None] * (gain * cast)[None, :]
    curve = np.clip(table, 0, 255).astype(np.uint8)
    exposed = cv2.LUT(picture, curve.reshape(1, 256, 3))
    # One value for the three colours of a pixel: most of a camera's noise is in the brightness.
    noise = rng.standard_normal(picture.shape[:2], np.float32) * np.float32(rng.gamma(1.2, 2.0))
    return np.asarray(cv2.add(exposed, cv2.merge([noise] * 3), dtype=cv2.CV_8U), np.uint8)
