"""Makes crops of number lines without end, as the detector would cut them.

A drawn sheet or a photographed bib is cut round its number with the detector's errors (margins,
tilt, perspective, a wave of the cloth), shrunk to the size of a far runner and spoilt as cameras
spoil it. Shrinking comes before the blur, the noise and the compression, and the enlarging to the
network's height after them, because that is their order on race day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.looking import MARGIN_ACROSS, MARGIN_ALONG
from engines.simulate.bib import BibSheet, character_edges, random_style, render_bib
from engines.simulate.race_bibs import RaceBibs
from engines.train.light import NoiseBank, relight
from engines.train.pictures import shrinking_levels
from engines.types import View

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]


NOISE_PX: Final = 512
"""Side of the bank of noise, and greatest width of a crop."""


@dataclass(frozen=True)
class NumberLine:
    """A picture with one number line in it.

    Attributes:
        levels: uint8 RGB [h, w, 3] at full size, half, quarter, eighth.
        box: tight box of the characters, pixels of the full size.
        text: the characters; empty where the box holds none.
        edges: columns where one character ends and the next begins, one more than there are
            characters; empty where that is not known.
    """

    levels: tuple[Pixels, ...]
    box: Box
    text: str
    edges: tuple[float, ...] = ()

    @classmethod
    def of(cls, image: Pixels, box: Box, text: str, edges: tuple[float, ...] = ()) -> "NumberLine":
        """From RGB pixels."""
        return cls(shrinking_levels(image, 4), box, text, edges)


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


@dataclass(frozen=True)
class CropStock:
    """Everything that crops are made of, prepared once."""

    drawn: tuple[NumberLine, ...]
    real: tuple[NumberLine, ...]
    noise: NoiseBank

    @classmethod
    def of(
        cls,
        rng: np.random.Generator,
        n_drawn: int,
        real: Sequence[NumberLine],
        fonts: Sequence[str] = (),
        race: RaceBibs | None = None,
    ) -> "CropStock":
        """Draws the sheets, two of three with one of `fonts` where there are any.

        Every other sheet is of `race`, where there is one, in that race's own font.
        """
        drawn = []
        for place in range(n_drawn):
            if race is not None and place % 2:
                drawn.append(_of_race(race, rng))
                continue
            style = random_style(rng)
            if fonts and rng.random() < 2 / 3:
                style = replace(style, font=str(rng.choice(list(fonts))))
            if rng.random() < 0.15:
                style = replace(style, paper=style.ink, ink=style.paper)
            sheet = render_bib(number_text(rng), rng, 160, style)
            line = on_cloth(sheet, rng, character_edges(sheet, style.font))
            drawn.append(with_caption(line, rng) if rng.random() < 0.35 else line)
        return cls(tuple(drawn), tuple(real), NoiseBank.of(rng, NOISE_PX))


def _of_race(race: RaceBibs, rng: np.random.Generator) -> NumberLine:
    """A sheet that a runner of the race could wear."""
    style = race.style(rng)
    sheet = render_bib(race.text(rng), rng, 160, style)
    return on_cloth(sheet, rng, character_edges(sheet, style.font))


def number_text(rng: np.random.Generator) -> str:
    """A bib's characters: mostly one to five digits, sometimes letters and a dash round them."""
    length = int(rng.choice([1, 2, 3, 4, 5], p=[0.06, 0.14, 0.3, 0.34, 0.16]))
    text = "".join(str(d) for d in rng.integers(0, 10, length))
    # Races give out the low numbers first, and a 1 at an edge is what is overlooked.
    if rng.random() < 0.2:
        text = "1" + text[1:]
    # Races avoid I and O, which nobody could tell from 1 and 0.
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    shape = rng.random()
    if shape < 0.18:
        text = str(rng.choice(list(letters))) + text
    elif shape < 0.24:
        text += str(rng.choice(list(letters)))
    elif shape < 0.28:
        text = str(rng.choice(list(letters))) + "-" + text
    elif shape < 0.32:
        text = "".join(rng.choice(list(letters), 2)) + text[:4]
    return text[:6]


def on_cloth(
    sheet: BibSheet, rng: np.random.Generator, edges: tuple[float, ...] = ()
) -> NumberLine:
    """A drawn sheet on a shirt of any colour, with some of the shirt round it."""
    height, width = sheet.image.shape[:2]
    rim = height // 6
    cloth = np.empty((height + 2 * rim, width + 2 * rim, 3), np.uint8)
    cloth[:] = rng.integers(0, 256, 3)
    inner = cloth[rim : rim + height, rim : rim + width]
    alpha = sheet.image[..., 3:].astype(np.uint16)
    mixed = (sheet.image[..., :3] * alpha + inner * (255 - alpha)) // 255
    inner[:] = mixed.astype(np.uint8)
    x0, y0, x1, y1 = (side + rim for side in sheet.number_xyxy)
    return NumberLine.of(cloth, (x0, y0, x1, y1), sheet.text, tuple(x + rim for x in edges))


def with_caption(line: NumberLine, rng: np.random.Generator) -> NumberLine:
    """The line with a name or a title close under or over it, as many bibs have it."""
    x0, y0, x1, y1 = line.box
    height = y1 - y0
    image = line.levels[0].copy()
    letters = rng.choice(list("ABCDEFGHIKLMNOPRSTUVWYaeiou   "), int(rng.integers(4, 16)))
    size = height * rng.uniform(0.15, 0.4)
    gap = height * rng.uniform(0.06, 0.4)
    y = y1 + gap + size if rng.random() < 0.7 else y0 - gap
    inside = image[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1].reshape(-1, 3)
    brightness = inside.sum(1)
    # In the ink of the number, which is the darker or the brighter part of its box.
    ink = inside[brightness.argmin() if brightness.mean() > 384 else brightness.argmax()]
    x = rng.uniform(min(x0, 0.3 * image.shape[1]), 0.5 * (x0 + x1))
    cv2.putText(
        image,
        "".join(letters),
        (round(x), round(y)),
        int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX])),
        # The capitals of these fonts are 22 pixels tall at scale 1.
        size / 22,
        tuple(int(v) for v in ink),
        max(1, round(size / 7)),
        cv2.LINE_AA,
    )
    return NumberLine.of(image, line.box, line.text, line.edges)


def make_crop(stock: CropStock, mix: CropMix, rng: np.random.Generator) -> tuple[Pixels, str]:
    """One crop, uint8 RGB of the camera's size, and its text."""
    lines = stock.real if stock.real and rng.random() < mix.real_share else stock.drawn
    line = lines[int(rng.integers(len(lines)))]
    if lines is stock.drawn and rng.random() < mix.empty_share:
        line = beside(line)
    elif len(line.text) > 1 and line.edges and rng.random() < mix.part_share:
        line = partly_covered(line, rng)
    crop = cut(line, mix, rng)
    if rng.random() < mix.stroke_share:
        _strike(crop, rng)
    if rng.random() < mix.negative_share:
        crop = 255 - crop
    return relight(crop, rng, stock.noise), line.text


def beside(line: NumberLine) -> NumberLine:
    """The larger part of the picture above or below its number, which says no number."""
    height, width = line.levels[0].shape[:2]
    _, y0, _, y1 = line.box
    above = y0 > height - y1
    top, bottom = (0.15 * y0, 0.9 * y0) if above else (y1 + 0.1 * (height - y1), 0.95 * height)
    return NumberLine(line.levels, (0.1 * width, top, 0.9 * width, max(bottom, top + 4)), "")


def partly_covered(line: NumberLine, rng: np.random.Generator) -> NumberLine:
    """The line with an arm or a shirt over the characters at one end, and the text of the rest.

    The box goes round the rest or, as often, round everything.
    """
    x0, y0, x1, y1 = line.box
    height = y1 - y0
    n_left = int(rng.integers(1, len(line.text)))
    joint, covers_right = line.edges[n_left], bool(rng.random() < 0.5)
    image = line.levels[0].copy()
    lean = rng.normal(0, 0.08) * height
    end = image.shape[1] if covers_right else 0
    corners = [(joint + lean, 0), (end, 0), (end, image.shape[0]), (joint - lean, image.shape[0])]
    colour = tuple(int(v) for v in rng.integers(0, 256, 3))
    cv2.fillPoly(image, [np.array(corners, np.int32)], colour)
    text = line.text[:n_left] if covers_right else line.text[n_left:]
    if rng.random() < 0.5:
        x0, x1 = (x0, joint) if covers_right else (joint, x1)
    return NumberLine.of(image, (x0, y0, x1, y1), text)


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
    # A tilted box round what lies beside a number would hold the number too.
    turn = _turn(mix.tilt, rng) if line.text else np.eye(2)
    seen = _corners(line.box) @ turn.T
    (x0, y0), (x1, y1) = seen.min(0), seen.max(0)
    left, right = (max(rng.normal(margin, 0.12), -0.04) * height for _ in range(2))
    loose = 0.35 if rng.random() < 0.25 else 0.09
    above, below = (max(rng.normal(MARGIN_ALONG, loose), -0.05) * height for _ in range(2))
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
