"""Draws race bibs: sheets with a line of characters whose box is known exactly.

Everything random comes from the caller's generator and every font from a declared package or a
file that the style names, so the same seed gives the same sheet on every machine.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engines.simulate.bib_style import (
    FONTS,
    BibStyle,
    Colour,
    luminance,
    random_colour,
    random_style,
)
from engines.simulate.logo import print_logos

__all__ = [
    "FONTS", "BibSheet", "BibStyle", "Colour", "character_edges", "open_font", "random_style",
    "render_bib",
]  # fmt: skip

_SMALL_FONT: Final = "font_roboto/Roboto-Bold.ttf"


@dataclass(frozen=True)
class BibSheet:
    """A drawn bib.

    Attributes:
        image: uint8 [h, w, 4], RGB and alpha.
        number_xyxy: tight box round the characters, pixels of `image`: x0, y0, x1, y1.
        text: the characters drawn.
    """

    image: NDArray[np.uint8]
    number_xyxy: tuple[float, float, float, float]
    text: str


def render_bib(
    text: str, rng: np.random.Generator, height_px: int, style: BibStyle | None = None
) -> BibSheet:
    """Draws one bib.

    Args:
        text: characters of the bib, at least one that leaves ink.
        rng: source of what differs from sheet to sheet (folds, pins, logos, dirt).
        height_px: height of the sheet, at least 24.
        style: the race's style; None draws a random one.

    Raises:
        ValueError: if the text is blank or the sheet is under 24 pixels high.
    """
    if not text.strip():
        raise ValueError("a bib needs at least one visible character")
    if height_px < 24:
        raise ValueError(f"a bib is drawn at 24 pixels of height or more, got {height_px}")
    chosen = style if style is not None else random_style(rng)
    width_px = max(24, round(height_px * chosen.aspect))
    sheet = Image.new("RGB", (width_px, height_px), chosen.paper)
    _tint(sheet, chosen, rng)
    _draw_bands(sheet, chosen, rng)
    number = _draw_number(sheet, text, chosen)
    _draw_trimmings(sheet, chosen, rng)
    pixels = _shade(np.asarray(sheet), chosen.folds, rng)
    alpha = _outline_alpha(width_px, height_px, rng)
    return BibSheet(np.dstack((pixels, alpha)), number, text)


def character_edges(sheet: BibSheet, font: str) -> tuple[float, ...]:
    """Where one character ends and the next begins: one more than there are characters.

    Args:
        sheet: a sheet drawn with `font`.
        font: the style's font.

    Returns:
        Columns of the sheet, left to right, the box's own sides first and last.
    """
    x0, _, x1, _ = sheet.number_xyxy
    drawn = open_font(font, 128)
    ends = [drawn.getlength(sheet.text[:n]) for n in range(len(sheet.text) + 1)]
    return tuple(x0 + (x1 - x0) * end / ends[-1] for end in ends)


@lru_cache(maxsize=256)
def open_font(name: str, size_px: int) -> ImageFont.FreeTypeFont:
    """Opens a font at a size in pixels: of a declared package (`package/file`), or by its path."""
    if Path(name).is_absolute():
        return ImageFont.truetype(name, size_px)
    package, file = name.split("/")
    with resources.as_file(resources.files(package) / "files" / file) as path:
        return ImageFont.truetype(str(path), size_px)


def _tint(sheet: Image.Image, style: BibStyle, rng: np.random.Generator) -> None:
    """Lays a light gradient of a second colour over the paper."""
    if not style.gradient:
        return
    ramp = np.linspace(0, 90 * style.gradient, 64).astype(np.uint8)[:, None].repeat(64, 1)
    if rng.random() < 0.5:
        ramp = ramp[::-1]
    mask = Image.fromarray(np.ascontiguousarray(ramp)).resize(sheet.size)
    sheet.paste(style.top_colour, (0, 0), mask)


def _draw_bands(sheet: Image.Image, style: BibStyle, rng: np.random.Generator) -> None:
    """Draws the sponsor bands, their logos, the event's title and the runner's name."""
    width, height = sheet.size
    draw = ImageDraw.Draw(sheet)
    top = round(style.top_band * height)
    bottom = height - round(style.bottom_band * height)
    if top:
        draw.rectangle((0, 0, width, top), fill=style.top_colour)
        contrast = _contrast(style.top_colour)
        title = "" if style.pictures_above else style.event
        _fit_text(draw, title, (0.15 * width, 0.1 * top, 0.85 * width, 0.9 * top), contrast)
    if bottom < height:
        draw.rectangle((0, bottom, width, height), fill=style.bottom_colour)
    for _ in range(style.logos):
        in_top = top > 0 and (bottom >= height or rng.random() < 0.5)
        y0, y1 = (0, top) if in_top else (bottom, height)
        if y1 - y0 >= 4:
            _draw_logo(draw, width, y0, y1, rng)
    print_logos(sheet, style.pictures, *((0, top) if style.pictures_above else (bottom, height)))
    label = style.name or (style.event if not top or style.pictures_above else "")
    if bottom < height and label:
        box = (0.2 * width, bottom + 1, 0.8 * width, height - 2)
        _fit_text(draw, label, box, _contrast(style.bottom_colour))


def _draw_logo(
    draw: ImageDraw.ImageDraw, width: int, y0: int, y1: int, rng: np.random.Generator
) -> None:
    """Draws one sponsor shape inside the band from y0 to y1."""
    size = (y1 - y0) * rng.uniform(0.4, 0.8)
    x = rng.uniform(0, max(1.0, width - 2 * size))
    y = y0 + (y1 - y0 - size) / 2
    box = (x, y, x + size * rng.uniform(1.0, 2.0), y + size)
    colour = random_colour(rng)
    match int(rng.integers(3)):
        case 0:
            draw.ellipse(box, fill=colour)
        case 1:
            draw.rectangle(box, fill=colour)
        case _:
            draw.polygon([(box[0], box[3]), ((box[0] + box[2]) / 2, box[1]), box[2:]], fill=colour)


def _contrast(colour: Colour) -> Colour:
    return (15, 15, 15) if luminance(colour) > 120 else (245, 245, 245)


def _fit_text(
    draw: ImageDraw.ImageDraw, text: str, box: tuple[float, float, float, float], colour: Colour
) -> None:
    """Writes a line of small print into a box, as large as it fits; nothing under 4 pixels."""
    size = int(box[3] - box[1])
    if not text or size < 4:
        return
    length = open_font(_SMALL_FONT, size).getlength(text)
    size = min(size, int(size * (box[2] - box[0]) / max(length, 1.0)))
    if size < 4:
        return
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    draw.text(middle, text, fill=colour, font=open_font(_SMALL_FONT, size), anchor="mm")


def _draw_number(
    sheet: Image.Image, text: str, style: BibStyle
) -> tuple[float, float, float, float]:
    """Draws the characters into the free band and returns the tight box of their ink."""
    width, height = sheet.size
    free_top, free_bottom = style.top_band * height, height * (1 - style.bottom_band)
    wanted = min(style.number_height * height, 0.86 * (free_bottom - free_top))
    size = 128
    stroke = 5 if style.outline else 0
    font = open_font(style.font, size)
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    mask = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2), 0)
    ImageDraw.Draw(mask).text((1 - left, 1 - top), text, 255, font, stroke_width=stroke)
    core = Image.new("L", mask.size, 0)
    ImageDraw.Draw(core).text((1 - left, 1 - top), text, 255, font)
    ink_box = mask.getbbox()
    if ink_box is None:
        raise ValueError(f"the font {style.font} draws nothing for {text!r}")
    mask, core = mask.crop(ink_box), core.crop(ink_box)
    scale = wanted / mask.height
    new_w = mask.width * scale * style.stretch
    fit = min(1.0, 0.9 * width / new_w)
    new_size = (max(1, round(new_w * fit)), max(1, round(wanted * max(fit, 0.6))))
    mask = mask.resize(new_size, Image.Resampling.BOX if fit * scale < 1 else None)
    core = core.resize(new_size, Image.Resampling.BOX if fit * scale < 1 else None)
    x = round((width - new_size[0]) / 2)
    centre_y = (free_top + free_bottom) / 2 + style.number_shift * height
    y = round(min(max(centre_y - new_size[1] / 2, 0), height - new_size[1]))
    if style.outline:
        sheet.paste(style.outline, (x, y), mask)
    sheet.paste(style.ink, (x, y), core)
    return (float(x), float(y), float(x + new_size[0]), float(y + new_size[1]))


def _draw_trimmings(sheet: Image.Image, style: BibStyle, rng: np.random.Generator) -> None:
    """Draws the frame, the pins or their holes, and the chip."""
    width, height = sheet.size
    draw = ImageDraw.Draw(sheet)
    if style.border:
        line = max(1, round(style.border * height))
        draw.rectangle((0, 0, width - 1, height - 1), outline=style.top_colour, width=line)
    if style.chip:
        y = height * 0.97
        draw.rectangle((width * 0.3, y - height * 0.04, width * 0.7, y), fill=(60, 60, 65))
    if style.pins:
        radius, inset = max(1.0, 0.018 * height), 0.06 * height
        grey = int(rng.integers(60, 200))
        for x in (inset, width - inset):
            for y in (inset, height - inset):
                spot = (x - radius, y - radius, x + radius, y + radius)
                draw.ellipse(spot, fill=(grey, grey, grey))


def _shade(
    pixels: NDArray[np.uint8], strength: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Multiplies soft folds and a few sharp creases into the sheet."""
    height, width = pixels.shape[:2]
    coarse = rng.normal(1.0, 0.16 * strength, (4, 5)).astype(np.float32)
    light = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
    xs = np.arange(width, dtype=np.float32)[None, :] / width - 0.5
    ys = np.arange(height, dtype=np.float32)[:, None] / height - 0.5
    for _ in range(int(rng.integers(0, 4)) if strength > 0.2 else 0):
        angle = rng.uniform(0, np.pi)
        distance = xs * np.cos(angle) + ys * np.sin(angle) - rng.uniform(-0.4, 0.4)
        crease = np.sign(distance) * np.exp(-np.abs(distance) / rng.uniform(0.02, 0.1))
        light += (0.22 * strength * rng.uniform(0.3, 1.0)) * crease.astype(np.float32)
    shaded = pixels.astype(np.float32) * np.clip(light, 0.35, 1.3)[..., None]
    whole: NDArray[np.uint8] = np.clip(shaded, 0, 255).astype(np.uint8)
    return whole


def _outline_alpha(width: int, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Alpha of the sheet: corners cut off a little, sometimes a bent edge."""
    alpha = np.full((height, width), 255, np.uint8)
    if rng.random() < 0.5:
        cut = int(max(1, rng.uniform(0.02, 0.08) * height))
        for sx in (0, width - 1):
            for sy in (0, height - 1):
                dx, dy = (cut if sx == 0 else -cut), (cut if sy == 0 else -cut)
                corner = np.array([[sx, sy], [sx + dx, sy], [sx, sy + dy]], np.int32)
                cv2.fillPoly(alpha, [corner], 0)
    return alpha
