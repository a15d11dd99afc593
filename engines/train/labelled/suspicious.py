"""Finds annotations that look wrong, for a person to accept or to reject.

What can be measured is measured against the data set itself, so that a new kind of race needs no
new thresholds: medians, and deviations from them by the median absolute deviation (MAD), which a
tenth of wrong boxes does not move (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
What is ignored by its author is not questioned.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from engines.boxes import holds
from engines.detector import overlaps
from engines.train.labelled.data_set import LabelledBox, LabelledPicture
from engines.types import Box, Kind

DOUBLE_IOU: Final = 0.6
"""Two boxes of one kind that overlap more may be one runner labelled twice."""

LEAST_BOXES: Final = 20
"""Of so many boxes a median says something."""

FAR: Final = 3.5
"""Deviations of a modified z-score that is an outlier (Iglewicz and Hoaglin)."""

LEAST_DEVIATION: Final = 0.2
"""Of a logarithm, about 20 %: boxes drawn by hand differ by so much without being wrong."""

EXTREME_ASPECT: Final = 12.0
"""No person, bib, face or number is so many times longer than wide."""

CHARACTER_WIDTHS: Final = (0.12, 3.0)
"""Width of a character over the height of its box: less or more is no bib in any data set."""

SLIVER: Final = 0.25
"""Share of its usual length below which a box at the picture's edge shows too little."""

AT_EDGE_PX: Final = 1.0

USUAL_ASPECTS: Final = {Kind.PERSON: 0.4, Kind.BIB: 1.2, Kind.FACE: 0.8, Kind.NUMBER: 2.0}
"""Width over height where the data set has too few boxes to say."""


class Doubt(StrEnum):
    """Why an annotation is suspicious."""

    DOUBLE = "double box"
    TEXT_WIDTH = "text does not fit"
    SAME_TEXT = "same number twice"
    OUTSIDE_BIB = "number outside every bib"
    LARGER_THAN_BIB = "number larger than its bib"
    SIZE = "unusual size"
    SHAPE = "unusual shape"
    SLIVER = "sliver at the edge"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One annotation that a person should look at.

    Attributes:
        id: the same at every run as long as file name, box and doubt are the same.
        picture: row of its picture.
        path: the picture's file.
        box: row of the box in its picture.
        doubt: what is suspicious.
        reason: the same in words, for this box.
        others: rows of the boxes that the reason speaks of.
    """

    id: str
    picture: int
    path: Path
    box: int
    doubt: Doubt
    reason: str
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    row: int
    doubt: Doubt
    reason: str
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Usual:
    """Median and deviation of a logarithm."""

    median: float
    deviation: float

    @staticmethod
    def of(values: Sequence[float]) -> "_Usual | None":
        """Of at least `LEAST_BOXES` logarithms; 1.4826 MAD is a normal distribution's deviation."""
        if len(values) < LEAST_BOXES:
            return None
        median = float(np.median(values))
        spread = 1.4826 * float(np.median(np.abs(np.asarray(values) - median)))
        return _Usual(median, max(spread, LEAST_DEVIATION))

    def is_far(self, value: float) -> bool:
        return abs(value - self.median) > FAR * self.deviation

    def times(self, value: float) -> float:
        """How many times the median a value is."""
        return math.exp(value - self.median)


_Measure = Callable[[LabelledPicture, LabelledBox], float | None]


def find_suspicious(pictures: Sequence[LabelledPicture]) -> tuple[Suspicion, ...]:
    """Every suspicious annotation, in the order of pictures and boxes.

    A box may be suspicious for several reasons. Of two boxes that are one, both are named: which
    one is wrong is for the person to say.
    """
    norms = _Norms(pictures)
    seen: Counter[str] = Counter()
    suspicions = []
    for row, picture in enumerate(pictures):
        found = [*_doubles(picture), *_same_texts(picture), *_numbers(picture)]
        found += norms.outliers(picture)
        for one in sorted(found, key=lambda one: (one.row, list(Doubt).index(one.doubt))):
            key = _id(picture, picture.boxes[one.row], one.doubt)
            # Two pictures of one name with the same box, each in a folder of the same name.
            again = f"-{seen[key]}" if seen[key] else ""
            seen[key] += 1
            suspicions.append(
                Suspicion(
                    key + again, row, picture.path, one.row, one.doubt, one.reason, one.others
                )
            )
    return tuple(suspicions)


def _id(picture: LabelledPicture, box: LabelledBox, doubt: Doubt) -> str:
    # The folders further up do not count: a data set may be moved between two evenings of review.
    name = "/".join((picture.race, *picture.path.parts[-2:]))
    sides = " ".join(f"{side:.2f}" for side in box.box)
    return hashlib.sha256(f"{name}|{box.kind.name}|{sides}|{doubt}".encode()).hexdigest()[:16]


def _doubles(picture: LabelledPicture) -> Iterator[_Found]:
    """Boxes of one kind that overlap much; the importer has merged those that are the same."""
    for kind in Kind:
        rows = _rows(picture, kind)
        boxes = np.array([picture.boxes[row].box for row in rows], np.float32).reshape(-1, 4)
        shares = overlaps(boxes, boxes)
        np.fill_diagonal(shares, 0)
        for place, row in enumerate(rows):
            most = int(np.argmax(shares[place]))
            share = float(shares[place, most])
            if share > DOUBLE_IOU:
                reason = f"overlaps another {kind.name.lower()} box by {share:.0%}"
                yield _Found(row, Doubt.DOUBLE, reason, (rows[most],))


def _same_texts(picture: LabelledPicture) -> Iterator[_Found]:
    """Two bibs, or two numbers where there are no bibs, that read the same in different places."""
    bibs = _rows(picture, Kind.BIB)
    kind = Kind.BIB if bibs else Kind.NUMBER
    rows = [row for row in _rows(picture, kind) if picture.boxes[row].text]
    boxes = np.array([picture.boxes[row].box for row in rows], np.float32).reshape(-1, 4)
    apart = overlaps(boxes, boxes) <= DOUBLE_IOU
    for place, row in enumerate(rows):
        text = picture.boxes[row].text
        others = tuple(
            other
            for other_place, other in enumerate(rows)
            if apart[place, other_place] and other != row and picture.boxes[other].text == text
        )
        if others:
            reason = f"reads {text}, and so does another {kind.name.lower()} in this picture"
            yield _Found(row, Doubt.SAME_TEXT, reason, others)


def _numbers(picture: LabelledPicture) -> Iterator[_Found]:
    """Numbers without a bib round them, in a picture where bibs are labelled."""
    bibs = [row for row, box in enumerate(picture.boxes) if box.kind is Kind.BIB]
    for row in _rows(picture, Kind.NUMBER) if bibs else ():
        number = picture.boxes[row].box
        round_it = tuple(bib for bib in bibs if holds(picture.boxes[bib].box, number))
        if not round_it:
            yield _Found(row, Doubt.OUTSIDE_BIB, "lies outside every bib of this picture")
        elif all(_area(picture.boxes[bib].box) < _area(number) for bib in round_it):
            times = _area(number) / max(_area(picture.boxes[bib].box) for bib in round_it)
            reason = f"is {times:.1f} times as large as the bib that it is on"
            yield _Found(row, Doubt.LARGER_THAN_BIB, reason, round_it)


class _Norms:
    """What is usual in a data set, kind by kind."""

    def __init__(self, pictures: Sequence[LabelledPicture]) -> None:
        self._sizes = _usual(pictures, _log_share)
        self._aspects = _usual(pictures, lambda _, box: _log_aspect(box))
        self._widths = _usual(pictures, lambda _, box: _log_width(box))

    def outliers(self, picture: LabelledPicture) -> Iterator[_Found]:
        """The boxes of a picture that are far from what is usual."""
        for row, box in enumerate(picture.boxes):
            if box.ignored:
                continue
            sliver = self._sliver(picture, box)
            yield from (_Found(row, *each) for each in self._text_width(box))
            # A box that is cut by the edge is small and odd for that reason.
            if sliver:
                yield _Found(row, Doubt.SLIVER, sliver)
            else:
                yield from (_Found(row, *each) for each in self._size_and_shape(picture, box))

    def _size_and_shape(
        self, picture: LabelledPicture, box: LabelledBox
    ) -> Iterator[tuple[Doubt, str]]:
        name = box.kind.name.lower()
        size, usual = _log_share(picture, box), self._sizes[box.kind]
        if usual and usual.is_far(size):
            yield Doubt.SIZE, f"its area is {_times(usual.times(size))} that of the usual {name}"
        shape, usual = _log_aspect(box), self._aspects[box.kind]
        if abs(shape) > math.log(EXTREME_ASPECT) or (usual and usual.is_far(shape)):
            times = usual and _times(usual.times(shape))
            compared = f": {times} the usual width for its height" if times else ""
            yield Doubt.SHAPE, f"{_size(box.box)} is an odd shape for a {name}{compared}"

    def _text_width(self, box: LabelledBox) -> Iterator[tuple[Doubt, str]]:
        """A text that is too long or too short for its box.

        A sheet is as wide for one digit as for four, so a bib can only be too narrow.
        """
        width, usual = _log_width(box), self._widths[box.kind]
        if width is None:
            return
        low, high = CHARACTER_WIDTHS
        is_odd = not math.log(low) < width < math.log(high)
        if usual and usual.is_far(width):
            is_odd |= box.kind is Kind.NUMBER or width < usual.median
        if is_odd:
            compared = f": {_times(usual.times(width))} the usual width each" if usual else ""
            n, shape = len(box.text or ""), _size(box.box)
            characters = "character" if n == 1 else "characters"
            yield Doubt.TEXT_WIDTH, f"{box.text} has {n} {characters} on {shape}{compared}"

    def _sliver(self, picture: LabelledPicture, box: LabelledBox) -> str | None:
        """What remains of a box that the edge of its picture cuts, if that is next to nothing."""
        x0, y0, x1, y1 = box.box
        usual = self._aspects[box.kind]
        aspect = math.exp(usual.median) if usual else USUAL_ASPECTS[box.kind]
        width, height = x1 - x0, y1 - y0
        cuts = (
            (x0, picture.width - x1, width, height * aspect),
            (y0, picture.height - y1, height, width / aspect),
        )
        for before, after, length, expected in cuts:
            if min(before, after) <= AT_EDGE_PX and length < SLIVER * expected:
                return f"only {length:.0f} px of it are inside the picture"
        return None


def _usual(pictures: Sequence[LabelledPicture], measure: _Measure) -> dict[Kind, _Usual | None]:
    values: dict[Kind, list[float]] = {kind: [] for kind in Kind}
    for picture in pictures:
        for box in picture.boxes:
            value = None if box.ignored else measure(picture, box)
            if value is not None:
                values[box.kind].append(value)
    return {kind: _Usual.of(found) for kind, found in values.items()}


def _log_share(picture: LabelledPicture, box: LabelledBox) -> float:
    return math.log(_area(box.box) / (picture.width * picture.height))


def _log_aspect(box: LabelledBox) -> float:
    x0, y0, x1, y1 = box.box
    return math.log((x1 - x0) / (y1 - y0))


def _log_width(box: LabelledBox) -> float | None:
    """Of a character, over the height of the box; narrow characters count for 0.6 of one."""
    if not box.text or box.kind not in (Kind.BIB, Kind.NUMBER):
        return None
    return _log_aspect(box) - math.log(sum(0.6 if c in "1I-" else 1.0 for c in box.text))


def _rows(picture: LabelledPicture, kind: Kind) -> list[int]:
    boxes = enumerate(picture.boxes)
    return [row for row, box in boxes if box.kind is kind and not box.ignored]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _size(box: Box) -> str:
    return f"{box[2] - box[0]:.0f}x{box[3] - box[1]:.0f} px"


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio >= 1 else f"1/{1 / ratio:.1f} of"
