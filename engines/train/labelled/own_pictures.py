"""Makes training pictures of a user's labelled ones.

A data set seldom has boxes of all four kinds. What it does not label is not absent: kinds that it
never names are labelled by the detector that the training begins with, so that learning bibs does
not make it forget faces. So it is with each of several data sets.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from engines.boxes import holds
from engines.errors import LabelError
from engines.evaluate.labels import Progress, read_image
from engines.picture import RgbPicture
from engines.train.labelled.data_set import LabelledPicture
from engines.train.pictures import Labels, TrainingPicture
from engines.types import Detections, Detector, Kind

LONGEST_SIDE: Final = 1280
"""Pixels; larger pictures are shrunk: scenes are half as wide and memory is not endless."""

SURE: Final = 0.5
"""From this score on, what the detector says of an unlabelled kind counts; below it is ignored."""

Row = tuple[float, float, float, float, int, bool]


def training_pictures(
    pictures: Sequence[LabelledPicture],
    detector: Detector,
    progress: Progress,
) -> list[TrainingPicture]:
    """Reads the pictures, not larger than `LONGEST_SIDE`, with boxes of all four kinds.

    Args:
        pictures: of data sets; of kinds that these do not label the detector says where they are.
        detector: one that keeps weak boxes too; they are neither examples nor counterexamples.
        progress: told after every picture.

    Raises:
        LabelError: a picture cannot be read any more.
    """
    made = []
    for done, picture in enumerate(pictures, start=1):
        image = read_image(picture.path)
        height, width = image.shape[:2]
        if (width, height) != (picture.width, picture.height):
            raise LabelError(f"{picture.path} has changed since its labels were read")
        shrink = min(1.0, LONGEST_SIDE / max(width, height))
        if shrink < 1:
            size = max(round(width * shrink), 1), max(round(height * shrink), 1)
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        found = detector.detect([RgbPicture(image)])[0]
        rows = [*_own_rows(picture, shrink), *_found_rows(found, picture.known)]
        made.append(TrainingPicture.of(image, Labels.of(rows)))
        progress(done, len(pictures))
    return made


def _own_rows(picture: LabelledPicture, shrink: float) -> list[Row]:
    """The data set's boxes; a bib whose line of characters is unknown silences that kind there."""
    lines = [box.box for box in picture.boxes if box.kind is Kind.NUMBER]
    rows: list[Row] = []
    for box in picture.boxes:
        x0, y0, x1, y1 = (side * shrink for side in box.box)
        rows.append((x0, y0, x1, y1, int(box.kind), box.ignored))
        has_line = any(holds(box.box, line) for line in lines)
        if box.kind is Kind.BIB and Kind.NUMBER in picture.known and not has_line:
            rows.append((x0, y0, x1, y1, int(Kind.NUMBER), True))
    return rows


def _found_rows(found: Detections, known: frozenset[Kind]) -> list[Row]:
    """The detector's boxes of the kinds that the data set does not label."""
    return [
        (float(b[0]), float(b[1]), float(b[2]), float(b[3]), int(kind), bool(score < SURE))
        for b, score, kind in zip(found.boxes, found.scores, found.kinds, strict=True)
        if Kind(int(kind)) not in known
    ]
