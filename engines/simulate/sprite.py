"""Draws a person as a picture with alpha, and knows where everything on it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.body import Pose
from engines.simulate.face import FACE_SHARE
from engines.simulate.figure import raise_figure
from engines.simulate.outfit import CLOTH, Material
from engines.simulate.person import Bib, Person
from engines.simulate.relief import Relief, View, Wrap, shade
from engines.types import Box, Floats, Image

_BEYOND = 0.12
"""Room round the body for swinging arms and soft edges, metres."""


class Part(IntEnum):
    """What a pixel of a sprite shows, as far as truth is concerned."""

    NOTHING = 0
    BODY = 1
    BIB = 2
    NUMBER = 3
    FACE = 4


@dataclass(frozen=True, slots=True)
class Light:
    """Light of a scene: direction (right, up, towards the camera), ambient share, colour."""

    direction: tuple[float, float, float]
    ambient: float
    tint: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """One person in one pose.

    Attributes:
        levels: uint8 ``[h, w, 4]``, premultiplied: the full picture, then halves of it.
        parts: uint8 ``[h, w]``, values of `Part`, what is visible.
        anchor: pixel of the ground point under the body.
        scale: pixels per metre.
        body: box of the silhouette, pixels of the sprite.
        bib, number, face: full extents, also where an arm hides a part; None where there is none.
        areas: full areas in pixels of bib, number and face, for shares of visibility. The face's
            is what the person's own arms and cap leave of it.
    """

    levels: tuple[NDArray[np.uint8], ...]
    parts: NDArray[np.uint8]
    anchor: tuple[float, float]
    scale: float
    body: Box
    bib: Box | None
    number: Box | None
    face: Box | None
    areas: tuple[float, float, float]


def draw_sprite(person: Person, pose: Pose, scale: float, tilt: float, light: Light) -> Sprite:
    """Draws one person.

    Args:
        person: who.
        pose: from `engines.simulate.body`.
        scale: pixels per metre, at least 20.
        tilt: radians by which the camera looks down.
        light: the scene's light.
    """
    width = round((1.15 + _BEYOND) * scale)
    height = round((person.build.height * 1.04 + 0.22 + _BEYOND) * scale)
    view = View(scale, (width / 2, height - 0.16 * scale), tilt)
    relief = Relief.blank(width, height)
    chest, head = raise_figure(relief, view, person, pose)
    glow = shade(relief, light.direction, light.ambient)
    colour = _albedo(relief, person, chest, head, pose.twist)
    parts = (relief.material > 0).astype(np.uint8)
    face = _mark_face(parts, relief, head, view)
    colour *= _cloth_light(relief, person, glow)[..., None]
    bib = number = None
    areas = (0.0, 0.0, float(np.count_nonzero(parts == Part.FACE)) if face else 0.0)
    if person.bib is not None and chest is not None:
        bib, number, bib_area, number_area = _pin(colour, parts, relief, glow, person.bib, chest,
                                                  view, pose.twist)  # fmt: skip
        areas = (bib_area, number_area, areas[2])
    colour *= np.array(light.tint, np.float32)
    levels = _levels(_finish(colour, parts))
    return Sprite(levels, parts, view.anchor, scale, _extent(parts > 0), bib, number, face, areas)


def _albedo(
    relief: Relief, person: Person, chest: Wrap | None, head: Wrap | None, twist: float
) -> Floats:
    """Colours without light, float32 ``[h, w, 3]``."""
    palette = np.array(person.outfit.colours, np.float32)
    colour: Floats = palette[relief.material]
    if chest is not None:
        _texture(colour, relief, chest, person.outfit.shirt, Material.SHIRT, twist)
    if head is not None:
        _texture(colour, relief, head, person.head, Material.HEAD, 0.4 * twist)
    return colour


def _texture(
    colour: Floats, relief: Relief, wrap: Wrap, texture: Image, material: Material, turn: float
) -> None:
    """Lays a texture on the pixels of one material."""
    x0, y0, x1, y1 = wrap.window
    rows, columns = texture.shape[:2]
    # Seen from the front the sides of a round body are compressed: equal steps of angle.
    angle = np.arcsin(np.clip(wrap.u, -1, 1)) - np.float32(turn)
    at_x = (angle * np.float32(1 / np.pi) + np.float32(0.5)) * np.float32(columns - 1)
    flat = (wrap.u * np.float32(0.5) + np.float32(0.5)) * np.float32(columns - 1)
    at_x = np.float32(0.4) * at_x + np.float32(0.6) * (flat - np.float32(turn * columns / np.pi))
    at_y = np.broadcast_to((wrap.v * np.float32(rows - 1))[:, None], at_x.shape)
    laid = cv2.remap(texture, at_x, np.ascontiguousarray(at_y), cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    where = relief.material[y0:y1, x0:x1] == material
    np.copyto(colour[y0:y1, x0:x1], laid, where=where[..., None], casting="unsafe")


def _cloth_light(relief: Relief, person: Person, glow: Floats) -> Floats:
    """The light with folds in the cloth, and a faint sheen on skin."""
    height, width = glow.shape
    folds = cv2.resize(person.folds, (width, height), interpolation=cv2.INTER_CUBIC)
    slant = cv2.warpAffine(folds, np.array([[1, 0.35, 0], [0, 1, 0]], np.float32), (width, height),
                           borderMode=cv2.BORDER_REFLECT)  # fmt: skip
    cloth = np.isin(relief.material, CLOTH)
    lit = glow * (1 + np.float32(0.17) * slant * cloth)
    skin = (relief.material == Material.SKIN) | (relief.material == Material.HEAD)
    sheen = np.clip(glow - np.float32(0.95), 0, 1) * skin
    total: Floats = (lit + np.float32(0.35) * sheen).astype(np.float32)
    return total


def _mark_face(
    parts: NDArray[np.uint8], relief: Relief, head: Wrap | None, view: View
) -> Box | None:
    """Marks the visible face in `parts` and returns its extent."""
    if head is None:
        return None
    left, top, right, bottom = FACE_SHARE
    rows = np.flatnonzero((head.v >= top) & (head.v <= bottom))
    if len(rows) == 0:
        return None
    x0, y0, x1, y1 = head.window
    inside = (np.abs(head.u) <= right - left) & ((head.v >= top) & (head.v <= bottom))[:, None]
    shown = inside & (relief.material[y0:y1, x0:x1] == Material.HEAD)
    parts[y0:y1, x0:x1][shown] = Part.FACE
    reach = float(head.half[rows].max()) * (right - left)
    middle = float(head.centre[rows].mean())
    return (middle - reach, y0 + float(rows[0]), middle + reach, y0 + float(rows[-1]) + 1)


def _pin(
    colour: Floats,
    parts: NDArray[np.uint8],
    relief: Relief,
    glow: Floats,
    bib: Bib,
    chest: Wrap,
    view: View,
    twist: float,
) -> tuple[Box | None, Box | None, float, float]:
    """Prints the bib on the trunk; returns its box, the number's box and both areas."""
    row = int(np.clip(np.searchsorted(chest.v, bib.v), 0, len(chest.v) - 1))
    x0, y0, x1, y1 = chest.window
    centre = (chest.centre[row] + (bib.u + 0.55 * twist) * chest.half[row], y0 + row + 0.5)
    tall = bib.height_m * view.scale * np.cos(view.tilt)
    wide = bib.height_m * view.scale * bib.sheet.shape[1] / bib.sheet.shape[0]
    wide *= np.cos(0.6 * twist + 0.4 * bib.u)
    reach = 0.5 * np.hypot(tall, wide) + 2
    top, bottom = max(0, int(centre[1] - reach)), min(parts.shape[0], int(centre[1] + reach) + 1)
    left, right = max(0, int(centre[0] - reach)), min(parts.shape[1], int(centre[0] + reach) + 1)
    s, t = _sheet_coordinates(bib, centre, (wide, tall), (left, top, right, bottom), chest)
    rows, columns = bib.sheet.shape[:2]
    on_sheet = (s >= 0) & (s < 1) & (t >= 0) & (t < 1)
    shrink = max(1.0, rows / max(tall, 1.0))
    sheet = cv2.GaussianBlur(bib.sheet, (0, 0), 0.35 * shrink) if shrink > 1.3 else bib.sheet
    print_ = cv2.remap(sheet, s * columns - 0.5, t * rows - 0.5, cv2.INTER_LINEAR,
                       borderMode=cv2.BORDER_REPLICATE).astype(np.float32)  # fmt: skip
    nx0, ny0, nx1, ny1 = bib.number
    in_number = on_sheet & (s * columns >= nx0) & (s * columns <= nx1)
    in_number &= (t * rows >= ny0) & (t * rows <= ny1)
    window = (slice(top, bottom), slice(left, right))
    uncovered = np.isin(
        relief.material[window], (Material.SHIRT, Material.SHORTS, Material.LEGWEAR)
    )
    alpha = (print_[..., 3] / 255 * (on_sheet & uncovered))[..., None]
    lit = print_[..., :3] * np.clip(0.25 + 0.8 * glow[window], 0, 1.15)[..., None]
    colour[window] = colour[window] * (1 - alpha) + lit * alpha
    shown = alpha[..., 0] > 0.5
    parts[window][shown] = Part.BIB
    parts[window][shown & in_number] = Part.NUMBER
    offset = (left, top)
    return (
        _moved(_extent(on_sheet), offset),
        _moved(_extent(in_number), offset),
        float(np.count_nonzero(on_sheet)),
        float(np.count_nonzero(in_number)),
    )


def _sheet_coordinates(
    bib: Bib,
    centre: tuple[float, float],
    size: tuple[float, float],
    window: tuple[int, int, int, int],
    chest: Wrap,
) -> tuple[Floats, Floats]:
    """Where on the sheet (0..1 across and down) each pixel of the window looks."""
    left, top, right, bottom = window
    gx = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5 - centre[0])
    gy = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - centre[1])
    c, s = (
        np.float32(np.cos(np.radians(bib.roll_deg))),
        np.float32(np.sin(np.radians(bib.roll_deg))),
    )
    along, down = (gx * c + gy * s) / np.float32(size[0]), (gy * c - gx * s) / np.float32(size[1])
    # The sheet bends round the trunk, and its free edges hang in shallow waves.
    across = along * (1 + np.float32(0.3) * along * along)
    ripple = np.float32(bib.wave) * np.sin(np.float32(5.5) * along + np.float32(9 * bib.u + bib.v))
    sag = np.float32(1.2 * bib.wave) * (along * along * 4 - 1)
    return across + np.float32(0.5) + 0.4 * ripple * down, down + np.float32(
        0.5
    ) + ripple + 0.3 * sag


def _finish(colour: Floats, parts: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Softens edges and premultiplies."""
    solid = (parts > 0).astype(np.float32)
    layers = np.dstack((np.clip(colour, 0, 255) * solid[..., None], solid * 255))
    soft = cv2.GaussianBlur(layers, (3, 3), 0.6)
    return np.clip(soft + 0.5, 0, 255).astype(np.uint8)


def _levels(full: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """The picture and its halves, down to about 60 rows."""
    levels = [full]
    while levels[-1].shape[0] >= 120:
        last = levels[-1]
        half = (last.shape[1] // 2, last.shape[0] // 2)
        levels.append(cv2.resize(last, half, interpolation=cv2.INTER_AREA))
    return tuple(levels)


def _extent(mask: NDArray[np.bool_]) -> Box:
    """The box of the true pixels; zero size where there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return (0.0, 0.0, 0.0, 0.0)
    return (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


def _moved(box: Box, offset: tuple[int, int]) -> Box:
    dx, dy = offset
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
