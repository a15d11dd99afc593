"""Faces of a race: kept of runners who agreed, compared in memory of those whom nobody knows.

Every round first erases what may not be kept (any more), be it that the runner said no, that the
race file turned faces off, or that somebody unknown is matched to a runner who said no.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from engines.faces.combine import agreeing, combined
from engines.faces.port import FaceCrop, FaceEmbedder, FaceTemplate
from engines.types import Box, Image
from stream.clock import now_ns
from stream.faces_consent import FacePermission
from stream.identity.crops import Problem, kept_picture, sighting_person, track_person
from stream.store import Store, StoreReader
from stream.store.faces import NewFace
from stream.store.images import jpeg_of
from stream.store.subjects import Seen, Subject
from stream.store.templates import Owner, Template, TemplateKind

LEAST_QUALITY: Final = 0.05
"""Worse faces, mostly of less than 20 px, are worth nothing and are not kept."""
_BESIDE, _ABOVE, _BELOW = 0.25, 0.4, 0.2
"""What is kept round a face's box, as shares of its sides: the whole head, and few neighbours."""

Progress = Callable[[int, int], None]
"""Called with runners done and runners in all."""


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


@dataclass(slots=True)
class FacesDescribed:
    """What came of one round.

    Attributes:
        kept: runners of whom a template and crops are new.
        compared: unknown runners whose face is compared in memory only.
        without: runners in none of whose pictures a face can be used.
        erased: runners whose face may not be kept any more.
        stopped: somebody stopped it; the next call goes on.
        passing: the templates in memory, never written.
        barred: after a dry run, whose faces are kept and may not be.
    """

    kept: int = 0
    compared: int = 0
    without: int = 0
    erased: int = 0
    stopped: bool = False
    passing: list[Template] = field(default_factory=list)
    barred: frozenset[Subject] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """A runner's face, as it was made of pictures."""

    template: Template
    crops: tuple[NewFace, ...]
    made_of: tuple[int, ...] | None


FaceMemory = dict[Subject, tuple[tuple[str, ...], _Looked | None]]
"""The paths of a runner's pictures, and what was seen in them; for rounds that follow each other.
It is never written."""


def erase_faces(store: Store, permission: FacePermission) -> int:
    """Erase the faces of everybody whose face may not be kept; of how many.

    Raises:
        StoreError: the race folder cannot be read or written.
    """
    gone = barred_faces(store, permission)
    if gone:
        store.faces.erase(gone)
    return len(gone)


def barred_faces(store: StoreReader, permission: FacePermission) -> frozenset[Subject]:
    """Everybody whose face is kept and may not be.

    Raises:
        StoreError: the race folder cannot be read.
    """
    allowed = {one.subject for one in _allowed(store, permission)}
    return frozenset(store.faces.subjects() - allowed)


def describe_faces(
    store: Store,
    sight: Sight,
    permission: FacePermission,
    stop: threading.Event,
    progress: Progress,
    problem: Problem,
    memory: FaceMemory | None = None,
) -> FacesDescribed:
    """Bring the faces of a race up to what may be kept, and look at those of unknown runners.

    Unknown runners whose face may not be kept are looked at only where there is a face to compare
    theirs with, and anew with every call.

    Args:
        memory: who was looked at before, in the same pictures, is taken from there.

    Raises:
        InferenceError: the embedder or the detector failed.
        StoreError: the race folder cannot be read or written.
    """
    erased = erase_faces(store, permission)

    def save(one: Seen, looked: _Looked) -> None:
        store.faces.save(looked.template, one.bib, looked.crops, now_ns(), looked.made_of)

    counts = _describe(store, sight, permission, stop, progress, problem, save, memory)
    counts.erased = erased
    store.flush()
    return counts


def compare_faces(
    store: StoreReader,
    sight: Sight,
    permission: FacePermission,
    stop: threading.Event,
    progress: Progress,
    problem: Problem,
) -> FacesDescribed:
    """As `describe_faces`, and nothing is erased or kept: all that is made stays in memory.

    Raises:
        InferenceError: the embedder or the detector failed.
        StoreError: the race folder cannot be read.
    """
    counts = _describe(store, sight, permission, stop, progress, problem, None, None)
    counts.barred = barred_faces(store, permission)
    return counts


def _describe(
    store: StoreReader,
    sight: Sight,
    permission: FacePermission,
    stop: threading.Event,
    progress: Progress,
    problem: Problem,
    save: Callable[[Seen, _Looked], None] | None,
    memory: FaceMemory | None,
) -> FacesDescribed:
    """Looks at everybody whose face is wanted; `save` takes those that may be kept."""
    work = _Describing(store, sight, problem, {} if memory is None else memory)
    wanted = _allowed(store, permission)
    had = store.faces.subjects()
    new = [one for one in wanted if one.subject not in had]
    others: list[Seen] = []
    may_be_kept = {one.subject for one in wanted}
    if any(one.bib is not None for one in wanted):
        seen = store.assignments.seen()
        others = [one for one in seen if one.bib is None and one.subject not in may_be_kept]
    total = len(new) + len(others)
    if memory is not None:
        for gone in memory.keys() - {one.subject for one in (*new, *others)}:
            del memory[gone]
    for done, one in enumerate((*new, *others), start=1):
        if stop.is_set():
            break
        work.look(one, save if done <= len(new) else None)
        progress(done, total)
    work.counts.stopped = stop.is_set()
    return work.counts


def _allowed(store: StoreReader, permission: FacePermission) -> tuple[Seen, ...]:
    """Of everybody who was seen those whose face may be kept."""
    if not permission.faces:
        return ()
    matched = {row.subject: row.bib for row in store.assignments.standing()}
    return tuple(
        one
        for one in store.assignments.seen()
        if permission.may_keep(one.bib, matched.get(one.subject))
    )


class _Describing:
    """Looks at runners, one after the other."""

    def __init__(
        self, store: StoreReader, sight: Sight, problem: Problem, memory: FaceMemory
    ) -> None:
        self.counts = FacesDescribed()
        self._store = store
        self._sight = sight
        self._problem = problem
        self._memory = memory

    def look(self, one: Seen, save: Callable[[Seen, _Looked], None] | None) -> None:
        looked = self._of_track(one.subject) if one.photo is None else self._of_photo(one.subject)
        if looked is None:
            self.counts.without += 1
        elif save is not None:
            save(one, looked)
            self.counts.kept += 1
        else:
            self.counts.passing.append(looked.template)
            self.counts.compared += 1

    def _of_track(self, subject: Subject) -> _Looked | None:
        assert subject.track_id is not None
        pictures = self._store.templates.pictures_of(subject.track_id)
        rows = tuple(one.row_id for one in pictures)
        return self._remembered(subject, [one.path for one in pictures], track_person, rows)

    def _of_photo(self, subject: Subject) -> _Looked | None:
        assert subject.sighting is not None
        row = self._store.templates.sighting(subject.sighting)
        if row is None or row.path is None:
            return None
        sighting = row.sighting
        return self._remembered(
            subject, [row.path], lambda image: sighting_person(image, sighting), None
        )

    def _remembered(
        self,
        subject: Subject,
        paths: Sequence[str],
        person: Callable[[Image], Box | None],
        made_of: tuple[int, ...] | None,
    ) -> _Looked | None:
        before = self._memory.get(subject)
        if before is not None and before[0] == tuple(paths):
            return before[1]
        looked = self._described(subject, paths, person, made_of)
        self._memory[subject] = (tuple(paths), looked)
        return looked

    def _described(
        self,
        subject: Subject,
        paths: Sequence[str],
        person: Callable[[Image], Box | None],
        made_of: tuple[int, ...] | None,
    ) -> _Looked | None:
        asked: list[tuple[str, Image, Box]] = []
        for path in paths:
            image = kept_picture(self._store.folder, path, self._problem)
            box = None if image is None else person(image)
            if image is not None and box is not None:
                asked.append((path, image, box))
        faces = self._sight.look([(image, box) for _, image, box in asked]) if asked else []
        seen: list[FaceTemplate] = []
        crops: list[NewFace] = []
        for (path, _, _), face in zip(asked, faces, strict=True):
            if face is not None and face.template.quality >= LEAST_QUALITY:
                seen.append(face.template)
                crops.append(NewFace(jpeg_of(face.head), face.template.quality, path))
        together = combined(seen)
        if together is None:
            return None
        # A face unlike the others may be a neighbour's, who has not been asked.
        agree = agreeing(np.stack([one.vector for one in seen]))
        kept = tuple(crop for crop, agrees in zip(crops, agree, strict=True) if agrees)
        return _Looked(
            Template(
                Owner(subject.track_id, subject.sighting),
                TemplateKind.FACE,
                self._sight.model,
                together.vector,
                together.quality,
                len(kept),
            ),
            kept,
            made_of,
        )


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
