"""What people wear: colours of cloth and the texture of a shirt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import cv2
import numpy as np

from engines.simulate.bib import Colour
from engines.simulate.face import mixed
from engines.types import Image

SHIRT_SIZE: Final = 160
"""Rows and columns of a shirt's texture: u from left to right, v from the neck to the crotch."""
_WORDS: Final = ("RUN", "RACING", "CLUB", "AC", "TEAM", "TRAIL", "SPEED", "TRI", "NORTH", "GO")


class Material(IntEnum):
    """What a pixel of a body is made of; the index into the palette."""

    NOTHING = 0
    SKIN = 1
    SHIRT = 2
    SHORTS = 3
    SLEEVE = 4
    LEGWEAR = 5
    SOCK = 6
    SHOE = 7
    HAIR = 8
    HEAD = 9
    CAP = 10
    GLOVE = 11


CLOTH: Final = (Material.SHIRT, Material.SHORTS, Material.SLEEVE, Material.LEGWEAR)
"""Materials that fold."""


class Cut(IntEnum):
    """The kind of shirt."""

    SINGLET = 0
    SHIRT = 1
    LONG = 2


class Legs(IntEnum):
    """What covers the legs."""

    LOOSE = 0
    SHORT_TIGHTS = 1
    TIGHTS = 2
    TROUSERS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Outfit:
    """Clothes of one person.

    Attributes:
        cut: kind of shirt.
        legs: what covers the legs.
        hem: how far shorts reach down the thigh, 0.3..0.75.
        shirt: texture ``[160, 160, 3]`` RGB.
        colours: base colour of each material, in the order of `Material`.
    """

    cut: Cut
    legs: Legs
    hem: float
    shirt: Image
    colours: tuple[Colour, ...]


def random_outfit(rng: np.random.Generator, skin: Colour, hair: Colour) -> Outfit:
    """Draws a runner's clothes: half singlets, half shirts, mostly dark shorts."""
    cut = Cut(int(rng.choice(3, p=(0.42, 0.48, 0.1))))
    legs = Legs(int(rng.choice(3, p=(0.62, 0.2, 0.18))))
    base, second = cloth_colour(rng), cloth_colour(rng)
    dark = rng.random() < 0.65
    shorts = (int(rng.integers(14, 48)),) * 3 if dark else cloth_colour(rng)
    socks = (235, 235, 235) if rng.random() < 0.5 else cloth_colour(rng)
    sleeve = base if rng.random() < 0.7 else second
    cap = cloth_colour(rng)
    glove = skin if rng.random() < 0.94 else (30, 30, 34)
    colours = (
        (0, 0, 0), skin, base, shorts, sleeve, shorts, socks, _bright(rng), hair, skin, cap, glove,
    )  # fmt: skip
    shirt = draw_shirt(rng, cut, base, second, skin)
    return Outfit(cut, legs, float(rng.uniform(0.32, 0.72)), shirt, colours)


def street_clothes(rng: np.random.Generator, skin: Colour, hair: Colour) -> Outfit:
    """Draws a bystander's clothes: jackets, jumpers and trousers in muted colours."""
    base = mixed(cloth_colour(rng), (70, 72, 80), 0.45)
    trousers = mixed((40, 50, 80), (90, 84, 76), float(rng.uniform(0, 1)))
    cut = Cut.LONG if rng.random() < 0.7 else Cut.SHIRT
    shirt = np.empty((SHIRT_SIZE, SHIRT_SIZE, 3), np.uint8)
    shirt[:] = base
    middle = SHIRT_SIZE // 2
    cv2.line(shirt, (middle, 16), (middle, SHIRT_SIZE), mixed(base, (10, 10, 10), 0.5), 2)
    colours = (
        (0, 0, 0), skin, base, trousers, base, trousers, trousers, (50, 46, 44), hair, skin,
        mixed(base, (20, 20, 20), 0.4), skin,
    )  # fmt: skip
    return Outfit(cut, Legs.TROUSERS, 0.6, shirt, colours)


def cloth_colour(rng: np.random.Generator) -> Colour:
    """A colour of sports cloth: often black, white or saturated."""
    kind = rng.random()
    if kind < 0.2:
        grey = int(rng.integers(18, 50))
        return (grey, grey, grey + 4)
    if kind < 0.35:
        grey = int(rng.integers(205, 245))
        return (grey, grey, grey)
    hsv = np.array([[[rng.integers(180), rng.integers(120, 245), rng.integers(80, 245)]]], np.uint8)
    red, green, blue = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].tolist()
    return (red, green, blue)


def draw_shirt(
    rng: np.random.Generator, cut: Cut, base: Colour, second: Colour, skin: Colour
) -> Image:
    """The texture of a shirt's front, ``[160, 160, 3]`` RGB, with neckline and arm holes."""
    n = SHIRT_SIZE
    shirt = np.empty((n, n, 3), np.uint8)
    shirt[:] = base
    _pattern(shirt, rng, second)
    if rng.random() < 0.5:
        size = float(rng.uniform(0.4, 0.8))
        word = _WORDS[int(rng.integers(len(_WORDS)))]
        ink = (245, 245, 245) if sum(base) < 380 else (20, 20, 30)
        width = cv2.getTextSize(word, cv2.FONT_HERSHEY_DUPLEX, size, 2)[0][0]
        cv2.putText(shirt, word, ((n - width) // 2, int(0.36 * n)), cv2.FONT_HERSHEY_DUPLEX,
                    size, ink, 2, cv2.LINE_AA)  # fmt: skip
    edge = second if rng.random() < 0.5 else mixed(base, (0, 0, 0), 0.3)
    depth = float(rng.uniform(0.15, 0.24 if cut is Cut.SINGLET else 0.18))
    neck = (n // 2, int(0.06 * n)), (int(0.2 * n), int(depth * n) - int(0.06 * n))
    cv2.ellipse(shirt, neck[0], (neck[1][0] + 3, neck[1][1] + 3), 0, 0, 360, edge, -1, cv2.LINE_AA)
    cv2.ellipse(shirt, neck[0], neck[1], 0, 0, 360, skin, -1, cv2.LINE_AA)
    if cut is Cut.SINGLET:
        for x in (0, n):
            hole = (x, int(0.17 * n)), (int(rng.uniform(0.2, 0.27) * n), int(0.17 * n))
            cv2.ellipse(shirt, hole[0], (hole[1][0] + 3, hole[1][1] + 3), 0, 0, 360, edge, -1,
                        cv2.LINE_AA)  # fmt: skip
            cv2.ellipse(shirt, hole[0], hole[1], 0, 0, 360, skin, -1, cv2.LINE_AA)
    return shirt


def _pattern(shirt: Image, rng: np.random.Generator, second: Colour) -> None:
    """Lays one of the usual patterns over a shirt."""
    n = SHIRT_SIZE
    match int(rng.integers(8)):
        case 0:
            step = int(rng.integers(14, 36))
            for y in range(int(rng.integers(step)), n, step):
                shirt[y : y + step // 2] = second
        case 1:
            wide = int(rng.uniform(0.12, 0.3) * n)
            shirt[:, :wide] = second
            shirt[:, n - wide :] = second
        case 2:
            shirt[: int(rng.uniform(0.28, 0.42) * n)] = second
        case 3:
            top = int(rng.uniform(0.1, 0.4) * n)
            band = np.array([[0, top + 50], [n, top], [n, top + 26], [0, top + 78]], np.int32)
            cv2.fillPoly(shirt, [band], second, cv2.LINE_AA)
        case 4:
            ramp = np.linspace(0, 1, n, dtype=np.float32)[:, None, None]
            shirt[:] = (shirt * (1 - ramp) + np.array(second, np.float32) * ramp).astype(np.uint8)
        case 5:
            top = int(rng.uniform(0.28, 0.5) * n)
            shirt[top : top + int(0.12 * n)] = second
        case _:
            pass


def _bright(rng: np.random.Generator) -> Colour:
    """A running shoe's colour."""
    hsv = np.array([[[rng.integers(180), rng.integers(0, 255), rng.integers(150, 255)]]], np.uint8)
    red, green, blue = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].tolist()
    return (red, green, blue)
