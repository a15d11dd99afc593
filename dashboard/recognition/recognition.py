"""Puts the parts together: what one race's ``/recognition`` has, opened once and closed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.race_view import Entries
from dashboard.recognition.answers import (
    Galleries,
    RecognitionAnswer,
    Telling,
    recognition_answer,
)
from dashboard.recognition.gate import Limits
from dashboard.recognition.matching import By, gallery, stranger
from dashboard.recognition.picture import upright
from dashboard.recognition.seen import Recogniser, SeenFace
from dashboard.recognition.worker import Worker
from dashboard.refusals import NOTHING, About, Refusal
from engines.faces.combine import combined
from engines.faces.port import FaceTemplate
from stream.clock import now_ns
from stream.config import FACES_DAYS
from stream.faces_consent import FaceRule
from stream.forget.old_templates import faces_are_over
from stream.matching.calibrated import FACE
from stream.store.people import KnownTemplate, People, PeopleReader
from stream.store.templates import TemplateKind

_LEAST_FACE_PX = 32.0
"""Longer side of a face with which somebody is enrolled. dlib's template of a face of 30 px is 0.79
like that of the same photo at full size, see `engines.faces.quality`."""
_BESIDE = 0.5
"""Faces below this share of the largest one's side are people in the background."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who is in a picture, by what one race knows.

    Attributes:
        recogniser: looks at pictures, on the worker's thread.
        people: pivots and enrolled people; `People` where somebody may be enrolled.
        entries: the start list, for names.
        face_rule: whether a face of a bib's runner may be kept and compared, see
            `stream.faces_consent`; asked only where faces are on.
        limits: of requests.
        faces_days: how many days after the race faces may be kept.
    """

    recogniser: Recogniser
    people: PeopleReader
    entries: Entries
    face_rule: Callable[[str], FaceRule]
    limits: Limits = field(default_factory=Limits)
    worker: Worker = field(default_factory=Worker)
    faces_days: int = FACES_DAYS

    @property
    def enrols(self) -> People | None:
        """Where people are enrolled; None where faces are off or the race is only looked at."""
        allowed = self.recogniser.face_model is not None and isinstance(self.people, People)
        return self.people if allowed and isinstance(self.people, People) else None

    def faces_over(self) -> bool:
        """Whether nobody's face is kept any more, since the days after the race are over. Asked
        only where somebody could be enrolled else, see `enrols`.

        Raises:
            StoreError: the race folder cannot be read.
        """
        return faces_are_over(self.people.folder, now_ns(), self.faces_days)

    async def recognise(self, content: bytes, tell_enrolled: bool) -> RecognitionAnswer:
        """Everybody in a picture.

        Args:
            content: of a picture file.
            tell_enrolled: say who an enrolled person is, not only that it is one.

        Raises:
            Refusal: see `dashboard.recognition.picture.upright`; or there was no answer in time,
                see `Limits.answer_s` (503).
            EngineError, StoreError: models or the race folder cannot be used.
        """
        return await self.worker.do(
            lambda: self._recognise(content, tell_enrolled), self.limits.answer_s
        )

    async def face_of(self, contents: tuple[bytes, ...]) -> tuple[str, FaceTemplate]:
        """One template of a person, with its model's name, from pictures of only them.

        Raises:
            Refusal: a picture cannot be used; which, and why. Or there was no answer in time (503).
            EngineError: models cannot be used.
        """
        return await self.worker.do(
            lambda: self._face_of(contents), self.limits.answer_s * len(contents)
        )

    def close(self) -> None:
        """End what is being done and free the models."""
        self.worker.close(self.recogniser.close)

    def _recognise(self, content: bytes, tell_enrolled: bool) -> RecognitionAnswer:
        seen = self.recogniser.look(upright(content, self.limits))
        return recognition_answer(seen, self._galleries(), Telling(self.entries, tell_enrolled))

    def _galleries(self) -> Galleries:
        """Read anew for every picture: whoever was removed is not compared any more."""
        model, faces = self.recogniser.face_model, None
        looks = self.people.pivots(TemplateKind.APPEARANCE, self.recogniser.appearance_model)
        if model is not None:
            pivots = self.people.pivots(TemplateKind.FACE, model)
            allowed = [one for one in pivots if self._is_allowed(one)]
            faces = gallery(By.FACE, [*allowed, *self.people.enrolled(model)])
        return Galleries(gallery(By.APPEARANCE, looks), faces)

    def _is_allowed(self, pivot: KnownTemplate) -> bool:
        return pivot.bib is not None and self.face_rule(pivot.bib) is FaceRule.KEEP

    def _face_of(self, contents: tuple[bytes, ...]) -> tuple[str, FaceTemplate]:
        model = self.recogniser.face_model
        assert model is not None, "nobody is enrolled where faces are off"
        templates = []
        for number, content in enumerate(contents, start=1):
            try:
                faces = self.recogniser.faces(upright(content, self.limits))
            except Refusal as refusal:
                raise _about(refusal, number) from refusal
            templates.append(_only_template(faces, number))
        # Of other models' likeness nothing was measured.
        if model == FACE.model and (found := stranger(templates)) is not None:
            other, middle = found[0] + 1, found[1] + 1
            raise _refused(
                other,
                "another_person",
                f"its face is not that of picture {middle}; send one person only",
                {"other": middle},
            )
        together = combined(templates)
        assert together is not None, "there is at least one picture"
        return model, together


def _only_template(faces: tuple[SeenFace, ...], number: int) -> FaceTemplate:
    """The template of the one face in a picture; people small in the background do not count."""
    largest = max((face.side_px for face in faces), default=0.0)
    near = [face for face in faces if face.side_px >= _BESIDE * largest]
    if not near:
        raise _refused(number, "no_face", "no face was found in it")
    if len(near) > 1:
        raise _refused(number, "several_faces", f"it shows {len(near)} faces; send one person only")
    if near[0].side_px < _LEAST_FACE_PX:
        raise _refused(number, "face_small", f"its face is less than {_LEAST_FACE_PX:g} px large")
    if near[0].template is None:
        raise _refused(number, "face_hidden", "eyes and nose cannot be seen; face the camera")
    return near[0].template


def _refused(number: int, code: str, why: str, about: About = NOTHING) -> Refusal:
    return Refusal(422, code, f"picture {number}: {why}", {"picture": number, **about})


def _about(refusal: Refusal, number: int) -> Refusal:
    return Refusal(
        refusal.status_code,
        refusal.code,
        f"picture {number}: {refusal.detail}",
        {**refusal.about, "picture": number},
    )
