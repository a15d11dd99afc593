"""What the tests of all importers share: tiny pictures, and data sets as plain rows."""

from pathlib import Path

import cv2
import numpy as np

from engines.train.labelled.data_set import DataSet

Row = tuple[str, str, tuple[float, float, float, float], str | None]


def draw(path: Path, width: int = 100, height: int = 80) -> Path:
    """Writes a grey picture, by default of 100x80 pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, packed = cv2.imencode(path.suffix, np.full((height, width, 3), 128, np.uint8))
    path.write_bytes(packed.tobytes())
    return path


def write(path: Path, text: str, *, bom: bool = False, crlf: bool = False) -> Path:
    """Writes text as UTF-8, as a given machine would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = (text.replace("\n", "\r\n") if crlf else text).encode()
    path.write_bytes(b"\xef\xbb\xbf" * bom + packed)
    return path


def rows(data_set: DataSet) -> list[Row]:
    """Picture, kind, box to a tenth of a pixel, and number of every box."""
    return [
        (picture.path.name, box.kind.name.lower(), _rounded(box.box), box.text)
        for picture in data_set.pictures
        for box in picture.boxes
    ]


def _rounded(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (round(side, 1) for side in box)
    return x0, y0, x1, y1


def names(data_set: DataSet) -> list[str]:
    """The files of the pictures."""
    return [picture.path.name for picture in data_set.pictures]


def problems(data_set: DataSet) -> list[str]:
    """Every problem as its one line."""
    return [str(problem) for problem in data_set.problems]
