"""Tags photos: each is a camera that saw one frame.

Bibs are found twice: number lines on persons in the whole photo, seen small for runners who fill it
and large for the others, and lines at full resolution in the torso of every person who wears none
that is clear already. Lines that lie on each other are read once, in several views and by up to two
readers (`engines.photo_views`). What a box cut off shows in the wide view, and no reading alone is
believed; `engines.photo_judge` says how far all of them together are. Of two tags in one place, or
with one text, the likelier stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from engines.looking import Line, Looker
from engines.photo_judge import judged
from engines.photo_lines import (
    boxes_of,
    distinct_lines,
    height_of,
    input_size,
    on_each_other,
    surroundings,
    together,
    torso,
    wearer,
    whole_lines,
    worn_lines,
)
from engines.photo_race import KnownRace, PhotoLine
from engines.photo_views import Read, ViewRules, hope, read_views, reading_once
from engines.types import Box, Detections, Detector, Kind, Picture, Reader


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """How photos are tagged.

    Attributes:
        long_sides: the photo's longer side in the network, pixels, multiples of 32, one for each
            time that it is shown. A greater one finds smaller runners and costs time with its
            square; runners who fill the photo are found at a small one. Where two boxes are one
            thing, that of the former stays.
        least_probability: least probability that a tag is right, 0..1. More tags fewer runners
            and errs less often. At the default 98 of 100 tags of simulated races are right.
        views: when a line is looked at once more.
        least_height_px: lines below this height, in pixels of the photo, are not read.
        least_person_px: persons below this height get no look at their torso.
    """

    long_sides: tuple[int, ...] = (960, 480)
    least_probability: float = 0.55
    views: ViewRules = field(default_factory=ViewRules)
    least_height_px: float = 8.0
    least_person_px: float = 64.0


@dataclass(frozen=True, slots=True)
class PhotoTag:
    """One bib in one photo; boxes in pixels of the photo.

    Attributes:
        bib: the text as it was read.
        probability: that it is right, 0..1, see `engines.photo_judge`.
        number: the line of characters.
        sheet: the bib round it, where one was found.
        sharpness: of the line, 0..1.
    """

    bib: str
    probability: float
    number: Box
    sheet: Box | None
    sharpness: float


@dataclass(frozen=True, slots=True, eq=False)
class TaggedPhoto:
    """Everything found in a photo.

    Attributes:
        tags: best first.
        lines: what was read, for `tags_of` once more of the race is known.
        detections: of the whole photo.
    """

    tags: tuple[PhotoTag, ...]
    lines: tuple[PhotoLine, ...]
    detections: Detections


class PhotoTagger:
    """Tags photos with a detector, a looker and perhaps a second reader. Belongs to one thread."""

    def __init__(
        self, detector: Detector, looker: Looker, rules: PhotoRules, second: Reader | None = None
    ) -> None:
        self._detector = detector
        self._looker = looker
        self._rules = rules
        self._second = second

    def tag(self, picture: Picture, race: KnownRace | None = None) -> TaggedPhoto:
        """Finds and reads the bibs of one photo.

        Args:
            picture: the photo.
            race: as far as it is known; this photo is none of its own.

        Raises:
            InferenceError: a network failed.
        """
        found = self._find(picture)
        first = reading_once(partial(self._looker.read_lines, picture))
        lines = tuple(self._read(picture, self._lines(picture, found, first), first))
        return TaggedPhoto(tags_of(lines, race or KnownRace(), self._rules), lines, found)

    def tags_of(
        self, lines: Sequence[PhotoLine], race: KnownRace, photo: int
    ) -> tuple[PhotoTag, ...]:
        """The tags of a photo read before, now that its race is known; `photo` is its number."""
        return tags_of(lines, race, self._rules, photo)

    def read(self, picture: Picture, lines: Sequence[Line]) -> list[PhotoLine]:
        """Reads lines of a photo, see `engines.photo_views.read_views`.

        Raises:
            InferenceError: a network failed.
        """
        return self._read(picture, lines, partial(self._looker.read_lines, picture))

    def _read(self, picture: Picture, lines: Sequence[Line], first: Read) -> list[PhotoLine]:
        return read_views(first, self._second, picture, lines, self._rules.views)

    def close(self) -> None:
        """Free the networks."""
        self._detector.close()
        self._looker.close()
        if self._second is not None:
            self._second.close()

    def _find(self, picture: Picture) -> Detections:
        shown = []
        for long_side in self._rules.long_sides:
            size = input_size(picture.width, picture.height, long_side)
            shown += self._detector.detect([picture], size)
        return together(shown)

    def _lines(self, picture: Picture, found: Detections, first: Read) -> list[Line]:
        """Where numbers may be read. Who wears a line that the quick reader is sure of, as the
        whole photo shows it, is not looked at more closely, and the line stays as it is."""
        rules = self._rules
        persons = boxes_of(found, Kind.PERSON)
        lines = [
            line
            for line in worn_lines(whole_lines(found), persons)
            if line.number is None or height_of(line) >= rules.least_height_px
        ]
        read = first(distinct_lines(lines))
        clear = [
            Line(one.number, one.bib)
            for one in reversed(read)
            if one.number is not None and hope(one) >= rules.views.sure
        ]
        torsos = [torso(p) for p in persons if p[3] - p[1] >= rules.least_person_px]
        worn = {wearer(line.number, torsos) for line in clear if line.number is not None}
        torsos = [place for number, place in enumerate(torsos) if number not in worn]
        torsos += [surroundings(line.bib) for line in lines if line.number is None and line.bib]
        lines += self._looker.find_lines(picture, torsos) + clear
        return [line for line in distinct_lines(lines) if height_of(line) >= rules.least_height_px]


def tags_of(
    lines: Sequence[PhotoLine], race: KnownRace, rules: PhotoRules, photo: int | None = None
) -> tuple[PhotoTag, ...]:
    """The tags that a photo's lines make, by what is known of its race.

    Args:
        lines: of the photo.
        race: see `engines.photo_race`.
        rules: what makes a tag.
        photo: the photo's number among the race's; None where it is not one of them.
    """
    tags = []
    for line in lines:
        bib, probability = judged(line, race, photo)
        if bib and probability >= rules.least_probability:
            tags.append(PhotoTag(bib, probability, line.number, line.sheet, line.sharpness))
    return tuple(distinct_tags(tags))


def distinct_tags(tags: Sequence[PhotoTag]) -> list[PhotoTag]:
    """The likeliest tag of every place and every text, best first."""
    kept: list[PhotoTag] = []
    for tag in sorted(tags, key=lambda t: -t.probability):
        if not any(tag.bib == o.bib or on_each_other(tag.number, o.number) for o in kept):
            kept.append(tag)
    return kept
