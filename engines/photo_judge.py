"""How far one photo's reading of a number can be believed.

Video shows a runner again and again; a photo shows a bib once, and what an arm or a neighbour
hides of it stays hidden. So the readings are weighed with what the bib's place and shape tell
(half a bib is narrower than a bib, half a number stands off its middle, and where most bibs are
longer a short number is more often half of one than whole) and with what other photos of the race
show. The weights are those of a logistic regression on simulated races, see
`engines.train.photo_judge`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.consensus import likeliest_bib
from engines.photo_race import KnownRace, PhotoLine

WHOLE_SHAPE: Final = 1.1
"""Width over height from which a sheet tells nothing: bibs are seldom narrower."""

_LEAST: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against a reading; the weights have the same fields, in this order.

    Attributes:
        log_odds: of the text among all texts, by the readings and the race's patterns.
        one_character, two_characters, three_characters: where the text has so many, the share of
            the race's bibs that have more, 0..1.
        blurred: how far the sharpness is below a half, times four, 0..2.
        narrow: how far the sheet's shape is below `WHOLE_SHAPE`, at most 0.7.
        off_centre: difference of the gaps left and right of the number, in characters, 0..3.
        no_sheet: 1.0 where no bib was found round the line.
        elsewhere: how probable the text is in another photo of the race, 0..1.
    """

    log_odds: float
    one_character: float
    two_characters: float
    three_characters: float
    blurred: float
    narrow: float
    off_centre: float
    no_sheet: float
    elsewhere: float

    def row(self) -> list[float]:
        """The values in order."""
        return [
            self.log_odds, self.one_character, self.two_characters, self.three_characters,
            self.blurred, self.narrow, self.off_centre, self.no_sheet, self.elsewhere,
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
        log_odds=0.57,
        one_character=-3.22,
        two_characters=-4.29,
        three_characters=-1.0,
        blurred=-0.3,
        narrow=-3.31,
        off_centre=-0.17,
        no_sheet=-0.76,
        elsewhere=2.66,
    ),
    bias=-0.13,
)
"""Written by `python -m engines.train.photo_judge`, in races whose bibs have three or four
characters: there, nearly every bib is longer than a text of one or two. The weight of three was
picked afterwards among four values, on ten drawn races; fitted anew on them it is the same."""


def judged(
    line: PhotoLine, race: KnownRace, photo: int | None = None, judge: Judge = JUDGE
) -> tuple[str, float]:
    """The likeliest bib of a line and the probability that it is right.

    ("", 0.0) where there is none, or where no second view supports it.

    Args:
        line: of a photo.
        race: what is known of it.
        photo: which of the race's photos it is; None where it is none of them.
        judge: the weights.
    """
    text, probability = likeliest_bib(line.texts, race.patterns)
    if not text or line.support.get(text, 0) < 2:
        return "", 0.0
    elsewhere = race.elsewhere(text, photo)
    longer = race.patterns.longer_share(len(text))
    return text, judge.probability(evidence_of(line, text, probability, elsewhere, longer))


def evidence_of(
    line: PhotoLine, text: str, probability: float, elsewhere: float, longer: float
) -> Evidence:
    """What speaks for and against `text`, which is so probable by its views alone, and in another
    photo, in a race that has such a share of longer bibs."""
    bounded = float(np.clip(probability, _LEAST, 1 - _LEAST))
    narrow, off_centre = (0.0, 0.0) if line.sheet is None else _place(line.number, line.sheet, text)
    return Evidence(
        log_odds=float(np.log(bounded / (1 - bounded))),
        one_character=longer if len(text) == 1 else 0.0,
        two_characters=longer if len(text) == 2 else 0.0,
        three_characters=longer if len(text) == 3 else 0.0,
        blurred=max(0.5 - line.sharpness, 0.0) * 4,
        narrow=narrow,
        off_centre=off_centre,
        no_sheet=float(line.sheet is None),
        elsewhere=elsewhere,
    )


def _place(number: Sequence[float], sheet: Sequence[float], text: str) -> tuple[float, float]:
    """How narrow the sheet is, and how far from its middle the number stands."""
    shape = (sheet[2] - sheet[0]) / max(sheet[3] - sheet[1], 1.0)
    character = max(number[2] - number[0], 1.0) / len(text)
    left, right = number[0] - sheet[0], sheet[2] - number[2]
    narrow = float(np.clip(WHOLE_SHAPE - shape, 0.0, 0.7))
    return narrow, min(abs(left - right) / character, 3.0)
