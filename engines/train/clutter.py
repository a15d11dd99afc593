"""Puts what stands about at races into a scene: posts and their signs, pillars, boards, cones.

They are what a detector takes for runners and bibs: upright and narrow, or white with characters.
None of them is labelled, so all of them are counterexamples. Pillars are covered with pieces of
other pictures' backgrounds, the rest is drawn.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.train.pictures import Labels, TrainingPicture

Pixels = NDArray[np.uint8]
Mask = NDArray[np.uint8]

_DROPPED: Final = 0.7
_IGNORED: Final = 0.4
"""Of a box more hidden than this nothing is said any more: not even that nobody is there."""

_WORDS: Final = (
    "START", "FINISH", "10 KM", "5K", "21.1", "2:13:31", "0:45:07", "SPONSOR", "BANK", "WATER",
    "RUN", "SPORT", "KM 3", "1987", "42", "TEL 5550199", "EXIT", "P 24H", "RACE 2019", "CITY",
)  # fmt: skip


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
    kinds: tuple[Callable[[Pixels, Mask, np.random.Generator], None], ...] = (_post, _board, _cone)
    for _ in range(int(rng.integers(1, 4))):
        if rng.random() < 0.4:
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


def _place(
    canvas: Pixels, height: float, aspect: float, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """A box x0, y0, x1, y1 of this height and width over height, somewhere on the canvas."""
    tall, wide = canvas.shape[:2]
    width = max(3.0, height * aspect)
    x = rng.uniform(0, wide)
    bottom = rng.uniform(0.3, 1.1) * tall
    return (
        round(x - width / 2),
        round(bottom - height),
        round(x - width / 2) + max(3, round(width)),
        round(bottom),
    )


def _tall(canvas: Pixels, rng: np.random.Generator) -> float:
    """A height as runners have it: from far to close."""
    return float(canvas.shape[0] * np.exp(rng.uniform(np.log(0.06), np.log(0.9))))


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Any, with as much grey, black and white as saturated ones."""
    if rng.random() < 0.5:
        grey = rng.integers(0, 256) + rng.integers(-12, 13, 3)
        red, green, blue = np.clip(grey, 0, 255).tolist()
    else:
        red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue


def _lay(canvas: Pixels, covered: Mask, patch: Pixels, at: tuple[int, int]) -> None:
    """Copies a patch to x, y of the canvas, as much of it as lies inside, lit like a drum."""
    x, y = at
    left, top = max(-x, 0), max(-y, 0)
    right = min(patch.shape[1], canvas.shape[1] - x)
    bottom = min(patch.shape[0], canvas.shape[0] - y)
    if right <= left or bottom <= top:
        return
    own = patch[top:bottom, left:right]
    canvas[y + top : y + bottom, x + left : x + right] = own
    covered[y + top : y + bottom, x + left : x + right] = 255


def _rounded(patch: Pixels, rng: np.random.Generator) -> Pixels:
    """Light from one side, as on a column."""
    across = np.linspace(-1, 1, patch.shape[1])
    light = 1 - rng.uniform(0, 0.6) * (across - rng.uniform(-0.7, 0.7)) ** 2
    lit: Pixels = np.clip(patch * light[None, :, None], 0, 255).astype(np.uint8)
    return lit


def _pillar(
    canvas: Pixels, covered: Mask, other: TrainingPicture, rng: np.random.Generator
) -> None:
    """A column or an upright panel, covered with a piece of a background."""
    x0, y0, x1, y1 = _place(canvas, _tall(canvas, rng), float(rng.uniform(0.12, 0.6)), rng)
    piece = background(other, rng)
    if piece is None:
        piece = np.full((8, 8, 3), _colour(rng), np.uint8)
    patch = cv2.resize(piece, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    patch = _rounded(np.asarray(patch, np.uint8), rng)
    if rng.random() < 0.4:
        _write(patch, rng)
    _lay(canvas, covered, patch, (x0, y0))


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
    x0, y0, x1, y1 = _place(canvas, _tall(canvas, rng), float(rng.uniform(0.03, 0.14)), rng)
    patch = np.full((y1 - y0, x1 - x0, 3), _colour(rng), np.uint8)
    if rng.random() < 0.25:
        step = max(2, round((y1 - y0) / rng.integers(3, 9)))
        for y in range(0, y1 - y0, 2 * step):
            patch[y : y + step] = _colour(rng)
    _lay(canvas, covered, _rounded(patch, rng), (x0, y0))
    if rng.random() < 0.6:
        side = max(5, round((y1 - y0) * rng.uniform(0.12, 0.35)))
        sign = np.full((side, side, 3), _colour(rng), np.uint8)
        middle = ((x0 + x1) // 2, y0 + side // 2)
        if rng.random() < 0.5:
            colour = _colour(rng)
            cv2.circle(canvas, middle, side // 2, colour, -1, cv2.LINE_AA)
            cv2.circle(canvas, middle, side // 3, _colour(rng), max(1, side // 10), cv2.LINE_AA)
            cv2.circle(covered, middle, side // 2, 255, -1)
        else:
            _write(sign, rng)
            _lay(canvas, covered, sign, (middle[0] - side // 2, y0))


def _board(canvas: Pixels, covered: Mask, rng: np.random.Generator) -> None:
    """A banner, a plate or a clock: lines of characters that are no bib."""
    height = canvas.shape[0] * float(np.exp(rng.uniform(np.log(0.03), np.log(0.3))))
    x0, y0, x1, y1 = _place(canvas, height, float(rng.uniform(1.0, 5.0)), rng)
    patch = np.full((y1 - y0, x1 - x0, 3), _colour(rng), np.uint8)
    for _ in range(int(rng.integers(1, 3))):
        _write(patch, rng)
    _lay(canvas, covered, patch, (x0, y0))


def _cone(canvas: Pixels, covered: Mask, rng: np.random.Generator) -> None:
    """A traffic cone."""
    height = 0.4 * _tall(canvas, rng)
    x0, y0, x1, y1 = _place(canvas, height, float(rng.uniform(0.4, 0.7)), rng)
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


def _write(patch: Pixels, rng: np.random.Generator) -> None:
    """Words across a patch (changed), as large as they fit."""
    word = _WORDS[int(rng.integers(len(_WORDS)))]
    if rng.random() < 0.3:
        word = str(rng.integers(1, 10 ** int(rng.integers(1, 5))))
    font = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX]))
    (width, height), _ = cv2.getTextSize(word, font, 1.0, 2)
    scale = min(patch.shape[1] * 0.9 / width, patch.shape[0] * 0.8 / height)
    scale *= float(rng.uniform(0.5, 1.0))
    if scale * height < 3:
        return
    x = round((patch.shape[1] - width * scale) * rng.uniform(0.2, 0.8))
    y = round(patch.shape[0] * rng.uniform(0.35, 0.65) + height * scale / 2)
    thick = max(1, round(scale * rng.uniform(2, 5)))
    cv2.putText(patch, word, (x, y), font, scale, _colour(rng), thick, cv2.LINE_AA)
