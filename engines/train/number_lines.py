"""Lines of characters on labelled bibs, read once by an OCR engine: true number boxes for free.

`python -m engines.train.number_lines COCO.json OUT.json` looks at every counted bib of a COCO
file and writes, by annotation id, all lines it read there. `read_lines` picks the number among
them when training starts.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

Box = tuple[float, float, float, float]
Line = tuple[str, float, float, float, float, float]
"""Text, score 0..1, x0, y0, x1, y1 in pixels of the picture."""

LEAST_SCORE = 0.6
# RapidOCR grows its boxes; on drawn bibs with exact boxes they are this much of the height too
# high and too wide, on every side.
GROWN = 0.08


def pick_number(lines: Iterable[Line]) -> Box | None:
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
    if best is None:
        return None
    _, _, x0, y0, x1, y1 = best
    less = GROWN * (y1 - y0)
    return (x0 + less, y0 + less, x1 - less, y1 - less)


def read_lines(paths: Iterable[Path]) -> dict[int, Box]:
    """Number boxes by annotation id from files written by this module."""
    found: dict[int, Box] = {}
    for path in paths:
        for key, lines in json.loads(path.read_text()).items():
            box = pick_number([tuple(line) for line in lines])
            if box is not None:
                found[int(key)] = box
    return found
