"""Prints a bib on the front of a drawn body."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.outfit import Material
from engines.simulate.parts import Canvas, Part, extent
from engines.simulate.person import Bib
from engines.simulate.relief import View, Wrap
from engines.types import Box, Floats

_CARRIES = np.isin(np.arange(len(Material)), (Material.SHIRT, Material.SHORTS, Material.LEGWEAR))
"""Materials on which a bib lies; anything else is an arm, a hand or hair in front of it."""


def pin(
    canvas: Canvas, bib: Bib, chest: Wrap, view: View, twist: float
) -> tuple[Box, Box, float, float]:
    """Prints a bib on the front of a trunk.

    Args:
        canvas: the drawn person, changed in place.
        bib: what to print and where.
        chest: where the trunk lies.
        view: projection of the person.
        twist: turn of the shoulders, radians.

    Returns:
        The full boxes of the sheet and of its number line (pixels of the sprite, also where an
        arm hides them) and their full areas in pixels.
    """
    row = int(np.clip(np.searchsorted(chest.v, bib.v), 0, len(chest.v) - 1))
    along = float(chest.centre[row] + (bib.u + 0.55 * twist) * chest.half[row])
    centre = (along, chest.window[1] + row + 0.5)
    rows, columns = bib.sheet.shape[:2]
    tall = bib.height_m * view.scale * float(np.cos(view.tilt))
    wide = bib.height_m * view.scale * columns / rows * float(np.cos(0.6 * twist + 0.4 * bib.u))
    reach = 0.5 * float(np.hypot(tall, wide)) + 2
    height, width = canvas.parts.shape
    top, bottom = max(0, int(centre[1] - reach)), min(height, int(centre[1] + reach) + 1)
    left, right = max(0, int(centre[0] - reach)), min(width, int(centre[0] + reach) + 1)
    s, t = _sheet_coordinates(bib, centre, (wide, tall), (left, top, right, bottom))
    on_sheet = (s >= 0) & (s < 1) & (t >= 0) & (t < 1)
    nx0, ny0, nx1, ny1 = bib.number
    in_number = on_sheet & (s * columns >= nx0) & (s * columns <= nx1)
    in_number &= (t * rows >= ny0) & (t * rows <= ny1)
    window = (slice(top, bottom), slice(left, right))
    _print(canvas, window, _sampled(bib, s, t, tall), on_sheet, in_number)
    return (
        _moved(extent(on_sheet), left, top),
        _moved(extent(in_number), left, top),
        float(np.count_nonzero(on_sheet)),
        float(np.count_nonzero(in_number)),
    )


def _sampled(bib: Bib, s: Floats, t: Floats, tall: float) -> Floats:
    """The sheet's RGB and alpha at each pixel, float32 ``[h, w, 4]``."""
    rows, columns = bib.sheet.shape[:2]
    shrink = rows / max(tall, 1.0)
    sheet = cv2.GaussianBlur(bib.sheet, (0, 0), 0.35 * shrink) if shrink > 1.3 else bib.sheet
    printed = cv2.remap(
        sheet, s * columns - 0.5, t * rows - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return printed.astype(np.float32)


def _print(
    canvas: Canvas,
    window: tuple[slice, slice],
    printed: Floats,
    on_sheet: NDArray[np.bool_],
    in_number: NDArray[np.bool_],
) -> None:
    """Lays the sheet over the cloth, in the cloth's light, and marks its parts."""
    uncovered = on_sheet & _CARRIES[canvas.relief.material[window]]
    alpha = (printed[..., 3] / np.float32(255) * uncovered)[..., None]
    light = np.clip(np.float32(0.25) + np.float32(0.8) * canvas.glow[window], 0, 1.15)
    part = canvas.colour[window]
    mixed = part * (1 - alpha) + printed[..., :3] * light[..., None] * alpha
    part[:] = np.clip(mixed, 0, 255).astype(np.uint8)
    shown = alpha[..., 0] > 0.5
    canvas.parts[window][shown] = Part.BIB
    canvas.parts[window][shown & in_number] = Part.NUMBER


def _sheet_coordinates(
    bib: Bib,
    centre: tuple[float, float],
    size: tuple[float, float],
    window: tuple[int, int, int, int],
) -> tuple[Floats, Floats]:
    """Where on the sheet (0..1 across and down) each pixel of the window looks."""
    left, top, right, bottom = window
    gx = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5 - centre[0])
    gy = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - centre[1])
    roll = np.radians(bib.roll_deg)
    c, s = np.float32(np.cos(roll)), np.float32(np.sin(roll))
    along = (gx * c + gy * s) / np.float32(size[0])
    down = (gy * c - gx * s) / np.float32(size[1])
    # The sheet bends round the trunk, and its free edges hang in shallow waves.
    across = along * (1 + np.float32(0.3) * along * along)
    wave, half = np.float32(bib.wave), np.float32(0.5)
    ripple = wave * np.sin(np.float32(5.5) * along + np.float32(9 * bib.u + bib.v))
    sag = wave * (along * along * 4 - 1)
    at_s = across + half + np.float32(0.4) * ripple * down
    at_t = down + half + ripple + np.float32(0.36) * sag
    return at_s.astype(np.float32), at_t.astype(np.float32)


def _moved(box: Box, dx: int, dy: int) -> Box:
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
