"""Runners cut out on a white ground: pasted over other pictures they make new scenes."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.train.clutter import hidden_shares
from engines.train.pictures import Labels, TrainingPicture, shrinking_levels
from engines.train.place import Placement, clip_labels
from engines.types import Kind

_WHITE = 244
_LEAST_WHITE_BORDER = 0.75


@dataclass(frozen=True)
class Sprite:
    """A cut-out.

    Attributes:
        levels: uint8 RGBA [h, w, 4] at full, half, quarter and eighth size.
        labels: boxes in pixels of the full size.
        person_px: height of its tallest person.
    """

    levels: tuple[NDArray[np.uint8], ...]
    labels: Labels
    person_px: float


def cut_out(picture: TrainingPicture) -> Sprite | None:
    """The runners of a picture on white, or None if its border is not white.

    White that touches the border is ground; white shirts inside stay.
    """
    image = picture.levels[0]
    white = (image.min(2) >= _WHITE).astype(np.uint8)
    border = np.concatenate((white[0], white[:, 0], white[:, -1]))
    counted = picture.labels.boxes[(picture.labels.kinds == Kind.PERSON) & ~picture.labels.ignored]
    if border.mean() < _LEAST_WHITE_BORDER or not len(counted):
        return None
    _, parts = cv2.connectedComponents(white, connectivity=4)
    edge = np.unique(np.concatenate((parts[0], parts[-1], parts[:, 0], parts[:, -1])))
    edge = edge[edge > 0]
    ground = np.isin(parts, edge) & (white > 0)
    solid = cv2.erode((~ground).astype(np.uint8) * 255, np.ones((3, 3), np.uint8))
    alpha = cv2.GaussianBlur(solid, (0, 0), 0.8)
    if not 0.04 < (alpha > 127).mean() < 0.7:
        return None
    rgba = np.dstack((image, alpha)).astype(np.uint8)
    height = float((counted[:, 3] - counted[:, 1]).max())
    return Sprite(shrinking_levels(rgba, 4), picture.labels, height)


def paste(
    canvas: NDArray[np.uint8], labels: Labels, sprite: Sprite, person_px: float,
    rng: np.random.Generator,
) -> Labels:  # fmt: skip
    """Pastes a cut-out onto `canvas` (changed) and returns all boxes of the scene.

    What it hides by more than 70 % is dropped, by more than 40 % ignored.
    """
    height, width = canvas.shape[:2]
    full = sprite.levels[0]
    scale = person_px / sprite.person_px
    widen = float(np.sqrt(rng.uniform(0.9, 1.4)))
    a, d = scale * widen * (1 if rng.random() < 0.5 else -1), scale / widen
    tx = rng.uniform(-0.1, 1.1) * width - a * full.shape[1] / 2
    ty = rng.uniform(0.25, 0.85) * height - d * full.shape[0] / 2
    place = Placement(a, d, float(tx), float(ty))
    level = 0
    while scale * 2**level < 0.6 and level + 1 < len(sprite.levels):
        level += 1
    source = sprite.levels[level]
    fx, fy = full.shape[1] / source.shape[1], full.shape[0] / source.shape[0]
    matrix = np.array([[a * fx, 0, tx], [0, d * fy, ty]])
    patch = np.asarray(cv2.warpAffine(source, matrix, (width, height)), np.uint8)
    alpha = patch[..., 3]
    x, y, w, h = cv2.boundingRect(alpha)
    if w < 4 or h < 4:
        return labels
    part = (slice(y, y + h), slice(x, x + w))
    weight = alpha[part][..., None].astype(np.uint16)
    mixed = (canvas[part] * (255 - weight) + patch[part][..., :3] * weight) // 255
    canvas[part] = mixed.astype(np.uint8)
    hidden = hidden_shares(labels, alpha)
    keep = hidden < 0.7
    below = Labels(
        labels.boxes[keep], labels.kinds[keep], labels.ignored[keep] | (hidden[keep] > 0.4)
    )
    own = sprite.labels
    placed = Labels(place.boxes(own.boxes), own.kinds, own.ignored)
    return below.plus(clip_labels(placed, (0, 0, width, height)))
