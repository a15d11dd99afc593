"""How many numbers are read whole, from crops whose place is known."""

from __future__ import annotations

import csv
import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engines.errors import LabelError
from engines.evaluate.labels import (
    Progress,
    as_box,
    read_image,
    read_photo_labels,
    table,
)
from engines.picture import RgbPicture
from engines.types import Box, Image, Reader

BATCH: Final = 8


@dataclass(frozen=True, slots=True)
class LabelledCrop:
    """A true text; `box` cuts it out of the picture, None takes the whole picture."""

    path: Path
    text: str
    box: Box | None


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
        ms_per_crop: reading alone, in batches of eight, on this machine.
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


def evaluate_reader(labels: Path, reader: Reader, progress: Progress) -> ReaderReport:
    """Reads every labelled crop.

    Args:
        labels: CSV ``file,text[,x0,y0,x1,y1]``, or JSON in the format of `read_photo_labels`,
            whose boxes of digits are cut out. Files lie beside it.
        reader: the reader.
        progress: told after every batch.

    Raises:
        LabelError: labels or pictures cannot be read, or there are none.
    """
    crops = read_crops(labels)
    if not crops:
        raise LabelError(f"{labels} has no labelled crop")
    errors: list[Misreading] = []
    spent_s = 0.0
    for start in range(0, len(crops), BATCH):
        batch = crops[start : start + BATCH]
        images = [_cut(crop) for crop in batch]
        began = time.perf_counter()
        readings = reader.read(images)
        spent_s += time.perf_counter() - began
        for crop, reading in zip(batch, readings, strict=True):
            if reading.text != crop.text:
                score = round(reading.score, 4)
                errors.append(Misreading(crop.path.name, crop.text, reading.text, score))
        progress(min(start + BATCH, len(crops)), len(crops))
    ms = round(spent_s * 1000 / len(crops), 3)
    return ReaderReport(len(crops), len(crops) - len(errors), ms, tuple(errors))


def read_crops(labels: Path) -> list[LabelledCrop]:
    """The crops of either format of labels.

    Raises:
        LabelError: they cannot be read.
    """
    if labels.suffix == ".json":
        photos = read_photo_labels(labels)
        return [LabelledCrop(p.path, n.text, n.digits) for p in photos for n in p.numbers]
    try:
        with labels.open(newline="", encoding="utf-8") as file:
            return [_row(labels.parent, row) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise LabelError(f"{labels} is no table of file,text[,x0,y0,x1,y1]: {error!r}") from error


def _row(folder: Path, row: dict[str, str]) -> LabelledCrop:
    box = as_box([float(row[side]) for side in ("x0", "y0", "x1", "y1")]) if "x0" in row else None
    return LabelledCrop(folder / row["file"], row["text"], box)


def _cut(crop: LabelledCrop) -> Image:
    image = read_image(crop.path)
    return image if crop.box is None else RgbPicture(image).crop(crop.box)
