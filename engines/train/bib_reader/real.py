"""Photographed number lines with their texts, to be learnt beside the drawn ones."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engines.boxes import holds
from engines.errors import LabelError
from engines.evaluate.labels import Progress, as_box, read_image
from engines.looking import middle_band
from engines.picture import RgbPicture, pixel_box
from engines.train.bib_reader.stock import NumberLine, Pixels
from engines.train.labelled.data_set import LabelledPicture
from engines.train.number_lines import read_numbers, tight
from engines.types import ALPHABET, Box, Detector, Image, Kind

SURE: Final = 0.9
"""Least score of an OCR engine's reading that is taken for the truth."""

AROUND: Final = 1.0
"""How much of the picture is kept round a line, in heights of the line."""

LEAST_SIDE_PX: Final = 4.0
"""Narrower or lower lines are left out: nobody reads them."""

Line = tuple[Box, str]
"""A box in pixels and its text."""

LineOnBib = Callable[[Image, Box], Box]
"""The picture and the box of a bib, to the box of its number line, all in pixels."""


def lines_of_ocr(
    coco: Path, lines: Path, wanted: Callable[[str], bool] = lambda file_name: True
) -> list[NumberLine]:
    """Lines that an OCR engine was sure of on the bibs of a COCO file (see `number_lines`).

    `wanted` says of a picture's name in that file whether its lines are.

    Raises:
        LabelError: a picture cannot be read.
    """
    pack = json.loads(coco.read_text(encoding="utf-8"))
    names = {int(image["id"]): str(image["file_name"]) for image in pack["images"]}
    picture_of = {int(note["id"]): int(note["image_id"]) for note in pack["annotations"]}
    found = []
    for note, line in read_numbers([lines]).items():
        # Capital letters of other alphabets may be two of ours: SS of a sharp s.
        text = line[0].strip()
        text = text.upper() if text.isascii() else text
        image_id = picture_of[note]
        if line[1] >= SURE and set(text) <= set(ALPHABET) and wanted(names[image_id]):
            image = read_image(coco.parent / names[image_id])
            found.append(cut_line(image, tight(line), text))
    return found


def labelled_lines(
    pictures: Sequence[LabelledPicture], line_on: LineOnBib, progress: Progress
) -> list[NumberLine]:
    """The number lines of a user's pictures whose text is known.

    A line without a text of its own takes that of the one bib that holds it. On a bib with a text
    and no line the line is looked for.

    Args:
        pictures: of a data set.
        line_on: see `line_finder`.
        progress: told after every picture.

    Raises:
        LabelError: a picture cannot be read any more.
    """
    found = []
    for done, picture in enumerate(pictures, start=1):
        lines, bibs = _texts(picture)
        if lines or bibs:
            image = read_image(picture.path)
            if image.shape[:2] != (picture.height, picture.width):
                raise LabelError(f"{picture.path} has changed since its labels were read")
            lines += [(line_on(image, bib), text) for bib, text in bibs]
            found += [
                cut_line(image, box, text)
                for box, text in lines
                if min(box[2] - box[0], box[3] - box[1]) >= LEAST_SIDE_PX
            ]
        progress(done, len(pictures))
    return found


def has_text(picture: LabelledPicture) -> bool:
    """Whether a picture has a number line whose text is known, labelled or to be looked for."""
    return any(_texts(picture))


def line_finder(detector: Detector, torso_size: tuple[int, int]) -> LineOnBib:
    """Finds the number line of a labelled bib, in the middle where the detector sees none.

    Args:
        detector: sees the bib and what is round it, as it does a runner's torso.
        torso_size: the network's input for that, (width, height).
    """

    def line_on(image: Image, bib: Box) -> Box:
        whole = RgbPicture(image)
        x, y = (bib[0] + bib[2]) / 2, (bib[1] + bib[3]) / 2
        reach = max(bib[2] - bib[0], bib[3] - bib[1])
        torso = (x - reach, y - reach, x + reach, y + reach)
        left, top, *_ = pixel_box(torso, whole.width, whole.height)
        found = detector.detect([RgbPicture(whole.crop(torso))], torso_size)[0].of(Kind.NUMBER)
        boxes = found.boxes + np.array([left, top, left, top], np.float32)
        inside = [row for row, box in enumerate(boxes) if holds(bib, as_box(box))]
        if not inside:
            return middle_band(bib)
        return as_box(boxes[max(inside, key=lambda row: float(found.scores[row]))])

    return line_on


def _texts(picture: LabelledPicture) -> tuple[list[Line], list[Line]]:
    """The number lines with their texts, and the bibs with a text and no line."""
    numbers = [box for box in picture.boxes if box.kind is Kind.NUMBER]
    bibs = [box for box in picture.boxes if box.kind is Kind.BIB]
    lines = []
    for number in numbers:
        holders = [bib.text for bib in bibs if holds(bib.box, number.box)]
        text = number.text or (holders[0] if len(holders) == 1 else None)
        if text and not number.ignored:
            lines.append((number.box, text))
    lineless = [
        (bib.box, bib.text)
        for bib in bibs
        if bib.text and not bib.ignored and not any(holds(bib.box, n.box) for n in numbers)
    ]
    return lines, lineless


def cut_line(image: Pixels, box: Box, text: str) -> NumberLine:
    """The line with what is around it: whole pictures would not fit into the memory."""
    x0, y0, x1, y1 = box
    around = AROUND * (y1 - y0)
    left, top = max(int(x0 - around), 0), max(int(y0 - around), 0)
    part = image[top : int(np.ceil(y1 + around)), left : int(np.ceil(x1 + around))]
    return NumberLine.of(part.copy(), (x0 - left, y0 - top, x1 - left, y1 - top), text)
