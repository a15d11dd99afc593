"""Pictures of logos, printed side by side into a band of a bib."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from PIL import Image

_LARGEST_PX: Final = 512
"""A logo is read once and kept no larger than this: bands are lower by far."""


@lru_cache(maxsize=32)
def read_logo(path: str) -> Image.Image:
    """A picture file as RGBA; what is transparent stays so.

    Raises:
        OSError: it is absent or no picture that Pillow reads (PNG, JPEG, WebP, ...).
    """
    with Image.open(path) as picture:
        logo = picture.convert("RGBA")
    logo.thumbnail((_LARGEST_PX, _LARGEST_PX))
    return logo


def print_logos(sheet: Image.Image, paths: Sequence[str], y0: int, y1: int) -> None:
    """Prints logos into the band from row `y0` to `y1` of a sheet, changed in place.

    Each gets an equal part of the width, and is as large as fits with some room round it. Of a
    band under 4 pixels nothing is seen.
    """
    if not paths or y1 - y0 < 4:
        return
    part = sheet.width / len(paths)
    for place, path in enumerate(paths):
        logo = read_logo(path)
        scale = min(0.84 * (y1 - y0) / logo.height, 0.84 * part / logo.width)
        size = max(1, round(logo.width * scale)), max(1, round(logo.height * scale))
        # Reduced with all of its pixels: a photograph's logo is no sparkle of single ones.
        small = logo.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
        x = round((place + 0.5) * part - size[0] / 2)
        y = round((y0 + y1 - size[1]) / 2)
        sheet.paste(small, (x, y), small)
