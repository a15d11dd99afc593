"""Crops with their texts: a CSV file ``file,text[,x0,y0,x1,y1]``, as `finishline evaluate reader`
takes it.

A row without a box means the whole picture. Such a table says nothing of persons and bibs, so it
teaches the reader alone.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from engines.train.labelled.data_set import (
    BoxLabel,
    DataSet,
    PictureLabels,
    Problem,
    UnreadableError,
    as_box,
    name_in,
    read_bytes,
)
from engines.train.labelled.importers.intake import Intake
from engines.train.labelled.importers.reading import joined, read_data_set
from engines.train.labelled.importers.vgg import csv_rows
from engines.types import Kind

COLUMNS: Final = ("file", "text")
_SIDES: Final = ("x0", "y0", "x1", "y1")
_WHOLE: Final = (0.0, 0.0, 1.0, 1.0)
_HEAD_BYTES: Final = 4096


def read_labelled_texts(
    paths: Sequence[Path], pictures: Path | None = None, classes: Mapping[str, Kind] | None = None
) -> DataSet:
    """Several data sets as one, crop tables among them.

    Args:
        paths: see `read_data_set`; also crop tables, and folders that hold some.
        pictures, classes: see `read_data_set`.

    Raises:
        LabelError, MissingPackageError: see `read_data_set`.
    """
    read = []
    for path in paths:
        tables = crop_tables(path)
        read += [read_crop_table(table, pictures) for table in tables]
        if not tables:
            read.append(read_data_set(path, pictures, classes))
    return joined(read)


def crop_tables(path: Path) -> list[Path]:
    """The path itself where it is a crop table, those in it where it is a folder."""
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    return [file for file in files if file.suffix.lower() == ".csv" and _is_table(file)]


def _is_table(path: Path) -> bool:
    if not path.is_file():
        return False
    head = read_bytes(path, path.parent, _HEAD_BYTES).decode("utf-8-sig", "replace")
    [first, *_] = [*csv.reader(head.splitlines()[:1]), []]
    if set(COLUMNS) <= {name.strip() for name in ",".join(first).split(";")}:
        what = "has semicolons between its columns"
        raise UnreadableError(path.name, what, "save it with commas between them")
    return set(COLUMNS) <= {name.strip() for name in first}


def read_crop_table(path: Path, pictures: Path | None = None) -> DataSet:
    """The pictures of a crop table, each with its number lines.

    Args:
        path: the CSV file.
        pictures: where its pictures are, if not beside it.

    Raises:
        UnreadableError: it is no such table.
    """
    intake = Intake(path.parent, pictures or path.parent, beside=pictures is None)
    for labels in _rows(path):
        intake.take(labels)
    return intake.data_set()


def _rows(path: Path) -> Iterator[PictureLabels | Problem]:
    file = name_in(path, path.parent)
    for line, row in csv_rows(path, path.parent, COLUMNS):
        where, name = f"{file}:{line}", row["file"].strip()
        if not name:
            yield Problem(where, "the row names no picture", "write its file, or delete the row")
        elif not row["text"].strip():
            yield Problem(where, "the row has no text", "write the number, or delete the row")
        else:
            sides = [row.get(side, "").strip() for side in _SIDES]
            is_whole = not any(sides)
            box = _WHOLE if is_whole else as_box(sides)
            label = BoxLabel(Kind.NUMBER.name.lower(), box, where, row["text"])
            yield PictureLabels((name,), path, where, (label,), shares=is_whole)
