"""Who somebody looks like, in words that claim no more than was measured. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from engines.faces.port import FaceTemplate
from engines.types import Floats
from stream.matching.calibrated import PHOTOS
from stream.store.people import KnownTemplate

MOST: Final = 3
"""Matches that are told of one face or person."""

_POSSIBLE: Final = 0.25
"""Most others, by chance, at which a likeness is called possible."""
_LEAST_WEIGHT: Final = 0.02
"""What the poorest template weighs among others of the same runner."""


class By(StrEnum):
    """What was compared."""

    FACE = "face"
    APPEARANCE = "appearance"


class Says(StrEnum):
    """How far a likeness goes. None of them is proof."""

    LIKELY = "likely"
    """So like one that hardly anybody else among those compared would be, by chance."""
    POSSIBLE = "possible"
    """It would be a surprise, not a wonder, if somebody else compared were so like, by chance."""
    WEAK = "weak"
    """Others would be so like by chance: a place to begin looking, no more."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How often somebody else is as like as a likeness says.

    Attributes:
        likeness: rising corners; below the first nothing is told.
        others: share of other people who reach them, falling, 0..1; flat beyond the last corner,
            so that no likeness says more than was measured.
        likely: most others, by chance, at which it is called likely; None never calls it so.
    """

    likeness: tuple[float, ...]
    others: tuple[float, ...]
    likely: float | None

    def chance(self, likeness: float, n: int) -> float:
        """How many of `n` other people are so like, by chance."""
        logs = np.log(self.others)
        return float(n * np.exp(np.interp(likeness, self.likeness, logs)))

    def says(self, chance: float) -> Says:
        """The word for a number of others, by chance."""
        if self.likely is not None and chance <= self.likely:
            return Says.LIKELY
        return Says.POSSIBLE if chance <= _POSSIBLE else Says.WEAK


FACE_SCALE: Final = Scale(
    likeness=(0.912, 0.921, 0.942, 0.960), others=(0.10, 0.05, 0.01, 0.002), likely=0.05
)
"""Of dlib's templates: 500 pairs of two runners in race photos, faces of 49 px with the boxes of
our own detector, one of the two of several pictures (`finishline evaluate faces --own-boxes`)."""

CLEAR_FACE: Final = 0.4
"""Quality from which a face alone may say that it is another person's."""
OTHER_FACE: Final = 0.88
"""Likeness below which two such faces are two persons', of dlib's templates: of 38 pairs of
portraits and 16 of RBNR that show one person none is below it (the lowest .917), of 262 and 230
that show two 242 and 135 are. Beyond doubt, so that nobody is turned away by a poor day."""

_LEAST_TELLING: Final = 2.0
"""From where on a likeness of clothes is told: so many times rarer between two runners than between
two pictures of one. Below, clothes in photos are like those of nearly everybody."""
_TELLING: Final = [
    (score, float(np.exp(-log)))
    for score, log in zip(PHOTOS.scores, PHOTOS.log_ratios, strict=True)
    if log >= np.log(_LEAST_TELLING)
]

APPEARANCE_SCALE: Final = Scale(
    likeness=tuple(score for score, _ in _TELLING),
    others=tuple(share for _, share in _TELLING),
    likely=None,
)
"""Of runners in photos, see `stream.matching.calibrated`, for what was sent is a photo, whatever it
is compared with. Even the likest clothes are only 35 times rarer, so that many a race has others
who are so like: never more than possible."""

SCALES: Final = {By.FACE: FACE_SCALE, By.APPEARANCE: APPEARANCE_SCALE}


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who looks like the one in the picture.

    Attributes:
        bib: None for an enrolled person without one.
        person: number of an enrolled person; None for a pivot.
        name: of an enrolled person.
        likeness: cosine of the two templates, -1..1.
        by: what was compared.
        others: how many of all who were compared would be so like by chance.
        says: the same in a word.
    """

    bib: str | None
    person: int | None
    name: str | None
    likeness: float
    by: By
    others: float
    says: Says


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Those who may be compared, one row each.

    Attributes:
        who: one template of each, for bib, number and name.
        vectors: float32 ``[N, D]``, each of length 1.
    """

    by: By
    who: tuple[KnownTemplate, ...]
    vectors: Floats

    def best(self, vector: Floats) -> tuple[Match, ...]:
        """The likest, at most `MOST`, none below the scale's first corner.

        Args:
            vector: float32 ``[D]`` of length 1.
        """
        if not self.who:
            return ()
        likeness = self.vectors @ vector
        scale = SCALES[self.by]
        told = []
        for place in np.argsort(-likeness, kind="stable")[:MOST].tolist():
            like = float(likeness[place])
            if like >= scale.likeness[0]:
                one = self.who[place]
                chance = scale.chance(like, len(self.who))
                told.append(
                    Match(one.bib, one.person, one.name, like, self.by, chance, scale.says(chance))
                )
        return tuple(told)


def gallery(by: By, templates: Sequence[KnownTemplate]) -> Gallery:
    """All templates of each runner put together, weighted by their quality.

    Raises:
        ValueError: templates differ in length, or those of one runner cancel each other out.
    """
    groups: defaultdict[tuple[int | None, str | None], list[KnownTemplate]] = defaultdict(list)
    for one in templates:
        groups[one.person, None if one.person is not None else one.bib].append(one)
    if not groups:
        return Gallery(by, (), np.zeros((0, 0), np.float32))
    rows = [_mean(group) for group in groups.values()]
    return Gallery(by, tuple(group[0] for group in groups.values()), np.stack(rows))


def stranger(templates: Sequence[FaceTemplate]) -> tuple[int, int] | None:
    """The first face that is another person's than the one that is likest to all.

    Args:
        templates: of dlib; poor ones, see `CLEAR_FACE`, neither are nor name a stranger.

    Returns:
        Places of the stranger and of that face; None where nobody is clearly another person.
    """
    clear = [n for n, one in enumerate(templates) if one.quality >= CLEAR_FACE]
    if len(clear) < 2:
        return None
    vectors = np.stack([templates[n].vector for n in clear])
    likeness = vectors @ vectors.T
    # Rounded, so that of two alone the first is the measure.
    middle = int(np.round(likeness.sum(axis=1), 3).argmax())
    others = np.flatnonzero(likeness[middle] < OTHER_FACE)
    return (clear[int(others[0])], clear[middle]) if len(others) else None


def _mean(templates: Sequence[KnownTemplate]) -> Floats:
    weights = np.array([max(one.quality, _LEAST_WEIGHT) for one in templates], np.float32)
    mean = weights @ np.stack([one.vector for one in templates])
    length = float(np.linalg.norm(mean))
    if length == 0:
        raise ValueError(f"the templates of {templates[0].bib!r} cancel each other out")
    return np.asarray(mean / length, np.float32)
