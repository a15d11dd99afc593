"""The bibs of one race, as far as its organiser knows them before the day.

What is told (font, colours, logos, title, shape, numbers) is drawn as told; what is not (heights,
bands, pins, folds) is left to chance, so that a network learns this race's bibs and not one sheet.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.number_range import NumberRange
from engines.simulate.bib_style import BibStyle, Colour, luminance, random_style

_WHITE: Final[Colour] = (252, 252, 250)
_BLACK: Final[Colour] = (12, 12, 14)
_LEAST_CONTRAST: Final = 60.0
"""Least difference, 0..441, of an ink from its paper: nobody prints less."""
_NEVER_DRAWN: Final = "\uffff"


@dataclass(frozen=True, slots=True)
class RaceBibs:
    """How one race prints its bibs; whatever is empty is not known and drawn at random.

    Attributes:
        font: absolute path of a TrueType or OpenType font.
        papers, inks: colours of the sheet and its characters, one pair for each wave. One ink
            alone goes with every paper, and one paper alone with every ink.
        logos: absolute paths of pictures, printed side by side.
        title: what is written above or below the number.
        aspect: width of the sheet over its height, 0 where it is not known.
        numbers: ranges of the bibs.
        listed: bibs of the start list, drawn where there are no ranges.

    Raises:
        ValueError: the colours do not go together.
    """

    font: str = ""
    papers: tuple[Colour, ...] = ()
    inks: tuple[Colour, ...] = ()
    logos: tuple[str, ...] = ()
    title: str = ""
    aspect: float = 0.0
    numbers: tuple[NumberRange, ...] = ()
    listed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n_papers, n_inks = len(self.papers), len(self.inks)
        if min(n_papers, n_inks) > 1 and n_papers != n_inks:
            raise ValueError(
                f"{n_papers} paper and {n_inks} ink colours make no pairs; give one ink for each "
                "paper, or one for all"
            )
        for paper, ink in self._told_pairs():
            if np.linalg.norm(np.subtract(paper, ink)) < _LEAST_CONTRAST:
                raise ValueError(
                    f"ink {hex_of(ink)} on paper {hex_of(paper)} cannot be read; colours go "
                    "together in the order of the lists"
                )

    @property
    def n_texts(self) -> int:
        """How many bibs there are, ranges that overlap counted twice."""
        return sum(map(len, self.numbers)) if self.numbers else len(self.listed)

    @property
    def characters(self) -> frozenset[str]:
        """Every character that the bibs can have."""
        if not self.numbers:
            return frozenset("".join(self.listed))
        letters = "".join(numbers.before + numbers.after for numbers in self.numbers)
        return frozenset(letters + "0123456789")

    def text(self, rng: np.random.Generator) -> str:
        """One of the race's bibs; each as likely as every other.

        Raises:
            ValueError: neither ranges nor listed bibs are known.
        """
        if not self.n_texts:
            raise ValueError("the race's numbers are not known")
        return self._at(int(rng.integers(self.n_texts)))

    def some_texts(self, rng: np.random.Generator, most: int) -> tuple[str, ...]:
        """Different bibs in no order, `most` where there are so many."""
        # Bibs in two ranges come twice: draw a few more and leave the copies out.
        n = min(self.n_texts, 2 * most)
        places = rng.choice(self.n_texts, n, replace=False) if n else ()
        return tuple(dict.fromkeys(self._at(int(place)) for place in places))[:most]

    def _at(self, place: int) -> str:
        """The bib at a place, 0 the first, range by range."""
        if not self.numbers:
            return self.listed[place]
        ends = list(accumulate(map(len, self.numbers)))
        row = bisect_right(ends, place)
        return self.numbers[row].text(place - (ends[row] - len(self.numbers[row])))

    def style(self, rng: np.random.Generator) -> BibStyle:
        """A style of sheet that fits what is known, in the colours of one wave."""
        style = self._layout(random_style(rng), rng)
        waves = self.waves(style)
        return waves[int(rng.integers(len(waves)))]

    def waves(self, style: BibStyle) -> tuple[BibStyle, ...]:
        """The style in the colours of each wave; itself where no colour is known."""
        pairs = tuple(self._told_pairs())
        if not pairs:
            return (style,)
        plain = replace(style, outline=None, gradient=0.0)
        return tuple(replace(plain, paper=paper, ink=ink) for paper, ink in pairs)

    def _told_pairs(self) -> Iterator[tuple[Colour, Colour]]:
        """Paper and ink of each wave; nothing where no colour is known."""
        papers, inks = self.papers, self.inks
        if inks and not papers:
            papers = tuple(_WHITE if luminance(ink) < 128 else _BLACK for ink in inks)
        if papers and not inks:
            inks = tuple(_BLACK if luminance(paper) > 110 else _WHITE for paper in papers)
        n = max(len(papers), len(inks))
        for wave in range(n):
            yield papers[wave % len(papers)], inks[wave % len(inks)]

    def _layout(self, style: BibStyle, rng: np.random.Generator) -> BibStyle:
        """The style with everything that is known but the colours."""
        if self.font:
            style = replace(style, font=self.font)
        if self.aspect:
            style = replace(style, aspect=self.aspect)
        if self.title:
            style = replace(style, event=self.title)
        if self.logos:
            above = bool(rng.random() < 0.5)
            style = replace(style, logos=0, name="", pictures=self.logos, pictures_above=above)
        # The title stands in the top band, or below where the logos have that one.
        pictures, title = bool(self.logos), bool(self.title)
        top, bottom = (pictures, title) if style.pictures_above else (title, pictures)
        if top and style.top_band < 0.1:
            style = replace(style, top_band=float(rng.uniform(0.12, 0.24)))
        if bottom and style.bottom_band < 0.1:
            style = replace(style, bottom_band=float(rng.uniform(0.12, 0.22)))
        return style


def hex_of(colour: Colour) -> str:
    """``#rrggbb``."""
    return "#" + "".join(f"{part:02x}" for part in colour)


def missing_characters(font: str, characters: Iterable[str]) -> str:
    """Those of `characters` that a font file cannot draw, sorted.

    Raises:
        OSError: the file is absent or no font.
    """
    opened = ImageFont.truetype(font, 32)
    box = _ink(opened, _NEVER_DRAWN)
    return "".join(c for c in sorted(set(characters)) if _ink(opened, c) in (b"", box))


def _ink(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    """What a font draws for one character, empty where that is nothing."""
    canvas = Image.new("L", (96, 96))
    ImageDraw.Draw(canvas).text((32, 32), character, 255, font)
    box = canvas.getbbox()
    return canvas.crop(box).tobytes() if box else b""
