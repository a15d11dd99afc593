"""What crops of number lines are made of: drawn sheets on clothes, and photographs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.simulate.bib import BibSheet, character_edges, random_style, render_bib
from engines.simulate.race_bibs import RaceBibs
from engines.train.light import NoiseBank
from engines.train.pictures import shrinking_levels

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
class Photographs:
    """Parts of photographs whose texts nobody knows.

    Attributes:
        lines: number lines, and what could be taken for one.
        cloths: uint8 RGB [h, w, 3], parts of people without a bib.
    """

    lines: tuple[NumberLine, ...] = ()
    cloths: tuple[Pixels, ...] = ()


NO_PHOTOGRAPHS: Final = Photographs()


@dataclass(frozen=True)
class CropStock:
    """Everything that crops are made of, prepared once."""

    drawn: tuple[NumberLine, ...]
    real: tuple[NumberLine, ...]
    noise: NoiseBank
    photographs: Photographs = NO_PHOTOGRAPHS

    @classmethod
    def of(
        cls,
        rng: np.random.Generator,
        n_drawn: int,
        real: Sequence[NumberLine],
        fonts: Sequence[str] = (),
        race: RaceBibs | None = None,
        photographs: Photographs = NO_PHOTOGRAPHS,
        letter_share: float = 0.32,
    ) -> "CropStock":
        """Draws the sheets, two of three with one of `fonts` where there are any.

        Every other sheet is of `race`, where there is one, in that race's own font. `letter_share`
        is that of the other texts with a letter, 0..1.
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
            sheet = render_bib(number_text(rng, letter_share), rng, 160, style)
            line = on_cloth(sheet, rng, character_edges(sheet, style.font), photographs.cloths)
            drawn.append(with_caption(line, rng) if rng.random() < 0.35 else line)
        return cls(tuple(drawn), tuple(real), NoiseBank.of(rng, NOISE_PX), photographs)


def _of_race(race: RaceBibs, rng: np.random.Generator) -> NumberLine:
    """A sheet that a runner of the race could wear."""
    style = race.style(rng)
    sheet = render_bib(race.text(rng), rng, 160, style)
    return on_cloth(sheet, rng, character_edges(sheet, style.font))


def number_text(rng: np.random.Generator, letter_share: float = 0.32) -> str:
    """A bib's characters: one to five digits, in this share with letters and a dash round them."""
    length = int(rng.choice([1, 2, 3, 4, 5], p=[0.06, 0.14, 0.3, 0.34, 0.16]))
    text = "".join(str(d) for d in rng.integers(0, 10, length))
    # Races give out the low numbers first, and a 1 at an edge is what is overlooked.
    if rng.random() < 0.2:
        text = "1" + text[1:]
    # Races avoid I and O, which nobody could tell from 1 and 0.
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    shape = rng.random() * 0.32 / max(letter_share, 1e-9)
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
    sheet: BibSheet,
    rng: np.random.Generator,
    edges: tuple[float, ...] = (),
    cloths: Sequence[Pixels] = (),
) -> NumberLine:
    """A drawn sheet on a shirt of any colour, or on one of `cloths`, and some of that round it."""
    height, width = sheet.image.shape[:2]
    rim = height // 3
    cloth = np.empty((height + 2 * rim, width + 2 * rim, 3), np.uint8)
    cloth[:] = rng.integers(0, 256, 3)
    if cloths and rng.random() < 0.75:
        part = cloths[int(rng.integers(len(cloths)))]
        cloth[:] = cv2.resize(part, (cloth.shape[1], cloth.shape[0]))
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
