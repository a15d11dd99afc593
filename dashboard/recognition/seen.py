"""What a picture shows: persons with bib, face and looks, and what belongs to nobody. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from engines.appearance import Appearance
from engines.faces.port import FaceTemplate
from engines.picture import RgbPicture
from engines.types import Box
from stream.store.photo_values import PhotoSighting

_SAME_FACE: Final = 0.4
"""Share of the smaller of two face boxes that lies in the other, from which they are one face. On
photos of road races, neighbours' faces share less, and boxes of one head 0.43 or more."""
_HEAD: Final = 0.45
"""Share of a person's height, from the top, in which the middle of their face lies."""

_DOWN: Final = 0.08
_FACE_HEIGHT: Final = 0.115
"""Where the middle of a face is below a runner's upper edge, and its height, in a runner's height:
the faces that are beyond doubt on four photos of road races."""
_SIZE_WEIGHT: Final = 0.15
"""Of a face's size, as a natural logarithm, against its place."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """A face in a picture.

    Attributes:
        box: pixels.
        score: of the detector, 0..1.
        template: None where faces are off, or this one cannot be aligned.
    """

    box: Box
    score: float
    template: FaceTemplate | None = None

    @property
    def side_px(self) -> float:
        """The longer side of its box."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


@dataclass(frozen=True, slots=True, eq=False)
class SeenPerson:
    """A person, with what belongs to them.

    Attributes:
        sighting: the person and the bib, as photos of the race are judged.
        face: None where none was found.
        appearance: None where there is no model of it.
    """

    sighting: PhotoSighting
    face: SeenFace | None = None
    appearance: Appearance | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SeenPicture:
    """All that a picture shows; boxes in its pixels, upright.

    Attributes:
        people: those with a bib first.
        numbers: bibs that were read and that nobody seems to wear.
        faces: faces of nobody who was found.
    """

    width: int
    height: int
    people: tuple[SeenPerson, ...] = ()
    numbers: tuple[PhotoSighting, ...] = ()
    faces: tuple[SeenFace, ...] = field(default=())


class Recogniser(Protocol):
    """Looks at pictures. Used by one thread, which loads what it needs once."""

    face_model: str | None
    """What makes templates of faces; None where faces are off."""
    appearance_model: str

    def look(self, picture: RgbPicture) -> SeenPicture:
        """Everybody in a picture.

        Raises:
            EngineError: a model cannot be loaded, or failed.
        """

    def faces(self, picture: RgbPicture) -> tuple[SeenFace, ...]:
        """Every face in a picture that may be a portrait, the surest first.

        Raises:
            EngineError: a model cannot be loaded, or failed.
        """

    def close(self) -> None:
        """Free the models."""


def distinct_faces(faces: Sequence[SeenFace]) -> list[SeenFace]:
    """One box for each face, surest first: a picture that is shown to the detector at several
    sizes gives two or three that lie beside each other on one head."""
    ordered = sorted(faces, key=lambda face: -face.score)
    return [
        face
        for place, face in enumerate(ordered)
        if not any(_shared(face.box, surer.box) >= _SAME_FACE for surer in ordered[:place])
    ]


def face_owners(persons: Sequence[PhotoSighting], faces: Sequence[SeenFace]) -> dict[int, int]:
    """Whose face is whose: places of faces by places of persons.

    A face belongs to the person in the upper part of whose box its middle lies: best above the
    middle of the number, or of the box where none was read. Nobody has two; the pair that suits
    best is made first.
    """
    pairs = sorted(
        (_misfit(person, face.box), n, place)
        for n, person in enumerate(persons)
        for place, face in enumerate(faces)
        if person.person is not None and _is_at_head(person.person, face.box)
    )
    owners: dict[int, int] = {}
    for _, n, place in pairs:
        if n not in owners and place not in owners.values():
            owners[n] = place
    return owners


def _is_at_head(person: Box, face: Box) -> bool:
    x, y = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
    lowest = person[1] + _HEAD * (person[3] - person[1])
    return person[0] <= x <= person[2] and person[1] <= y <= lowest


def _misfit(person: PhotoSighting, face: Box) -> float:
    """How far a face is from what a person's should be: place, in widths and heights of the person,
    and size."""
    assert person.person is not None, "only persons have faces"
    x0, y0, x1, y1 = person.person
    worn = person.number or person.person
    off_centre = abs(face[0] + face[2] - worn[0] - worn[2]) / 2 / max(x1 - x0, 1.0)
    height = max(y1 - y0, 1.0)
    down = abs((face[1] + face[3]) / 2 - y0 - _DOWN * height) / height
    size = abs(math.log(max(face[3] - face[1], 1.0) / (_FACE_HEIGHT * height)))
    return off_centre + down + _SIZE_WEIGHT * size


def _shared(one: Box, other: Box) -> float:
    """The part of the smaller box that both have, 0..1."""
    across = max(min(one[2], other[2]) - max(one[0], other[0]), 0.0)
    along = max(min(one[3], other[3]) - max(one[1], other[1]), 0.0)
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return across * along / max(smaller, 1.0)
