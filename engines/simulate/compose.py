"""Puts sprites into a frame, in order of distance, and tells what of each one can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.ground import Pixel
from engines.simulate.parts import Part
from engines.simulate.sprite import Sprite
from engines.types import Box, Floats, Image

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in whole pixels of the frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A sprite at its place in a frame.

    Attributes:
        sprite: the picture.
        ground: the pixel of its ground point.
        scale: pixels per metre there.
        x, z: where on the ground, metres.
    """

    sprite: Sprite
    ground: Pixel
    scale: float
    x: float
    z: float

    @property
    def factor(self) -> float:
        """Frame pixels per sprite pixel."""
        return self.scale / self.sprite.scale

    def moved(self, box: Box) -> Box:
        """A box of the sprite in pixels of the frame, not clipped."""
        f, (ax, ay), (gx, gy) = self.factor, self.sprite.anchor, self.ground
        return (gx + (box[0] - ax) * f, gy + (box[1] - ay) * f,
                gx + (box[2] - ax) * f, gy + (box[3] - ay) * f)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen of one person in one frame. Boxes are clipped to the frame.

    Attributes:
        person: box of the visible body.
        bib, number, face: full extents; None where there is none in the frame.
        body_share: visible share of the body that is inside the frame.
        bib_share, number_share, face_share: visible share of the whole bib, number, face.
    """

    person: Box
    bib: Box | None
    number: Box | None
    face: Box | None
    body_share: float
    bib_share: float
    number_share: float
    face_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """Something fixed that hides who runs behind it.

    Attributes:
        z: it hides who is farther than this, metres.
        beside: it hides only who is at least this far to a side of the road's middle, metres.
        mask: bool ``[height, width]`` of the frame, true where it hides.
    """

    z: float
    beside: float
    mask: NDArray[np.bool_]

    def hides(self, placed: Placed) -> bool:
        """Whether it stands between the camera and somebody."""
        return placed.z > self.z and abs(placed.x) >= self.beside


def window_of(placed: Placed, width: int, height: int) -> Window | None:
    """The part of the frame that a sprite touches, or None."""
    rows, columns = placed.sprite.parts.shape
    x0, y0, x1, y1 = placed.moved((0.0, 0.0, float(columns), float(rows)))
    left, top = max(0, int(np.floor(x0))), max(0, int(np.floor(y0)))
    right, bottom = min(width, int(np.ceil(x1))), min(height, int(np.ceil(y1)))
    return (left, top, right, bottom) if right - left > 1 and bottom - top > 1 else None


def lay_parts(placed: Placed, window: Window) -> NDArray[np.uint8]:
    """The sprite's parts in a window of the frame, values of `Part`."""
    x0, y0, x1, y1 = window
    parts = placed.sprite.parts
    matrix = _matrix(placed, window, parts.shape[1], parts.shape[0])
    laid = cv2.warpAffine(parts, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_NEAREST)
    return np.asarray(laid, np.uint8)


def draw(frame: Image, placed: Placed, screens: Sequence[Screen], smear_px: float) -> None:
    """Blends a sprite into the frame.

    Args:
        frame: ``[height, width, 3]`` RGB, changed in place.
        placed: what and where.
        screens: fixed things; those nearer than the sprite hide it.
        smear_px: length of vertical motion blur.
    """
    window = window_of(placed, frame.shape[1], frame.shape[0])
    if window is None:
        return
    x0, y0, x1, y1 = window
    level, factor = 0, placed.factor
    while factor < 0.5 and level + 1 < len(placed.sprite.levels):
        level, factor = level + 1, factor * 2
    picture = placed.sprite.levels[level]
    laid = cv2.warpAffine(picture, _matrix(placed, window, picture.shape[1], picture.shape[0]),
                          (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)  # fmt: skip
    if smear_px >= 1.5:
        laid = cv2.blur(laid, (1, int(smear_px + 0.5)))
    for screen in screens:
        if screen.hides(placed):
            laid[screen.mask[y0:y1, x0:x1]] = 0
    part = frame[y0:y1, x0:x1]
    through = cv2.merge([cv2.bitwise_not(laid[..., 3])] * 3)
    cv2.multiply(part, through, dst=part, scale=1 / 255)
    cv2.add(part, cv2.cvtColor(laid, cv2.COLOR_RGBA2RGB), dst=part)


def draw_shadow(frame: Image, placed: Placed, sun: Pixel, strength: float) -> None:
    """Darkens the road round the feet, and the shadow that the sun throws.

    Args:
        frame: changed in place.
        placed: who throws it.
        sun: how far the shadow of one metre of height reaches, right and down, as shares of the
            height in the picture.
        strength: darkness of the thrown shadow, 0..1; under 0.08 only the feet's is drawn.
    """
    gx, gy = placed.ground
    s = placed.scale
    _darken(frame, (gx, gy), (0.34 * s, 0.085 * s), 0.5)
    if strength < 0.08:
        return
    sprite = placed.sprite
    picture = sprite.levels[min(2, len(sprite.levels) - 1)][..., 3]
    shrink = picture.shape[0] / sprite.parts.shape[0]
    f = placed.factor / shrink
    ax, ay = sprite.anchor[0] * shrink, sprite.anchor[1] * shrink
    # A body point at height h lands at the ground point plus h times the sun's reach.
    linear = np.array([[f, -sun[0] * f], [0, -sun[1] * f]])
    shift = np.array([gx, gy]) - linear @ np.array([ax, ay])
    rows, columns = picture.shape
    edges = np.array([[0, columns, 0, columns], [0, 0, rows, rows]])
    corners = linear @ edges + shift[:, None]
    x0, y0 = np.maximum(np.floor(corners.min(axis=1)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(corners.max(axis=1)).astype(int), (frame.shape[1], frame.shape[0]))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    matrix = np.column_stack((linear, shift - np.array([x0, y0])))
    cast = cv2.warpAffine(picture, matrix, (int(x1 - x0), int(y1 - y0)))
    cast = cv2.blur(cast, (max(1, int(0.05 * s)), max(1, int(0.02 * s))))
    dark = cv2.convertScaleAbs(cast, alpha=strength, beta=0)
    light = cv2.merge([cv2.bitwise_not(dark)] * 3)
    part = frame[y0:y1, x0:x1]
    cv2.multiply(part, light, dst=part, scale=1 / 255)


def sights(
    everyone: Sequence[Placed], screens: Sequence[Screen], width: int, height: int
) -> list[Sight | None]:
    """What can be seen of each person; None for those out of the frame or wholly hidden.

    Args:
        everyone: in any order; the answer has the same order.
        screens: fixed things that hide.
        width: of the frame.
        height: of the frame.
    """
    taken = np.zeros((height, width), np.bool_)
    answer: list[Sight | None] = [None] * len(everyone)
    for index in sorted(range(len(everyone)), key=lambda i: everyone[i].z):
        placed = everyone[index]
        window = window_of(placed, width, height)
        if window is not None:
            answer[index] = _sight(placed, window, screens, taken)
    return answer


def _sight(
    placed: Placed, window: Window, screens: Sequence[Screen], taken: NDArray[np.bool_]
) -> Sight | None:
    """One person's sight; marks the pixels in `taken`."""
    x0, y0, x1, y1 = window
    sprite = placed.sprite
    parts = lay_parts(placed, window)
    inside = int(cv2.countNonZero(parts))
    hidden = taken[y0:y1, x0:x1].copy()
    taken[y0:y1, x0:x1] |= parts > 0
    for screen in screens:
        if screen.hides(placed):
            hidden |= screen.mask[y0:y1, x0:x1]
    covered = bool(hidden.any())
    if covered:
        parts[hidden] = Part.NOTHING
    counts = cv2.calcHist([parts], [0], None, [len(Part)], [0, len(Part)]).ravel()
    seen = round(float(counts[1:].sum()))
    if seen == 0:
        return None
    body = _clipped(placed.moved(sprite.body), taken.shape) if not covered else None
    body = body or _visible(parts, window)
    unit = placed.factor**2
    bib_area, number_area, face_area = (max(area * unit, 1.0) for area in sprite.areas)
    return Sight(
        person=body,
        bib=_part_box(placed, sprite.bib, taken.shape),
        number=_part_box(placed, sprite.number, taken.shape),
        face=_part_box(placed, sprite.face, taken.shape),
        body_share=seen / max(inside, 1),
        bib_share=min(1.0, float(counts[Part.BIB] + counts[Part.NUMBER]) / bib_area),
        number_share=min(1.0, float(counts[Part.NUMBER]) / number_area),
        face_share=min(1.0, float(counts[Part.FACE]) / face_area),
    )


def _part_box(placed: Placed, box: Box | None, shape: tuple[int, ...]) -> Box | None:
    return None if box is None else _clipped(placed.moved(box), shape)


def _clipped(box: Box, shape: tuple[int, ...]) -> Box | None:
    """The box inside the frame; None when nothing is left."""
    height, width = shape[:2]
    x0, y0 = max(0.0, box[0]), max(0.0, box[1])
    x1, y1 = min(float(width), box[2]), min(float(height), box[3])
    return (x0, y0, x1, y1) if x1 - x0 >= 1 and y1 - y0 >= 1 else None


def _visible(parts: NDArray[np.uint8], window: Window) -> Box:
    x, y, wide, tall = cv2.boundingRect((parts > 0).astype(np.uint8))
    return (float(window[0] + x), float(window[1] + y),
            float(window[0] + x + wide), float(window[1] + y + tall))  # fmt: skip


def _matrix(placed: Placed, window: Window, columns: int, rows: int) -> Floats:
    """The map from a level of the sprite to the window. Pixel centres are at half pixels."""
    full_rows, full_columns = placed.sprite.parts.shape
    fx, fy = placed.factor * full_columns / columns, placed.factor * full_rows / rows
    ax, ay = placed.sprite.anchor
    left = placed.ground[0] - ax * placed.factor - window[0]
    top = placed.ground[1] - ay * placed.factor - window[1]
    return np.array([[fx, 0, left + 0.5 * fx - 0.5], [0, fy, top + 0.5 * fy - 0.5]], np.float32)


def _darken(frame: Image, centre: Pixel, radii: tuple[float, float], strength: float) -> None:
    """A soft dark ellipse on the road."""
    rx, ry = 1.6 * radii[0], 1.6 * radii[1]
    x0, y0 = max(0, int(centre[0] - rx)), max(0, int(centre[1] - ry))
    x1 = min(frame.shape[1], int(centre[0] + rx) + 1)
    y1 = min(frame.shape[0], int(centre[1] + ry) + 1)
    if x1 <= x0 or y1 <= y0:
        return
    gx = (np.arange(x0, x1, dtype=np.float32) + 0.5 - centre[0]) / radii[0]
    gy = (np.arange(y0, y1, dtype=np.float32) + 0.5 - centre[1]) / radii[1]
    # A product of two bells: separable, so it costs one outer product.
    light = 255 - 255 * strength * np.outer(np.exp(-(gy**2) * 1.6), np.exp(-(gx**2) * 1.6))
    dark = cv2.merge([light.astype(np.uint8)] * 3)
    part = frame[y0:y1, x0:x1]
    cv2.multiply(part, dark, dst=part, scale=1 / 255)
