"""How well the detector finds, against boxes in the COCO format.

Files lie relative to the labels. `ignore` or `iscrowd` marks boxes that neither reward nor punish.
Where a folder of pictures has a ``labels.json`` of true digit boxes, the share of number lines
found in it is measured as well.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engines.errors import LabelError
from engines.evaluate.labels import (
    Progress,
    as_box,
    read_image,
    read_json,
    read_photo_labels,
    table,
)
from engines.evaluate.precision import Matched, average_precision, match
from engines.picture import RgbPicture
from engines.types import Box, Detections, Detector, Floats, Kind

ALL: Final = "all"
MEASURES: Final = (
    (Kind.PERSON, 0.5),
    (Kind.BIB, 0.5),
    (Kind.BIB, 0.4),
    (Kind.FACE, 0.5),
    (Kind.NUMBER, 0.3),
)
"""What is measured: kind, and the least overlap of a right box."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """One picture with true boxes per kind, counted and ignored; float32 ``[N, 4]``."""

    path: Path
    group: str
    true: Mapping[Kind, Floats]
    ignored: Mapping[Kind, Floats]
    digits: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """Average precision of one kind in one group; `value` is 0..1."""

    group: str
    kind: str
    overlap: float
    n_true: int
    value: float


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
        measures: average precision per group, kind and overlap.
        digits: at the thresholds of use.
        n_pictures: how many.
        ms_per_picture: median time of one picture alone at the usual input, on this machine.
    """

    measures: tuple[Measure, ...]
    digits: tuple[DigitsFound, ...]
    n_pictures: int
    ms_per_picture: float

    def to_json(self) -> dict[str, Any]:
        """Everything, for `json.dumps`."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        rows = [
            [f"{m.group} {m.kind}", f"{m.overlap:.1f}", str(m.n_true), f"{m.value:.3f}"]
            for m in self.measures
        ]
        parts = [table(["set and kind", "overlap", "boxes", "AP"], rows)]
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


def evaluate_detector(
    labels: Path, detector: Detector, scores: Mapping[Kind, float], progress: Progress
) -> DetectorReport:
    """Runs the detector on every labelled picture.

    Args:
        labels: COCO file with the categories person, bib, face, number, or some of them.
        detector: one that keeps even weak boxes (`load_detector` with a least score of 0.01):
            average precision looks at all scores.
        scores: thresholds of use, for the shares of digits found.
        progress: told after every picture.

    Raises:
        LabelError: labels or pictures cannot be read, or there are none.
    """
    pictures = read_coco(labels)
    if not pictures:
        raise LabelError(f"{labels} has no picture")
    found: list[Detections] = []
    spent_ms: list[float] = []
    for done, labelled in enumerate(pictures, start=1):
        picture = RgbPicture(read_image(labelled.path))
        began = time.perf_counter()
        found += detector.detect([picture])
        spent_ms.append((time.perf_counter() - began) * 1000)
        progress(done, len(pictures))
    groups = [*dict.fromkeys(p.group for p in pictures), ALL]
    used = [above(detections, scores) for detections in found]
    return DetectorReport(
        tuple(m for g in groups for m in measured(g, *_of_group(g, pictures, found))),
        tuple(d for g in groups[:-1] for d in digits_found(g, *_of_group(g, pictures, used))),
        len(pictures),
        round(float(np.median(spent_ms)), 2),
    )


def measured(
    group: str, pictures: Sequence[LabelledPicture], found: Sequence[Detections]
) -> list[Measure]:
    """Every measure of one group that has true boxes for it."""
    measures = []
    for kind, overlap in MEASURES:
        parts = [_matched(p, d, kind, overlap) for p, d in zip(pictures, found, strict=True)]
        value = average_precision(parts)
        if value is not None:
            n_true = sum(part.n_true for part in parts)
            measures.append(Measure(group, kind.name.lower(), overlap, n_true, round(value, 4)))
    return measures


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


def read_coco(path: Path) -> list[LabelledPicture]:
    """Reads a COCO file; a picture's group is the folder it lies in.

    Raises:
        LabelError: it cannot be read, lacks a field or names another category.
    """
    coco = read_json(path)
    try:
        kind_of = {c["id"]: Kind[c["name"].upper()] for c in coco["categories"]}
        boxes: dict[tuple[int, Kind, bool], list[Box]] = {}
        for a in coco["annotations"]:
            x, y, width, height = a["bbox"]
            ignored = bool(a.get("ignore") or a.get("iscrowd"))
            key = (a["image_id"], kind_of[a["category_id"]], ignored)
            boxes.setdefault(key, []).append(as_box((x, y, x + width, y + height)))
        pictures = [(i["id"], path.parent / i["file_name"]) for i in coco["images"]]
    except (KeyError, TypeError, ValueError) as error:
        raise LabelError(f"{path} is no COCO file of persons and bibs: {error!r}") from error
    digits = _digits({file.parent for _, file in pictures})
    return [
        LabelledPicture(
            file,
            file.parent.name,
            {kind: _array(boxes.get((id_, kind, False), [])) for kind in Kind},
            {kind: _array(boxes.get((id_, kind, True), [])) for kind in Kind},
            digits.get(file, ()),
        )
        for id_, file in pictures
    ]


def _digits(folders: set[Path]) -> dict[Path, tuple[Box, ...]]:
    files = [folder / "labels.json" for folder in sorted(folders)]
    photos = [photo for file in files if file.exists() for photo in read_photo_labels(file)]
    return {photo.path: tuple(n.digits for n in photo.numbers) for photo in photos}


def _array(boxes: list[Box]) -> Floats:
    return np.array(boxes, np.float32).reshape(-1, 4)


def _of_group(
    group: str, pictures: Sequence[LabelledPicture], found: Sequence[Detections]
) -> tuple[list[LabelledPicture], list[Detections]]:
    rows = [i for i, picture in enumerate(pictures) if group in (ALL, picture.group)]
    return [pictures[i] for i in rows], [found[i] for i in rows]


def _matched(picture: LabelledPicture, found: Detections, kind: Kind, overlap: float) -> Matched:
    own = found.of(kind)
    return match(own.boxes, own.scores, picture.true[kind], picture.ignored[kind], overlap)


def _centre_in(box: Floats, digits: Box) -> bool:
    x, y = (digits[0] + digits[2]) / 2, (digits[1] + digits[3]) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])
