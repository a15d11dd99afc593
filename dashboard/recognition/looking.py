"""The `Recogniser` of the product: the engines that tag photos, and those for faces and clothes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from dashboard.recognition.seen import (
    SeenFace,
    SeenPerson,
    SeenPicture,
    distinct_faces,
    face_owners,
)
from engines.appearance import Appearance, AppearanceEmbedder, load_appearance_embedder
from engines.detector import OnnxDetector
from engines.faces.finding import SIZES
from engines.faces.port import FaceEmbedder, face_crop
from engines.load import EngineSettings, load_detector, load_face_embedder, load_photo_tagger
from engines.photo import PhotoTagger
from engines.picture import RgbPicture
from engines.types import Box, Kind
from stream.photos.found import Found
from stream.photos.seen import SeenRules, seen_in
from stream.store.photo_values import PhotoSighting

FACES: Final = "dlib"
"""What makes templates of faces, see `engines.load.load_face_embedder`."""

_LEAST_PERSON_PX: Final = 24.0
_LEAST_FACE: Final = 0.5
"""What the detector is less sure of is a hand or a pattern more often than a face."""
_LEAST_PORTRAIT: Final = 0.6
"""Of faces that only the small inputs for portraits show: on portraits they score 0.7 to 0.9."""
_LARGE_SIDES: Final = (640, 384)
"""Inputs for pictures that show more than a face, besides those for portraits."""


class EngineRecogniser:
    """Looks at pictures with the engines, loaded by `load` or when the first picture comes.

    Args:
        engine: how they compute.
        rules: how bibs are judged.
        faces: whether faces may be compared.
        told: what the user must know of a licence.
    """

    def __init__(
        self,
        engine: EngineSettings,
        rules: SeenRules,
        faces: bool,
        told: Callable[[str], None],
    ) -> None:
        self.face_model = FACES if faces else None
        self._embedder = load_appearance_embedder()
        self.appearance_model = self._embedder.name
        self._engine = engine
        # Whoever asks about one picture wants everybody in it, however small.
        self._rules = replace(rules, least_person_px=_LEAST_PERSON_PX)
        self._told = told
        self._tagger: PhotoTagger | None = None
        self._detector: OnnxDetector | None = None
        self._faces: FaceEmbedder | None = None

    def load(self) -> None:
        """Load every model now; whoever calls is done before the first picture comes.

        Raises:
            EngineError: a model cannot be loaded.
        """
        self._photo_tagger()
        if self.face_model is not None:
            self._face_embedder(self.face_model)

    def look(self, picture: RgbPicture) -> SeenPicture:
        """See `Recogniser.look`."""
        found = Found.of(self._photo_tagger().tag(picture))
        size = (picture.width, picture.height)
        seen = seen_in(found, size, self._rules)
        small = [SeenFace(one.box, one.score) for one in found.of_kind(Kind.FACE)]
        large = self._faces_in(picture, SIZES)
        faces = self._embedded(
            picture,
            distinct_faces(
                [one for one in small if one.score >= _LEAST_FACE]
                + [one for one in large if one.score >= _LEAST_PORTRAIT]
            ),
        )
        persons = [one for one in seen if one.person is not None]
        owners = face_owners(persons, faces)
        return SeenPicture(
            *size,
            tuple(
                SeenPerson(
                    one,
                    faces[owners[n]] if n in owners else None,
                    _appearance(self._embedder, picture, one),
                )
                for n, one in enumerate(persons)
            ),
            tuple(one for one in seen if one.person is None),
            tuple(face for n, face in enumerate(faces) if n not in owners.values()),
        )

    def faces(self, picture: RgbPicture) -> tuple[SeenFace, ...]:
        """See `Recogniser.faces`."""
        found = self._faces_in(picture, (*_LARGE_SIDES, *SIZES))
        sure = [one for one in found if one.score >= _LEAST_FACE]
        return tuple(self._embedded(picture, distinct_faces(sure)))

    def close(self) -> None:
        """See `Recogniser.close`."""
        for opened in (self._tagger, self._detector, self._faces):
            if opened is not None:
                opened.close()
        self._tagger = self._detector = self._faces = None

    def _any_detector(self) -> OnnxDetector:
        """One for everything: pictures come in all sizes, and none waits for a compiler."""
        if self._detector is None:
            self._detector = load_detector(self._engine, any_size=True)
        return self._detector

    def _photo_tagger(self) -> PhotoTagger:
        if self._tagger is None:
            self._tagger = load_photo_tagger(self._engine, self._rules.photo, self._any_detector())
        return self._tagger

    def _face_embedder(self, model: str) -> FaceEmbedder:
        if self._faces is None:
            self._faces = load_face_embedder(model, self._engine, self._told)
        return self._faces

    def _faces_in(self, picture: RgbPicture, sides: Sequence[int]) -> list[SeenFace]:
        """Faces that a square input of any of these sides shows, pixels."""
        detector = self._any_detector()
        seen = []
        for side in sides:
            [shown] = detector.detect([picture], (side, side))
            found = shown.of(Kind.FACE)
            columns = zip(found.boxes.tolist(), found.scores.tolist(), strict=True)
            seen += [SeenFace((b[0], b[1], b[2], b[3]), float(score)) for b, score in columns]
        return seen

    def _embedded(self, picture: RgbPicture, faces: Sequence[SeenFace]) -> list[SeenFace]:
        """The faces with their templates, where faces may be compared."""
        if self.face_model is None or not faces:
            return list(faces)
        embedder = self._face_embedder(self.face_model)
        templates = embedder.embed([face_crop(picture, face.box) for face in faces])
        return [
            replace(face, template=template)
            for face, template in zip(faces, templates, strict=True)
        ]


def _appearance(
    embedder: AppearanceEmbedder, picture: RgbPicture, one: PhotoSighting
) -> Appearance | None:
    if one.person is None:
        return None
    bib = one.sheet or one.number
    crop = picture.crop(one.person)
    return embedder.embed(crop, None if bib is None else _inside(bib, one.person))


def _inside(bib: Box, person: Box) -> Box:
    """A bib's box in pixels of the person's crop, which begins at a whole pixel."""
    left, top = max(int(person[0]), 0), max(int(person[1]), 0)
    return bib[0] - left, bib[1] - top, bib[2] - left, bib[3] - top
