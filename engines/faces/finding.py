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

HEAD_SIZES: Final = (192, 128)
"""Inputs in which the head of a person is looked for."""
LEAST_SCORE: Final = 0.5
"""What the detector is less sure of is a hand or a pattern more often than a face."""
HEAD_SHARE: Final = 0.5
"""How much of a person's height, from the top, is looked at: half of one who is cut off below is
mostly head and shoulders."""
_UPPER: Final = 0.35
"""The middle of a face lies in this share of its person's height, from the top."""
_ASIDE: Final = 0.12
"""The middle of a face is at least so far from both sides, as a share of the person's width."""
_LEAST_SHARE, _MOST_SHARE = 0.04, 0.45
"""Height of a face as a share of its person's."""
_RIVAL: Final = 0.6
"""A second head so large beside the first leaves open whose face it is."""

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


def of_person(image: Image, person: Box, detector: Detector) -> FaceCrop | None:
    """The face of a person in a picture.

    None where the detector finds none at the top of the person, and where two are there: the face
    of a neighbour must not be taken for the person's.

    Args:
        image: uint8 ``[h, w, 3]`` RGB.
        person: box in its pixels.
        detector: one that takes any size of input.
    """
    x0, y0, x1, y1 = person
    width, height = x1 - x0, y1 - y0
    picture = RgbPicture(image)
    top = max(y0 - 0.05 * height, 0.0)
    part = picture.crop((x0, top, x1, y0 + max(HEAD_SHARE * height, 0.8 * width)))
    if min(part.shape[:2]) < 2:
        return None
    # `crop` cuts at whole pixels, inside the picture.
    shift = np.array([max(int(x0), 0), int(top)] * 2, np.float32)
    heads: list[tuple[float, Box]] = []
    for side in HEAD_SIZES:
        [found] = detector.detect([RgbPicture(part)], (side, side))
        faces = found.of(Kind.FACE)
        boxes = (faces.boxes + shift).tolist()
        for (a, b, c, d), score in zip(boxes, faces.scores.tolist(), strict=True):
            if score >= LEAST_SCORE and _is_on(person, (a, b, c, d)):
                heads.append((score, (a, b, c, d)))
    if not heads:
        return None
    _, best = max(heads)
    rivals = [box for _, box in heads if not _overlap(best, box)]
    if any(box[3] - box[1] >= _RIVAL * (best[3] - best[1]) for box in rivals):
        return None
    return face_crop(picture, best)


def _is_on(person: Box, face: Box) -> bool:
    x0, y0, x1, y1 = person
    width, height = x1 - x0, y1 - y0
    across, down = (face[0] + face[2]) / 2 - x0, (face[1] + face[3]) / 2 - y0
    return (
        _ASIDE * width <= across <= (1 - _ASIDE) * width
        and 0 <= down <= max(_UPPER * height, 0.5 * width)
        and _LEAST_SHARE * height <= face[3] - face[1] <= _MOST_SHARE * height
    )


def _overlap(one: Box, other: Box) -> bool:
    """Whether the middle of one lies in the other: two boxes of one head."""
    middle = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return one[0] <= middle[0] <= one[2] and one[1] <= middle[1] <= one[3]
