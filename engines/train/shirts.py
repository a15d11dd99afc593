"""Prints numbers and words straight onto the shirts of photographed persons: no bibs.

A jersey's number has everything that a bib has but the sheet: digits, large, on a chest, one line.
Were it a bib, every football shirt among the spectators would be a runner, with a number that is on
the start list. So it is background for bib and number alike, and what tells the two apart is the
sheet: its edges, its corners, and that it is not of the shirt's colour. Races whose numbers are
printed on the shirts exist (relays, some triathlons); they need labelled pictures of their own, in
which the print is a bib.

The print takes the light and the folds of the cloth below it, so that it is no pasted sheet.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.bib_style import FONTS, luminance
from engines.train.drawing import WORDS, Mask, Pixels, Rgb, print_mask, random_colour
from engines.train.pictures import Labels
from engines.train.worn_bibs import chests
from engines.types import Kind

_LEAST_PX: Final = 5.0
"""Height of a chest's bib under which a print would be a smear."""
_LEAST_CONTRAST: Final = 70.0
"""Least difference in brightness between a print and its cloth, 0..255."""
_CLOTH: Final = (60.0, 110.0)
"""Distances in RGB from the chest's colour: nearer than the first all is cloth, beyond the second
nothing is. Arms and the background stay free of print."""
_LEAST_ON_CLOTH: Final = 0.6
"""Share of the ink that must find cloth; where it does not, the chest is somebody's side."""


def print_shirts(canvas: Pixels, labels: Labels, rng: np.random.Generator, share: float) -> int:
    """Prints on bare chests; no box is added or taken away.

    A chest with a bib, counted or ignored, gets none: the print would lie over a labelled sheet.

    Args:
        canvas: RGB [height, width, 3], changed.
        labels: boxes of the scene.
        rng: source of every choice.
        share: how often a bare chest is printed on, 0..1.

    Returns:
        How many shirts were printed.
    """
    bibs = labels.boxes[labels.kinds == Kind.BIB]
    printed = 0
    for x, y, size in chests(labels, rng):
        if rng.random() > share or size < _LEAST_PX:
            continue
        near = (bibs[:, 0] - size < x) & (x < bibs[:, 2] + size)
        near &= (bibs[:, 1] - size < y) & (y < bibs[:, 3] + size)
        if not near.any():
            printed += _print(canvas, (float(x), float(y)), float(size), rng)
    return printed


def _print(canvas: Pixels, at: tuple[float, float], size: float, rng: np.random.Generator) -> bool:
    """One print round a point, smaller or a little larger than a bib of this height."""
    ink = _design(max(4, round(size * rng.uniform(0.6, 1.2))), rng)
    angle = float(np.degrees(rng.normal(0, 0.1)))
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    ink = np.asarray(cv2.warpAffine(ink, turn, (width, height)), np.uint8)
    x0, y0 = round(at[0] - width / 2), round(at[1] - height / 2)
    left, top = max(-x0, 0), max(-y0, 0)
    right, bottom = min(width, canvas.shape[1] - x0), min(height, canvas.shape[0] - y0)
    if right - left < 3 or bottom - top < 3:
        return False
    under = canvas[y0 + top : y0 + bottom, x0 + left : x0 + right]
    own = ink[top:bottom, left:right]
    on_cloth = own * _cloth(under)
    if own.sum() == 0 or on_cloth.sum() < _LEAST_ON_CLOTH * own.sum():
        return False
    _dye(under, on_cloth.astype(np.uint8), rng)
    return True


def _design(height: int, rng: np.random.Generator) -> Mask:
    """A jersey's number, a word, or a word over a number: uint8 [h, w], 255 is ink."""
    rim = max(1, height // 6)
    width = round(1.5 * height)
    font = FONTS[int(rng.integers(len(FONTS)))]
    number = str(rng.integers(0, 100 if rng.random() < 0.8 else 1000))
    word = WORDS[int(rng.integers(len(WORDS)))]
    shape = rng.random()
    canvas = np.zeros((height + 2 * rim, width + 2 * rim), np.uint8)
    if shape < 0.45:
        lines = [(number, 0.0, 1.0)]
    elif shape < 0.75:
        lines = [(word, 0.25, 0.65)]
    else:
        lines = [(word, 0.0, 0.28), (number, 0.36, 1.0)]
    for text, top, bottom in lines:
        ink = print_mask(text, font, width, max(1, round((bottom - top) * height)))
        y, x = rim + round(top * height), rim + (width - ink.shape[1]) // 2
        room = canvas[y : y + ink.shape[0], x : x + ink.shape[1]]
        np.maximum(room, ink[: room.shape[0], : room.shape[1]], out=room)
    if rng.random() < 0.15:
        # Only the outline, as on many sports shirts.
        thin = cv2.erode(canvas, np.ones((3, 3), np.uint8))
        canvas = np.asarray(cv2.subtract(canvas, thin), np.uint8)
    return canvas


def _cloth(under: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far each pixel is of the colour in the middle: float32 [h, w], 0..1."""
    height, width = under.shape[:2]
    middle = under[height // 3 : height - height // 3, width // 3 : width - width // 3]
    colour = np.median(middle.reshape(-1, 3), 0)
    far = np.linalg.norm(under.astype(np.float32) - colour.astype(np.float32), axis=2)
    near, end = _CLOTH
    share: NDArray[np.float32] = np.clip((end - far) / (end - near), 0, 1).astype(np.float32)
    return share


def _dye(under: NDArray[np.uint8], ink: Mask, rng: np.random.Generator) -> None:
    """Colours the cloth where there is ink; its folds and its light stay."""
    cloth = under.reshape(-1, 3).mean(0)
    brightness = luminance((int(cloth[0]), int(cloth[1]), int(cloth[2])))
    colour = _other_brightness(brightness, rng)
    light = under.astype(np.float32).mean(2, keepdims=True) / max(float(cloth.mean()), 1.0)
    # On a dark shirt folds are hardly darker than the rest, and as hardly on its print.
    light = 1 + (np.clip(light, 0.5, 1.4) - 1) * min(1.0, brightness / 90)
    share = ink[..., None].astype(np.float32) / 255 * float(rng.uniform(0.8, 1.0))
    mixed = under * (1 - share) + np.array(colour, np.float32) * light * share
    np.copyto(under, np.clip(mixed, 0, 255).astype(np.uint8))


def _other_brightness(brightness: float, rng: np.random.Generator) -> Rgb:
    """A colour that can be told from a cloth of this brightness."""
    for _ in range(8):
        colour = random_colour(rng)
        if abs(luminance(colour) - brightness) >= _LEAST_CONTRAST:
            return colour
    return (240, 240, 240) if brightness < 128 else (20, 20, 25)
