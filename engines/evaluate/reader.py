"""How many numbers are read whole: from crops of number lines, or from pictures of whole bibs."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engines.bib_picture import LEAST, BibPictureReader
from engines.consensus import learnt_patterns, likeliest_bib, mean_probability
from engines.errors import LabelError
from engines.evaluate.labels import (
    Progress,
    Same,
    read_image,
    read_photo_labels,
    same_text,
    table,
)
from engines.picture import RgbPicture
from engines.train.labelled.data_set import UnreadableError, as_box, bib_text, box_flaw
from engines.train.labelled.importers.vgg import csv_rows
from engines.types import Box, Image, Reader, Reading

BATCH: Final = 8

_SIDES: Final = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True, slots=True)
class LabelledCrop:
    """A true text, upper case.

    Attributes:
        box: cuts it out of the picture, None takes the whole picture.
        where: file and row of its label, for instance ``crops.csv:3``.
    """

    path: Path
    text: str
    box: Box | None
    where: str


@dataclass(frozen=True, slots=True)
class Misreading:
    """A crop that was read wrongly."""

    file: str
    text: str
    read: str
    score: float


@dataclass(frozen=True, slots=True)
class ReaderReport:
    """What came out.

    Attributes:
        n_crops, n_right: crops, and crops whose text was read exactly.
        ms_per_crop: mean time of one on this machine, without reading its file.
        errors: the others.
    """

    n_crops: int
    n_right: int
    ms_per_crop: float
    errors: tuple[Misreading, ...]

    @property
    def accuracy(self) -> float:
        """Share of numbers read whole, 0..1."""
        return self.n_right / self.n_crops

    def to_json(self) -> dict[str, Any]:
        """Everything, for `json.dumps`."""
        return {**dataclasses.asdict(self), "accuracy": self.accuracy}

    def __str__(self) -> str:
        counts = table(
            ["crops", "right", "accuracy", "ms per crop"],
            [
                [
                    str(self.n_crops),
                    str(self.n_right),
                    f"{self.accuracy:.3f}",
                    f"{self.ms_per_crop:.1f}",
                ]
            ],
        )
        if not self.errors:
            return counts
        rows = [[e.file, e.text, e.read or "-", f"{e.score:.2f}"] for e in self.errors]
        return f"{counts}\n\n{table(['file', 'true', 'read', 'score'], rows)}"


def evaluate_reader(
    labels: Path, reader: Reader, progress: Progress, same: Same = same_text
) -> ReaderReport:
    """Reads every labelled number line.

    Args:
        labels: see `read_crops`.
        reader: the reader.
        progress: told after every batch.
        same: what counts as right.

    Raises:
        LabelError: labels or pictures cannot be read, or there are none.
    """
    crops = _some_crops(labels)
    told: list[tuple[str, float]] = []
    spent_s = 0.0
    for start in range(0, len(crops), BATCH):
        images = [_cut(crop) for crop in crops[start : start + BATCH]]
        began = time.perf_counter()
        told += [(reading.text, reading.score) for reading in reader.read(images)]
        spent_s += time.perf_counter() - began
        progress(len(told), len(crops))
    return _report(crops, told, spent_s, same)


def evaluate_bib_pictures(
    labels: Path, reader: BibPictureReader, progress: Progress, same: Same = same_text
) -> ReaderReport:
    """Reads every picture of a bib, as one race: what its sure bibs look like, all are held to.

    Args:
        labels: see `read_crops`.
        reader: finds the line and reads it.
        progress: told after every picture; those that say nothing upright are looked at again.
        same: what counts as right.

    Raises:
        LabelError: labels or pictures cannot be read, or there are none.
    """
    crops = _some_crops(labels)
    looks: list[tuple[Reading, ...]] = []
    spent_s = 0.0
    for crop in crops:
        image = _cut(crop)
        began = time.perf_counter()
        looks.append(reader.read(image))
        spent_s += time.perf_counter() - began
        progress(len(looks), len(crops))
    probable = [mean_probability(readings) for readings in looks]
    patterns = learnt_patterns(probable)
    told = [likeliest_bib(p, patterns) for p in probable]
    for place, (crop, (_, probability)) in enumerate(zip(crops, told, strict=True)):
        if probability < LEAST:
            image = _cut(crop)
            began = time.perf_counter()
            text, turned = reader.read_turned(image, patterns)
            spent_s += time.perf_counter() - began
            told[place] = (text, max(probability, turned))
    return _report(crops, told, spent_s, same)


def _report(
    crops: Sequence[LabelledCrop], told: Sequence[tuple[str, float]], spent_s: float, same: Same
) -> ReaderReport:
    """Texts and scores beside the labels."""
    errors = [
        Misreading(crop.path.name, crop.text, text, round(score, 4))
        for crop, (text, score) in zip(crops, told, strict=True)
        if not same(text, crop.text)
    ]
    ms = round(spent_s * 1000 / len(crops), 3)
    return ReaderReport(len(crops), len(crops) - len(errors), ms, tuple(errors))


def _some_crops(labels: Path) -> list[LabelledCrop]:
    crops = read_crops(labels)
    if not crops:
        raise LabelError(f"{labels} has no labelled crop")
    return crops


def read_crops(labels: Path) -> list[LabelledCrop]:
    """The crops of either format of labels: CSV ``file,text[,x0,y0,x1,y1]``, where a row without a
    box means the whole picture, or JSON in the format of `read_photo_labels`, whose boxes of digits
    are cut out. Files lie beside it.

    Raises:
        LabelError: they cannot be read; a row of the table is named.
    """
    if labels.suffix == ".json":
        photos = read_photo_labels(labels)
        return [
            LabelledCrop(p.path, n.text, n.digits, f"{labels}: {n.text} in {p.path.name}")
            for p in photos
            for n in p.numbers
        ]
    # The root is the working directory: the table is named as the caller names it.
    rows = csv_rows(labels, Path(), ("file", "text"))
    return [_crop(labels.parent, row, f"{labels}:{line}") for line, row in rows]


def _crop(folder: Path, row: Mapping[str, str], where: str) -> LabelledCrop:
    """What a row of a table says, taken as `engines.train.labelled.importers.crop_table` takes it.

    Raises:
        UnreadableError: it lacks something.
    """
    name, sides = row["file"].strip(), [row.get(side, "").strip() for side in _SIDES]
    if not name:
        what, mend = "the row names no picture", "write its file, or delete the row"
        raise UnreadableError(where, what, mend)
    try:
        text = bib_text(row["text"])
    except ValueError as error:
        raise UnreadableError(where, str(error), "write digits, letters and '-' only") from error
    if text is None:
        raise UnreadableError(where, "the row has no text", "write the number, or delete the row")
    box = as_box(sides)
    if box is None and any(sides):
        mend = "write four numbers, or none for the whole picture"
        raise UnreadableError(where, "the box has no coordinates", mend)
    return LabelledCrop(folder / name, text, box, where)


def _cut(crop: LabelledCrop) -> Image:
    """The pixels of a crop.

    Raises:
        UnreadableError: there are none in the picture.
    """
    try:
        image = read_image(crop.path)
    except LabelError as error:
        mend = "copy it there again, or delete its label"
        raise UnreadableError(crop.where, str(error), mend) from error
    if crop.box is None:
        return image
    picture = RgbPicture(image)
    flaw = box_flaw(crop.box, picture.width, picture.height)
    if flaw:
        raise UnreadableError(crop.where, flaw, "draw the box again, or delete its label")
    return picture.crop(crop.box)
