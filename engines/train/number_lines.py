"""Lines of characters on labelled bibs, read once by an OCR engine: real number boxes for free.

`python -m engines.train.number_lines COCO.json OUT.json` looks at every counted bib of a COCO
file and writes, by annotation id, all lines it read there. `read_lines` picks the number among
them when training starts.
"""

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.utils.output import RapidOCROutput

Box = tuple[float, float, float, float]
Line = tuple[str, float, float, float, float, float]
"""Text, score 0..1, x0, y0, x1, y1 in pixels of the picture."""

LEAST_SCORE = 0.6
# RapidOCR grows its boxes by about this share of their height on every side.
GROWN = 0.08
_READ_HEIGHT_PX = 200
_FRAME_PX = 20


def pick_line(lines: Iterable[Line]) -> Line | None:
    """The bib's number among the lines read on it: the tallest with digits, or None.

    Titles carry digits too ("10 KM 2017"), but smaller ones; a line with as many letters as
    digits is a title.
    """
    best: Line | None = None
    for line in lines:
        text = line[0].strip()
        digits = len(re.findall(r"\d", text))
        letters = len(re.findall(r"[^\W\d]", text))
        if line[1] < LEAST_SCORE or not digits or letters >= max(digits, 2) or len(text) > 7:
            continue
        if best is None or line[5] - line[3] > best[5] - best[3]:
            best = line
    return best


def tight(line: Line) -> Box:
    """A line's box without the rim that RapidOCR grows round it."""
    _, _, x0, y0, x1, y1 = line
    less = GROWN * (y1 - y0)
    return (x0 + less, y0 + less, x1 - less, y1 - less)


def read_numbers(paths: Iterable[Path]) -> dict[int, Line]:
    """The number line by annotation id, where one was found, from files written by this module."""
    found: dict[int, Line] = {}
    for path in paths:
        for key, lines in json.loads(path.read_text()).items():
            line = pick_line([tuple(line) for line in lines])
            if line is not None:
                found[int(key)] = line
    return found


def read_lines(paths: Iterable[Path]) -> dict[int, Box]:
    """Number boxes by annotation id from files written by this module."""
    return {key: tight(line) for key, line in read_numbers(paths).items()}


def lines_on_bib(ocr: RapidOCR, picture: NDArray[np.uint8], bib: Box) -> list[Line]:
    """Every line read on one bib.

    Args:
        ocr: the reading engine.
        picture: uint8 BGR [h, w, 3].
        bib: the bib's box in pixels of the picture.
    """
    x0, y0, x1, y1 = bib
    wide, tall = 0.06 * (x1 - x0), 0.06 * (y1 - y0)
    left, top = max(0, int(x0 - wide)), max(0, int(y0 - tall))
    crop = picture[top : int(y1 + tall) + 1, left : int(x1 + wide) + 1]
    if min(crop.shape[:2]) < 8:
        return []
    scale = max(1.0, _READ_HEIGHT_PX / crop.shape[0])
    large = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    # Detection misses lines that touch the border.
    large = cv2.copyMakeBorder(large, *(_FRAME_PX,) * 4, cv2.BORDER_REPLICATE)
    found = ocr(large, use_det=True, use_cls=False, use_rec=True)
    if not isinstance(found, RapidOCROutput):
        raise TypeError(f"expected boxes and texts from the OCR engine, got {type(found).__name__}")
    if found.boxes is None or found.txts is None or found.scores is None:
        return []
    lines = []
    for quad, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        points = (np.asarray(quad) - _FRAME_PX) / scale + [left, top]
        low, high = points.min(0), points.max(0)
        lines.append(
            (str(text), float(score), float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        )
    return lines


def read_pack(coco: Path) -> dict[int, list[Line]]:
    """Lines on every counted bib of a COCO file, by annotation id.

    Raises:
        ValueError: if an image cannot be decoded.
    """
    ocr = RapidOCR(params={"Global.log_level": "error"})
    pack = json.loads(coco.read_text())
    bib_category = next(c["id"] for c in pack["categories"] if c["name"] == "bib")
    files = {int(image["id"]): coco.parent / image["file_name"] for image in pack["images"]}
    found: dict[int, list[Line]] = {}
    for note in pack["annotations"]:
        if note["category_id"] != bib_category or note.get("ignore", note["iscrowd"]):
            continue
        path = files[int(note["image_id"])]
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ValueError(f"{coco}: cannot decode {path.name}")
        x, y, width, height = (float(v) for v in note["bbox"])
        picture = np.asarray(pixels, np.uint8)
        found[int(note["id"])] = lines_on_bib(ocr, picture, (x, y, x + width, y + height))
    return found


def main() -> None:
    """Reads a pack and writes its lines."""
    parser = argparse.ArgumentParser(description="read the lines on the bibs of a COCO file")
    parser.add_argument("coco", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.write_text(json.dumps(read_pack(given.coco)))


if __name__ == "__main__":
    main()
