"""From kept pictures to what an appearance model wants: the person's box, and where the bib is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from engines.types import Box, Image
from stream.clock import SECOND_NS
from stream.frames import CROP_PAD
from stream.store.photo_values import PhotoSighting
from stream.store.values import LookRow

Problem = Callable[[str, str], None]
"""Called with the path of a picture inside the race folder, and why it is of no use."""

_NEAR_NS: Final = SECOND_NS
"""A bib is where a look this near in time has seen it on the body."""
_LEAST_PX: Final = 4
"""Crops with a shorter side show nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A person.

    Attributes:
        image: uint8 ``[h, w, 3]`` RGB, the person's box.
        bib: the bib's box in pixels of it; None where it is not known.
    """

    image: Image
    bib: Box | None


def kept_picture(folder: Path, path: str, problem: Problem) -> Image | None:
    """A picture of a race folder; None where it is of no use, which is told.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        image = read_picture(folder / path)
    except FileNotFoundError:
        problem(path, "is gone")
        return None
    if image is None:
        problem(path, "is not a picture any more")
    return image


def read_picture(path: Path) -> Image | None:
    """A JPEG file as uint8 ``[h, w, 3]`` RGB; None where it is none or damaged.

    Raises:
        OSError: the file cannot be read.
    """
    content = np.frombuffer(path.read_bytes(), np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    return None if image is None else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def track_crop(image: Image, capture_utc_ns: int, looks: Sequence[LookRow]) -> Crop | None:
    """The person of a track's picture; None where it is too small.

    Args:
        image: as `stream.scribe.Scribe` keeps it, with `CROP_PAD` round the person.
        capture_utc_ns: of its frame.
        looks: at the track, for where the bib is.
    """
    person = track_person(image)
    return _cut(image, person, _bib_of(person, capture_utc_ns, looks))


def sighting_crop(image: Image, sighting: PhotoSighting) -> Crop | None:
    """The person of a photo sighting's picture; None where there is none or it is too small."""
    if sighting.person is None:
        return None
    bib = sighting.sheet or sighting.number
    return _cut(
        image,
        _inside(image, sighting, sighting.person),
        None if bib is None else _inside(image, sighting, bib),
    )


def track_person(image: Image) -> Box:
    """Where the person is in a track's picture, see `track_crop`."""
    height, width = image.shape[:2]
    share = CROP_PAD / (1 + 2 * CROP_PAD)
    return width * share, height * share, width * (1 - share), height * (1 - share)


def sighting_person(image: Image, sighting: PhotoSighting) -> Box | None:
    """Where the person is in a photo sighting's picture; None where there is none."""
    return None if sighting.person is None else _inside(image, sighting, sighting.person)


def _inside(image: Image, sighting: PhotoSighting, box: Box) -> Box:
    """A box of the photo in pixels of the sighting's picture."""
    left, top, right, bottom = sighting.cut
    across, down = image.shape[1] / (right - left), image.shape[0] / (bottom - top)
    x0, y0, x1, y1 = box
    return (x0 - left) * across, (y0 - top) * down, (x1 - left) * across, (y1 - top) * down


def _bib_of(person: Box, capture_utc_ns: int, looks: Sequence[LookRow]) -> Box | None:
    """Where the nearest look in time saw the bib, on a person who fills another box."""
    near = [
        (abs(look.capture_utc_ns - capture_utc_ns), look.person, look.bib or look.number)
        for look in looks
        if look.bib is not None or look.number is not None
    ]
    found = min(near, key=lambda one: one[0], default=None)
    if found is None or found[0] > _NEAR_NS or found[2] is None:
        return None
    x0, y0, x1, y1 = found[1]
    across = (person[2] - person[0]) / max(x1 - x0, 1.0)
    down = (person[3] - person[1]) / max(y1 - y0, 1.0)
    bib = found[2]
    return (
        person[0] + (bib[0] - x0) * across,
        person[1] + (bib[1] - y0) * down,
        person[0] + (bib[2] - x0) * across,
        person[1] + (bib[3] - y0) * down,
    )


def _cut(image: Image, box: Box, bib: Box | None) -> Crop | None:
    height, width = image.shape[:2]
    x0, y0 = max(0, round(box[0])), max(0, round(box[1]))
    x1, y1 = min(width, round(box[2])), min(height, round(box[3]))
    if min(x1 - x0, y1 - y0) < _LEAST_PX:
        return None
    moved = None if bib is None else (bib[0] - x0, bib[1] - y0, bib[2] - x0, bib[3] - y0)
    return Crop(image[y0:y1, x0:x1], moved)
