"""Crops of simulated runners as several cameras see them: the same people, other light.

Who somebody is follows from the seed, so that it is known exactly which crops show the same
runner. Some runners belong to teams and wear the same shirt, shorts and cap; their bodies, skin,
hair, socks and shoes are their own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.backdrop import paint_surroundings, random_mood
from engines.simulate.bib import BibStyle, random_style
from engines.simulate.body import running
from engines.simulate.compose import Placed, draw
from engines.simulate.errors import SimulationError
from engines.simulate.ground import any_camera
from engines.simulate.outfit import Material, random_outfit
from engines.simulate.person import Person, random_runner, wearing
from engines.simulate.scenery import light_of
from engines.simulate.sprite import Light, Sprite, draw_sprite
from engines.types import Box, Image

_DRAWN_AT: Final = 60.0
"""Pixels per metre that bodies are drawn with; crops are 60 to 150 pixels tall."""
_OWN: Final = (Material.SOCK, Material.SHOE)
"""What members of a team bring from home."""


@dataclass(frozen=True, slots=True)
class SightingSettings:
    """Whom to draw, and how often.

    Attributes:
        runners: how many different people, at least 1.
        seed: everything random follows from it.
        cameras: how many cameras see each of them, at least 1.
        frames: crops of each runner by each camera, at least 1.
        team_share: of the runners this share wears a team's clothes, 0..1.
        covered_share: of the crops this share shows a body in front, 0..1: another runner's, and
            at times the runner's own of a moment before.

    Raises:
        SimulationError: when a value is out of its range.
    """

    runners: int = 1000
    seed: int = 1
    cameras: int = 2
    frames: int = 2
    team_share: float = 0.25
    covered_share: float = 0.3

    def __post_init__(self) -> None:
        for name in ("runners", "cameras", "frames"):
            if getattr(self, name) < 1:
                raise SimulationError(f"{name} must be 1 or more, got {getattr(self, name)}")
        for name in ("team_share", "covered_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise SimulationError(f"{name} must be 0 to 1, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True, eq=False)
class PersonCrop:
    """What one camera cut out of one frame.

    Attributes:
        runner: number of the runner, from 0.
        camera: number of the camera, from 0.
        team: number of the team, or None.
        image: uint8 ``[h, w, 3]`` RGB, the person's box.
        bib: the bib's box in pixels of `image`, or None.
    """

    runner: int
    camera: int
    team: int | None
    image: Image
    bib: Box | None


@dataclass(frozen=True, slots=True, eq=False)
class _Viewpoint:
    """One camera: its surroundings, light and colours."""

    backdrop: Image
    light: Light
    tilt: float
    table: NDArray[np.uint8]
    noise: float
    recent: deque[Sprite]


def draw_sightings(settings: SightingSettings) -> Iterator[PersonCrop]:
    """Draws all crops, runner by runner, camera by camera."""
    rng = np.random.default_rng((settings.seed, 11))
    views = [_viewpoint(np.random.default_rng((settings.seed, 12, c)))
             for c in range(settings.cameras)]  # fmt: skip
    style = random_style(rng)
    teams = _teams(rng, settings)
    for index, team in enumerate(teams):
        own = np.random.default_rng((settings.seed, 13, index))
        person = _dressed(own, str(1001 + index), style, team, settings.seed)
        for camera, view in enumerate(views):
            for _ in range(settings.frames):
                image, bib = _crop(own, person, view, settings.covered_share)
                yield PersonCrop(index, camera, team, image, bib)


def _teams(rng: np.random.Generator, settings: SightingSettings) -> list[int | None]:
    """The team of each runner; teams have 2 to 12 members, who do not stand together."""
    members: list[int | None] = []
    team = 0
    while len(members) < round(settings.runners * settings.team_share):
        members += [team] * int(rng.integers(2, 13))
        team += 1
    members = members[: settings.runners] + [None] * (settings.runners - len(members))
    return [members[i] for i in rng.permutation(settings.runners)]


def _dressed(
    rng: np.random.Generator, text: str, style: BibStyle, team: int | None, seed: int
) -> Person:
    person = random_runner(rng)
    if team is not None:
        # The same state draws the same clothes, whoever wears them.
        theirs = random_outfit(
            np.random.default_rng((seed, 14, team)), person.face.skin, person.face.hair
        )
        colours = list(theirs.colours)
        for material in _OWN:
            colours[material] = person.outfit.colours[material]
        person = replace(person, outfit=replace(theirs, colours=tuple(colours)))
    return wearing(person, text, rng, style, 36, None)


def _viewpoint(rng: np.random.Generator) -> _Viewpoint:
    mood = random_mood(rng)
    backdrop = paint_surroundings(rng, any_camera(rng, 960, 540), mood)
    ramp = np.linspace(0, 1, 256)[:, None] ** float(np.exp(rng.uniform(-0.25, 0.25)))
    gains = float(np.exp(rng.normal(-0.05, 0.2))) * np.exp(rng.normal(0, 0.06, 3))
    table = np.clip(ramp * gains * 255, 0, 255).astype(np.uint8).reshape(1, 256, 3)
    tilt, noise = float(rng.uniform(0.0, 0.22)), float(rng.uniform(1, 7))
    return _Viewpoint(backdrop, light_of(mood), tilt, table, noise, deque(maxlen=8))


def _crop(
    rng: np.random.Generator, person: Person, view: _Viewpoint, covered_share: float
) -> tuple[Image, Box | None]:
    """One crop as the detector would cut it, and the bib in it."""
    scale = float(np.exp(rng.uniform(np.log(34), np.log(80))))
    pose = running(person.build, person.gait, float(rng.uniform(0, 1)))
    sprite = draw_sprite(person, pose, _DRAWN_AT, view.tilt, view.light)
    height, width = round(2.5 * scale), round(1.8 * scale)
    rows, columns = view.backdrop.shape[:2]
    top = int(rng.integers(0, rows - height + 1))
    left = int(rng.integers(0, columns - width + 1))
    picture = view.backdrop[top : top + height, left : left + width].copy()
    placed = Placed(sprite, (width / 2, 2.25 * scale), scale, 0.0, 10.0)
    smear = float(rng.uniform(0, 3)) if rng.random() < 0.4 else 0.0
    draw(picture, placed, (), smear)
    if view.recent and rng.random() < covered_share:
        other = view.recent[int(rng.integers(len(view.recent)))]
        aside = (1 if rng.random() < 0.5 else -1) * float(rng.uniform(0.3, 0.6)) * scale
        draw(picture, Placed(other, (width / 2 + aside, 2.35 * scale), scale, aside, 9.0), (), 0.0)
    view.recent.append(sprite)
    box = _found(rng, placed.moved(sprite.body), width, height)
    x0, y0, x1, y1 = box
    bib = None if sprite.bib is None else placed.moved(sprite.bib)
    if bib is not None:
        bib = (bib[0] - x0, bib[1] - y0, bib[2] - x0, bib[3] - y0)
    return _photographed(rng, picture[y0:y1, x0:x1], view), bib


def _found(
    rng: np.random.Generator, box: Box, width: int, height: int
) -> tuple[int, int, int, int]:
    """The body's box as inexactly as a detector finds it; now and then the legs are cut off."""
    wide, tall = box[2] - box[0], box[3] - box[1]
    dx, dy = rng.normal(0, 0.05, 2) * wide, rng.normal(0, 0.025, 2) * tall
    bottom = box[1] + tall * float(rng.uniform(0.6, 0.9)) if rng.random() < 0.08 else box[3]
    x0, x1 = max(0, round(box[0] + dx[0])), min(width, round(box[2] + dx[1]))
    y0, y1 = max(0, round(box[1] + dy[0])), min(height, round(bottom + dy[1]))
    return x0, y0, max(x1, x0 + 8), max(y1, y0 + 16)


def _photographed(rng: np.random.Generator, image: Image, view: _Viewpoint) -> Image:
    """The camera's colours, a little other exposure in each frame, noise, JPEG."""
    seen = np.asarray(cv2.LUT(np.ascontiguousarray(image), view.table), np.float32)
    seen *= np.float32(np.exp(rng.normal(0, 0.04)))
    seen += rng.normal(0, view.noise, (*image.shape[:2], 1)).astype(np.float32)
    shown = np.clip(seen, 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 92))]
    _, packed = cv2.imencode(".jpg", shown, quality)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
