"""Photographed number lines with their texts, to be learnt beside the drawn ones."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engines.errors import LabelError
from engines.evaluate.labels import read_image
from engines.train.bib_reader.crops import NumberLine, Pixels
from engines.train.labelled.data_set import LabelledPicture
from engines.train.number_lines import read_numbers, tight
from engines.types import ALPHABET, Box, Kind

SURE: Final = 0.9
"""Least score of an OCR engine's reading that is taken for the truth."""

AROUND: Final = 1.0
"""How much of the picture is kept round a line, in heights of the line."""


def lines_of_ocr(coco: Path, lines: Path) -> list[NumberLine]:
    """Lines that an OCR engine was sure of on the bibs of a COCO file (see `number_lines`).

    Raises:
        LabelError: a picture cannot be read.
    """
    pack = json.loads(coco.read_text(encoding="utf-8"))
    files = {int(image["id"]): coco.parent / image["file_name"] for image in pack["images"]}
    picture_of = {int(note["id"]): int(note["image_id"]) for note in pack["annotations"]}
    found = []
    for note, line in read_numbers([lines]).items():
        # Capital letters of other alphabets may be two of ours: SS of a sharp s.
        text = line[0].strip()
        text = text.upper() if text.isascii() else text
        if line[1] >= SURE and set(text) <= set(ALPHABET):
            image = read_image(files[picture_of[note]])
            found.append(_cut(image, tight(line), text))
    return found


def labelled_lines(pictures: Sequence[LabelledPicture]) -> list[NumberLine]:
    """The number lines of a user's pictures whose text is known.

    A line without a text of its own takes that of the bib that holds it.

    Raises:
        LabelError: a picture cannot be read any more.
    """
    found = []
    for picture in pictures:
        lines = [(box.box, _text(box.box, box.text, picture)) for box in picture.boxes
                 if box.kind is Kind.NUMBER and not box.ignored]  # fmt: skip
        known = [(box, text) for box, text in lines if text]
        if not known:
            continue
        image = read_image(picture.path)
        if image.shape[:2] != (picture.height, picture.width):
            raise LabelError(f"{picture.path} has changed since its labels were read")
        found += [_cut(image, box, text) for box, text in known]
    return found


def _text(line: Box, own: str | None, picture: LabelledPicture) -> str | None:
    if own:
        return own
    x, y = (line[0] + line[2]) / 2, (line[1] + line[3]) / 2
    holders = [
        box.text
        for box in picture.boxes
        if box.kind is Kind.BIB and box.box[0] <= x <= box.box[2] and box.box[1] <= y <= box.box[3]
    ]
    return holders[0] if len(holders) == 1 else None


def _cut(image: Pixels, box: Box, text: str) -> NumberLine:
    """The line with what is around it: whole pictures would not fit into the memory."""
    x0, y0, x1, y1 = box
    around = AROUND * (y1 - y0)
    left, top = max(int(x0 - around), 0), max(int(y0 - around), 0)
    part = image[top : int(np.ceil(y1 + around)), left : int(np.ceil(x1 + around))]
    return NumberLine.of(part.copy(), (x0 - left, y0 - top, x1 - left, y1 - top), text)
