"""Pictures with true boxes, read from COCO files.

Files lie relative to the labels. `ignore` or `iscrowd` marks boxes that neither reward nor punish.
A folder of pictures may have a ``labels.json`` of true digit boxes beside them, as RBNR has: a list
in the format of `read_photo_labels`. A ``labels.json`` that is no list is something else, often the
COCO file itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.errors import LabelError
from engines.evaluate.labels import as_box, read_json, read_photo_labels
from engines.types import Box, Floats, Kind


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """One picture with true boxes per kind, counted and ignored; float32 ``[N, 4]``."""

    path: Path
    group: str
    true: Mapping[Kind, Floats]
    ignored: Mapping[Kind, Floats]
    digits: tuple[Box, ...]


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
            {kind: as_boxes(boxes.get((id_, kind, False), [])) for kind in Kind},
            {kind: as_boxes(boxes.get((id_, kind, True), [])) for kind in Kind},
            digits.get(file, ()),
        )
        for id_, file in pictures
    ]


def as_boxes(boxes: list[Box]) -> Floats:
    """Boxes as float32 ``[N, 4]``, also where there is none."""
    return np.array(boxes, np.float32).reshape(-1, 4)


def _digits(folders: set[Path]) -> dict[Path, tuple[Box, ...]]:
    files = [folder / "labels.json" for folder in sorted(folders)]
    lists = [file for file in files if file.exists() and isinstance(read_json(file), list)]
    photos = [photo for file in lists for photo in read_photo_labels(file)]
    return {
        photo.path: tuple(n.digits for n in photo.numbers if n.digits is not None)
        for photo in photos
    }
