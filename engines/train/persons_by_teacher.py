"""Labels people in photographs that nobody labelled, with another detector as the teacher.

`python -m engines.train.persons_by_teacher OUT.json PICTURE... --teacher yolox=ONNX` writes a COCO
file for `from_scratch --coco`. It is meant for streets and squares on ordinary days, whose signs,
shop windows and fences are the counterexamples that photographs of races have too few of. It names
persons alone: say `--keep bib face number` in the training.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.detector import nms
from engines.evaluate.labels import read_image
from engines.evaluate.yolox import load_baseline
from engines.load import EngineSettings
from engines.picture import RgbPicture
from engines.types import Detector, Floats, Image, Kind

LEAST_COUNTED: Final = 0.35
"""A person of the teacher's from this score on is an example; a weaker one is neither that nor a
counterexample, down to `LEAST_IGNORED`."""
LEAST_IGNORED: Final = 0.12

_TILE: Final = 0.6
"""Side of a tile over the picture's; four of them overlap in the middle."""
_MOST_OF_TILE: Final = 0.6
"""Of a tile only boxes count that fill less of its height: the whole picture shows larger ones."""
_SAME: Final = 0.55


def persons(teacher: Detector, image: Image) -> tuple[Floats, Floats]:
    """People as the teacher sees them in the picture, in its four quarters, and mirrored.

    Args:
        teacher: finds persons.
        image: uint8 RGB ``[h, w, 3]``.

    Returns:
        Boxes ``[N, 4]`` in pixels and scores ``[N]``, best first.
    """
    height, width = image.shape[:2]
    boxes, scores = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)]
    for x0, y0, x1, y1 in _views(width, height):
        part = image[y0:y1, x0:x1]
        for mirrored in (False, True):
            shown = np.ascontiguousarray(part[:, ::-1] if mirrored else part)
            found = teacher.detect([RgbPicture(shown)])[0].of(Kind.PERSON)
            own = found.boxes.copy()
            if mirrored:
                own[:, [0, 2]] = (x1 - x0) - own[:, [2, 0]]
            whole = (x1 - x0, y1 - y0) == (width, height)
            kept = np.ones(len(own), bool) if whole else _whole_in_tile(own, part.shape[:2])
            boxes.append(own[kept] + np.array([x0, y0, x0, y0], np.float32))
            scores.append(found.scores[kept])
    all_boxes, all_scores = np.concatenate(boxes), np.concatenate(scores)
    best = nms(all_boxes, all_scores, _SAME)
    return all_boxes[best], all_scores[best]


def _views(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """The whole picture and its four overlapping quarters, as x0, y0, x1, y1."""
    yield 0, 0, width, height
    wide, tall = round(_TILE * width), round(_TILE * height)
    for y0 in (0, height - tall):
        for x0 in (0, width - wide):
            yield x0, y0, x0 + wide, y0 + tall


def _whole_in_tile(boxes: Floats, shape: Sequence[int]) -> NDArray[np.bool_]:
    """Which boxes do not touch the tile's border and are not large in it."""
    tall, wide = shape
    inside = (boxes[:, :2] > 2).all(1) & (boxes[:, 2] < wide - 2) & (boxes[:, 3] < tall - 2)
    return np.asarray(inside & (boxes[:, 3] - boxes[:, 1] < _MOST_OF_TILE * tall), np.bool_)


def distinct(pictures: Sequence[Path], least_bits: int) -> list[Path]:
    """The pictures that differ from all before them, by the difference hash of 16x16 bits.

    Args:
        pictures: files; those that cannot be read end the work.
        least_bits: bits in which two of them must differ.

    Raises:
        LabelError: a picture cannot be read.
    """
    kept: list[Path] = []
    hashes: list[NDArray[np.bool_]] = []
    for path in pictures:
        grey = cv2.cvtColor(read_image(path), cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (17, 16), interpolation=cv2.INTER_AREA)
        bits = np.asarray(small[:, 1:] > small[:, :-1]).ravel()
        if all(int((bits != other).sum()) >= least_bits for other in hashes):
            kept.append(path)
            hashes.append(bits)
    return kept


def as_coco(found: Iterable[tuple[Path, tuple[int, int], Floats, Floats]], out: Path) -> Any:
    """What `engines.train.pictures.read_coco` reads; files are named relative to `out`.

    Args:
        found: of each picture its file, width and height, and boxes and scores as in `persons`.
        out: the file that it is written to.
    """
    images: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for path, (width, height), boxes, scores in found:
        name = os.path.relpath(path.resolve(), out.parent.resolve())
        number = len(images) + 1
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        for (x0, y0, x1, y1), score in zip(boxes.tolist(), scores.tolist(), strict=True):
            if score < LEAST_IGNORED:
                continue
            ignored = int(score < LEAST_COUNTED)
            notes.append(
                {
                    "id": len(notes) + 1, "image_id": number, "category_id": 1,
                    "bbox": [round(v, 1) for v in (x0, y0, x1 - x0, y1 - y0)],
                    "score": round(score, 3), "ignore": ignored, "iscrowd": ignored,
                }
            )  # fmt: skip
    return {"images": images, "annotations": notes, "categories": [{"id": 1, "name": "person"}]}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="label people in street photographs")
    parser.add_argument("out", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--teacher", required=True, metavar="yolox=ONNX")
    parser.add_argument(
        "--distinct", type=int, default=30, metavar="BITS",
        help="leave out a picture that differs in fewer of 256 bits from one before it",
    )  # fmt: skip
    given = parser.parse_args()
    pictures = distinct(sorted(given.pictures), given.distinct)
    teacher = load_baseline(given.teacher, EngineSettings()).detector
    found = []
    for done, path in enumerate(pictures, start=1):
        image = read_image(path)
        found.append((path, (image.shape[1], image.shape[0]), *persons(teacher, image)))
        if done % 100 == 0 or done == len(pictures):
            print(f"{done} of {len(pictures)} pictures", file=sys.stderr, flush=True)
    given.out.write_text(json.dumps(as_coco(found, given.out)))


if __name__ == "__main__":
    main()
