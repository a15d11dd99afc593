"""Everything about one drawn person: body, clothes, head, and the bib they wear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from engines.simulate.bib import BibSheet, BibStyle, render_bib
from engines.simulate.body import Build, Gait, random_build, random_gait
from engines.simulate.face import FaceStyle, draw_face, random_face
from engines.simulate.outfit import Outfit, random_outfit, street_clothes
from engines.types import Box, Floats, Image


class Hair(StrEnum):
    """How hair shows from the front."""

    BALD = "bald"
    SHORT = "short"
    LONG = "long"
    TAIL = "tail"


class Effect(StrEnum):
    """What makes a bib hard or impossible to read."""

    NO_BIB = "nobib"
    COVERED = "cover2"
    """The last two characters lie under a fold of the shirt."""
    FOLDED = "folded"
    """The lower part of the sheet, with half of the digits' height, is folded away."""


@dataclass(frozen=True, slots=True, eq=False)
class Bib:
    """A bib on a shirt.

    Attributes:
        sheet: uint8 ``[h, w, 4]`` RGB and alpha.
        number: tight box round the characters, pixels of the sheet.
        height_m: height of the sheet.
        u, v: its centre on the trunk: -1..1 across the front, 0..1 from neck to crotch.
        roll_deg: how crooked it hangs.
        wave: depth of its waves as a share of its height.
    """

    sheet: NDArray[np.uint8]
    number: Box
    height_m: float
    u: float
    v: float
    roll_deg: float
    wave: float


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One drawn person.

    Attributes:
        build, gait: body and running style.
        outfit: clothes.
        face: style of the face; `head` is its texture, see `engines.simulate.face`.
        hair: how the hair falls.
        cap: whether a cap is worn.
        folds: float32 ``[24, 16]``, about -1..1: the pattern of the cloth's folds.
        bib: None for bystanders and for runners without a bib.
    """

    build: Build
    gait: Gait
    outfit: Outfit
    face: FaceStyle
    head: Image
    hair: Hair
    cap: bool
    folds: Floats
    bib: Bib | None


def random_runner(rng: np.random.Generator) -> Person:
    """Draws a runner without a bib; give one with `wearing`."""
    return _random_person(rng, street=False)


def random_bystander(rng: np.random.Generator) -> Person:
    """Draws somebody who watches."""
    return _random_person(rng, street=True)


def wearing(
    person: Person,
    text: str,
    rng: np.random.Generator,
    style: BibStyle,
    sheet_px: int,
    effect: Effect | None,
) -> Person:
    """Puts a bib on a runner.

    Args:
        person: the runner.
        text: characters of the bib.
        rng: source of where and how it is pinned.
        style: the race's bib style.
        sheet_px: height of the sheet's picture.
        effect: what makes it hard to read; with `Effect.NO_BIB` the runner goes without.
    """
    if effect is Effect.NO_BIB:
        return replace(person, bib=None)
    printed = render_bib(text, rng, max(24, sheet_px), style)
    height_m = float(np.clip(rng.normal(0.185, 0.018), 0.15, 0.22))
    height_m = min(height_m, 0.28 / style.aspect, 1.75 * person.build.waist / style.aspect)
    low = rng.random() < 0.2
    bib = Bib(
        sheet=_spoilt(printed, effect),
        number=printed.number_xyxy,
        height_m=height_m * person.build.scale**0.5,
        u=float(rng.normal(0, 0.07)),
        v=float(rng.uniform(0.62, 0.72) if low else rng.uniform(0.4, 0.56)),
        roll_deg=float(rng.normal(0, 4.0)),
        wave=float(rng.uniform(0.01, 0.045)),
    )
    return replace(person, bib=bib)


def _random_person(rng: np.random.Generator, street: bool) -> Person:
    woman = bool(rng.random() < 0.42)
    build, gait = random_build(rng, woman), random_gait(rng)
    face = random_face(rng, woman)
    if face.hairline == 0:
        hair = Hair.BALD
    elif woman:
        hair = (Hair.TAIL, Hair.LONG, Hair.SHORT)[int(rng.choice(3, p=(0.6, 0.25, 0.15)))]
    else:
        hair = Hair.LONG if rng.random() < 0.05 else Hair.SHORT
    draw = street_clothes if street else random_outfit
    outfit = draw(rng, face.skin, face.hair)
    folds = rng.normal(0, 0.5, (24, 16)).astype(np.float32)
    head = draw_face(face, rng)
    return Person(build, gait, outfit, face, head, hair, bool(rng.random() < 0.18), folds, bib=None)


def _spoilt(printed: BibSheet, effect: Effect | None) -> NDArray[np.uint8]:
    """The sheet with what the effect hides cut away."""
    sheet = printed.image.copy()
    x0, y0, x1, y1 = printed.number_xyxy
    if effect is Effect.COVERED:
        shown = max(0, len(printed.text) - 2) / len(printed.text)
        cut = round(x0 + (x1 - x0) * shown)
        sheet[:, cut:, 3] = 0
        sheet[:, max(0, cut - 3) : cut, :3] //= 2
    elif effect is Effect.FOLDED:
        cut = round(y0 + 0.42 * (y1 - y0))
        sheet[cut:, :, 3] = 0
        sheet[max(0, cut - 3) : cut, :, :3] //= 2
    return sheet
