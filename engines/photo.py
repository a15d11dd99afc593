"""Tags one photo: a camera that saw one frame.

Bibs are found twice: number lines in the whole photo, and lines in the torso of every person at
full resolution. Lines that lie on each other are read once, in a tight view and a wide one: what
a box cut off shows in the wide one, and neither alone is believed. A text becomes a tag when both
find it likely enough and it looks like a bib; of two tags in one place, or with one text, the
likelier stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.ctc import n_best
from engines.detector import overlaps
from engines.letterbox import STRIDE
from engines.looking import Line, Looker
from engines.types import Box, Detections, Detector, Finding, Kind, Picture, View

_BIB: Final = re.compile(r"[A-Z]{0,2}-?\d{1,5}-?[A-Z]?")


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """How photos are tagged.

    Attributes:
        long_side: the photo's longer side in the network, pixels, multiple of 32. More finds
            smaller runners and costs time with its square.
        least_likelihood: least probability of the text, mean of both views, 0..1. More tags fewer
            runners and errs less often.
        least_height_px: lines below this height, in pixels of the photo, are not read.
        least_person_px: persons below this height get no look at their torso.
    """

    long_side: int = 960
    least_likelihood: float = 0.8
    least_height_px: float = 8.0
    least_person_px: float = 64.0


@dataclass(frozen=True, slots=True)
class PhotoTag:
    """One bib in one photo; boxes in pixels of the photo.

    Attributes:
        bib: the text as it was read.
        likelihood: probability of the text, mean of both views, 0..1.
        number: the line of characters.
        sheet: the bib round it, where one was found.
        sharpness: of the line, 0..1.
    """

    bib: str
    likelihood: float
    number: Box
    sheet: Box | None
    sharpness: float


@dataclass(frozen=True, slots=True, eq=False)
class TaggedPhoto:
    """Everything found in a photo: tags, best first, and the detections they came from."""

    tags: tuple[PhotoTag, ...]
    detections: Detections


class PhotoTagger:
    """Tags photos with a detector and a looker. Belongs to one thread."""

    def __init__(self, detector: Detector, looker: Looker, rules: PhotoRules) -> None:
        self._detector = detector
        self._looker = looker
        self._rules = rules

    def tag(self, picture: Picture) -> TaggedPhoto:
        """Finds and reads the bibs of one photo.

        Raises:
            InferenceError: a network failed.
        """
        rules = self._rules
        size = input_size(picture.width, picture.height, rules.long_side)
        [found] = self._detector.detect([picture], size)
        lines = whole_lines(found)
        torsos = [
            torso(p) for p in boxes_of(found, Kind.PERSON) if p[3] - p[1] >= rules.least_person_px
        ]
        torsos += [surroundings(line.bib) for line in lines if line.number is None and line.bib]
        lines += self._looker.find_lines(picture, torsos)
        kept = [line for line in distinct_lines(lines) if _height(line) >= rules.least_height_px]
        tight = [f for f in self._looker.read_lines(picture, kept) if self._is_hopeful(f)]
        again = [Line(finding.number, finding.bib, View.WIDE) for finding in tight]
        pairs = zip(tight, self._looker.read_lines(picture, again), strict=True)
        tags = [tag for one, wide in pairs if (tag := self._judge(one, wide))]
        return TaggedPhoto(tuple(distinct_tags(tags)), found)

    def close(self) -> None:
        """Free the networks."""
        self._detector.close()
        self._looker.close()

    def _is_hopeful(self, tight: Finding) -> bool:
        """Whether the wide view can still make a tag of it."""
        if tight.reading is None:
            return False
        bibs = [weight for text, weight in n_best(tight.reading.log_probs) if is_bib(text)]
        likeliest = float(np.exp(max(bibs, default=-np.inf)))
        return likeliest >= max(2 * self._rules.least_likelihood - 1, 1e-3)

    def _judge(self, tight: Finding, wide: Finding) -> PhotoTag | None:
        """The tag that two views of one line agree on."""
        if tight.number is None or tight.reading is None or wide.reading is None:
            return None
        views = [dict(n_best(reading.log_probs)) for reading in (tight.reading, wide.reading)]
        mean = {t: sum(float(np.exp(v.get(t, -np.inf))) for v in views) / 2 for t in views[0]}
        text = max(mean, key=lambda t: (mean[t], t), default="")
        if mean.get(text, 0.0) < self._rules.least_likelihood or not is_bib(text):
            return None
        return PhotoTag(text, mean[text], tight.number, tight.bib, tight.sharpness)


def is_bib(text: str) -> bool:
    """Whether a text may be a bib: 1 to 5 digits, with letters or a dash before or behind."""
    return _BIB.fullmatch(text) is not None


def input_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """The network's input for a photo: multiples of 32, its shape kept, no side above `long_side`.

    Small photos are not enlarged beyond the next multiple.
    """
    scale = min(long_side / max(width, height), 1.0)
    across, down = (int(np.ceil(side * scale / STRIDE)) * STRIDE for side in (width, height))
    return across, down


def torso(person: Box) -> Box:
    """The part of a person box where a bib is worn: below the chin to above the knees."""
    x0, y0, x1, y1 = person
    width, height = x1 - x0, y1 - y0
    return x0 - 0.05 * width, y0 + 0.10 * height, x1 + 0.05 * width, y0 + 0.75 * height


def surroundings(bib: Box) -> Box:
    """A bib with half its size on every side: enough for the network to see a torso."""
    x0, y0, x1, y1 = bib
    width, height = x1 - x0, y1 - y0
    return x0 - 0.5 * width, y0 - 0.5 * height, x1 + 0.5 * width, y1 + 0.5 * height


def boxes_of(found: Detections, kind: Kind) -> list[Box]:
    """The boxes of one kind."""
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in found.of(kind).boxes]


def whole_lines(found: Detections) -> list[Line]:
    """Number lines of the whole photo, each with its bib, then bibs without any line."""
    bibs = boxes_of(found, Kind.BIB)
    lines = []
    for number in boxes_of(found, Kind.NUMBER):
        bib = next((b for b in bibs if _holds(b, number)), None)
        lines.append(Line(number, bib))
    held = {line.bib for line in lines}
    return lines + [Line(None, bib) for bib in bibs if bib not in held]


def distinct_lines(lines: Sequence[Line]) -> list[Line]:
    """Lines with a number box; of two on each other the one found later, at full resolution."""
    kept: list[Line] = []
    for line in reversed([line for line in lines if line.number is not None]):
        if not any(_same_place(line.number, other.number) for other in kept):
            kept.append(line)
    return kept


def distinct_tags(tags: Sequence[PhotoTag]) -> list[PhotoTag]:
    """The likeliest tag of every place and every text, best first."""
    kept: list[PhotoTag] = []
    for tag in sorted(tags, key=lambda t: -t.likelihood):
        if not any(tag.bib == o.bib or _same_place(tag.number, o.number) for o in kept):
            kept.append(tag)
    return kept


def _same_place(number: Box | None, other: Box | None) -> bool:
    if number is None or other is None:
        return False
    one, two = (np.array([box], np.float32) for box in (number, other))
    return bool(overlaps(one, two)[0, 0] > 0.5)


def _holds(bib: Box, number: Box) -> bool:
    x, y = (number[0] + number[2]) / 2, (number[1] + number[3]) / 2
    return bib[0] <= x <= bib[2] and bib[1] <= y <= bib[3]


def _height(line: Line) -> float:
    return line.number[3] - line.number[1] if line.number is not None else 0.0
