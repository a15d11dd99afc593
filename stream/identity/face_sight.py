"""What looks at the face of a person in a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engines.faces.port import FaceCrop, FaceEmbedder, FaceTemplate
from engines.types import Box, Image

_BESIDE, _ABOVE, _BELOW = 0.25, 0.4, 0.2
"""What is kept round a face's box, as shares of its sides: the whole head, and few neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """The face of the person in a picture.

    Attributes:
        template: of it.
        head: uint8 ``[h, w, 3]`` RGB, the face and a little round it.
    """

    template: FaceTemplate
    head: Image


class Sight(Protocol):
    """Finds and describes faces; belongs to one thread."""

    @property
    def model(self) -> str:
        """Name of the embedder, as templates carry it."""

    def look(self, pictures: Sequence[tuple[Image, Box]]) -> list[SeenFace | None]:
        """The face of the person in each picture, who is in the box; None where none can be used.

        Raises:
            InferenceError: the embedder or the detector failed.
        """


@dataclass(frozen=True, slots=True, eq=False)
class FaceSight:
    """The `Sight` of this process.

    Attributes:
        model: name of the embedder, as templates carry it.
        embedder: of faces.
        find: the face of the person in a box of a picture, see `engines.faces.finding.of_person`.
    """

    model: str
    embedder: FaceEmbedder
    find: Callable[[Image, Box], FaceCrop | None]

    def look(self, pictures: Sequence[tuple[Image, Box]]) -> list[SeenFace | None]:
        """See `Sight`."""
        found = [self.find(image, person) for image, person in pictures]
        templates = iter(self.embedder.embed([face for face in found if face is not None]))
        seen: list[SeenFace | None] = []
        for face in found:
            template = None if face is None else next(templates)
            seen.append(
                None if face is None or template is None else SeenFace(template, _head(face))
            )
        return seen


def _head(face: FaceCrop) -> Image:
    """What is kept of a face's surroundings."""
    x0, y0, x1, y1 = face.box
    width, height = x1 - x0, y1 - y0
    bottom, right = face.image.shape[:2]
    left = min(max(round(x0 - _BESIDE * width), 0), right - 1)
    top = min(max(round(y0 - _ABOVE * height), 0), bottom - 1)
    return face.image[
        top : max(round(y1 + _BELOW * height), top + 1),
        left : max(round(x1 + _BESIDE * width), left + 1),
    ]
