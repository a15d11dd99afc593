"""What is measured of boxes: kinds, least overlaps, and sizes that are looked at apart."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.evaluate.coco import LabelledPicture
from engines.evaluate.precision import Matched, average_precision, match, match_in_range
from engines.types import Detections, Detector, Floats, Kind

MEASURES: Final = (
    (Kind.PERSON, 0.5),
    (Kind.BIB, 0.5),
    (Kind.BIB, 0.4),
    (Kind.FACE, 0.5),
    (Kind.NUMBER, 0.3),
)
"""What is measured: kind, and the least overlap of a right box."""


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Boxes of one kind and of some heights.

    Attributes:
        name: what the report calls them.
        kind: see `Kind`.
        overlap: least intersection over union of a right box, 0..1.
        low_px, high_px: least and greatest height in pixels of the full picture.
        above_share: the height over the picture's height is more than this.
    """

    name: str
    kind: Kind
    overlap: float
    low_px: float = 0.0
    high_px: float = math.inf
    above_share: float = 0.0

    def holds(self, boxes: Floats, picture_px: int) -> NDArray[np.bool_]:
        """Which boxes ``[N, 4]`` are of these heights: bool ``[N]``.

        Args:
            boxes: pixels of the full picture.
            picture_px: the picture's height.
        """
        heights = boxes[:, 3] - boxes[:, 1]
        held: NDArray[np.bool_] = (
            (heights >= self.low_px)
            & (heights <= self.high_px)
            & (heights > self.above_share * picture_px)
        )
        return held


SIZES: Final = (
    # At 640x384 such a bib of a 1080p frame is 4 to 8 pixels high.
    SizeRange("small bib", Kind.BIB, 0.4, low_px=12, high_px=24),
    # Runners who are nearly out of the picture: too large for most of the network's cells.
    SizeRange("large person", Kind.PERSON, 0.5, above_share=0.5),
)
"""What is hard to find, looked at apart. Bib boxes are mostly estimates, hence their overlap."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Average precision of one kind in one group; `value` is 0..1."""

    group: str
    kind: str
    overlap: float
    n_true: int
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Another detector, measured on the same pictures.

    Attributes:
        name: what the report calls it.
        detector: keeps even weak boxes.
        kinds: what it looks for; it is measured on nothing else.
        least_score: from which on its boxes are used, 0..1.
    """

    name: str
    detector: Detector
    kinds: Collection[Kind]
    least_score: float


@dataclass(frozen=True, slots=True)
class InUse:
    """What boxes of one kind are worth from the score on from which they are used.

    Attributes:
        n_found: true boxes that were found.
        n_boxes: all boxes that may be right or wrong.
    """

    n_found: int
    n_boxes: int


def in_use(
    pictures: Sequence[LabelledPicture],
    found: Sequence[Detections],
    kind: Kind,
    overlap: float,
    least_score: float,
) -> InUse:
    """How many true boxes of a kind are found by boxes of at least that score and overlap."""
    parts = [_matched(p, d, kind, overlap) for p, d in zip(pictures, found, strict=True)]
    used = [part.right[part.scores >= least_score] for part in parts]
    return InUse(sum(int(right.sum()) for right in used), sum(len(right) for right in used))


def measured(
    group: str,
    pictures: Sequence[LabelledPicture],
    found: Sequence[Detections],
    kinds: Collection[Kind] = tuple(Kind),
) -> list[Measure]:
    """Every measure of one group that has true boxes for it, of these kinds."""
    measures = []
    for kind, overlap in MEASURES:
        if kind not in kinds:
            continue
        parts = [_matched(p, d, kind, overlap) for p, d in zip(pictures, found, strict=True)]
        measures += _measure(group, kind.name.lower(), overlap, parts)
    return measures


def measured_by_size(
    group: str,
    pictures: Sequence[LabelledPicture],
    found: Sequence[Detections],
    heights_px: Sequence[int],
    kinds: Collection[Kind] = tuple(Kind),
) -> list[Measure]:
    """The measures of `SIZES` of one group, those that have true boxes of the size.

    True boxes of other sizes neither reward nor punish, nor do detections of other sizes.

    Args:
        group: its name.
        pictures: its pictures.
        found: what was found in each.
        heights_px: height of each.
        kinds: of others nothing is measured.
    """
    measures = []
    for size in SIZES:
        if size.kind not in kinds:
            continue
        parts = [_matched_in(size, *one) for one in zip(pictures, found, heights_px, strict=True)]
        measures += _measure(group, size.name, size.overlap, parts)
    return measures


def _measure(group: str, name: str, overlap: float, parts: list[Matched]) -> list[Measure]:
    value = average_precision(parts)
    if value is None:
        return []
    return [Measure(group, name, overlap, sum(part.n_true for part in parts), round(value, 4))]


def _matched(picture: LabelledPicture, found: Detections, kind: Kind, overlap: float) -> Matched:
    own = found.of(kind)
    return match(own.boxes, own.scores, picture.true[kind], picture.ignored[kind], overlap)


def _matched_in(
    size: SizeRange, picture: LabelledPicture, found: Detections, height_px: int
) -> Matched:
    own = found.of(size.kind)
    true, ignored = picture.true[size.kind], picture.ignored[size.kind]
    return match_in_range(
        own.boxes,
        own.scores,
        true,
        ignored,
        size.overlap,
        (size.holds(own.boxes, height_px), size.holds(true, height_px)),
    )
