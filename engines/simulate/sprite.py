"""Draws a person as a picture with alpha, and knows where everything on it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.body import Pose, Side
from engines.simulate.face import FACE_SHARE
from engines.simulate.figure import raise_figure
from engines.simulate.outfit import CLOTH, Material
from engines.simulate.parts import Canvas, Part, extent
from engines.simulate.person import Person
from engines.simulate.pinned import pin
from engines.simulate.relief import Relief, View, Wrap, shade
from engines.types import Box, Floats, Image

_BEYOND = 0.135
"""Room round the joints for limbs, hair and soft edges, metres."""
_FOLDING = np.isin(np.arange(len(Material)), CLOTH)


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
    width, height, anchor = _canvas(person, pose, scale, tilt)
    view = View(scale, anchor, tilt)
    relief = Relief.blank(width, height)
    chest, head = raise_figure(relief, view, person, pose)
    glow = shade(relief, light.direction, light.ambient)
    colour = _albedo(relief, person, chest, head, pose.twist)
    parts = (relief.material > 0).astype(np.uint8)
    face = _mark_face(parts, relief, head)
    colour = _lit(colour, _cloth_light(relief, person, glow), light)
    bib = number = None
    areas = (0.0, 0.0, float(np.count_nonzero(parts == Part.FACE)) if face else 0.0)
    if person.bib is not None and chest is not None:
        canvas = Canvas(colour, parts, relief, glow)
        bib, number, bib_area, number_area = pin(canvas, person.bib, chest, view, pose.twist)
        areas = (bib_area, number_area, areas[2])
    levels = _levels(_finish(colour, parts))
    return Sprite(levels, parts, view.anchor, scale, extent(parts > 0), bib, number, face, areas)


def _canvas(
    person: Person, pose: Pose, scale: float, tilt: float
) -> tuple[int, int, tuple[float, float]]:
    """Width and height that hold the whole body, and the pixel of its ground point."""
    view = View(scale, (0.0, 0.0), tilt)
    joints = [getattr(side, name) for side in (pose.left, pose.right) for name in Side.__slots__]
    spots = np.array([view.project(joint)[:2] for joint in (*joints, pose.head)])
    room = _BEYOND * scale * (1 + 0.5 * max(0.0, person.build.limb - 1))
    left, top = spots.min(axis=0) - room * np.array([1.0, 1.25])
    right, bottom = spots.max(axis=0) + room
    anchor = (-float(np.floor(left)), -float(np.floor(top)))
    return int(right - left) + 2, int(bottom - top) + 2, anchor


def _albedo(
    relief: Relief, person: Person, chest: Wrap | None, head: Wrap | None, twist: float
) -> Image:
    """Colours without light, ``[h, w, 3]``."""
    palette = np.array(person.outfit.colours, np.uint8)
    colour: Image = palette[relief.material]
    if chest is not None:
        _texture(colour, relief, chest, person.outfit.shirt, Material.SHIRT, twist)
    if head is not None:
        _texture(colour, relief, head, person.head, Material.HEAD, 0.4 * twist)
    return colour


def _lit(colour: Image, glow: Floats, light: Light) -> Image:
    """Colours in light."""
    layers = cv2.merge([glow * np.float32(share) for share in light.tint])
    return np.asarray(cv2.multiply(colour, layers, dtype=cv2.CV_8U), np.uint8)


def _texture(
    colour: Image, relief: Relief, wrap: Wrap, texture: Image, material: Material, turn: float
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
    np.copyto(colour[y0:y1, x0:x1], laid, where=where[..., None])


def _cloth_light(relief: Relief, person: Person, glow: Floats) -> Floats:
    """The light with folds in the cloth, and a faint sheen on skin."""
    height, width = glow.shape
    folds = cv2.resize(person.folds, (width, height), interpolation=cv2.INTER_CUBIC)
    slant = cv2.warpAffine(folds, np.array([[1, 0.35, 0], [0, 1, 0]], np.float32), (width, height),
                           borderMode=cv2.BORDER_REFLECT)  # fmt: skip
    cloth = _FOLDING[relief.material]
    lit = glow * (1 + np.float32(0.17) * slant * cloth)
    skin = (relief.material == Material.SKIN) | (relief.material == Material.HEAD)
    sheen = np.clip(glow - np.float32(0.95), 0, 1) * skin
    total: Floats = (lit + np.float32(0.35) * sheen).astype(np.float32)
    return total


def _mark_face(parts: NDArray[np.uint8], relief: Relief, head: Wrap | None) -> Box | None:
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


def _finish(colour: Image, parts: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Softens edges and premultiplies."""
    solid = np.where(parts > 0, 255, 0).astype(np.uint8)
    layers = cv2.merge((*cv2.split(cv2.bitwise_and(colour, colour, mask=solid)), solid))
    return np.asarray(cv2.GaussianBlur(layers, (3, 3), 0.6), np.uint8)


def _levels(full: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """The picture and its halves, down to about 60 rows."""
    levels = [full]
    while levels[-1].shape[0] >= 120:
        last = levels[-1]
        half = (last.shape[1] // 2, last.shape[0] // 2)
        shrunk = cv2.resize(last, half, interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(shrunk, np.uint8))
    return tuple(levels)
