"""Draws a face as a texture that wraps round the front of a head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from engines.simulate.bib import Colour
from engines.types import Floats, Image

WIDTH: Final = 96
"""Texture columns: from the left to the right edge of the head as seen."""
HEIGHT: Final = 120
"""Texture rows: from the crown (0) to the chin."""
FACE_SHARE: Final = (0.09, 0.24, 0.91, 1.0)
"""The face in the texture: left, top (upper forehead), right, bottom (chin), as shares."""
_FRACTION_BITS: Final = 4

_SKINS: Final[tuple[Colour, ...]] = (
    (238, 196, 168), (228, 180, 148), (214, 162, 128), (196, 144, 108), (222, 170, 140),
    (168, 116, 82), (134, 88, 60), (104, 68, 48), (80, 52, 38), (240, 204, 182),
)  # fmt: skip
_HAIRS: Final[tuple[Colour, ...]] = (
    (32, 26, 24), (48, 34, 26), (74, 50, 34), (104, 72, 46), (150, 112, 68), (196, 164, 108),
    (130, 62, 34), (128, 124, 120), (196, 192, 188),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FaceStyle:
    """What a face looks like.

    Attributes:
        skin, hair: base colours.
        hairline: share of the head's height above the forehead; 0 is bald.
        beard: 0 none, up to 1 full.
        glasses: None, or the colour of the lenses.
        band: None, or the colour of a headband.
        mouth: 0 closed .. 1 wide open.
        spacing, nose, eye: proportions about 1.
        age: strength of the lines, 0..1.
        lips: colour of the lips.
    """

    skin: Colour
    hair: Colour
    hairline: float
    beard: float
    glasses: Colour | None
    band: Colour | None
    mouth: float
    spacing: float
    nose: float
    eye: float
    age: float
    lips: Colour


def random_face(rng: np.random.Generator, woman: bool) -> FaceStyle:
    """Draws a face; dark skin gets dark hair."""
    skin = _SKINS[int(rng.integers(len(_SKINS)))]
    dark = sum(skin) < 330
    hair = _HAIRS[int(rng.integers(2 if dark else len(_HAIRS)))]
    bald = not woman and rng.random() < 0.15
    glasses = rng.random()
    lens: Colour | None = (24, 24, 28) if glasses < 0.12 else None
    if 0.12 <= glasses < 0.17:
        lens = (40, 90, 140)
    return FaceStyle(
        skin=skin,
        hair=hair,
        hairline=0.0 if bald else float(rng.uniform(0.13, 0.26)),
        beard=0.0 if woman or rng.random() < 0.6 else float(rng.uniform(0.25, 1.0)),
        glasses=lens,
        band=_any_colour(rng) if rng.random() < 0.1 else None,
        mouth=float(rng.beta(1.2, 1.6)),
        spacing=float(rng.uniform(0.92, 1.08)),
        nose=float(rng.uniform(0.85, 1.2)),
        eye=float(rng.uniform(0.8, 1.15)),
        age=float(rng.uniform(0, 1)),
        lips=mixed(skin, (150, 40, 50), 0.6 if woman else 0.35),
    )


def draw_face(style: FaceStyle, rng: np.random.Generator) -> Image:
    """The texture of the head's front, ``[120, 96, 3]`` RGB."""
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:] = style.skin
    _flush(picture, style)
    if style.beard > 0:
        _beard(picture, style)
    _lines(picture, style)
    for side in (-1, 1):
        _eye(picture, style, side)
    _nose(picture, style)
    _mouth(picture, style)
    if style.hairline > 0:
        _hair(picture, style, rng)
    if style.band is not None:
        picture[int(0.2 * HEIGHT) : int(0.31 * HEIGHT)] = style.band
    if style.glasses is not None:
        _glasses(picture, style.glasses)
    texture: Image = np.clip(picture, 0, 255).astype(np.uint8)
    return texture


def _any_colour(rng: np.random.Generator) -> Colour:
    red, green, blue = (int(c) for c in rng.integers(20, 240, 3))
    return (red, green, blue)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with a share (0..1) of `second`."""
    r, g, b = (round(a * (1 - share) + c * share) for a, c in zip(first, second, strict=True))
    return (r, g, b)


def _ellipse(
    picture: Floats,
    centre: tuple[float, float],
    axes: tuple[float, float],
    colour: Colour,
    share: float = 1.0,
    angle: float = 0.0,
) -> None:
    """Lays an ellipse over the picture. Centre and axes as shares of the width and height."""
    unit = 1 << _FRACTION_BITS
    at = (round(centre[0] * WIDTH * unit), round(centre[1] * HEIGHT * unit))
    size = (max(unit, round(axes[0] * WIDTH * unit)), max(unit, round(axes[1] * HEIGHT * unit)))
    cover = np.zeros((HEIGHT, WIDTH), np.uint8)
    value = round(255 * share)
    cv2.ellipse(cover, at, size, angle, 0, 360, value, -1, cv2.LINE_AA, _FRACTION_BITS)
    top, bottom = max(0, (at[1] - size[1]) // unit - 9), (at[1] + size[1]) // unit + 10
    left, right = max(0, (at[0] - size[0]) // unit - 9), (at[0] + size[0]) // unit + 10
    part = picture[top:bottom, left:right]
    weight = cover[top:bottom, left:right, None].astype(np.float32) / 255
    part += weight * (np.array(colour, np.float32) - part)


def _soft(
    picture: Floats,
    centre: tuple[float, float],
    axes: tuple[float, float],
    colour: Colour,
    share: float,
) -> None:
    """Lays a blurred ellipse over the picture."""
    # Beyond 2.2 radii less than a hundredth is left.
    reach_x, reach_y = 2.2 * axes[0], 2.2 * axes[1]
    x0 = max(0, int((centre[0] - reach_x) * WIDTH))
    y0 = max(0, int((centre[1] - reach_y) * HEIGHT))
    x1, y1 = int((centre[0] + reach_x) * WIDTH) + 1, int((centre[1] + reach_y) * HEIGHT) + 1
    part = picture[y0:y1, x0:x1]
    rows, columns = part.shape[:2]
    ys = (np.arange(y0, y0 + rows) / HEIGHT - centre[1]) / axes[1]
    xs = (np.arange(x0, x0 + columns) / WIDTH - centre[0]) / axes[0]
    weight = np.outer(share * np.exp(-(ys**2)), np.exp(-(xs**2))).astype(np.float32)
    part += weight[..., None] * (np.array(colour, np.float32) - part)


def _flush(picture: Floats, style: FaceStyle) -> None:
    """Red cheeks, shaded eye sockets, temples and the shadow under the lip and cheekbones."""
    red, dark = mixed(style.skin, (200, 60, 50), 0.35), mixed(style.skin, (40, 20, 20), 0.45)
    bright = mixed(style.skin, (255, 245, 235), 0.35)
    for x in (0.27, 0.73):
        _soft(picture, (x, 0.68), (0.12, 0.08), red, 0.55)
        _soft(picture, (x + (0.03 if x < 0.5 else -0.03), 0.5), (0.12, 0.055), dark, 0.55)
        _soft(picture, (x - (0.1 if x < 0.5 else -0.1), 0.8), (0.1, 0.15), dark, 0.5)
    _soft(picture, (0.5, 0.33), (0.25, 0.08), bright, 0.5)
    _soft(picture, (0.5, 0.87), (0.12, 0.02), dark, 0.6)
    _soft(picture, (0.5, 0.94), (0.1, 0.04), bright, 0.4)


def _eye(picture: Floats, style: FaceStyle, side: int) -> None:
    x = 0.5 + side * 0.185 * style.spacing
    brow = mixed(style.hair, (20, 16, 14), 0.3)
    dark = mixed(style.skin, (30, 16, 14), 0.75)
    _ellipse(picture, (x, 0.515), (0.082 * style.eye, 0.026 * style.eye), dark)
    _ellipse(picture, (x, 0.52), (0.07 * style.eye, 0.019 * style.eye), (232, 228, 224))
    _ellipse(picture, (x, 0.518), (0.03 * style.eye, 0.021 * style.eye), (52, 38, 30))
    _ellipse(picture, (x, 0.545), (0.07, 0.012), dark, 0.3)
    _ellipse(picture, (x, 0.445), (0.1, 0.015), brow, 0.85, side * 6.0)


def _nose(picture: Floats, style: FaceStyle) -> None:
    dark = mixed(style.skin, (40, 16, 12), 0.55)
    bright = mixed(style.skin, (255, 245, 235), 0.4)
    wide = style.nose
    _soft(picture, (0.5, 0.6), (0.035 * wide, 0.1), bright, 0.7)
    for side in (-1, 1):
        _soft(picture, (0.5 + side * 0.075 * wide, 0.62), (0.03, 0.07), dark, 0.5)
        _ellipse(picture, (0.5 + side * 0.042 * wide, 0.693), (0.02, 0.009), dark, 0.9)
    _soft(picture, (0.5, 0.715), (0.09 * wide, 0.015), dark, 0.6)


def _mouth(picture: Floats, style: FaceStyle) -> None:
    open_by = 0.008 + 0.04 * style.mouth
    y = 0.795 + 0.3 * open_by
    _ellipse(picture, (0.5, y), (0.135, open_by + 0.016), style.lips)
    _ellipse(picture, (0.5, y), (0.115, open_by), (58, 22, 24))
    if style.mouth > 0.25:
        _ellipse(picture, (0.5, y - 0.55 * open_by), (0.095, 0.3 * open_by), (236, 232, 224))


def _beard(picture: Floats, style: FaceStyle) -> None:
    share = 0.35 + 0.55 * style.beard
    for x, y, w, h in ((0.5, 0.97, 0.3, 0.1), (0.14, 0.82, 0.1, 0.18), (0.86, 0.82, 0.1, 0.18)):
        _soft(picture, (x, y), (w, h), style.hair, share)
    _soft(picture, (0.5, 0.745), (0.14, 0.016), style.hair, share)


def _lines(picture: Floats, style: FaceStyle) -> None:
    dark = mixed(style.skin, (50, 20, 16), 0.5)
    for side in (-1, 1):
        _soft(picture, (0.5 + side * 0.17, 0.755), (0.022, 0.05), dark, 0.3 + 0.4 * style.age)
    if style.age > 0.5:
        for y in (0.31, 0.35):
            _soft(picture, (0.5, y), (0.22, 0.006), dark, 0.5)


def _hair(picture: Floats, style: FaceStyle, rng: np.random.Generator) -> None:
    """Covers the crown down to an arched hairline, and the temples."""
    xs = np.linspace(-1, 1, WIDTH)
    arch = style.hairline + 0.09 * np.abs(xs) ** 2.5 + 0.2 * np.clip(np.abs(xs) - 0.8, 0, 1)
    fringe = cv2.blur(rng.normal(0, 0.02, (1, WIDTH)).astype(np.float32), (7, 1))[0]
    edge = (arch + fringe) * HEIGHT
    covered = np.arange(HEIGHT)[:, None] < edge[None, :]
    temple = np.abs(xs)[None, :] > 0.9 + 0.1 * (np.arange(HEIGHT)[:, None] / HEIGHT > 0.55)
    weight = cv2.GaussianBlur((covered | temple).astype(np.float32), (0, 0), 0.9)[..., None]
    strands = rng.normal(1.0, 0.18, (1, WIDTH, 1)).astype(np.float32)
    tone = np.array(style.hair, np.float32) * cv2.blur(strands, (3, 1))[..., None]
    picture += weight * (tone - picture)


def _glasses(picture: Floats, lens: Colour) -> None:
    for x in (0.31, 0.69):
        _ellipse(picture, (x, 0.515), (0.155, 0.062), mixed(lens, (0, 0, 0), 0.4))
        _ellipse(picture, (x, 0.517), (0.135, 0.05), lens)
        _ellipse(picture, (x - 0.04, 0.5), (0.04, 0.014), mixed(lens, (255, 255, 255), 0.5))
    row = int(0.49 * HEIGHT)
    picture[row - 1 : row + 1] = mixed(lens, (0, 0, 0), 0.5)
