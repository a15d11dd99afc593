"""Confirmed tracks put together by bib, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.types import Floats
from stream.matching.rules import ALWAYS, NEVER, Rules, Times, TrackSpan
from stream.matching.values import Candidate, Unknown


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Vectors of one kind; rows without one are zero.

    Attributes:
        rows: float32 ``[N, D]``, each of length 1 or 0.
        present: bool ``[N]``.
        quality: float32 ``[N]``, 0..1, of the best vector of each row; 0 where there is none.
    """

    rows: Floats
    present: NDArray[np.bool_]
    quality: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pivots:
    """All pivots, one row per bib, in the order of bibs.

    Attributes:
        bibs: ``B`` bibs.
        spans: of each bib the spans of its tracks.
        appearance, face: what its tracks look like together.
        cameras: names of the cameras of tracks.
        codes: int ``[T]``, index into `cameras` of each track.
        owners: int ``[T]``, row of the bib of each track.
        last_ns: int64 ``[T]``, when each track was last seen.
    """

    bibs: tuple[str, ...]
    spans: tuple[tuple[TrackSpan, ...], ...]
    appearance: Vectors
    face: Vectors
    cameras: tuple[str, ...]
    codes: NDArray[np.intp]
    owners: NDArray[np.intp]
    last_ns: Times

    @property
    def in_photos(self) -> NDArray[np.bool_]:
        """Who is seen in a photo, bool ``[B]``."""
        return np.array([any(span.photo is not None for span in own) for own in self.spans])

    def windows(self, camera: str, rules: Rules) -> tuple[Times, Times]:
        """When an unknown of `camera` must have been last seen to be each bib, int64 ``[B]``.

        All tracks of a bib must agree. Where the second time is before the first, nobody can be it.
        """
        earliest, latest = rules.windows(camera, self.cameras, self.codes, self.last_ns)
        after = np.full(len(self.bibs), NEVER, np.int64)
        before = np.full(len(self.bibs), ALWAYS, np.int64)
        np.maximum.at(after, self.owners, earliest)
        np.minimum.at(before, self.owners, latest)
        return after, before


def gather(candidates: Sequence[Candidate]) -> Pivots:
    """Puts tracks of the same bib together.

    Raises:
        ValueError: vectors of one kind have different lengths.
    """
    ordered = sorted(candidates, key=lambda one: (one.bib, one.span.track))
    bibs = tuple(dict.fromkeys(one.bib for one in ordered))
    row = {bib: index for index, bib in enumerate(bibs)}
    owners = np.array([row[one.bib] for one in ordered], np.intp)
    spans: list[list[TrackSpan]] = [[] for _ in bibs]
    for one in ordered:
        spans[row[one.bib]].append(one.span)
    cameras = tuple(sorted({one.span.camera for one in ordered}))
    weights = [one.quality for one in ordered]
    of_faces = [one.face_quality for one in ordered]
    return Pivots(
        bibs=bibs,
        spans=tuple(tuple(own) for own in spans),
        appearance=_together([c.appearance for c in ordered], weights, owners, len(bibs)),
        face=_together([c.face for c in ordered], of_faces, owners, len(bibs)),
        cameras=cameras,
        codes=np.array([cameras.index(one.span.camera) for one in ordered], np.intp),
        owners=owners,
        last_ns=np.array([one.span.last_ns for one in ordered], np.int64),
    )


def appearances_of(unknowns: Sequence[Unknown]) -> Vectors:
    """The appearance of each unknown."""
    return _each([one.appearance for one in unknowns], [one.quality for one in unknowns])


def faces_of(unknowns: Sequence[Unknown]) -> Vectors:
    """The face of each unknown."""
    return _each([one.face for one in unknowns], [one.face_quality for one in unknowns])


def _each(vectors: Sequence[Floats | None], weights: Sequence[float]) -> Vectors:
    n = len(vectors)
    return _together(vectors, weights, np.arange(n), n)


def _together(
    vectors: Sequence[Floats | None], weights: Sequence[float], owners: NDArray[np.intp], n: int
) -> Vectors:
    """Weighted means by owner, of length 1."""
    shapes = {vector.shape for vector in vectors if vector is not None}
    if len(shapes) > 1:
        raise ValueError(f"vectors of one kind need one length, got {sorted(shapes)}")
    length = shapes.pop()[0] if shapes else 0
    rows = np.zeros((n, length), np.float32)
    present = np.zeros(n, np.bool_)
    quality = np.zeros(n, np.float32)
    known = [index for index, vector in enumerate(vectors) if vector is not None]
    if known:
        whose, weight = owners[known], np.asarray(weights, np.float32)[known]
        stacked = np.stack([vector for vector in vectors if vector is not None])
        np.add.at(rows, whose, np.maximum(weight, np.float32(1e-3))[:, None] * stacked)
        np.maximum.at(quality, whose, weight)
        present[whose] = True
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-6))
    return Vectors(rows, present, quality)
