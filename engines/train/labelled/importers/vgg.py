"""VGG Image Annotator: a CSV file with one row per region.

The class is the region's attribute called class, label, type, kind, category or name. The number
is the one called number or text; an attribute called like a class, ``bib: 123``, says both.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engines.train.labelled.data_set import (
    BoxLabel,
    PictureLabels,
    Problem,
    UnreadableError,
    as_box_from_size,
    name_in,
    read_text,
)

COLUMNS = ("filename", "region_shape_attributes", "region_attributes")
_CLASS = ("class", "label", "type", "kind", "category", "name")
_TEXT = ("number", "text")
_PLAIN = ("person", "bib", "face")
"""Attributes of these names come before others, such as ``occluded``."""
_MEND = "correct the row, or export the file again"


def csv_rows(
    path: Path, root: Path, columns: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows with their line numbers, of a CSV file that has at least the given columns.

    Raises:
        UnreadableError: it cannot be read, or lacks a column.
    """
    file = name_in(path, root)
    reader = csv.reader(io.StringIO(read_text(path, root), newline=""))
    try:
        head = [name.strip().lstrip("#") for name in next(reader, [])]
        missing = [name for name in columns if name not in head]
        if missing:
            what = f"lacks the columns {', '.join(missing)}"
            raise UnreadableError(file, what, "export it again, with commas between the columns")
        for row in reader:
            if any(row):
                yield reader.line_num, dict(zip(head, row + [""] * len(head), strict=False))
    except csv.Error as error:
        what = f"line {reader.line_num} is no CSV: {error}"
        raise UnreadableError(file, what, "export it again") from error


def read_vgg(path: Path, root: Path) -> Iterator[PictureLabels | Problem]:
    """Labels of every picture that the file names.

    Args:
        path: the CSV file.
        root: folder of the data set.

    Raises:
        UnreadableError: it is no CSV file of this format.
    """
    file = name_in(path, root)
    boxes: dict[str, list[BoxLabel]] = {}
    lost: Counter[str] = Counter()
    first: dict[str, str] = {}
    for line, row in csv_rows(path, root, COLUMNS):
        where, name = f"{file}:{line}", row["filename"].strip()
        if not name:
            yield Problem(where, "the row names no picture", _MEND)
            continue
        first.setdefault(name, where)
        read = _read_region(row, where)
        if isinstance(read, Problem):
            yield read
            lost[name] += 1
        elif read:
            boxes.setdefault(name, []).append(read)
    for name, where in first.items():
        yield PictureLabels((name,), path, where, tuple(boxes.get(name, ())), lost=lost[name])


def _read_region(row: Mapping[str, str], where: str) -> BoxLabel | Problem | None:
    """A region; None on the row of a picture without any."""
    try:
        shape = json.loads(row["region_shape_attributes"] or "{}")
        attributes = json.loads(row["region_attributes"] or "{}")
    except (ValueError, RecursionError) as error:
        return Problem(where, f"the region is broken JSON: {error}", _MEND)
    if not isinstance(shape, dict) or not isinstance(attributes, dict):
        return Problem(where, "the region is no JSON of names and values", _MEND)
    if not shape:
        return None
    if shape.get("name") != "rect":
        what = f"the region is a {shape.get('name') or 'shape without name'}, not a rect"
        return Problem(where, what, "draw a rectangle")
    name, text = _class_and_text({str(k).strip().lower(): v for k, v in attributes.items()})
    box = as_box_from_size(shape.get(side) for side in ("x", "y", "width", "height"))
    return BoxLabel(name, box, where, text)


def _class_and_text(attributes: Mapping[str, object]) -> tuple[str, object]:
    text = next((attributes[key] for key in _TEXT if key in attributes), None)
    for key in _CLASS:
        if key in attributes:
            return _choice(attributes[key]), text
    for key in sorted(attributes, key=lambda key: key not in _PLAIN):
        if key not in _TEXT:
            value = attributes[key]
            return key, value if text is None and isinstance(value, str) else text
    return ("number" if text is not None else ""), text


def _choice(value: object) -> str:
    """Checkboxes are a mapping of what is ticked to true."""
    if isinstance(value, dict):
        return " ".join(str(key) for key, ticked in value.items() if ticked)
    return str(value)
