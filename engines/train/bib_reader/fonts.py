"""Fonts of this machine that a bib could be printed in, to be drawn beside the packaged ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engines.errors import LabelError

_SIZE: Final = 48
_LEAST_INK: Final = 0.3
"""Least share of ink in the box round ten digits: hairlines are on no bib."""
_LEAST_DIGIT: Final = 0.9
"""Least height of a digit over the tallest: old-style figures hang below the line."""
_NEVER_DRAWN: Final = "\uffff"


def bib_fonts(folders: Iterable[Path]) -> tuple[str, ...]:
    """Paths of the fonts in `folders` (searched deeply) that a bib could be printed in, sorted.

    Left out are fonts without a Latin capital or a digit, hairlines, old-style figures, and
    copies that draw digits alike.

    Raises:
        LabelError: a folder is absent or has no such font.
    """
    found: dict[bytes, str] = {}
    for folder in folders:
        before = len(found)
        if not folder.is_dir():
            raise LabelError(f"the font folder {folder} is absent")
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in {".ttf", ".otf"} and (digits := _digits(path)) is not None:
                found.setdefault(digits, str(path))
        if len(found) == before:
            raise LabelError(f"{folder} has no font (.ttf, .otf) that a bib could be printed in")
    return tuple(sorted(found.values()))


def _digits(path: Path) -> bytes | None:
    """How a font draws the ten digits; None where it is of no use."""
    try:
        font = ImageFont.truetype(str(path), _SIZE)
        glyphs = [_glyph(font, c) for c in "0123456789"]
        missing = _glyph(font, _NEVER_DRAWN)
        capitals = [_glyph(font, c) for c in "AKZ"]
    except OSError:
        return None
    heights = [glyph.shape[0] for glyph in glyphs]
    if min(heights) < _LEAST_DIGIT * max(heights) or min(heights) < _SIZE / 4:
        return None
    if any(np.array_equal(g, missing) for g in (*glyphs, *capitals)):
        return None
    ink = sum(int((g > 127).sum()) for g in glyphs) / sum(g.size for g in glyphs)
    if ink < _LEAST_INK:
        return None
    return b"".join(g.tobytes() for g in glyphs)


def _glyph(font: ImageFont.FreeTypeFont, character: str) -> NDArray[np.uint8]:
    """The ink of one character [h, w], tight; one empty pixel where there is none."""
    canvas = Image.new("L", (4 * _SIZE, 4 * _SIZE))
    ImageDraw.Draw(canvas).text((_SIZE, _SIZE), character, 255, font)
    box = canvas.getbbox()
    return np.asarray(canvas.crop(box) if box else Image.new("L", (1, 1)), np.uint8)
