"""Five points of a face from the detector of an insightface pack (SCRFD).

The network finds whole faces anew in the crop that our own detector made; of those the one in the
middle counts. Decoding is pure; see Guo and others, "Sample and Computation Redistribution for
Efficient Face Detection" (2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from engines.errors import InferenceError
from engines.faces.port import FaceCrop
from engines.runtimes.session import Session
from engines.types import Floats

INPUT: Final = "input.1"
"""Of every network in the insightface packs."""

SIDE: Final = 192
"""Of the input in pixels; the box of a crop with its room is about half as large."""

LEAST_SCORE: Final = 0.3
"""Below the usual 0.5: that there is a face has been decided."""

_ANCHORS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class FoundFaces:
    """Columns of length N, pixels of the network's input.

    Attributes:
        scores: float32 ``[N]``, 0..1.
        boxes: float32 ``[N, 4]``, x0, y0, x1, y1.
        points: float32 ``[N, 5, 2]``: the eye on the picture's left, the other eye, the tip of
            the nose, the corner of the mouth on the picture's left, the other corner.
    """

    scores: Floats
    boxes: Floats
    points: Floats


class ScrfdPoints:
    """Finds the five points of a face. Belongs to one thread."""

    def __init__(self, session: Session) -> None:
        """Takes the network of a pack, ``det_*.onnx``."""
        self._session = session

    def find(self, face: FaceCrop) -> Floats | None:
        """The points ``[5, 2]`` in pixels of the crop; None where the network sees no face there.

        Raises:
            InferenceError: the network failed, or is none of that kind.
        """
        height, width = face.image.shape[:2]
        scale = SIDE / max(height, width)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(face.image, size, interpolation=way)
        tensor = ((np.asarray(canvas, np.float32) - 127.5) / 128).transpose(2, 0, 1)[None]
        found = decode(self._session.run({INPUT: np.ascontiguousarray(tensor, np.float32)}), SIDE)
        x0, y0, x1, y1 = (side * scale for side in face.box)
        best = nearest(found, ((x0 + x1) / 2, (y0 + y1) / 2), (x1 - x0, y1 - y0))
        return None if best is None else np.asarray(found.points[best] / scale, np.float32)

    def close(self) -> None:
        """Frees the network."""
        self._session.close()


def decode(outputs: Mapping[str, Floats], side: int) -> FoundFaces:
    """The network's outputs as faces that score at least `LEAST_SCORE`.

    Per stride of 8, 16 and 32 pixels there are a column of scores, one of distances to the four
    sides and one of shifts to the five points, both in strides; two anchors share a place.

    Raises:
        InferenceError: the outputs are others.
    """
    columns: dict[int, dict[int, Floats]] = {1: {}, 4: {}, 10: {}}
    for array in outputs.values():
        flat = array.reshape(-1, array.shape[-1])
        columns.setdefault(flat.shape[1], {})[len(flat)] = flat
    scores, boxes, points = [], [], []
    for stride in (8, 16, 32):
        places = side // stride
        n = places * places * _ANCHORS
        try:
            score, sides, shifts = (columns[width][n] for width in (1, 4, 10))
        except KeyError:
            shapes = sorted(array.shape for array in outputs.values())
            raise InferenceError(
                f"this is no SCRFD network with points: it gave {shapes} for {side} pixels"
            ) from None
        rows = score[:, 0] >= LEAST_SCORE
        index = np.nonzero(rows)[0] // _ANCHORS
        centre = np.stack([index % places, index // places], axis=1) * np.float32(stride)
        reach = sides[rows] * stride
        scores.append(score[rows, 0])
        boxes.append(np.hstack([centre - reach[:, :2], centre + reach[:, 2:]]))
        points.append(centre[:, None] + shifts[rows].reshape(-1, 5, 2) * stride)
    return FoundFaces(
        np.concatenate(scores).astype(np.float32),
        np.concatenate(boxes).astype(np.float32),
        np.concatenate(points).astype(np.float32),
    )


def nearest(
    found: FoundFaces, middle: tuple[float, float], size: tuple[float, float]
) -> int | None:
    """The surest face whose middle lies in the inner half of a box; None where none does."""
    middles = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    inside = (np.abs(middles - middle) <= np.divide(size, 4)).all(axis=1)
    if not inside.any():
        return None
    return int(np.argmax(np.where(inside, found.scores, -1)))
