"""What photographs without a known text give a reader: number lines to be read as PP-OCR reads
them, and the clothes, arms and signs that lie round a number on race day."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from zlib import crc32

import cv2
import numpy as np

from engines.evaluate.labels import read_image
from engines.looking import middle_band
from engines.picture import RgbPicture
from engines.train.bib_reader.real import cut_line
from engines.train.bib_reader.stock import NumberLine, Photographs, Pixels
from engines.types import Box, Detector, Kind

TORSO: Final = (0.0, 0.1, 1.0, 0.65)
"""Left, top, right and bottom of a torso, in shares of its person's box."""

_LEAST_PERSON_PX: Final = 60.0
_LEAST_LINE_PX: Final = 6.0
_CLOTH_PX: Final = 260
_HELD_OUT_IN: Final = 5
_LEAST_SCORE: Final = 0.15
"""Of a number line that the detector sees: what it takes for one in a race is shown as well."""


def is_held_out(file_name: str) -> bool:
    """Whether nothing may be learnt from a picture, one in five."""
    return crc32(Path(file_name).name.encode()) % _HELD_OUT_IN == 0


def read_photographs(
    coco: Path, detector: Detector, torso_size: tuple[int, int], rng: np.random.Generator
) -> Photographs:
    """Number lines, other parts and clothes of the persons of a COCO file.

    Args:
        coco: labels of persons and bibs; pictures that are held out are left out.
        detector: finds the lines as it does in a race.
        torso_size: its input for a torso, (width, height).
        rng: of every person any part is taken, too, for what is no number.

    Raises:
        LabelError: a picture cannot be read.
    """
    pack = json.loads(coco.read_text(encoding="utf-8"))
    kinds = {category["id"]: category["name"] for category in pack["categories"]}
    boxes: dict[int, dict[str, list[Box]]] = {}
    for note in pack["annotations"]:
        x, y, width, height = (float(v) for v in note["bbox"])
        of_image = boxes.setdefault(int(note["image_id"]), {"person": [], "bib": []})
        of_image.setdefault(kinds[note["category_id"]], []).append((x, y, x + width, y + height))
    lines: list[NumberLine] = []
    cloths: list[Pixels] = []
    for image in pack["images"]:
        if is_held_out(image["file_name"]) or int(image["id"]) not in boxes:
            continue
        pixels = read_image(coco.parent / image["file_name"])
        own = boxes[int(image["id"])]
        lines += _lines(pixels, own, detector, torso_size, rng)
        cloths += _cloths(pixels, own)
    return Photographs(tuple(lines), tuple(cloths))


def _lines(
    image: Pixels,
    boxes: Mapping[str, Sequence[Box]],
    detector: Detector,
    torso_size: tuple[int, int],
    rng: np.random.Generator,
) -> Iterator[NumberLine]:
    picture = RgbPicture(image)
    for bib in boxes["bib"]:
        yield from _worth(image, middle_band(bib))
    for person in boxes["person"]:
        if person[3] - person[1] < _LEAST_PERSON_PX:
            continue
        torso = _torso(person)
        left, top = max(int(torso[0]), 0), max(int(torso[1]), 0)
        found = detector.detect([RgbPicture(picture.crop(torso))], torso_size)[0].of(Kind.NUMBER)
        for box, score in zip(found.boxes, found.scores, strict=True):
            if score >= _LEAST_SCORE:
                x0, y0, x1, y1 = (float(v) for v in box)
                yield from _worth(image, (x0 + left, y0 + top, x1 + left, y1 + top))
        yield from _worth(image, _anywhere(torso, rng))


def _anywhere(torso: Box, rng: np.random.Generator) -> Box:
    """A part of a torso as large and as wide as a number line could be."""
    x0, y0, x1, y1 = torso
    height = (y1 - y0) * rng.uniform(0.08, 0.25)
    width = min(height * rng.uniform(1.2, 3.5), x1 - x0)
    left, top = x0 + rng.random() * (x1 - x0 - width), y0 + rng.random() * (y1 - y0 - height)
    return left, top, left + width, top + height


def _worth(image: Pixels, box: Box) -> Iterator[NumberLine]:
    x0, y0 = max(box[0], 0.0), max(box[1], 0.0)
    x1, y1 = min(box[2], float(image.shape[1])), min(box[3], float(image.shape[0]))
    if min(x1 - x0, y1 - y0) >= _LEAST_LINE_PX:
        yield cut_line(image, (x0, y0, x1, y1), "")


def _cloths(image: Pixels, boxes: Mapping[str, Sequence[Box]]) -> Iterator[Pixels]:
    for person in boxes["person"]:
        torso = _torso(person)
        # A second number beside the drawn one would be none of its text.
        if person[3] - person[1] < 2 * _LEAST_PERSON_PX or any(
            _meet(torso, bib) for bib in boxes["bib"]
        ):
            continue
        part = RgbPicture(image).crop(torso)
        scale = _CLOTH_PX / max(part.shape[:2])
        size = max(8, round(part.shape[1] * scale)), max(8, round(part.shape[0] * scale))
        shrinks = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        yield np.asarray(cv2.resize(part, size, interpolation=shrinks), np.uint8)


def _torso(person: Box) -> Box:
    x0, y0, x1, y1 = person
    left, top, right, bottom = TORSO
    width, height = x1 - x0, y1 - y0
    return x0 + left * width, y0 + top * height, x0 + right * width, y0 + bottom * height


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
