"""Tags photos: each is a camera that saw one frame.

Bibs are found twice: number lines on persons in the whole photo, seen large and, for runners who
fill it, once more small, and lines at full resolution in the torso of every person who wears none
that is clear already. Lines that lie on each other are read once, in several views and by up to two
readers (`engines.photo_views`). What a box cut off shows in the wide view, and no reading alone is
believed; `engines.photo_judge` says how far all of them together are. Of two tags in one place, or
with one text, the likelier stays. A photo in which nobody is tagged may be a picture of a bib alone
(`engines.bib_picture`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from engines.bib_picture import BibPictureReader, whole_of
from engines.looking import Line, Looker, read_lines
from engines.photo_judge import judged
from engines.photo_lines import (
    boxes_of,
    distinct_lines,
    height_of,
    input_size,
    large_wear_lines,
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
from engines.types import Box, Detections, Detector, Finding, Kind, Picture, Reader

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """How photos are tagged.

    Attributes:
        long_sides: the photo's longer side in the network, pixels, multiples of 32, one for each
            time that it is shown. A greater one finds smaller runners and costs time with its
            square; runners who fill the photo are found at a small one. That is left out where the
            former shows large persons, and lines on all of them. Where two boxes are one thing,
            that of the former stays.
        least_probability: least probability that a tag is right, 0..1. More tags fewer runners
            and errs less often. At the default 98 of 100 tags of simulated races are right.
        views: when a line is looked at once more.
        least_height_px: lines below this height, in pixels of the photo, are not read. Detected
            lines are up to a third lower than their digits.
        least_person_px: persons below this height get no look at their torso: the number of even
            a large bib would hardly reach `least_height_px`.
    """

    long_sides: tuple[int, ...] = (960, 480)
    least_probability: float = 0.55
    views: ViewRules = field(default_factory=ViewRules)
    least_height_px: float = 6.0
    least_person_px: float = 96.0


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
        self,
        detector: Detector,
        looker: Looker,
        rules: PhotoRules,
        second: Reader | None = None,
        bibs: BibPictureReader | None = None,
    ) -> None:
        """All of them are closed with this. Without `bibs` pictures of a bib alone are read as any
        other."""
        self._detector = detector
        self._looker = looker
        self._rules = rules
        self._second = second
        self._bibs = bibs
        self._read_first = partial(looker.read_lines, with_sharpness=False)
        self._read_second = (
            None if second is None else partial(read_lines, second, with_sharpness=False)
        )

    def tag(self, picture: Picture, race: KnownRace | None = None) -> TaggedPhoto:
        """Finds and reads the bibs of one photo.

        Args:
            picture: the photo.
            race: as far as it is known; this photo is none of its own.

        Raises:
            InferenceError: a network failed.
        """
        [tagged] = self.tag_all([picture], race)
        return tagged

    def tag_all(
        self, pictures: Sequence[Picture], race: KnownRace | None = None
    ) -> list[TaggedPhoto]:
        """The same for several photos, in order. Their lines and torsos are read and looked at
        together, which takes less time than one by one.

        Raises:
            InferenceError: a network failed.
        """
        found = [self._find(picture) for picture in pictures]
        first = reading_once(self._read_first)
        read = self._read(pictures, self._lines(pictures, found, first), first)
        known = race or KnownRace()
        told: list[TaggedPhoto] = []
        for picture, worn, shown in zip(pictures, read, found, strict=True):
            lines = self._with_bib_alone(picture, worn, known)
            told.append(TaggedPhoto(tags_of(lines, known, self._rules), tuple(lines), shown))
        return told

    def _with_bib_alone(
        self, picture: Picture, worn: Sequence[PhotoLine], race: KnownRace
    ) -> Sequence[PhotoLine]:
        """The lines of a photo. Where those that are worn make no tag it may show a bib alone, and
        what else is written on that is no bib."""
        if self._bibs is None or tags_of(worn, race, self._rules):
            return worn
        bib = self._bibs.line(picture)
        if bib is None:
            return worn
        return [bib] if tags_of([bib], race, self._rules) else [*worn, bib]

    def tags_of(
        self, lines: Sequence[PhotoLine], race: KnownRace, photo: int
    ) -> tuple[PhotoTag, ...]:
        """The tags of a photo read before, now that its race is known; `photo` is its number."""
        return tags_of(lines, race, self._rules, photo)

    def read(self, picture: Picture, lines: Sequence[Line]) -> list[PhotoLine]:
        """Reads lines of a photo anew, as `tag` would.

        Raises:
            InferenceError: a network failed.
        """
        # A bib that fills a photo may be one alone, which is looked for again.
        whole = whole_of(picture)
        worn = [line for line in lines if line.bib != whole]
        [read] = self._read([picture], [worn], self._read_first)
        told = self._with_bib_alone(picture, read, KnownRace())
        if told or len(worn) == len(lines):
            return list(told)
        [read] = self._read([picture], [lines], self._read_first)
        return read

    def _read(
        self, pictures: Sequence[Picture], lines: Sequence[Sequence[Line]], first: Read
    ) -> list[list[PhotoLine]]:
        """The lines of each photo, as they are read; without hopeless ones."""
        read = read_views(first, self._read_second, _shown(pictures, lines), self._rules.views)
        return [[line for line in own if line is not None] for own in _dealt(read, lines)]

    def close(self) -> None:
        """Free the networks."""
        self._detector.close()
        self._looker.close()
        for other in (self._second, self._bibs):
            if other is not None:
                other.close()

    def _find(self, picture: Picture) -> Detections:
        shown: list[Detections] = []
        for long_side in self._rules.long_sides:
            if shown and large_wear_lines(shown[0], picture.height):
                break
            size = input_size(picture.width, picture.height, long_side)
            shown += self._detector.detect([picture], size)
        return together(shown)

    def _lines(
        self, pictures: Sequence[Picture], found: Sequence[Detections], first: Read
    ) -> list[list[Line]]:
        """Where numbers may be read in each photo. Who wears a line that the quick reader is sure
        of, as the whole photo shows it, is not looked at more closely, and the line stays as it
        is."""
        lines = [self._whole_lines(own) for own in found]
        distinct = [distinct_lines(own) for own in lines]
        read = _dealt(first(_shown(pictures, distinct)), distinct)
        clear = [self._clear(own) for own in read]
        torsos = [self._torsos(*of_photo) for of_photo in zip(found, lines, clear, strict=True)]
        close = _dealt(self._looker.find_lines(_shown(pictures, torsos)), torsos)
        return [
            [line for line in distinct_lines([*whole, *near, *sure]) if self._is_high(line)]
            for whole, near, sure in zip(lines, close, clear, strict=True)
        ]

    def _whole_lines(self, found: Detections) -> list[Line]:
        """Lines of the whole photo that somebody wears, and bibs without one."""
        worn = worn_lines(whole_lines(found), boxes_of(found, Kind.PERSON))
        return [line for line in worn if line.number is None or self._is_high(line)]

    def _is_high(self, line: Line) -> bool:
        return height_of(line) >= self._rules.least_height_px

    def _clear(self, read: Sequence[Finding]) -> list[Line]:
        """The lines that the quick reader is sure of, the first found last."""
        return [
            Line(one.number, one.bib)
            for one in reversed(read)
            if one.number is not None and hope(one) >= self._rules.views.sure
        ]

    def _torsos(self, found: Detections, lines: Sequence[Line], clear: Sequence[Line]) -> list[Box]:
        """What to look at closely."""
        persons = boxes_of(found, Kind.PERSON)
        torsos = [torso(p) for p in persons if p[3] - p[1] >= self._rules.least_person_px]
        worn = {wearer(line.number, torsos) for line in clear if line.number is not None}
        torsos = [place for number, place in enumerate(torsos) if number not in worn]
        return torsos + [
            surroundings(line.bib) for line in lines if line.number is None and line.bib
        ]


def _shown(pictures: Sequence[Picture], of_each: Sequence[Sequence[T]]) -> list[tuple[Picture, T]]:
    """What there is in each picture, one after the other."""
    both = zip(pictures, of_each, strict=True)
    return [(picture, one) for picture, own in both for one in own]


def _dealt(values: Sequence[T], of_each: Sequence[Sequence[object]]) -> list[list[T]]:
    """Values of all that `_shown` gave, by picture again."""
    rest = iter(values)
    return [[next(rest) for _ in own] for own in of_each]


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
