"""Puts what stands about at races into a scene: posts, pillars, boards, cones, cars, fences
and barriers.

They are what a detector takes for runners and bibs: upright and narrow, or white with characters.
None of them is labelled, so all of them are counterexamples. Pillars are covered with pieces of
other pictures' backgrounds, the rest is drawn. What people wear is in `engines.train.shirts`.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.train.drawing import (
    Mask,
    Pixels,
    lay,
    place,
    random_colour,
    rounded,
    tall,
    write,
)
from engines.train.pictures import Labels, TrainingPicture
from engines.train.street import draw_barrier, draw_car, draw_fence

_DROPPED: Final = 0.7
_IGNORED: Final = 0.4
"""Of a box more hidden than this nothing is said any more: not even that nobody is there."""

_Drawn = Callable[[Pixels, Mask, np.random.Generator], None]


def clutter(
    canvas: Pixels, labels: Labels, other: TrainingPicture, rng: np.random.Generator
) -> Labels:
    """Draws one to three of them onto `canvas` (changed) and returns the boxes that are left.

    Args:
        canvas: RGB [height, width, 3].
        labels: boxes of the scene.
        other: a picture whose background may cover a pillar.
        rng: source of every choice.
    """
    covered = np.zeros(canvas.shape[:2], np.uint8)
    kinds: tuple[_Drawn, ...] = (
        _post, _board, _cone, draw_car, draw_fence, draw_barrier,
    )  # fmt: skip
    for _ in range(int(rng.integers(1, 4))):
        if rng.random() < 0.3:
            _pillar(canvas, covered, other, rng)
        else:
            kinds[int(rng.integers(len(kinds)))](canvas, covered, rng)
    hidden = hidden_shares(labels, covered)
    keep = hidden < _DROPPED
    return Labels(
        labels.boxes[keep], labels.kinds[keep], labels.ignored[keep] | (hidden[keep] > _IGNORED)
    )


def hidden_shares(labels: Labels, alpha: Mask) -> NDArray[np.float64]:
    """Share of each box, 0..1, that the pixels of a mask above 127 cover."""
    total = cv2.integral((alpha > 127).astype(np.uint8))
    limit = np.array([alpha.shape[1], alpha.shape[0]] * 2)
    x0, y0, x1, y1 = np.clip(np.round(labels.boxes).astype(int), 0, limit).T
    covered = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    area = np.maximum((x1 - x0) * (y1 - y0), 1)
    return np.asarray(covered / area, np.float64)


def _pillar(
    canvas: Pixels, covered: Mask, other: TrainingPicture, rng: np.random.Generator
) -> None:
    """A column or an upright panel, covered with a piece of a background."""
    x0, y0, x1, y1 = place(canvas, tall(canvas, rng), float(rng.uniform(0.12, 0.6)), rng)
    piece = background(other, rng)
    if piece is None:
        piece = np.full((8, 8, 3), random_colour(rng), np.uint8)
    patch = cv2.resize(piece, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    patch = rounded(np.asarray(patch, np.uint8), rng)
    if rng.random() < 0.4:
        write(patch, rng)
    lay(canvas, covered, patch, (x0, y0))


def background(other: TrainingPicture, rng: np.random.Generator) -> Pixels | None:
    """A piece of a picture without a labelled box in it, or None where ten tries found none."""
    image, boxes = other.levels[0], other.labels.boxes
    for _ in range(10):
        height = rng.uniform(0.15, 0.7) * image.shape[0]
        width = height * rng.uniform(0.2, 1.0)
        if width >= image.shape[1] - 1:
            continue
        x, y = rng.uniform(0, image.shape[1] - width), rng.uniform(0, image.shape[0] - height)
        apart = (boxes[:, 2] <= x) | (boxes[:, 0] >= x + width)
        apart |= (boxes[:, 3] <= y) | (boxes[:, 1] >= y + height)
        if apart.all():
            return image[int(y) : int(y + height) + 1, int(x) : int(x + width) + 1]
    return None


def _post(canvas: Pixels, covered: Mask, rng: np.random.Generator) -> None:
    """A pole, sometimes striped, sometimes with a round or square sign near its top."""
    x0, y0, x1, y1 = place(canvas, tall(canvas, rng), float(rng.uniform(0.03, 0.14)), rng)
    patch = np.full((y1 - y0, x1 - x0, 3), random_colour(rng), np.uint8)
    if rng.random() < 0.25:
        step = max(2, round((y1 - y0) / rng.integers(3, 9)))
        for y in range(0, y1 - y0, 2 * step):
            patch[y : y + step] = random_colour(rng)
    lay(canvas, covered, rounded(patch, rng), (x0, y0))
    if rng.random() < 0.6:
        side = max(5, round((y1 - y0) * rng.uniform(0.12, 0.35)))
        sign = np.full((side, side, 3), random_colour(rng), np.uint8)
        middle = ((x0 + x1) // 2, y0 + side // 2)
        if rng.random() < 0.5:
            colour = random_colour(rng)
            cv2.circle(canvas, middle, side // 2, colour, -1, cv2.LINE_AA)
            cv2.circle(
                canvas, middle, side // 3, random_colour(rng), max(1, side // 10), cv2.LINE_AA
            )
            cv2.circle(covered, middle, side // 2, 255, -1)
        else:
            write(sign, rng)
            lay(canvas, covered, sign, (middle[0] - side // 2, y0))


def _board(canvas: Pixels, covered: Mask, rng: np.random.Generator) -> None:
    """A banner, a plate or a clock: lines of characters that are no bib."""
    height = canvas.shape[0] * float(np.exp(rng.uniform(np.log(0.03), np.log(0.3))))
    x0, y0, x1, y1 = place(canvas, height, float(rng.uniform(1.0, 5.0)), rng)
    patch = np.full((y1 - y0, x1 - x0, 3), random_colour(rng), np.uint8)
    for _ in range(int(rng.integers(1, 3))):
        write(patch, rng)
    lay(canvas, covered, patch, (x0, y0))


def _cone(canvas: Pixels, covered: Mask, rng: np.random.Generator) -> None:
    """A traffic cone."""
    height = 0.4 * tall(canvas, rng)
    x0, y0, x1, y1 = place(canvas, height, float(rng.uniform(0.4, 0.7)), rng)
    middle = (x0 + x1) / 2
    orange = (int(rng.integers(200, 256)), int(rng.integers(60, 140)), int(rng.integers(0, 60)))
    for top, bottom, colour in ((0.0, 1.0, orange), (0.35, 0.55, (235, 235, 235))):
        corners = [
            (middle + side * (x1 - x0) / 2 * share, y0 + share * (y1 - y0))
            for side, share in ((-1, top), (1, top), (1, bottom), (-1, bottom))
        ]
        shape = np.round(corners).astype(np.int32)
        cv2.fillPoly(canvas, [shape], colour, cv2.LINE_AA)
        cv2.fillPoly(covered, [shape], 255)
