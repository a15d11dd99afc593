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
from engines.faces.port import FaceTemplate
from engines.types import Box, Image
from stream.clock import now_ns
from stream.faces_consent import FacePermission
from stream.identity.crops import Problem, kept_picture, sighting_person, track_person
from stream.identity.face_sight import Sight
from stream.store import Store, StoreReader
from stream.store.faces import NewFace
from stream.store.images import jpeg_of
from stream.store.subjects import Seen, Subject
from stream.store.templates import Owner, Template, TemplateKind

LEAST_QUALITY: Final = 0.05
"""Worse faces, mostly of less than 20 px, are worth nothing and are not kept."""

Progress = Callable[[int, int], None]
"""Called with runners done and runners in all."""


@dataclass(slots=True)
class FacesDescribed:
    """What came of one round.

    Attributes:
        kept: runners of whom a template and crops are new.
        compared: unknown runners whose face is compared in memory only.
        without: runners in none of whose pictures a face can be used.
        erased: runners whose face may not be kept any more; after a dry run they still are.
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


_Save = Callable[[Seen, _Looked], None]

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
    work = _Describing(store, sight, problem, memory, _kept_in(store))
    work.look_at(*_wanted(store, permission), stop, progress)
    return _on_disk(store, work.counts, erased)


def keep_faces_of_photos(
    store: Store,
    sight: Sight,
    permission: FacePermission,
    stop: threading.Event,
    progress: Progress,
    problem: Problem,
) -> FacesDescribed:
    """As `describe_faces` of runners in photos alone, and nobody's face is compared.

    Raises:
        InferenceError: the embedder or the detector failed.
        StoreError: the race folder cannot be read or written.
    """
    erased = erase_faces(store, permission)
    new, _ = _wanted(store, permission)
    work = _Describing(store, sight, problem, None, _kept_in(store))
    work.look_at([one for one in new if one.photo is not None], (), stop, progress)
    return _on_disk(store, work.counts, erased)


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
    work = _Describing(store, sight, problem, None, None)
    work.look_at(*_wanted(store, permission), stop, progress)
    barred = barred_faces(store, permission)
    work.counts.erased, work.counts.barred = len(barred), barred
    return work.counts


def _kept_in(store: Store) -> _Save:
    """What writes faces into a race folder."""

    def save(one: Seen, looked: _Looked) -> None:
        store.faces.save(looked.template, one.bib, looked.crops, now_ns(), looked.made_of)

    return save


def _on_disk(store: Store, counts: FacesDescribed, erased: int) -> FacesDescribed:
    counts.erased = erased
    store.flush()
    return counts


def _wanted(
    store: StoreReader, permission: FacePermission
) -> tuple[Sequence[Seen], Sequence[Seen]]:
    """Whose face may be kept and is not yet, and whose is to be compared with what is kept."""
    allowed = _allowed(store, permission)
    had = store.faces.subjects()
    new = [one for one in allowed if one.subject not in had]
    if all(one.bib is None for one in allowed):
        return new, ()
    may_be_kept = {one.subject for one in allowed}
    seen = store.assignments.seen()
    return new, [one for one in seen if one.bib is None and one.subject not in may_be_kept]


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
    """Looks at runners, one after the other.

    Args:
        memory: see `describe_faces`; None has none.
        save: takes the faces that may be kept; None keeps them in memory.
    """

    def __init__(
        self,
        store: StoreReader,
        sight: Sight,
        problem: Problem,
        memory: FaceMemory | None,
        save: _Save | None,
    ) -> None:
        self.counts = FacesDescribed()
        self._store = store
        self._sight = sight
        self._problem = problem
        self._memory = memory
        self._save = save

    def look_at(
        self,
        new: Sequence[Seen],
        others: Sequence[Seen],
        stop: threading.Event,
        progress: Progress,
    ) -> None:
        """Look at `new`, who are saved, and at `others`, who are not; see `_wanted`."""
        total = len(new) + len(others)
        if self._memory is not None:
            for gone in self._memory.keys() - {one.subject for one in (*new, *others)}:
                del self._memory[gone]
        for done, one in enumerate((*new, *others), start=1):
            if stop.is_set():
                break
            self._look(one, self._save if done <= len(new) else None)
            progress(done, total)
        self.counts.stopped = stop.is_set()

    def _look(self, one: Seen, save: _Save | None) -> None:
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
        if self._memory is None:
            return self._described(subject, paths, person, made_of)
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
