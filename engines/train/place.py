"""Puts a training picture onto a canvas at a chosen scale, and its boxes with it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.train.pictures import Labels, TrainingPicture
from engines.types import Kind

LEAST_VISIBLE = 0.3
"""A box of which less is left on the canvas is ignored: too little to be sure of."""

LEAST_VISIBLE_PERSON = 0.5
"""The same for a person whose upper third is mostly outside."""

LEAST_VISIBLE_BUST = 0.12
"""The same for any other person: a runner close to the camera, cut off below."""

LEAST_SIDE_PX = (6.0, 3.0, 3.5, 2.5)
"""Smallest side of a counted person, bib, face, number; smaller ones are ignored."""


@dataclass(frozen=True)
class Placement:
    """Maps picture pixels to canvas pixels: x' = a·x + tx, y' = d·y + ty (a < 0 mirrors)."""

    a: float
    d: float
    tx: float
    ty: float

    def boxes(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes [N, 4] in canvas pixels, not clipped."""
        xs = boxes[:, [0, 2]] * self.a + self.tx
        ys = boxes[:, [1, 3]] * self.d + self.ty
        parts = (xs.min(1), ys.min(1), xs.max(1), ys.max(1))
        return np.stack(parts, 1).astype(np.float32)


def choose_placement(
    picture: TrainingPicture,
    region: tuple[int, int, int, int],
    person_px: tuple[float, float],
    rng: np.random.Generator,
) -> Placement:
    """Scales so that one person gets a random height and lands somewhere in the region.

    Args:
        picture: what to place.
        region: x0, y0, x1, y1 of the canvas to cover.
        person_px: least and greatest height of the chosen person on the canvas.
        rng: source of the choice.
    """
    height, width = picture.levels[0].shape[:2]
    x0, y0, x1, y1 = region
    labels = picture.labels
    persons = labels.boxes[(labels.kinds == Kind.PERSON) & ~labels.ignored]
    wanted = float(np.exp(rng.uniform(*np.log(person_px))))
    if len(persons) and rng.random() < 0.8:
        box = persons[int(rng.integers(len(persons)))]
        scale = wanted / max(float(box[3] - box[1]), 8.0)
        focus = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    else:
        scale = max((x1 - x0) / width, (y1 - y0) / height) * float(rng.uniform(0.6, 1.6))
        focus = (width * float(rng.uniform(0.2, 0.8)), height * float(rng.uniform(0.2, 0.8)))
    # Less than this leaves most of the region empty; more is only blur.
    least = rng.uniform(0.65, 1.0) * max((x1 - x0) / width, (y1 - y0) / height)
    scale = min(max(scale, least), 4.0)
    widen = rng.uniform(1.0, 1.55) if picture.stretched else rng.uniform(0.87, 1.15)
    a, d = scale * float(np.sqrt(widen)), scale / float(np.sqrt(widen))
    if rng.random() < 0.5:
        a = -a
    cx = x0 + (x1 - x0) * float(rng.uniform(0.25, 0.75))
    cy = y0 + (y1 - y0) * float(rng.uniform(0.3, 0.7))
    left = cx - a * focus[0] - (abs(a) * width if a < 0 else 0.0)
    left = _cover(left, abs(a) * width, x0, x1, rng)
    top = _cover(cy - d * focus[1], d * height, y0, y1, rng)
    return Placement(a, d, left + (abs(a) * width if a < 0 else 0.0), top)


def _cover(start: float, length: float, low: int, high: int, rng: np.random.Generator) -> float:
    """Moves the picture so that it covers the region where it is long enough to."""
    if length >= high - low and rng.random() < 0.9:
        return min(max(start, high - length), float(low))
    return start


def warp(
    picture: TrainingPicture,
    placement: Placement,
    region: tuple[int, int, int, int],
    canvas: NDArray[np.uint8],
) -> None:
    """Lays the picture over the region of the canvas; where it does not reach nothing changes."""
    x0, y0, x1, y1 = region
    level = 0
    shrink = min(abs(placement.a), placement.d)
    while shrink < 0.6 and level + 1 < len(picture.levels):
        level, shrink = level + 1, shrink * 2
    full, source = picture.levels[0], picture.levels[level]
    fx, fy = full.shape[1] / source.shape[1], full.shape[0] / source.shape[0]
    matrix = np.array(
        [[placement.a * fx, 0, placement.tx - x0], [0, placement.d * fy, placement.ty - y0]]
    )
    # warpAffine counts from pixel centres, boxes from pixel edges.
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    canvas[y0:y1, x0:x1] = cv2.warpAffine(
        source,
        matrix,
        (x1 - x0, y1 - y0),
        dst=canvas[y0:y1, x0:x1].copy(),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )


def clip_labels(labels: Labels, region: tuple[int, int, int, int]) -> Labels:
    """Clips to the region; drops what is outside, ignores what is too small or too cut off."""
    if not len(labels.kinds):
        return labels
    low = np.array(region[:2] * 2, np.float32)
    high = np.array(region[2:] * 2, np.float32)
    clipped = np.clip(labels.boxes, low, high)
    size = clipped[:, 2:] - clipped[:, :2]
    visible = _visible(labels.boxes, low, high)
    small = size.min(1) < np.array(LEAST_SIDE_PX, np.float32)[labels.kinds]
    bust = labels.boxes.copy()
    bust[:, 3] = bust[:, 1] + (bust[:, 3] - bust[:, 1]) / 3
    # Legs alone are not enough: learnt as persons, they made a runner of every shoe.
    least = np.where(_visible(bust, low, high) < 0.5, LEAST_VISIBLE_PERSON, LEAST_VISIBLE_BUST)
    enough = np.where(labels.kinds == Kind.PERSON, least, LEAST_VISIBLE)
    # A cut line of characters is another number: it must not be learnt as a whole one.
    enough = np.where(labels.kinds == Kind.NUMBER, 0.85, enough)
    ignored = labels.ignored | small | (visible < enough)
    keep = (size.min(1) > 0.5) & (visible > 0.01)
    return Labels(clipped[keep], labels.kinds[keep], ignored[keep])


def _visible(
    boxes: NDArray[np.float32], low: NDArray[np.float32], high: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Share of each box's area, 0..1, that lies between the corners `low` and `high`."""
    inside = np.clip(boxes, low, high)
    area = (boxes[:, 2:] - boxes[:, :2]).clip(min=0.03).prod(1)
    return np.asarray((inside[:, 2:] - inside[:, :2]).prod(1) / area, np.float32)
