"""Measures what the likeness of two faces says, see `stream.calibrate_matching`.

Pictures of one person come from pairs of portraits, shrunk to the sizes of faces at a finish line;
two persons are neighbours in one photo of a race, who share its light and its camera.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from engines.errors import LabelError
from engines.evaluate.faces import FacePair, read_pairs
from engines.evaluate.labels import Progress, as_box, read_image, read_json
from engines.evaluate.persons import persons
from engines.faces.finding import found_anew, portrait
from engines.faces.port import FaceCrop, FaceEmbedder, FaceTemplate
from engines.types import Box, Detector, Floats, Image
from stream.matching import Calibration, fit_calibration

SIZES_PX: Final = ((30.0, 30.0), (30.0, 45.0), (45.0, 45.0), (45.0, 60.0), (30.0, 60.0))
"""Of the two faces of a pair; those of race photos are 30 to 80 px large."""
_JPEG: Final = 85
"""Shrunk portraits are as dirty as kept pictures."""
_OF_ONE_PERSON: Final = 6
"""Pairs taken of one person: whoever has many portraits must not speak for everybody."""
_OF_ONE_PHOTO: Final = 3
"""Faces taken of one photo, the largest."""
_LEAST_PX: Final = 28.0
LEAST_LOG: Final = -2.0
"""What a pair says against the same person at most: portraits look into the camera more than
runners do, whose own faces are less alike."""
_FACE: Final = "face"


@dataclass(frozen=True, slots=True, eq=False)
class FaceScores:
    """What was measured.

    Attributes:
        same, different: likeness of pairs of one person and of two.
        qualities: of all faces, see `FaceTemplate.quality`.
    """

    same: Floats
    different: Floats
    qualities: Floats


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The faces of one photo, boxes in pixels, the largest first."""

    path: Path
    boxes: tuple[Box, ...]


def calibrate_faces(
    model: str,
    pairs: Path,
    photos: Path,
    embedder: FaceEmbedder,
    detector: Detector,
    progress: Progress,
) -> tuple[Calibration, FaceScores]:
    """What the embedder's scores say.

    Args:
        model: name of the embedder.
        pairs: CSV of portraits, see `engines.evaluate.faces.read_pairs`; only pairs of one person
            count.
        photos: COCO file whose photos have boxes of category ``face``.
        embedder: of faces.
        detector: finds them, as it does in a race.
        progress: told after every pair and every photo.

    Raises:
        LabelError: a file cannot be read.
        ValueError: fewer than 50 pairs of either kind.
    """
    wanted = pairs_of_persons(read_pairs(pairs))
    neighbours = read_neighbours(photos)
    measured = _Measuring(embedder, detector, progress, len(wanted) + len(neighbours))
    for pair in wanted:
        measured.same_person(pair)
    for photo in neighbours:
        measured.two_persons(photo)
    scores = measured.scores()
    fitted = fit_calibration(model, scores.same, scores.different)
    cut = tuple(max(one, LEAST_LOG) for one in fitted.log_ratios)
    return Calibration(model, fitted.scores, cut), scores


def pairs_of_persons(pairs: Sequence[FacePair]) -> tuple[FacePair, ...]:
    """The pairs of one person, at most `_OF_ONE_PERSON` of each."""
    same = [pair for pair in pairs if pair.same]
    groups = persons((pair.one, pair.other) for pair in same)
    taken: Counter[object] = Counter()
    kept = []
    for pair in same:
        who = min(groups[pair.one], key=str)
        taken[who] += 1
        if taken[who] <= _OF_ONE_PERSON:
            kept.append(pair)
    return tuple(kept)


def read_neighbours(path: Path) -> tuple[Neighbours, ...]:
    """The photos of a COCO file with two faces and more.

    Raises:
        LabelError: the file cannot be read or lacks a field.
    """
    told = read_json(path)
    try:
        faces = {one["id"] for one in told["categories"] if one["name"] == _FACE}
        files = {one["id"]: str(one["file_name"]) for one in told["images"]}
        boxes: defaultdict[str, list[Box]] = defaultdict(list)
        for one in told["annotations"]:
            if one["category_id"] in faces and not one.get("ignore", 0):
                box = _corners(one["bbox"])
                if _side(box) >= _LEAST_PX:
                    boxes[files[one["image_id"]]].append(box)
    except (KeyError, TypeError, ValueError) as error:
        raise LabelError(f"{path}: {error!r}; it is no COCO file of boxes") from error
    return tuple(
        Neighbours(
            path.parent / file, tuple(sorted(found, key=_side, reverse=True)[:_OF_ONE_PHOTO])
        )
        for file, found in sorted(boxes.items())
        if len(found) > 1
    )


def shrunk(face: FaceCrop, size_px: float) -> FaceCrop:
    """A face as a camera farther away sees it; one that is smaller stays."""
    scale = size_px / face.size_px
    if scale >= 1:
        return face
    height, width = face.image.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(face.image, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _JPEG])
    image: Image = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
    x0, y0, x1, y1 = (side * scale for side in face.box)
    return FaceCrop(image, (x0, y0, x1, y1))


class _Measuring:
    """Collects the scores, each picture once."""

    def __init__(
        self, embedder: FaceEmbedder, detector: Detector, progress: Progress, total: int
    ) -> None:
        self._embedder = embedder
        self._detector = detector
        self._progress: Callable[[int, int], None] = progress
        self._total = total
        self._done = 0
        self._portraits: dict[tuple[Path, float], FaceTemplate | None] = {}
        self._found: dict[Path, FaceCrop | None] = {}
        self._same: list[float] = []
        self._different: list[float] = []
        self._qualities: list[float] = []

    def same_person(self, pair: FacePair) -> None:
        for one_px, other_px in SIZES_PX:
            one = self._portrait(pair.one.path, one_px)
            other = self._portrait(pair.other.path, other_px)
            if one is not None and other is not None:
                self._same.append(one.likeness(other))
        self._told()

    def two_persons(self, photo: Neighbours) -> None:
        image = read_image(photo.path)
        found = [found_anew(image, box, self._detector) for box in photo.boxes]
        seen = [one for one in self._embed([face for face in found if face is not None]) if one]
        self._different += [one.likeness(other) for one, other in combinations(seen, 2)]
        self._told()

    def scores(self) -> FaceScores:
        columns = (self._same, self._different, self._qualities)
        return FaceScores(*(np.asarray(one, np.float32) for one in columns))

    def _portrait(self, path: Path, size_px: float) -> FaceTemplate | None:
        if path not in self._found:
            self._found[path] = portrait(read_image(path), self._detector)
        face = self._found[path]
        if face is None:
            return None
        if (path, size_px) not in self._portraits:
            [self._portraits[path, size_px]] = self._embed([shrunk(face, size_px)])
        return self._portraits[path, size_px]

    def _embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        made = self._embedder.embed(faces) if faces else []
        self._qualities += [one.quality for one in made if one is not None]
        return made

    def _told(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)


def _corners(bbox: Any) -> Box:
    x, y, width, height = (float(side) for side in bbox)
    return as_box((x, y, x + width, y + height))


def _side(box: Box) -> float:
    return float(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
