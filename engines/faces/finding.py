"""Finds the one face that a picture is about, with our own detector."""

from __future__ import annotations

from typing import Final

import numpy as np

from engines.faces.port import FaceCrop, face_crop
from engines.picture import RgbPicture
from engines.types import Box, Detector, Image, Kind

SIZES: Final = (192, 128, 96, 64)
"""Inputs in which a portrait is looked at. The detector knows faces of runners, a small part of
the frame; a portrait is shrunk until its face is no larger."""

AROUND: Final = 1.5
"""How much of a labelled face's side is cut out beside it to find it anew."""


def portrait(image: Image, detector: Detector) -> FaceCrop | None:
    """The surest face in any of `SIZES`; None where the detector finds none."""
    picture = RgbPicture(image)
    best: tuple[float, Box] | None = None
    for side in SIZES:
        [found] = detector.detect([picture], (side, side))
        faces = found.of(Kind.FACE)
        for box, score in zip(faces.boxes.tolist(), faces.scores.tolist(), strict=True):
            if best is None or score > best[0]:
                best = score, (box[0], box[1], box[2], box[3])
    return None if best is None else face_crop(picture, best[1])


def found_anew(image: Image, box: Box, detector: Detector) -> FaceCrop | None:
    """The detector's own face where a label says that there is one.

    None where the detector finds none whose middle lies in the label's box.
    """
    x0, y0, x1, y1 = box
    across, along = AROUND * (x1 - x0), AROUND * (y1 - y0)
    left, top = max(x0 - across, 0.0), max(y0 - along, 0.0)
    picture = RgbPicture(image)
    part = picture.crop((left, top, x1 + across, y1 + along))
    [found] = detector.detect([RgbPicture(part)], (SIZES[0], SIZES[0]))
    faces = found.of(Kind.FACE)
    # `crop` cuts at whole pixels.
    boxes = faces.boxes + np.array([int(left), int(top)] * 2, np.float32)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = ((middles >= (x0, y0)) & (middles <= (x1, y1))).all(axis=1)
    if not inside.any():
        return None
    best = boxes[int(np.argmax(np.where(inside, faces.scores, -1)))].tolist()
    return face_crop(picture, (best[0], best[1], best[2], best[3]))
