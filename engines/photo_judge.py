"""How far one photo's reading of a number can be believed.

Video shows a runner again and again; a photo shows a bib once, and what an arm or a neighbour
hides of it stays hidden. So the readings are weighed with what the bib's place and shape tell:
half a bib is narrower than a bib, half a number stands off its middle, and short numbers are more
often halves than whole. The weights are those of a logistic regression on simulated races, see
`engines.train.photo_judge`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.consensus import likeliest_bib, likely_texts, mean_probability
from engines.patterns import Patterns
from engines.types import Box, Reading

WHOLE_SHAPE: Final = 1.1
"""Width over height from which a sheet tells nothing: bibs are seldom narrower."""

SUPPORT: Final = 0.1
"""Probability of a text from which a reading supports it."""

_LEAST: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class PhotoLine:
    """One number line of a photo and everything that was read there.

    Attributes:
        number: the line, pixels of the photo.
        sheet: the bib round it, where one was found.
        sharpness: of the line, 0..1.
        readings: of its views, at least one.
    """

    number: Box
    sheet: Box | None
    sharpness: float
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against a reading; the weights have the same fields, in this order.

    Attributes:
        log_odds: of the text among all texts, by the readings and the race's patterns.
        one_character, two_characters: 1.0 where the text has so many.
        blurred: how far the sharpness is below a half, times four, 0..2.
        narrow: how far the sheet's shape is below `WHOLE_SHAPE`, at most 0.7.
        off_centre: difference of the gaps left and right of the number, in characters, 0..3.
        no_sheet: 1.0 where no bib was found round the line.
    """

    log_odds: float
    one_character: float
    two_characters: float
    blurred: float
    narrow: float
    off_centre: float
    no_sheet: float

    def row(self) -> list[float]:
        """The values in order."""
        return [
            self.log_odds, self.one_character, self.two_characters, self.blurred, self.narrow,
            self.off_centre, self.no_sheet,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judge:
    """Weights of `Evidence` and what is added to them."""

    weights: Evidence
    bias: float

    def probability(self, evidence: Evidence) -> float:
        """That the text is the whole bib, 0..1."""
        odds = float(np.dot(self.weights.row(), evidence.row())) + self.bias
        return float(1 / (1 + np.exp(-odds)))


JUDGE: Final = Judge(
    weights=Evidence(
        log_odds=0.71,
        one_character=-2.64,
        two_characters=-3.1,
        blurred=-0.67,
        narrow=-3.87,
        off_centre=-1.36,
        no_sheet=-0.35,
    ),
    bias=0.79,
)
"""Written by `python -m engines.train.photo_judge`."""


def judged(line: PhotoLine, patterns: Patterns, judge: Judge = JUDGE) -> tuple[str, float]:
    """The likeliest bib of a line and the probability that it is right.

    ("", 0.0) where there is none, or where no second reading supports it.
    """
    text, probability = likeliest_bib(mean_probability(line.readings), patterns)
    support = sum(likely_texts(reading).get(text, 0.0) >= SUPPORT for reading in line.readings)
    if not text or support < 2:
        return "", 0.0
    return text, judge.probability(evidence_of(line, text, probability))


def evidence_of(line: PhotoLine, text: str, probability: float) -> Evidence:
    """What speaks for and against `text`, which is likely by its readings alone."""
    bounded = float(np.clip(probability, _LEAST, 1 - _LEAST))
    narrow, off_centre = (0.0, 0.0) if line.sheet is None else _place(line.number, line.sheet, text)
    return Evidence(
        log_odds=float(np.log(bounded / (1 - bounded))),
        one_character=float(len(text) == 1),
        two_characters=float(len(text) == 2),
        blurred=max(0.5 - line.sharpness, 0.0) * 4,
        narrow=narrow,
        off_centre=off_centre,
        no_sheet=float(line.sheet is None),
    )


def _place(number: Sequence[float], sheet: Sequence[float], text: str) -> tuple[float, float]:
    """How narrow the sheet is, and how far from its middle the number stands."""
    shape = (sheet[2] - sheet[0]) / max(sheet[3] - sheet[1], 1.0)
    character = max(number[2] - number[0], 1.0) / len(text)
    left, right = number[0] - sheet[0], sheet[2] - number[2]
    narrow = float(np.clip(WHOLE_SHAPE - shape, 0.0, 0.7))
    return narrow, min(abs(left - right) / character, 3.0)
