"""Which pivots look like which unknowns: exact products in blocks, and few of them kept.

100,000 pivots times 10,000 unknowns of 64 values are 128 billion multiplications, seconds for a
BLAS on two cores; an index that finds only nearly all neighbours is not needed for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.types import Floats
from stream.matching.calibration import Calibration
from stream.matching.pivots import Pivots, Vectors
from stream.matching.rules import Times

FLOOR: Final = -3.0
"""Pivots whose appearance is less likely than this (log ratio), and whose face says nothing for
them, are not weighed one by one; each counts as if it were just as likely as this, which can only
make a decision less sure."""
PHOTO_FLOOR: Final = 0.0
"""The same where photos are compared: clothes in them say so little against anybody that all
pairs would have to be weighed."""
_BLOCK_VALUES: Final = 1 << 24
"""Scores in memory at a time, 64 MB."""
FULL_FACE: Final = 0.25
"""Quality of a face from which it says what the calibration says; poorer ones in proportion less.
Chosen when six of seven were better of the faces measured then, portraits and neighbours in race
photos; `stream.matching.calibrated.FACE` is measured on faces from here on."""
KEPT: Final = 24
"""Possible pivots kept of each unknown, the likest; of the others only their sum."""
TOLD: Final = 5
"""Impossible pivots that evidence tells of, the likest."""


@dataclass(frozen=True, slots=True, eq=False)
class Likest:
    """The pivots that look most like one unknown, the likest first.

    Attributes:
        pivots: int ``[K]``, rows of `Pivots`.
        log_ratios: float64 ``[K]``, appearance and face together.
        appearance, face: float32 ``[K]``, the likeness, NaN where one has no vector.
        rest: sum of the likelihood ratios of the possible pivots that are not kept.
        possible: number of pivots whose time window holds the unknown, compared or not.
        in_time: bool ``[K]``, whether a pivot is among them.
    """

    pivots: NDArray[np.intp]
    log_ratios: NDArray[np.float64]
    appearance: Floats
    face: Floats
    rest: float
    possible: int
    in_time: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """One kind of vector on both sides.

    Attributes:
        calibrations: what scores say; several where some pairs are told by another than others.
        which: of each pivot, the place of its calibration among those, int ``[B]``.
        full: quality of the poorer side from which scores count in full; 0 always lets them.
        floor: pairs below this log ratio are weighed only where another kind wants them.
    """

    unknowns: Vectors
    pivots: Vectors
    calibrations: tuple[Calibration, ...]
    which: NDArray[np.intp]
    full: float = 0.0
    floor: float = FLOOR

    def log_ratios(self, found: NDArray[np.intp], scores: Floats) -> Floats:
        """What the scores of some pivots say, ``[K]``."""
        told = np.empty(len(found), np.float32)
        for place, calibration in enumerate(self.calibrations):
            own = self.which[found] == place
            told[own] = calibration.log_ratio(scores[own])
        return told

    def least_scores(self) -> Floats:
        """Scores from which each pivot is weighed, ``[B]``."""
        lowest = [one.score_at(self.floor) for one in self.calibrations]
        return np.asarray(lowest, np.float32)[self.which]

    def weights(self, row: int, found: NDArray[np.intp]) -> Floats:
        """How much the scores of an unknown with some pivots count, 0..1, ``[K]``."""
        if self.full == 0:
            return np.ones(len(found), np.float32)
        poorer = np.minimum(self.pivots.quality[found], self.unknowns.quality[row])
        return np.asarray(np.minimum(poorer / np.float32(self.full), 1), np.float32)


def likest(
    pivots: Pivots,
    last_ns: Times,
    windows: tuple[Times, Times],
    appearance: tuple[Vectors, Calibration],
    face: tuple[Vectors, Calibration] | None,
    photos: tuple[NDArray[np.bool_], Calibration] | None = None,
) -> Iterator[Likest]:
    """The likest pivots of each unknown of one camera, in order.

    Args:
        pivots: all pivots, at least one.
        last_ns: when each unknown was last seen, ``[U]``.
        windows: when it must have been, for each pivot, see `Pivots.windows`.
        appearance: vectors of the unknowns, and what their scores say.
        face: the same of faces; None where faces are off.
        photos: with which pivots appearance is compared in photos, bool ``[B]``, and what its
            scores say there; None where there are none.
    """
    every = np.zeros(len(pivots.bibs), np.intp)
    looks = (appearance[1],) if photos is None else (appearance[1], photos[1])
    which = every if photos is None else photos[0].astype(np.intp)
    floor = PHOTO_FLOOR if which.any() else FLOOR
    kinds = [_Kind(appearance[0], pivots.appearance, looks, which, floor=floor)]
    if face is not None:
        kinds.append(_Kind(face[0], pivots.face, (face[1],), every, FULL_FACE, 0.0))
    after, before = windows
    # A window that is never open ends before it begins; it must not count as begun.
    begun = np.sort(after[before >= after])
    over = np.sort(before[before >= after])
    size = max(1, _BLOCK_VALUES // len(pivots.bibs))
    for start in range(0, len(last_ns), size):
        rows = slice(start, min(start + size, len(last_ns)))
        scores = [_scores(kind, rows) for kind in kinds]
        wanted = _wanted(kinds, scores, rows)
        for index, now in enumerate(last_ns[rows].tolist()):
            found = np.flatnonzero(wanted[index])
            possible = int(np.searchsorted(begun, now, "right") - np.searchsorted(over, now))
            open_now = (after[found] <= now) & (now <= before[found])
            yield _kept(kinds, [s[index, found] for s in scores],
                        start + index, found, open_now, possible)  # fmt: skip


def _scores(kind: _Kind, rows: slice) -> Floats:
    if kind.unknowns.rows.shape[1] != kind.pivots.rows.shape[1]:
        # One side has no vector at all.
        n = len(kind.unknowns.rows[rows])
        return np.broadcast_to(np.float32(0), (n, len(kind.pivots.rows)))
    return kind.unknowns.rows[rows] @ kind.pivots.rows.T


def _wanted(kinds: list[_Kind], scores: list[Floats], rows: slice) -> NDArray[np.bool_]:
    """Which pairs are weighed, bool ``[U, B]``."""
    wanted = np.zeros(scores[0].shape, np.bool_)
    for kind, score in zip(kinds, scores, strict=True):
        likely = score >= kind.least_scores()
        likely[:, ~kind.pivots.present] = False
        likely[~kind.unknowns.present[rows]] = False
        wanted |= likely
    # Pairs with nothing to compare are possible all the same, and say nothing. A poor face says
    # less than its score: where there is nothing else, it is weighed.
    for kind in kinds:
        if kind.full == 0:
            wanted[:, ~kind.pivots.present] = True
            wanted[~kind.unknowns.present[rows]] = True
    return wanted


def _kept(
    kinds: list[_Kind],
    scores: list[Floats],
    row: int,
    found: NDArray[np.intp],
    open_now: NDArray[np.bool_],
    possible: int,
) -> Likest:
    """Weighs the found pivots of one unknown and keeps the best."""
    ratios = np.zeros(len(found))
    shown: list[Floats] = []
    for kind, score in zip(kinds, scores, strict=True):
        both = kind.pivots.present[found] & bool(kind.unknowns.present[row])
        ratios += np.where(both, kind.weights(row, found) * kind.log_ratios(found, score), 0)
        shown.append(np.where(both, score, np.float32(np.nan)))
    if len(shown) == 1:
        shown.append(np.full(len(found), np.nan, np.float32))
    likely = np.flatnonzero(open_now)
    # Those out of their time are evidence only: they must not crowd out who is possible.
    best = _top(ratios, likely, KEPT)
    closed = _top(ratios, np.flatnonzero(~open_now & (ratios > 0)), TOLD)
    unweighed = max(0, possible - len(likely)) * np.exp(kinds[0].floor)
    rest = float(np.exp(ratios[likely]).sum() - np.exp(ratios[best]).sum() + unweighed)
    kept = np.concatenate((best, closed))
    # Of pivots that say the same the likest by score comes first, and then the first bib.
    tie = np.nan_to_num(shown[0][kept], nan=-1.0)
    kept = kept[np.lexsort((found[kept], -tie, -ratios[kept]))]
    return Likest(
        found[kept], ratios[kept], shown[0][kept], shown[1][kept], max(rest, 0.0), possible,
        open_now[kept],
    )  # fmt: skip


def _top(ratios: NDArray[np.float64], rows: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """Those of `rows` with the highest ratios, at most `n`, in any order."""
    if len(rows) <= n:
        return rows
    return rows[np.argpartition(-ratios[rows], n)[:n]]
