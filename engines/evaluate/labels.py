"""What the evaluations share: labelled photos, pictures from files, and tables to print."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engines.errors import LabelError
from engines.types import Box, Image

Progress = Callable[[int, int], None]
"""Told ``(done, total)`` after every picture."""


@dataclass(frozen=True, slots=True)
class LabelledNumber:
    """A true bib number, upper case as readers tell it, and the box of its characters, pixels;
    None: somewhere in the photo."""

    text: str
    digits: Box | None


Same = Callable[[str, str], bool]
"""Whether what was read says what a label says."""


def same_text(read: str, text: str) -> bool:
    """Whether they are the same, every character."""
    return read == text


def same_digits(read: str, text: str) -> bool:
    """Whether they have the same digits, leading zeros and letters apart. Zeros alone are as good
    as nothing; words are not."""
    one, other = (re.sub(r"\D", "", t).lstrip("0") for t in (read, text))
    return one == other if one or other else read.lstrip("0") == text.lstrip("0")


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo with its labels; `group` names the set it belongs to."""

    path: Path
    group: str
    numbers: tuple[LabelledNumber, ...]


def read_photo_labels(path: Path) -> list[LabelledPhoto]:
    """Reads a list of ``{file, set, bibs: [{number, digits_xyxy}]}``, files beside it; or a table
    (``.csv``) with the columns file and text. The numbers of one photo stand in one row with blanks
    between them, or in several rows.

    Raises:
        LabelError: the file cannot be read or lacks a field.
    """
    if path.suffix.lower() == ".csv":
        return _photo_table(path)
    photos = []
    try:
        for entry in read_json(path):
            numbers = tuple(
                LabelledNumber(str(bib["number"]).strip().upper(), as_box(bib["digits_xyxy"]))
                for bib in entry["bibs"]
            )
            group = str(entry.get("set", "all"))
            photos.append(LabelledPhoto(path.parent / entry["file"], group, numbers))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LabelError(f"{path} is no list of labelled photos: {error!r}") from error
    return photos


def _photo_table(path: Path) -> list[LabelledPhoto]:
    numbers: dict[str, list[LabelledNumber]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as table_file:
            for row_number, row in enumerate(csv.DictReader(table_file), start=2):
                file, text = row.get("file"), row.get("text")
                if not file or text is None:
                    raise LabelError(f"{path}, row {row_number}: needs the columns file and text")
                own = numbers.setdefault(file, [])
                own += [LabelledNumber(one, None) for one in text.upper().split()]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"{path} cannot be read: {error}") from error
    return [LabelledPhoto(path.parent / file, "all", tuple(own)) for file, own in numbers.items()]


def read_json(path: Path) -> Any:
    """Any JSON file.

    Raises:
        LabelError: it is absent or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LabelError(f"{path} cannot be read: {error}") from error


def read_image(path: Path) -> Image:
    """A picture file as RGB, turned the way its camera was held.

    Raises:
        LabelError: it is absent or no picture.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise LabelError(f"{path} is no readable picture")
    return np.ascontiguousarray(image[:, :, ::-1], np.uint8)


def as_box(sides: Sequence[float]) -> Box:
    """Four numbers as a box.

    Raises:
        ValueError: there are not four, or one is not finite.
    """
    x0, y0, x1, y1 = (float(side) for side in sides)
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        raise ValueError(f"the box {x0:g} {y0:g} {x1:g} {y1:g} is not finite")
    return x0, y0, x1, y1


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their longest cell; the first one left, the others right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        return "  ".join(cells).rstrip()

    return "\n".join(line(row) for row in (head, *rows))
