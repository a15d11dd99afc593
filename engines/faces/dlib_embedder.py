"""dlib's 128 numbers of a face. Works offline: the registry's package brings the networks.

Only dlib's recognition network and its predictor of five points are used (public domain); the
faces come from our own detector, whose boxes are not those that the predictor was trained with.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np

from engines.errors import InferenceError, MissingPackageError
from engines.faces.port import FaceCrop, FaceTemplate, unit
from engines.faces.quality import FacePoints, face_quality
from engines.models.files import PackagedModel, verify
from engines.types import Box, Floats, Image

INSTALL: Final = "pip install 'finishline[faces]'"

_SOURCE: Final = "https://github.com/davisking/dlib-models, as face_recognition_models ships it"

NETWORK: Final = PackagedModel(
    name="dlib face recognition, 128 numbers",
    package="face_recognition_models",
    path="models/dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    source=_SOURCE,
    licence="CC0-1.0",
    install=INSTALL,
)
POINTS: Final = PackagedModel(
    name="dlib five points of a face",
    package="face_recognition_models",
    path="models/shape_predictor_5_face_landmarks.dat",
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    source=_SOURCE,
    licence="CC0-1.0",
    install=INSTALL,
)

SIDE: Final = 150
"""Of the network's input, and of the face's box once it is enlarged, pixels."""

BOX_SHARE: Final = 0.95
"""Side of the square in which the points are looked for, as a share of the square root of the
area of our detector's box. On photos of known persons dlib's own detector draws squares of
0.94 +- 0.09 of it, whose middle is 0.08 of the box's height below the middle of ours."""

DOWN: Final = 0.04
"""How far below the middle of our box the square's middle is, as a share of the box's height.
Between -0.06 and 0 and from 0.8 to 1.1 for the share above, nothing changes beyond chance on photos
of known persons shrunk to faces of 26 to 54 px; at 0.16 it breaks."""

BATCH: Final = 16

Points = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
"""``[5, 2]``, x and y in pixels: the outer and inner corner of the eye on the picture's right,
those of the one on its left, the base of the nose."""


class DlibEmbedder:
    """The port `FaceEmbedder` over dlib's network. Belongs to one thread."""

    def __init__(self) -> None:
        """Loads predictor and network.

        Raises:
            MissingPackageError: dlib or the package with its networks is not installed.
            ModelFileError: a network is absent or not the one that was measured.
        """
        self._dlib = _import_dlib()
        points, network = (verify(m.find(), m.sha256) for m in (POINTS, NETWORK))
        self._predictor: Any = self._dlib.shape_predictor(str(points))
        self._network: Any = self._dlib.face_recognition_model_v1(str(network))

    def embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        """See `FaceEmbedder.embed`."""
        if self._network is None:
            raise InferenceError("the face embedder is closed")
        templates: list[FaceTemplate | None] = [None] * len(faces)
        rows: list[int] = []
        chips: list[Image] = []
        qualities: list[float] = []
        for row, face in enumerate(faces):
            image, box, scale = enlarged(face)
            points = self._five_points(image, box)
            seen = face_points(points)
            if not seen.could_be_a_face():
                continue
            rows.append(row)
            chips.append(self._chip(image, points))
            qualities.append(face_quality(face.inside, seen, scale))
        for row, vector, quality in zip(rows, self._vectors(chips), qualities, strict=True):
            templates[row] = FaceTemplate(unit(vector), quality)
        return templates

    def close(self) -> None:
        """See `FaceEmbedder.close`."""
        self._network = self._predictor = None

    def _five_points(self, image: Image, box: Box) -> Points:
        x, y, radius = square(box)
        sides = (round(side) for side in (x - radius, y - radius, x + radius, y + radius))
        shape = self._predictor(image, self._dlib.rectangle(*sides))
        return np.array([(point.x, point.y) for point in shape.parts()], np.float64)

    def _chip(self, image: Image, points: Points) -> Image:
        parts = [self._dlib.point(*(round(float(v)) for v in point)) for point in points]
        shape = self._dlib.full_object_detection(self._dlib.rectangle(0, 0, SIDE, SIDE), parts)
        return np.asarray(self._dlib.get_face_chip(image, shape, SIDE), np.uint8)

    def _vectors(self, chips: Sequence[Image]) -> list[Floats]:
        vectors: list[Floats] = []
        for start in range(0, len(chips), BATCH):
            found = self._network.compute_face_descriptor(list(chips[start : start + BATCH]))
            vectors += list(np.array(found, np.float32))
        return vectors


def enlarged(face: FaceCrop) -> tuple[Image, Box, float]:
    """The crop with its box as large as the network's input, the box in it, and the scale.

    Faces at a finish line are a third as large: the predictor sees eyes, not their pixels.
    """
    scale = SIDE / face.size_px
    height, width = face.image.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    image = np.ascontiguousarray(cv2.resize(face.image, size, interpolation=way), np.uint8)
    x0, y0, x1, y1 = (side * scale for side in face.box)
    return image, (x0, y0, x1, y1), scale


def square(box: Box) -> tuple[float, float, float]:
    """Where the predictor looks in a face's box: middle and half a side of its square."""
    x0, y0, x1, y1 = box
    radius = BOX_SHARE * float(np.sqrt((x1 - x0) * (y1 - y0))) / 2
    return (x0 + x1) / 2, (y0 + y1) / 2 + DOWN * (y1 - y0), radius


def face_points(points: Points) -> FacePoints:
    """The middles of both eyes and the nose."""
    right, left, nose = points[:2].mean(axis=0), points[2:4].mean(axis=0), points[4]
    return FacePoints(
        (float(left[0]), float(left[1])),
        (float(right[0]), float(right[1])),
        (float(nose[0]), float(nose[1])),
    )


def _import_dlib() -> Any:
    try:
        return importlib.import_module("dlib")
    except ModuleNotFoundError as error:
        raise MissingPackageError("dlib", INSTALL) from error
