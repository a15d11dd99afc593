"""A number line whose pixels are known, and names of pictures."""

import numpy as np

from engines.train.bib_reader.photographs import is_held_out
from engines.train.bib_reader.stock import NumberLine

LEARNT = next(f"{n}.png" for n in range(99) if not is_held_out(f"{n}.png"))
HELD_OUT = next(f"{n}.png" for n in range(99) if is_held_out(f"{n}.png"))


def line(text: str = "123") -> NumberLine:
    """Black characters' box on white: 90 wide and 30 high at (60, 85)."""
    image = np.full((200, 210, 3), 255, np.uint8)
    image[85:115, 60:150] = 0
    return NumberLine.of(image, (60, 85, 150, 115), text)
