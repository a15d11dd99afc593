"""How well the detector finds, against boxes in the COCO format (see `engines.evaluate.coco`).

Where a folder of pictures has a ``labels.json`` of true digit boxes, the share of number lines
found in it is measured as well.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engines.errors import LabelError
from engines.evaluate.coco import LabelledPicture, read_coco
from engines.evaluate.labels import Progress, read_image, table
from engines.evaluate.measures import Baseline, Measure, measured, measured_by_size
from engines.picture import RgbPicture
from engines.types import Box, Detections, Detector, Floats, Kind

__all__ = [
    "DetectorReport", "DigitsFound", "LabelledPicture", "Measure", "above", "digits_found",
    "evaluate_detector", "is_line", "measured",
]  # fmt: skip

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class DigitsFound:
    """True digit boxes of a group, how many lie in a number line and in a bib that was found."""

    group: str
    n_true: int
    n_in_number: int
    n_in_bib: int


@dataclass(frozen=True, slots=True)
class DetectorReport:
    """What came out.

    Attributes:
        measures: average precision per group, kind and overlap; of some sizes as well.
        baseline: the same of another detector, of what it looks for.
        baseline_name: what that is called; empty where there was none.
        digits: at the thresholds of use.
        n_pictures: how many.
        ms_per_picture: median time of one picture alone at the usual input, on this machine.
    """

    measures: tuple[Measure, ...]
    digits: tuple[DigitsFound, ...]
    n_pictures: int
    ms_per_picture: float
    baseline: tuple[Measure, ...] = ()
    baseline_name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Everything, for `json.dumps`."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        parts = [self._precisions()]
        if self.digits:
            rows = [
                [
                    d.group,
                    str(d.n_true),
                    f"{d.n_in_number / d.n_true:.3f}",
                    f"{d.n_in_bib / d.n_true:.3f}",
                ]
                for d in self.digits
            ]
            parts.append(table(["true digits", "boxes", "in number", "in bib"], rows))
        parts.append(f"{self.n_pictures} pictures, {self.ms_per_picture:.1f} ms each")
        return "\n\n".join(parts)

    def _precisions(self) -> str:
        """A table of the measures, with a column for the baseline where there is one."""
        others = {(m.group, m.kind, m.overlap): f"{m.value:.3f}" for m in self.baseline}
        head = ["set and kind", "overlap", "boxes", "AP"]
        rows = [
            [f"{m.group} {m.kind}", f"{m.overlap:.1f}", str(m.n_true), f"{m.value:.3f}"]
            + ([others.get((m.group, m.kind, m.overlap), "")] if self.baseline_name else [])
            for m in self.measures
        ]
        return table([*head, self.baseline_name] if self.baseline_name else head, rows)


def evaluate_detector(
    labels: Path,
    detector: Detector,
    scores: Mapping[Kind, float],
    progress: Progress,
    baseline: Baseline | None = None,
) -> DetectorReport:
    """Runs the detector on every labelled picture.

    Args:
        labels: COCO file with the categories person, bib, face, number, or some of them.
        detector: one that keeps even weak boxes (`load_detector` with a least score of 0.01):
            average precision looks at all scores.
        scores: thresholds of use, for the shares of digits found.
        progress: told after every picture.
        baseline: measured beside it.

    Raises:
        LabelError: labels or pictures cannot be read, or there are none.
    """
    pictures = read_coco(labels)
    if not pictures:
        raise LabelError(f"{labels} has no picture")
    found: list[Detections] = []
    others: list[Detections] = []
    heights: list[int] = []
    spent_ms: list[float] = []
    for done, labelled in enumerate(pictures, start=1):
        picture = RgbPicture(read_image(labelled.path))
        began = time.perf_counter()
        found += detector.detect([picture])
        spent_ms.append((time.perf_counter() - began) * 1000)
        others += baseline.detector.detect([picture]) if baseline else []
        heights.append(picture.height)
        progress(done, len(pictures))
    used = [above(detections, scores) for detections in found]
    groups = {g: _rows_of(g, pictures) for g in (*dict.fromkeys(p.group for p in pictures), ALL)}
    return DetectorReport(
        _measures(groups, pictures, found, heights, tuple(Kind)),
        tuple(
            d
            for group, rows in groups.items()
            if group != ALL
            for d in digits_found(group, [pictures[i] for i in rows], [used[i] for i in rows])
        ),
        len(pictures),
        round(float(np.median(spent_ms)), 2),
        _measures(groups, pictures, others, heights, baseline.kinds) if baseline else (),
        baseline.name if baseline else "",
    )


def digits_found(
    group: str, pictures: Sequence[LabelledPicture], found: Sequence[Detections]
) -> list[DigitsFound]:
    """Shares of true digit boxes found; nothing where the group has none."""
    pairs = [(box, d) for p, d in zip(pictures, found, strict=True) for box in p.digits]
    if not pairs:
        return []
    in_number = sum(any(is_line(n, box) for n in d.of(Kind.NUMBER).boxes) for box, d in pairs)
    in_bib = sum(any(_centre_in(b, box) for b in d.of(Kind.BIB).boxes) for box, d in pairs)
    return [DigitsFound(group, len(pairs), in_number, in_bib)]


def is_line(number: Floats, digits: Box) -> bool:
    """Whether a number box ``[4]`` is the line of these digits.

    It overlaps by 0.3, or holds their centre and is between a third and three times as large:
    short digit boxes lose much overlap with every pixel of margin.
    """
    x0, y0, x1, y1 = digits
    width, height = number[2] - number[0], number[3] - number[1]
    ratio = float(width * height) / max((x1 - x0) * (y1 - y0), 1e-6)
    shared_x = min(x1, float(number[2])) - max(x0, float(number[0]))
    shared_y = min(y1, float(number[3])) - max(y0, float(number[1]))
    shared = max(shared_x, 0.0) * max(shared_y, 0.0)
    union = (x1 - x0) * (y1 - y0) + float(width * height) - shared
    return shared >= 0.3 * union or (_centre_in(number, digits) and 1 / 3 <= ratio <= 3)


def above(found: Detections, scores: Mapping[Kind, float]) -> Detections:
    """Only the rows that reach the score of their kind."""
    least = np.array([scores[kind] for kind in Kind], np.float32)
    rows = found.scores >= least[found.kinds]
    return Detections(found.boxes[rows], found.scores[rows], found.kinds[rows])


def _rows_of(group: str, pictures: Sequence[LabelledPicture]) -> list[int]:
    return [i for i, picture in enumerate(pictures) if group in (ALL, picture.group)]


def _measures(
    groups: Mapping[str, Sequence[int]],
    pictures: Sequence[LabelledPicture],
    found: Sequence[Detections],
    heights_px: Sequence[int],
    kinds: Collection[Kind],
) -> tuple[Measure, ...]:
    """Every measure of every group, whatever the size of the boxes and by their size."""
    measures = []
    for group, rows in groups.items():
        own, boxes = [pictures[i] for i in rows], [found[i] for i in rows]
        measures += measured(group, own, boxes, kinds)
        measures += measured_by_size(group, own, boxes, [heights_px[i] for i in rows], kinds)
    return tuple(measures)


def _centre_in(box: Floats, digits: Box) -> bool:
    x, y = (digits[0] + digits[2]) / 2, (digits[1] + digits[3]) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])
