"""Faces of a race: kept of runners who agreed, compared in memory of those whom nobody knows.

Every round first erases what may not be kept (any more), be it that the runner said no, that the
race file turned faces off, or that somebody unknown is matched to a runner who said no.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engines.faces.combine import agreeing, combined
from engines.faces.port import FaceCrop, FaceEmbedder, FaceTemplate
from engines.types import Box, Image
from stream.clock import now_ns
from stream.faces_consent import FacePermission
from stream.identity.crops import Problem, kept_picture, sighting_person, track_person
from stream.store import Store
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
class FaceSight:
    """What finds and describes faces; belongs to one thread.

    Attributes:
        model: name of the embedder, as templates carry it.
        embedder: of faces.
        find: the face of the person in a box of a picture, see `engines.faces.finding.of_person`.
    """

    model: str
    embedder: FaceEmbedder
    find: Callable[[Image, Box], FaceCrop | None]


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


def erase_faces(store: Store, permission: FacePermission) -> int:
    """Erase the faces of everybody whose face may not be kept; of how many.

    Raises:
        StoreError: the race folder cannot be read or written.
    """
    gone = barred_faces(store, permission)
    if gone:
        store.faces.erase(gone)
    return len(gone)


def barred_faces(store: Store, permission: FacePermission) -> frozenset[Subject]:
    """Everybody whose face is kept and may not be.

    Raises:
        StoreError: the race folder cannot be read.
    """
    allowed = {one.subject for one in _allowed(store, permission)}
    return frozenset(store.faces.subjects() - allowed)


def describe_faces(
    store: Store,
    sight: FaceSight,
    permission: FacePermission,
    stop: threading.Event,
    progress: Progress,
    problem: Problem,
    *,
    dry: bool = False,
) -> FacesDescribed:
    """Bring the faces of a race up to what may be kept, and look at those of unknown runners.

    Unknown runners whose face may not be kept are looked at only where there is a face to compare
    theirs with, and anew with every call.

    Args:
        dry: erase nothing and keep nothing: all that is made stays in memory.

    Raises:
        InferenceError: the embedder or the detector failed.
        StoreError: the race folder cannot be read or written.
    """
    work = _Describing(store, sight, problem)
    if dry:
        work.counts.barred = barred_faces(store, permission)
    else:
        work.counts.erased = erase_faces(store, permission)
    wanted = _allowed(store, permission)
    had = store.faces.subjects()
    new = [one for one in wanted if one.subject not in had]
    others: list[Seen] = []
    may_be_kept = {one.subject for one in wanted}
    if any(one.bib is not None for one in wanted):
        seen = store.assignments.seen()
        others = [one for one in seen if one.bib is None and one.subject not in may_be_kept]
    total = len(new) + len(others)
    for done, one in enumerate((*new, *others), start=1):
        if stop.is_set():
            break
        work.look(one, keep=done <= len(new) and not dry)
        progress(done, total)
    work.counts.stopped = stop.is_set()
    store.flush()
    return work.counts


def _allowed(store: Store, permission: FacePermission) -> tuple[Seen, ...]:
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

    def __init__(self, store: Store, sight: FaceSight, problem: Problem) -> None:
        self.counts = FacesDescribed()
        self._store = store
        self._sight = sight
        self._problem = problem

    def look(self, one: Seen, keep: bool) -> None:
        looked = self._of_track(one.subject) if one.photo is None else self._of_photo(one.subject)
        if looked is None:
            self.counts.without += 1
        elif keep:
            self._store.faces.save(looked.template, one.bib, looked.crops, now_ns(), looked.made_of)
            self.counts.kept += 1
        else:
            self.counts.passing.append(looked.template)
            self.counts.compared += 1

    def _of_track(self, subject: Subject) -> _Looked | None:
        assert subject.track_id is not None
        pictures = self._store.templates.pictures_of(subject.track_id)
        found = []
        for one in pictures:
            image = kept_picture(self._store.folder, one.path, self._problem)
            if image is not None:
                found.append((one.path, self._sight.find(image, track_person(image))))
        return self._described(subject, found, tuple(one.row_id for one in pictures))

    def _of_photo(self, subject: Subject) -> _Looked | None:
        assert subject.sighting is not None
        row = self._store.templates.sighting(subject.sighting)
        if row is None or row.path is None:
            return None
        image = kept_picture(self._store.folder, row.path, self._problem)
        person = None if image is None else sighting_person(image, row.sighting)
        if image is None or person is None:
            return None
        return self._described(subject, [(row.path, self._sight.find(image, person))], None)

    def _described(
        self,
        subject: Subject,
        found: Sequence[tuple[str, FaceCrop | None]],
        made_of: tuple[int, ...] | None,
    ) -> _Looked | None:
        faces = [(path, face) for path, face in found if face is not None]
        if not faces:
            return None
        seen: list[FaceTemplate] = []
        crops: list[NewFace] = []
        embedded = self._sight.embedder.embed([face for _, face in faces])
        for (path, face), template in zip(faces, embedded, strict=True):
            if template is not None and template.quality >= LEAST_QUALITY:
                seen.append(template)
                crops.append(NewFace(jpeg_of(_head(face)), template.quality, path))
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
