"""Tags photos: each is a camera that saw one frame.

Bibs are found twice: number lines in the whole photo, and lines in the torso of every person at
full resolution. Lines that lie on each other are read once, in a tight view and a wide one, and
those that look like a bib by a second reader too, where there is one: what a box cut off shows in
the wide view, and no reading alone is believed. `engines.photo_judge` says how far all of them
together are. Of two tags in one place, or with one text, the likelier stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engines.consensus import is_bib, learnt_patterns, mean_probability
from engines.looking import Line, Looker, read_lines
from engines.patterns import Patterns
from engines.photo_judge import PhotoLine, judged
from engines.photo_lines import (
    boxes_of,
    distinct_lines,
    height_of,
    input_size,
    same_place,
    surroundings,
    torso,
    whole_lines,
)
from engines.types import Box, Detections, Detector, Finding, Kind, Picture, Reader, View


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """How photos are tagged.

    Attributes:
        long_side: the photo's longer side in the network, pixels, multiple of 32. More finds
            smaller runners and costs time with its square.
        least_probability: least probability that a tag is right, 0..1. More tags fewer runners
            and errs less often.
        least_hope: least probability of any bib in the tight view, 0..1, for further views.
        least_height_px: lines below this height, in pixels of the photo, are not read.
        least_person_px: persons below this height get no look at their torso.
    """

    long_side: int = 960
    least_probability: float = 0.7
    least_hope: float = 0.02
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

    def tag(self, picture: Picture, patterns: Patterns | None = None) -> TaggedPhoto:
        """Finds and reads the bibs of one photo.

        Args:
            picture: the photo.
            patterns: of the race's bibs, as far as they are known.

        Raises:
            InferenceError: a network failed.
        """
        size = input_size(picture.width, picture.height, self._rules.long_side)
        [found] = self._detector.detect([picture], size)
        lines = tuple(self._read(picture, self._lines(picture, found)))
        return TaggedPhoto(tags_of(lines, patterns or Patterns(), self._rules), lines, found)

    def tags_of(self, lines: Sequence[PhotoLine], patterns: Patterns) -> tuple[PhotoTag, ...]:
        """The tags of a photo read before, now that more of its race is known."""
        return tags_of(lines, patterns, self._rules)

    def close(self) -> None:
        """Free the networks."""
        self._detector.close()
        self._looker.close()
        if self._second is not None:
            self._second.close()

    def _lines(self, picture: Picture, found: Detections) -> list[Line]:
        """Where numbers may be read."""
        rules = self._rules
        lines = whole_lines(found)
        torsos = [
            torso(p) for p in boxes_of(found, Kind.PERSON) if p[3] - p[1] >= rules.least_person_px
        ]
        torsos += [surroundings(line.bib) for line in lines if line.number is None and line.bib]
        lines += self._looker.find_lines(picture, torsos)
        return [line for line in distinct_lines(lines) if height_of(line) >= rules.least_height_px]

    def _read(self, picture: Picture, lines: Sequence[Line]) -> list[PhotoLine]:
        """Every view of the lines whose tight view is hopeful."""
        tight = [f for f in self._looker.read_lines(picture, lines) if self._is_hopeful(f)]
        hopeful = [Line(finding.number, finding.bib) for finding in tight]
        wide = [replace(line, view=View.WIDE) for line in hopeful]
        views = [tight, self._looker.read_lines(picture, wide)]
        if self._second is not None:
            views += [read_lines(self._second, picture, lines) for lines in (hopeful, wide)]
        return [
            PhotoLine(
                one[0].number, one[0].bib, one[0].sharpness,
                tuple(finding.reading for finding in one if finding.reading is not None),
            )
            for one in zip(*views, strict=True) if one[0].number is not None
        ]  # fmt: skip

    def _is_hopeful(self, tight: Finding) -> bool:
        """Whether further views can still make a tag of it."""
        if tight.reading is None:
            return False
        probability = mean_probability([tight.reading])
        return any(is_bib(t) and p >= self._rules.least_hope for t, p in probability.items())


def tags_of(
    lines: Sequence[PhotoLine], patterns: Patterns, rules: PhotoRules
) -> tuple[PhotoTag, ...]:
    """The tags that a photo's readings make in a race whose bibs look like `patterns`."""
    tags = []
    for line in lines:
        bib, probability = judged(line, patterns)
        if bib and probability >= rules.least_probability:
            tags.append(PhotoTag(bib, probability, line.number, line.sheet, line.sharpness))
    return tuple(distinct_tags(tags))


def patterns_of(photos: Sequence[Sequence[PhotoLine]]) -> Patterns:
    """What the bibs of one race look like, from the lines of its photos."""
    return learnt_patterns([mean_probability(line.readings) for lines in photos for line in lines])


def distinct_tags(tags: Sequence[PhotoTag]) -> list[PhotoTag]:
    """The likeliest tag of every place and every text, best first."""
    kept: list[PhotoTag] = []
    for tag in sorted(tags, key=lambda t: -t.probability):
        if not any(tag.bib == o.bib or same_place(tag.number, o.number) for o in kept):
            kept.append(tag)
    return kept
