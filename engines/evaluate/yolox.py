"""YOLOX's persons, to hold our own against: `finishline evaluate ... --baseline yolox=PATH.onnx`.

The usual export of https://github.com/Megvii-BaseDetection/YOLOX, not decoded, at 416x416 (nano,
tiny): input ``images`` float32 ``[1, 3, S, S]`` BGR 0..255, the picture at the top left, the rest
114; output ``[1, N, 85]``, a row for each cell of strides 8, 16 and 32, row by row: x, y, w, h
relative to the cell, the object's probability, 80 classes of COCO. No such file is shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from engines.detector import nms
from engines.errors import InferenceError, ModelFileError
from engines.evaluate.measures import Baseline
from engines.load import EngineSettings, open_session
from engines.runtimes.session import Precision, Session
from engines.types import Detections, Floats, Kind, Picture

SIDE: Final = 416
STRIDES: Final = (8, 16, 32)
LEAST_SCORE: Final = 0.01
"""Average precision looks at weak boxes too."""
LEAST_USED: Final = 0.3
"""Score from which its boxes are used where nobody chose another: that of its own demo."""
OVERLAP: Final = 0.65
"""Of two boxes that overlap more only the better one stays: what YOLOX itself is measured with. At
0.5 it loses runners in front of each other (AP50 .89 instead of .92 on photos of runners)."""

_PERSON_COLUMNS: Final = (4, 5)
"""The object's probability and that of COCO's class 0."""
_GROUND: Final = 114.0


class YoloxPersons:
    """The port `Detector` over a YOLOX file; finds persons alone. Belongs to one thread."""

    def __init__(self, session: Session, name: str) -> None:
        """Takes ownership of `session`; `name` is the file's, for messages."""
        self._session = session
        self._name = name

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        """See `engines.types.Detector.detect`; one after the other.

        Raises:
            InferenceError: the network failed or its output is not the one of the module.
            ValueError: `size` is not that of the file.
        """
        if size not in (None, (SIDE, SIDE)):
            raise ValueError(f"{self._name} takes {SIDE}x{SIDE}; got {size}")
        return [self._one(picture) for picture in pictures]

    def close(self) -> None:
        """Frees the session."""
        self._session.close()

    def _one(self, picture: Picture) -> Detections:
        tensor, scale = letterboxed(picture)
        outputs = list(self._session.run({"images": tensor}).values())
        shape = (1, sum((SIDE // stride) ** 2 for stride in STRIDES), 85)
        if [output.shape for output in outputs] != [shape]:
            shapes = [output.shape for output in outputs]
            raise InferenceError(f"{self._name} gives {shapes}, not {shape}: is it YOLOX's export?")
        return decode(outputs[0][0], scale, (picture.width, picture.height))


def letterboxed(picture: Picture) -> tuple[Floats, float]:
    """The network's input ``[1, 3, S, S]`` BGR 0..255, and its pixels per pixel of the picture."""
    scale = min(SIDE / picture.width, SIDE / picture.height)
    width, height = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
    tensor = np.full((1, 3, SIDE, SIDE), _GROUND, np.float32)
    tensor[0, :, :height, :width] = picture.resized(width, height)[..., ::-1].transpose(2, 0, 1)
    return tensor, scale


def decode(rows: Floats, scale: float, source: tuple[int, int], side: int = SIDE) -> Detections:
    """One picture's rows to persons in its own pixels, best score first.

    Args:
        rows: ``[N, 85]``, see the module.
        scale: the input's pixels per pixel of the picture.
        source: width and height of the picture; boxes end there.
        side: width and height of the input.
    """
    scores = rows[:, _PERSON_COLUMNS].prod(1)
    likely = np.flatnonzero(scores >= LEAST_SCORE)
    cells, strides = _cells(side)
    stride = strides[likely, None]
    middle = (rows[likely, :2] + cells[likely]) * stride
    half = np.exp(rows[likely, 2:4]) * stride / 2
    corners = np.concatenate((middle - half, middle + half), 1) / scale
    boxes = np.clip(corners, 0, np.array(source * 2, np.float32)).astype(np.float32)
    solid = (boxes[:, 2:] > boxes[:, :2]).all(1)
    boxes, scores = boxes[solid], scores[likely][solid].astype(np.float32)
    kept = nms(boxes, scores, OVERLAP)
    return Detections(boxes[kept], scores[kept], np.full(len(kept), Kind.PERSON, np.int8))


def _cells(side: int) -> tuple[Floats, Floats]:
    """Column and row of every cell ``[N, 2]``, and its stride ``[N]``."""
    cells, strides = [], []
    for stride in STRIDES:
        n = side // stride
        rows, columns = np.divmod(np.arange(n * n), n)
        cells.append(np.stack((columns, rows), 1).astype(np.float32))
        strides.append(np.full(n * n, stride, np.float32))
    return np.concatenate(cells), np.concatenate(strides)


def load_baseline(given: str, settings: EngineSettings) -> Baseline:
    """What ``--baseline`` names, in full precision.

    Args:
        given: ``yolox=PATH.onnx``.
        settings: what computes.

    Raises:
        ModelFileError: it is written otherwise, or there is no such file.
        MissingPackageError: the runtime is not installed.
        InferenceError: the runtime refuses the file.
    """
    family, _, path = given.partition("=")
    if family != "yolox" or not path:
        raise ModelFileError(f"--baseline {given}: write yolox=PATH.onnx")
    model = Path(path)
    if not model.is_file():
        raise ModelFileError(f"--baseline {given}: there is no file {model}")
    full = replace(settings, precision=Precision.F32)
    session = open_session(model, full, static_shapes=False)
    return Baseline("yolox", YoloxPersons(session, model.name), (Kind.PERSON,), LEAST_USED)
