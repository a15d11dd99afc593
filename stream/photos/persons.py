"""The persons of a photo, and who wears a bib. Pure.

The detector sees a photo at several sizes and gives two or three boxes to one runner: the whole
one, half of one, one with a neighbour's arm. The surest of them shows the runner best.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from engines.boxes import holds
from engines.photo_lines import torso
from engines.types import Box
from stream.photos.found import FoundBox

_SAME_OVERLAP: Final = 0.35
_SAME_INSIDE: Final = 0.7
"""Intersection over union, and over the smaller one, from which two boxes are one person. Looked
at on group photos of road races: runners beside each other stay two."""
_HALF_INSIDE: Final = 0.5
"""The same for a box that has a number in it which somebody wears already: legs with a bib."""

_SIZE_WEIGHT: Final = 0.3
"""Of a person's size against how far off the middle a number is: a box of twice the area counts as
much as a fifth of the width."""


@dataclass(slots=True)
class Persons:
    """The persons of a photo, given away one by one.

    Attributes:
        free: one box for each person who wears no bib so far, surest first.
        spare: further boxes, of the same persons or of somebody close to them.
        wearers: who wears a bib, with its number.
    """

    free: list[FoundBox] = field(default_factory=list)
    spare: list[FoundBox] = field(default_factory=list)
    wearers: list[tuple[Box, Box]] = field(default_factory=list)

    @classmethod
    def of(cls, boxes: Sequence[FoundBox]) -> Persons:
        """The persons that a detector's boxes show."""
        persons = cls()
        for box in sorted(boxes, key=lambda box: -box.score):
            is_new = not any(_are_one(box.box, other.box) for other in persons.free)
            (persons.free if is_new else persons.spare).append(box)
        return persons

    def take_wearer(self, number: Box, is_sure: bool) -> FoundBox | None:
        """The person who wears a number, whom nobody else gets then: the best whose torso has
        it, or whose box does, as bibs on belts of runners whom the photo cuts off. A sure number
        may take a spare box as well: two runners close to each other.

        Args:
            number: the line of characters.
            is_sure: whether it is believed enough to be somebody's own.
        """
        for boxes in (self.free, self.spare) if is_sure else (self.free,):
            holders = [person for person in boxes if holds(torso(person.box), number)]
            holders = holders or [person for person in boxes if holds(person.box, number)]
            if holders:
                wearer = min(holders, key=lambda person: _misfit(person.box, number))
                boxes.remove(wearer)
                self.wearers.append((wearer.box, number))
                return wearer
        return None

    def without_bib(self) -> list[FoundBox]:
        """Who wears no bib that was read, without further halves of those who do."""
        return [
            person
            for person in self.free
            if not any(
                holds(person.box, number) and _shares(person.box, wearer)[1] >= _HALF_INSIDE
                for wearer, number in self.wearers
            )
        ]


def _misfit(person: Box, number: Box) -> float:
    """How badly a person suits a number: bibs are worn in the middle, and who has somebody else's
    number in the box stands behind them and is larger there."""
    width = max(person[2] - person[0], 1.0)
    off_centre = abs(number[0] + number[2] - person[0] - person[2]) / 2 / width
    return off_centre + _SIZE_WEIGHT * math.log(max(_area(person), 1.0))


def _are_one(one: Box, other: Box) -> bool:
    overlap, inside = _shares(one, other)
    return overlap >= _SAME_OVERLAP and inside >= _SAME_INSIDE


def _shares(one: Box, other: Box) -> tuple[float, float]:
    """Intersection over union, and over the smaller box, 0..1."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    along = min(one[3], other[3]) - max(one[1], other[1])
    both = max(across, 0.0) * max(along, 0.0)
    areas = _area(one), _area(other)
    return both / max(sum(areas) - both, 1.0), both / max(min(areas), 1.0)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
