"""Writes labelled pictures as COCO files that `importers.coco` reads back."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engines.errors import LabelError
from engines.train.labelled.data_set import LabelledBox, LabelledPicture
from engines.train.labelled.importers.coco import KINDS
from engines.train.labelled.split import split_by_runner
from engines.types import Kind

MARK: Final = "written by finishline train review"
"""Stands in a file's ``info``: what was written here may be written anew, anything else not."""

PARTS: Final = ("train.json", "validation.json", "test.json")


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_parts` has written.

    Attributes:
        files: each with the number of its pictures.
        n_rejected: annotations that were left out.
        n_emptied: pictures left out because every box was rejected: they show something, so they
            are no counterexamples.
    """

    files: tuple[tuple[Path, int], ...]
    n_rejected: int
    n_emptied: int

    def __str__(self) -> str:
        lines = [f"wrote {path}: {n} pictures" for path, n in self.files]
        lines.append(f"rejected annotations, left out: {self.n_rejected}")
        if self.n_emptied:
            lines.append(f"left out with them, having no others: {self.n_emptied} pictures")
        return "\n".join(lines)


def check_out(out: Path, data: Iterable[Path]) -> None:
    """Refuses a folder where the parts would be read as labels, or replace somebody's file.

    Args:
        out: folder that `write_parts` is to write to.
        data: files and folders that the labels are read from.

    Raises:
        LabelError: it says which and what to do.
    """
    files = [(out / name).resolve() for name in PARTS]
    for path in data:
        # The next run would read the parts along with the labels.
        if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
            raise LabelError(f"--out {out} lies in the data set {path}; name a folder beside it")
        if path.resolve() in files:
            raise LabelError(f"--out {out} would replace {path}; name another folder")
    for path in files:
        if path.exists() and not _is_ours(path):
            raise LabelError(f"{path} was not written by a review; name another --out")


def write_parts(
    out: Path, pictures: Sequence[LabelledPicture], rejected: Mapping[int, Collection[int]]
) -> Written:
    """Writes pictures to learn from, to choose by and to report on, split by race and runner.

    Args:
        out: an existing folder.
        pictures: of a data set.
        rejected: rows of the boxes to leave out, for rows of pictures.

    Raises:
        LabelError: a file cannot be written.
    """
    kept = []
    for row, picture in enumerate(pictures):
        gone = rejected.get(row, ())
        boxes = tuple(box for place, box in enumerate(picture.boxes) if place not in gone)
        if boxes or not picture.boxes:
            kept.append(replace(picture, boxes=boxes))
    split = split_by_runner(kept)
    files = []
    for name, part in zip(PARTS, (split.train, split.validation, split.test), strict=True):
        try:
            write_coco(out / name, part)
        except OSError as error:
            raise LabelError(f"{out / name} cannot be written: {error}") from error
        files.append((out / name, len(part)))
    return Written(tuple(files), sum(map(len, rejected.values())), len(pictures) - len(kept))


def write_coco(path: Path, pictures: Sequence[LabelledPicture]) -> None:
    """Writes one COCO file; the file is the old or the new one, never half of it.

    Files are named relative to the folder of `path` if they lie under it, else absolutely. What is
    ignored is marked ``ignore`` and ``iscrowd``: tools know the one or the other.

    Args:
        path: the JSON file; its folder must exist.
        pictures: those without boxes are written too, they are counterexamples.

    Raises:
        OSError: it cannot be written.
    """
    folder = path.absolute().parent
    images = [
        {
            "id": row,
            "file_name": _file_name(picture.path, folder),
            "width": picture.width,
            "height": picture.height,
            KINDS: sorted(kind.name.lower() for kind in picture.known),
        }
        for row, picture in enumerate(pictures, start=1)
    ]
    boxes = [(row, box) for row, picture in enumerate(pictures, start=1) for box in picture.boxes]
    pack = {
        "info": {"description": MARK},
        "categories": [{"id": _category(kind), "name": kind.name.lower()} for kind in Kind],
        "images": images,
        "annotations": [_annotation(n, row, box) for n, (row, box) in enumerate(boxes, start=1)],
    }
    write_json(path, pack)


def write_json(path: Path, pack: object) -> None:
    """Writes a JSON file; the file is the old or the new one, never half of it.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(pack, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _annotation(n: int, image: int, box: LabelledBox) -> dict[str, object]:
    x0, y0, x1, y1 = box.box
    return {
        "id": n,
        "image_id": image,
        "category_id": _category(box.kind),
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": (x1 - x0) * (y1 - y0),
        "iscrowd": int(box.ignored),
        "ignore": int(box.ignored),
        "attributes": {"number": box.text} if box.text else {},
    }


def _category(kind: Kind) -> int:
    """COCO counts from one."""
    return int(kind) + 1


def _file_name(picture: Path, folder: Path) -> str:
    path = picture.absolute()
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(200)
    except OSError as error:
        raise LabelError(f"{path} cannot be read: {error}; name another --out") from error
