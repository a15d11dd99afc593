"""Who is seen in a photo: its tags, each with the person who wears the bib. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engines.boxes import holds
from engines.number_range import NumberRange
from engines.patterns import Patterns
from engines.photo import PhotoRules, PhotoTag, tags_of
from engines.photo_lines import surroundings
from engines.photo_race import KnownRace
from engines.types import Box, Kind
from stream.photos.found import Found, FoundBox
from stream.photos.persons import Persons
from stream.start_list import StartList, bib_key
from stream.store.photo_values import Cut, PhotoSighting
from stream.types import State
from stream.votes import VoteSettings

_NEVER_SURE = 1e-6


@dataclass(frozen=True, slots=True)
class SeenRules:
    """What becomes of what was found.

    Attributes:
        photo: what makes a tag; its least probability is that of a confirmed one.
        least_seen: least probability of an unsure tag, 0..1.
        least_person_px, least_person_score: persons below this height, or of whom the detector
            is less sure, 0..1, are not kept where no bib was read.
        unlisted_log: added to the log-odds of a bib that is not on the start list.
        pad_share: how much of a person's width and height is shown round them.
        start_list: who runs; None where nobody said.
        numbers: the bibs that were given out; empty where nobody said.
        forgotten: bibs of those who were erased, as they are compared.
    """

    photo: PhotoRules = field(default_factory=PhotoRules)
    least_seen: float = 0.3
    least_person_px: float = 96.0
    least_person_score: float = 0.5
    unlisted_log: float = VoteSettings().unlisted_log
    pad_share: float = 0.08
    start_list: StartList | None = None
    numbers: tuple[NumberRange, ...] = ()
    forgotten: frozenset[str] = frozenset()


def seen_in(
    found: Found,
    size: tuple[int, int],
    rules: SeenRules,
    race: KnownRace | None = None,
    number: int | None = None,
) -> tuple[PhotoSighting, ...]:
    """The runners of a photo: those with a bib first, then the others who are large enough.

    Args:
        found: in the photo.
        size: its width and height, pixels.
        rules: see `SeenRules`.
        race: what is known of it.
        number: the photo's among the race's; None where it is not one of them.
    """
    boxes = found.of_kind(Kind.PERSON)
    persons = Persons.of(boxes)
    seen = []
    for tag, listed in _tags(found, rules, race or KnownRace(Patterns(rules.numbers)), number):
        is_sure = tag.probability >= rules.photo.least_probability
        person = persons.take_wearer(tag.number, is_sure)
        # Nobody has two bibs: what is not sure and stands on somebody who has one is a piece of it.
        is_own = person is not None or not any(holds(box.box, tag.number) for box in boxes)
        # Whoever was forgotten stands in the photo still and is neither named nor unknown.
        if (is_sure or is_own) and bib_key(tag.bib) not in rules.forgotten:
            seen.append(_tagged(tag, listed, person, found, size, rules))
    for person in persons.without_bib():
        is_large = person.box[3] - person.box[1] >= rules.least_person_px
        if is_large and person.score >= rules.least_person_score:
            cut = _cut(person.box, rules.pad_share, size)
            seen.append(PhotoSighting(cut, person.box, person.score))
    return _distinct(seen)


def _tags(
    found: Found, rules: SeenRules, race: KnownRace, number: int | None
) -> list[tuple[PhotoTag, bool | None]]:
    """Tags that are at least seen, with whether the start list has them, likeliest first.

    Who can be read well and is on no list is seen: somebody may look for them.
    """
    loose = replace(rules.photo, least_probability=rules.least_seen)
    tags = []
    for tag in tags_of(found.lines, race, loose, number):
        listed = None if rules.start_list is None else tag.bib in rules.start_list
        is_clear = tag.probability >= rules.photo.least_probability
        if listed is False:
            probability = _shifted(tag.probability, rules.unlisted_log)
            tag = replace(tag, probability=probability)  # noqa: PLW2901 - the same tag, less sure
        if is_clear or tag.probability >= rules.least_seen:
            tags.append((tag, listed))
    return sorted(tags, key=lambda one: -one[0].probability)


def _shifted(probability: float, log: float) -> float:
    """A probability whose log-odds are changed by `log`."""
    bounded = min(max(probability, _NEVER_SURE), 1 - _NEVER_SURE)
    return 1 / (1 + math.exp(-(math.log(bounded / (1 - bounded)) + log)))


def _tagged(
    tag: PhotoTag,
    listed: bool | None,
    person: FoundBox | None,
    found: Found,
    size: tuple[int, int],
    rules: SeenRules,
) -> PhotoSighting:
    shown = surroundings(tag.sheet or tag.number) if person is None else person.box
    return PhotoSighting(
        _cut(shown, rules.pad_share, size),
        None if person is None else person.box,
        _bib_score(tag, found) if person is None else person.score,
        tag.sheet,
        tag.number,
        tag.bib,
        round(tag.probability, 4),
        State.CONFIRMED if tag.probability >= rules.photo.least_probability else State.SEEN,
        listed,
    )


def _bib_score(tag: PhotoTag, found: Found) -> float | None:
    """Of the bib or the line in the whole photo; None where only a closer look showed them."""
    for kind in (Kind.BIB, Kind.NUMBER):
        for one in found.of_kind(kind):
            if one.box == tag.sheet or holds(one.box, tag.number):
                return one.score
    return None


def _distinct(seen: Sequence[PhotoSighting]) -> tuple[PhotoSighting, ...]:
    """One sighting for each part of the photo: the first."""
    kept: dict[Cut, PhotoSighting] = {}
    for sighting in seen:
        kept.setdefault(sighting.cut, sighting)
    return tuple(kept.values())


def _cut(box: Box, pad_share: float, size: tuple[int, int]) -> Cut:
    """A box with something round it, inside the photo, at least one pixel."""
    x0, y0, x1, y1 = box
    across, along = pad_share * (x1 - x0), pad_share * (y1 - y0)
    width, height = size
    left = min(max(math.floor(x0 - across), 0), width - 1)
    top = min(max(math.floor(y0 - along), 0), height - 1)
    right = min(max(math.ceil(x1 + across), left + 1), width)
    bottom = min(max(math.ceil(y1 + along), top + 1), height)
    return left, top, right, bottom
