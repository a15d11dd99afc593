"""Makes crops of number lines without end, as the detector would cut them.

A drawn sheet or a photographed bib is cut round its number with the detector's errors (margins,
tilt, perspective, a wave of the cloth), shrunk to the size of a far runner and spoilt as cameras
spoil it. Shrinking comes before the blur, the noise and the compression, and the enlarging to the
network's height after them, because that is their order on race day.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.looking import MARGIN_ACROSS, MARGIN_ALONG
from engines.train.bib_reader.around import beside, partly_covered, with_neighbour
from engines.train.bib_reader.stock import NOISE_PX, Box, CropStock, NumberLine, Pixels
from engines.train.light import relight
from engines.types import View

SHARP_PX: Final = 48.0
"""Height of the characters in what a teacher is shown."""


@dataclass(frozen=True)
class CropMix:
    """How crops are made.

    Attributes:
        heights_px: least and greatest height of the characters in the camera's picture.
        negative_share: how often a crop has its colours turned round, dark for bright, 0..1.
        real_share: how often a photographed line is taken, where there are any, 0..1.
        empty_share: how often a part of a bib without its number, 0..1.
        part_share: how often some characters at one end are cut off or covered, 0..1.
        stroke_share: how often something thin lies across the line, 0..1.
        bent_share: how often the sheet is bent round the body, so that the characters at one end or
            both are seen from the side, 0..1.
        widths: least and greatest width of the characters against that of their font.
        tilt: standard deviation of the line's angle in radians; a third of the lines are tilted
            three times as much.
        beside_share: how often something lies close beside the characters, 0..1: a logo, an arm,
            the next runner.
        bitten_share: how often the box cuts into the first or the last character, 0..1.
        taught_share: how often a photographed part is to be read as another network reads it
            before it is spoilt, where there are any, 0..1.
        letter_share: how many of the drawn texts have a letter, 0..1.
    """

    heights_px: tuple[float, float] = (7.0, 64.0)
    real_share: float = 0.25
    empty_share: float = 0.06
    part_share: float = 0.1
    stroke_share: float = 0.12
    negative_share: float = 0.12
    bent_share: float = 0.0
    widths: tuple[float, float] = (0.8, 1.2)
    tilt: float = 0.06
    beside_share: float = 0.0
    bitten_share: float = 0.0
    taught_share: float = 0.0
    letter_share: float = 0.32


def make_crop(stock: CropStock, mix: CropMix, rng: np.random.Generator) -> tuple[Pixels, str]:
    """One crop, uint8 RGB of the camera's size, and its text."""
    lines = stock.real if stock.real and rng.random() < mix.real_share else stock.drawn
    line = lines[int(rng.integers(len(lines)))]
    if lines is stock.drawn and rng.random() < mix.empty_share:
        line = beside(line)
    elif len(line.text) > 1 and line.edges and rng.random() < mix.part_share:
        line = partly_covered(line, rng, stock.photographs.cloths)
    if line.text and rng.random() < mix.beside_share:
        line = with_neighbour(line, stock.photographs.cloths, rng)
    crop = cut(line, mix, rng)
    if rng.random() < mix.stroke_share:
        _strike(crop, rng)
    if rng.random() < mix.negative_share:
        crop = 255 - crop
    return relight(crop, rng, stock.noise), line.text


def make_taught_crop(
    stock: CropStock, mix: CropMix, rng: np.random.Generator
) -> tuple[Pixels, Pixels]:
    """A photographed part as a far and bad camera sees it, and as it is, both of one shape.

    Raises:
        ValueError: the stock has no photographs.
    """
    lines = stock.photographs.lines
    line = lines[int(rng.integers(len(lines)))]
    seed = int(rng.integers(2**32))
    crop = cut(line, mix, np.random.default_rng(seed))
    # The same draws cut the same part.
    sharp = cut(line, replace(mix, heights_px=(SHARP_PX, SHARP_PX)), np.random.default_rng(seed))
    size = max(1, round(sharp.shape[0] * crop.shape[1] / crop.shape[0])), sharp.shape[0]
    sharp = np.asarray(cv2.resize(sharp, size), np.uint8)
    if rng.random() < mix.negative_share:
        crop, sharp = 255 - crop, 255 - sharp
    return relight(crop, rng, stock.noise), sharp


def _strike(crop: Pixels, rng: np.random.Generator) -> None:
    """Lays something thin across a crop: a strap, a pin, a twig, a finger."""
    height, width = crop.shape[:2]
    x, lean = rng.uniform(0, width), rng.normal(0, 0.5) * height
    thick = max(1, round(height * rng.uniform(0.04, 0.2)))
    colour = tuple(int(v) for v in rng.integers(0, 256, 3))
    if rng.random() < 0.7:
        ends = (round(x - lean), 0), (round(x + lean), height)
    else:
        y = rng.uniform(0, height)
        ends = (0, round(y - lean / 4)), (width, round(y + lean / 4))
    cv2.line(crop, *ends, colour, thick)


def cut(line: NumberLine, mix: CropMix, rng: np.random.Generator) -> Pixels:
    """Cuts a line out as a detector would: loosely, upright round a tilted line, from far away."""
    height = line.box[3] - line.box[1]
    low, high = mix.heights_px
    wanted = float(
        np.exp(rng.uniform(np.log(low), np.log(min(high, max(1.2 * height, 1.1 * low)))))
    )
    scale = wanted / height
    widen = float(np.exp(rng.uniform(*np.log(mix.widths))))
    # Cutting off more than a tenth of a character's height or a sixth of a stroke would change
    # what can be read.
    margin = MARGIN_ACROSS[View(rng.choice(list(View)))]
    # A tilted box round what lies beside a number would hold the number too; a photograph whose
    # text nobody knows has its own tilt.
    turn = _turn(mix.tilt, rng) if line.text else np.eye(2)
    seen = _corners(line.box) @ turn.T
    (x0, y0), (x1, y1) = seen.min(0), seen.max(0)
    left, right = (max(rng.normal(margin, 0.12), -0.04) * height for _ in range(2))
    loose = 0.35 if rng.random() < 0.25 else 0.09
    above, below = (max(rng.normal(MARGIN_ALONG, loose), -0.05) * height for _ in range(2))
    if len(line.edges) > 2 and rng.random() < mix.bitten_share:
        first, last = line.edges[1] - line.edges[0], line.edges[-1] - line.edges[-2]
        if rng.random() < 0.5:
            left = -rng.uniform(0, 0.45) * first
        else:
            right = -rng.uniform(0, 0.45) * last
    x0, y0, x1, y1 = x0 - left, y0 - above, x1 + right, y1 + below
    size = (
        min(max(6, round((x1 - x0) * scale * widen)), NOISE_PX),
        max(6, round((y1 - y0) * scale)),
    )
    level = 0
    while level + 1 < len(line.levels) and scale * 2 ** (level + 1) <= 1:
        level += 1
    source = line.levels[level]
    shrink = source.shape[0] / line.levels[0].shape[0]
    quad = _corners((x0, y0, x1, y1)) @ np.linalg.inv(turn).T + rng.normal(0, 0.03, (4, 2)) * height
    quad *= shrink
    flat = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    back = cv2.getPerspectiveTransform(flat, quad.astype(np.float32))
    columns, rows = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    if rng.random() < 0.5:
        wave = rng.uniform(0, 0.07) * size[1]
        turns = rng.uniform(0.3, 1.3) * 2 * np.pi / size[0]
        rows = rows + wave * np.sin(columns * turns + rng.uniform(0, 2 * np.pi))
    if rng.random() < mix.bent_share:
        columns = size[0] * bent(columns / size[0], rng)
    grid = np.stack((columns, rows, np.ones_like(rows)), -1) @ back.T
    at = (grid[..., :2] / grid[..., 2:] - 0.5).astype(np.float32)
    taken = cv2.remap(
        source, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(taken, np.uint8)


def bent(places: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Places, 0..1, of a sheet round a cylinder, as it is seen, to those of the flat sheet."""
    half = rng.uniform(0.3, 1.1)
    # Turned to one side as far as it goes without hiding an end.
    middle = rng.uniform(-1, 1) * (1.45 - half)
    left, right = np.sin(middle - half), np.sin(middle + half)
    angle = np.arcsin(left + (right - left) * places)
    flat: NDArray[np.float64] = (angle - middle) / (2 * half) + 0.5
    return flat


def _corners(box: Box) -> NDArray[np.float64]:
    """Corners [4, 2] of a box, clockwise from the upper left one."""
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)


def _turn(tilt: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """How a bib hangs: turned, and its line slanting while the characters stay upright [2, 2]."""
    spread = 3 * tilt if rng.random() < 1 / 3 else tilt
    angle, slant = rng.normal(0, spread), rng.normal(0, spread / 2)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned: NDArray[np.float64] = axes @ np.array([[1.0, 0.0], [slant, 1.0]])
    return turned
