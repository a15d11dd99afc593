"""What drawn counterexamples share: places, colours, light and print."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engines.simulate.bib import open_font
from engines.simulate.bib_style import FONTS

Pixels = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Rgb = tuple[int, int, int]
Part = tuple[slice, slice]

WORDS: Final = (
    "START", "FINISH", "10 KM", "5K", "21.1", "2:13:31", "0:45:07", "SPONSOR", "BANK", "WATER",
    "RUN", "SPORT", "KM 3", "1987", "42", "TEL 5550199", "EXIT", "P 24H", "RACE 2019", "CITY",
    "TEAM", "STAFF", "MEDIA", "RACING", "SINCE 1974", "HALF 21K", "NO 1", "POLICE", "24/7",
)  # fmt: skip
_PRINT_PX: Final = 48
"""Height of the type that is scaled to what is wanted."""


def place(
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


def tall(canvas: Pixels, rng: np.random.Generator) -> float:
    """A height as runners have it: from far to close."""
    return float(canvas.shape[0] * np.exp(rng.uniform(np.log(0.06), np.log(0.9))))


def random_colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Any, with as much grey, black and white as saturated ones."""
    if rng.random() < 0.5:
        grey = rng.integers(0, 256) + rng.integers(-12, 13, 3)
        red, green, blue = np.clip(grey, 0, 255).tolist()
    else:
        red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue


def lay(canvas: Pixels, covered: Mask, patch: Pixels, at: tuple[int, int]) -> None:
    """Copies a patch to x, y of the canvas, as much of it as lies inside, and marks it covered."""
    own, there = _inside(canvas, patch, at)
    canvas[there] = patch[own]
    covered[there] = 255


def rounded(patch: Pixels, rng: np.random.Generator) -> Pixels:
    """Light from one side, as on a column."""
    across = np.linspace(-1, 1, patch.shape[1])
    light = 1 - rng.uniform(0, 0.6) * (across - rng.uniform(-0.7, 0.7)) ** 2
    lit: Pixels = np.clip(patch * light[None, :, None], 0, 255).astype(np.uint8)
    return lit


def print_mask(text: str, font: str, width: int, height: int) -> Mask:
    """The ink of a line of text, as large as it fits into a box: uint8 [h, w], tight, 255 is ink.

    Args:
        text: characters that leave ink.
        font: see `BibStyle.font`.
        width, height: of the box, at least one pixel each.
    """
    opened = open_font(font, _PRINT_PX)
    left, top, right, bottom = opened.getbbox(text)
    ink = Image.new("L", (max(1, int(right - left)), max(1, int(bottom - top))), 0)
    ImageDraw.Draw(ink).text((-left, -top), text, 255, opened)
    scale = min(width / ink.width, height / ink.height)
    size = max(1, int(ink.width * scale)), max(1, int(ink.height * scale))
    return np.asarray(ink.resize(size, Image.Resampling.BOX if scale < 1 else None), np.uint8)


def random_words(rng: np.random.Generator) -> str:
    """A word or a number of one to four digits."""
    if rng.random() < 0.3:
        return str(rng.integers(1, 10 ** int(rng.integers(1, 5))))
    return WORDS[int(rng.integers(len(WORDS)))]


def write(patch: Pixels, rng: np.random.Generator) -> None:
    """Words across a patch (changed), as large as they fit or smaller, in any font of bibs."""
    text, font = random_words(rng), FONTS[int(rng.integers(len(FONTS)))]
    size = rng.uniform(0.5, 1.0)
    wide, tall = patch.shape[1] * 0.9 * size, patch.shape[0] * 0.8 * size
    ink = print_mask(text, font, max(1, int(wide)), max(1, int(tall)))
    height, width = ink.shape
    if height < 3:
        return
    x = round((patch.shape[1] - width) * rng.uniform(0.2, 0.8))
    y = round((patch.shape[0] - height) * rng.uniform(0.3, 0.7))
    stamp(patch, ink, (x, y), random_colour(rng))


def stamp(canvas: Pixels, ink: Mask, at: tuple[int, int], colour: Rgb) -> None:
    """Prints a mask in one colour at x, y of the canvas (changed), as much of it as lies inside."""
    own, there = _inside(canvas, ink, at)
    share = ink[own][..., None].astype(np.float32) / 255
    under = canvas[there]
    mixed = under * (1 - share) + np.array(colour, np.float32) * share
    np.copyto(under, mixed.astype(np.uint8))


def _inside(
    canvas: NDArray[np.uint8], patch: NDArray[np.uint8], at: tuple[int, int]
) -> tuple[Part, Part]:
    """The part of a patch laid at x, y that lies inside the canvas, and where it lies there.

    Both are empty where none of it does.
    """
    x, y = at
    left, top = max(-x, 0), max(-y, 0)
    right = max(min(patch.shape[1], canvas.shape[1] - x), left)
    bottom = max(min(patch.shape[0], canvas.shape[0] - y), top)
    if right == left or bottom == top:
        return (slice(0, 0), slice(0, 0)), (slice(0, 0), slice(0, 0))
    return (
        (slice(top, bottom), slice(left, right)),
        (slice(y + top, y + bottom), slice(x + left, x + right)),
    )
