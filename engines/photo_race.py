"""What was read in the photos of a race, and what all of them together say about one.

A bib is in several photos as a rule: what half an arm hides in one, another shows. So what a line
reads like is believed more where another photo of the race reads the same. Photos of one burst do
not count for each other: what was hidden in one was hidden in the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engines.consensus import is_bib, learnt_patterns, likely_texts, mean_probability
from engines.number_range import NumberRange
from engines.patterns import Patterns
from engines.types import Box, Reading

SUPPORT: Final = 0.1
"""Probability of a text from which a reading supports it."""

BURST_S: Final = 2.0
"""Photos closer in time than this show the same moment."""

_LEAST_SEEN: Final = 0.05
_MOST_KEPT: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class PhotoLine:
    """One number line of a photo and what its views said.

    Attributes:
        number: the line, pixels of the photo.
        sheet: the bib round it, where one was found.
        sharpness: of the line, 0..1.
        texts: probability of each likely text, 0..1, a mean over the views.
        support: how many views support a text; texts that none does are left out.
    """

    number: Box
    sheet: Box | None
    sharpness: float
    texts: Mapping[str, float]
    support: Mapping[str, int]


def heard(
    readings: Sequence[Reading], trusts: Sequence[float] | None = None
) -> tuple[dict[str, float], dict[str, int]]:
    """What the views of one line say: `PhotoLine.texts` and `PhotoLine.support`.

    Args:
        readings: of the views, at least one.
        trusts: how much the word of each weighs; alike where none are given.
    """
    support: dict[str, int] = {}
    for reading in readings:
        for text, probability in likely_texts(reading).items():
            if probability >= SUPPORT:
                support[text] = support.get(text, 0) + 1
    return mean_probability(readings, trusts), support


@dataclass(frozen=True, slots=True, eq=False)
class KnownRace:
    """What is known of a race from its photos.

    Attributes:
        patterns: what its bibs look like.
        seen: by text the photos that show it and how probable it is there, 0..1; the likeliest
            few.
        taken_s: when each photo was taken, seconds; None where not known.
    """

    patterns: Patterns = field(default_factory=Patterns)
    seen: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    taken_s: Sequence[float | None] = ()

    @classmethod
    def of(
        cls,
        photos: Sequence[Sequence[PhotoLine]],
        taken_s: Sequence[float | None] = (),
        numbers: Sequence[NumberRange] = (),
    ) -> KnownRace:
        """What the photos of one race say together.

        Args:
            photos: the lines of each.
            taken_s: when each was taken; left out where no photo tells.
            numbers: the bibs that were given out; empty where nobody said.
        """
        seen: dict[str, dict[int, float]] = {}
        for number, lines in enumerate(photos):
            for text, probability in _texts(lines):
                shown = seen.setdefault(text, {})
                shown[number] = max(shown.get(number, 0.0), probability)
        best = {text: _best(shown, taken_s) for text, shown in seen.items()}
        patterns = learnt_patterns([line.texts for lines in photos for line in lines], numbers)
        return cls(patterns, best, taken_s)

    def elsewhere(self, text: str, photo: int | None) -> float:
        """How probable `text` is in the photo that shows it best besides `photo`, 0..1.

        0 for a text of one character: any race has every one of them.

        Args:
            text: what a line may read.
            photo: number of its photo among the race's; None where it is not one of them.
        """
        if len(text) < 2:
            return 0.0
        shown = self.seen.get(text, {})
        return max((p for other, p in shown.items() if self._is_apart(photo, other)), default=0.0)

    def _is_apart(self, photo: int | None, other: int) -> bool:
        if photo is None or photo == other:
            return photo is None
        return not _same_moment(photo, other, self.taken_s)


def _texts(lines: Sequence[PhotoLine]) -> list[tuple[str, float]]:
    return [
        (text, probability)
        for line in lines
        for text, probability in line.texts.items()
        if probability >= _LEAST_SEEN and is_bib(text)
    ]


def _best(shown: Mapping[int, float], taken_s: Sequence[float | None]) -> dict[int, float]:
    """The likeliest few photos: a bib that is in hundreds must not fill the memory. Of a burst one
    is kept, or a long one would leave no room for other moments."""
    kept: dict[int, float] = {}
    for photo, probability in sorted(shown.items(), key=lambda one: -one[1]):
        if not any(_same_moment(photo, other, taken_s) for other in kept):
            kept[photo] = probability
        if len(kept) == _MOST_KEPT:
            break
    return kept


def _same_moment(one: int, other: int, taken_s: Sequence[float | None]) -> bool:
    """Whether two photos are of one burst; not where nobody knows when they were taken."""
    if max(one, other) >= len(taken_s):
        return False
    first, second = taken_s[one], taken_s[other]
    return first is not None and second is not None and abs(first - second) < BURST_S
