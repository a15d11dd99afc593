"""Templates by a recognition network of an insightface pack (ArcFace, 112x112).

The networks run in our own runtimes; the ``insightface`` package only fetches them. They are for
non-commercial research only, which whoever loads them is told first. finishline downloads nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from engines.errors import InferenceError, ModelFileError
from engines.faces.alignment import similarity, warped
from engines.faces.port import FaceCrop, FaceTemplate, unit
from engines.faces.quality import FacePoints, face_quality
from engines.faces.scrfd import INPUT
from engines.runtimes.session import Session
from engines.types import Floats, Image

LICENCE: Final = (
    "insightface's networks are for non-commercial research only "
    "(https://github.com/deepinsight/insightface#license); another use needs its makers' consent"
)
INSTALL: Final = "pip install 'finishline[insightface]'"
PULL: Final = "insightface-cli model.download buffalo_l"

VARIABLE: Final = "FINISHLINE_INSIGHTFACE"
"""Environment variable that names the folder of the pack."""
USUAL_FOLDER: Final = "~/.insightface/models/buffalo_l"

SIDE: Final = 112
TARGETS: Final = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""Where the five points belong in the input: eyes, nose, corners of the mouth, those on the
picture's left first (``insightface.utils.face_align``)."""

BATCH: Final = 16


class PointFinder(Protocol):
    """Finds the five points of a face, in the order of `TARGETS`."""

    def find(self, face: FaceCrop) -> Floats | None:
        """``[5, 2]`` in pixels of the crop; None where there is no face."""

    def close(self) -> None:
        """Free the network."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The two networks of a pack that are used."""

    points: Path
    recognition: Path


class InsightfaceEmbedder:
    """The port `FaceEmbedder` over an ArcFace network. Belongs to one thread."""

    def __init__(self, session: Session, points: PointFinder, input_name: str = INPUT) -> None:
        """Takes a recognition network (input float32 ``[B, 3, 112, 112]`` RGB -1..1)."""
        self._session = session
        self._points = points
        self._input = input_name

    def embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        """See `FaceEmbedder.embed`."""
        templates: list[FaceTemplate | None] = [None] * len(faces)
        found = [(row, face, self._points.find(face)) for row, face in enumerate(faces)]
        aligned = [(row, face, points) for row, face, points in found if points is not None]
        for start in range(0, len(aligned), BATCH):
            batch = aligned[start : start + BATCH]
            chips = [warped(f.image, similarity(p.tolist(), TARGETS), SIDE) for _, f, p in batch]
            for (row, face, points), vector in zip(batch, self._vectors(chips), strict=True):
                quality = face_quality(face.inside, face_points(points), 1.0)
                templates[row] = FaceTemplate(unit(vector), quality)
        return templates

    def close(self) -> None:
        """See `FaceEmbedder.close`."""
        self._session.close()
        self._points.close()

    def _vectors(self, chips: Sequence[Image]) -> Floats:
        tensor = (np.stack(chips).astype(np.float32) - 127.5) / 127.5
        outputs = self._session.run(
            {self._input: np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))}
        )
        [vectors] = outputs.values()
        if vectors.ndim != 2 or len(vectors) != len(chips):
            raise InferenceError(
                f"a recognition network gives [{len(chips)}, D]; this one gave {vectors.shape}"
            )
        return vectors


def face_points(points: Floats) -> FacePoints:
    """Eyes and nose of five points ``[5, 2]``."""
    left, right, nose = ((float(x), float(y)) for x, y in points[:3])
    return FacePoints(left, right, nose)


def find_pack(folder: str) -> Pack:
    """The networks in a pack's folder.

    Args:
        folder: its path; empty takes the one that the environment names, or the usual one.

    Raises:
        ModelFileError: a network is missing; the message says how to pull the pack.
    """
    place = Path(folder or os.environ.get(VARIABLE) or USUAL_FOLDER).expanduser()
    return Pack(_one(place, "det_*.onnx"), _one(place, "w600k_*.onnx"))


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise ModelFileError(
            f"{folder} has no {pattern}. Pull a pack ({INSTALL} && {PULL}), or name the folder of "
            f"one in insightface:FOLDER or in {VARIABLE}. Mind that {LICENCE}."
        )
    return found[0]
