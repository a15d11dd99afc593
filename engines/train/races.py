"""Training pictures from simulated races: frames of the film with their exact boxes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import av
import numpy as np

from engines.errors import LabelError
from engines.train.pictures import Labels, TrainingPicture
from engines.types import Kind

FILM = "video.mp4"
TRUTH = "truth.json"
_FACE_PART = 0.3
"""The upper share of a bystander's box, where a face may be that nobody has measured."""

Row = tuple[float, float, float, float, int, bool]
Numbers = Sequence[float | None]


def frame_rows(truth: Mapping[str, object]) -> dict[int, list[Row]]:
    """Boxes by frame number, from a film's truth.

    A bib whose number line is not given, because it is partly hidden, silences the number class
    over its area; bystanders are persons whose faces nobody has measured.
    """
    rows: dict[int, list[Row]] = {}
    for runner in _dicts(truth["runners"]):
        bare = runner["effect"] == "nobib"
        numbers = {int(r[0] or 0): r[1:] for r in _numbers(runner["numbers"])}
        for frame, box in _boxes(runner["faces"], 1):
            rows.setdefault(frame, []).append((*box, int(Kind.FACE), False))
        for frame, box in _boxes(runner["boxes"], 1):
            rows.setdefault(frame, []).append((*box, int(Kind.PERSON), False))
        for frame, box in _boxes(runner["boxes"], 5):
            own = rows.setdefault(frame, [])
            own.append((*box, int(Kind.BIB), bare))
            line = _four(numbers.get(frame, ()))
            known = line is not None and not bare
            own.append((*(line if line and known else box), int(Kind.NUMBER), not known))
    for x0, y0, x1, y1 in (_four(v) or (0, 0, 0, 0) for v in _numbers(truth["bystanders"])):
        for own in rows.values():
            own.append((x0, y0, x1, y1, int(Kind.PERSON), False))
            own.append((x0, y0, x1, y0 + _FACE_PART * (y1 - y0), int(Kind.FACE), True))
    return rows


def read_race(folder: Path, every: int = 12) -> list[TrainingPicture]:
    """Every `every`-th frame of a simulation's film in which somebody can be seen.

    Raises:
        LabelError: if the film or its truth is missing.
    """
    film, truth_file = folder / FILM, folder / TRUTH
    if not film.is_file() or not truth_file.is_file():
        raise LabelError(f"{folder} is no simulated race: it needs {FILM} and {TRUTH}")
    rows = frame_rows(json.loads(truth_file.read_text()))
    pictures = []
    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0 and rows.get(number):
                image = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                pictures.append(TrainingPicture.of(image, Labels.of(rows[number])))
    return pictures


def _dicts(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        raise ValueError(f"the truth's runners must be a list, got {type(value).__name__}")
    return value


def _numbers(value: object) -> list[Numbers]:
    if not isinstance(value, list):
        raise ValueError(f"boxes of the truth must be a list, got {type(value).__name__}")
    return value


def _four(values: Numbers) -> tuple[float, float, float, float] | None:
    """Four coordinates, or None where one is missing."""
    known = [float(v) for v in values if v is not None]
    return (known[0], known[1], known[2], known[3]) if len(known) == 4 else None


def _boxes(value: object, start: int) -> list[tuple[int, tuple[float, float, float, float]]]:
    """Frame number and the four values from column `start` of every row that has them."""
    found = []
    for row in _numbers(value):
        box = _four(row[start : start + 4])
        if box is not None and row[0] is not None:
            found.append((int(row[0]), box))
    return found
