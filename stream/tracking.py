"""Follows persons from frame to frame of one camera.

The method is ByteTrack's (Zhang et al., 2022, arXiv 2110.06864): boxes of high score are
matched first, then boxes of low score continue the tracks that are left. Added for a finish
line: a constant-velocity Kalman filter whose noise scales with the runner's size and whose
sizes are logarithms (a runner who comes closer grows by the same factor per second), lives
counted in capture time, widened boxes for tracks that were lost for a moment (C-BIoU, Yang
et al., 2023), and bibs and faces that keep a track alive while its person box is missing.

Pure values in, pure values out; state is columns of one row per track.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot, log

import numpy as np
from numpy.typing import NDArray

from engines.types import Box, Detections, Floats, Kind
from stream.geometry import as_box, assign, distinct, doubles, ious, likeness, widened
from stream.motion import Motion, measures_of

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """What turns a row of boxes into a track.

    Attributes:
        high_score: person boxes from here up may start a track.
        low_score: person boxes from here up may continue one.
        open_hits: person boxes a track needs before it is believed to be a runner; more means
            fewer false runners and a later first reading.
        open_move_heights: how far a person must have moved, in body heights, or grown (logarithm
            of the ratio) to be a runner; who seems to wear a bib is followed before that.
        lost_s: capture time that a track is kept without a sight of its person.
        attached_lost_s: the same while a bib or face where it is expected keeps it alive.
        tentative_lost_s: the same for tracks that are not open yet.
        min_iou: smallest overlap of a predicted and a measured box.
        min_wide_iou: smallest overlap after both boxes are widened, for lost tracks.
        same_iou: two persons that overlap more than this are one person seen twice.
    """

    high_score: float = 0.5
    low_score: float = 0.15
    open_hits: int = 3
    open_move_heights: float = 0.15
    lost_s: float = 0.8
    attached_lost_s: float = 2.0
    tentative_lost_s: float = 0.25
    min_iou: float = 0.3
    min_wide_iou: float = 0.15
    same_iou: float = 0.75


@dataclass(frozen=True, slots=True)
class Tracked:
    """One open track in one frame.

    Attributes:
        box: where the runner is believed to be, smoothed.
        measured: the person box of this frame; None where the person was not found.
        moved: whether the person has moved since first seen, as every runner does.
    """

    track_id: int
    box: Box
    measured: Box | None
    moved: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """What a frame did to the tracks: all open ones, ids newly opened, ids now closed."""

    live: tuple[Tracked, ...]
    opened: tuple[int, ...]
    closed: tuple[int, ...]


_USUAL_MARK = (0.5, 0.38)
_OFF_MARK = (0.3, 0.15)
"""Where a bib usually is in the person box, and how far it may be from where it is expected."""


@dataclass(slots=True)
class _Life:
    """The part of a track that is not motion. `track_id` is 0 until it opens."""

    track_id: int
    hits: int
    person_pts_ns: int
    support_pts_ns: int
    measured: Box
    first: Box
    moved: bool = False
    mark: tuple[float, float] | None = None
    """Where the bib is in the person box, as fractions from its top left corner."""


class Tracker:
    """The persons of one camera.

    Args:
        settings: see `TrackerSettings`.
        ids: gives the id of each track that opens; share one among cameras to keep ids unique.
    """

    def __init__(self, settings: TrackerSettings, ids: Iterator[int]) -> None:
        self._settings = settings
        self._ids = ids
        self._motion = Motion()
        self._lives: list[_Life] = []
        self._pts_ns: int | None = None

    def step(self, pts_ns: int, detections: Detections, picture_height: float) -> Step:
        """Continue the tracks with what was found in the next frame.

        Args:
            pts_ns: time of the frame; gaps may vary.
            detections: all kinds, pixels of the full picture.
            picture_height: pixels.

        Raises:
            ValueError: time did not advance.
        """
        if self._pts_ns is not None and pts_ns <= self._pts_ns:
            raise ValueError(f"time must advance: got {pts_ns} ns after {self._pts_ns} ns")
        dt_s = 0.0 if self._pts_ns is None else (pts_ns - self._pts_ns) / 1e9
        self._pts_ns = pts_ns
        self._motion.predict(dt_s)
        persons = detections.of(Kind.PERSON)
        usable = persons.scores >= self._settings.low_score
        boxes, scores = persons.boxes[usable], persons.scores[usable]
        once = distinct(boxes, scores, self._settings.same_iou)
        boxes, scores = boxes[once], scores[once]
        matched = self._match(pts_ns, boxes, scores, picture_height)
        self._correct(pts_ns, boxes, matched)
        self._attach(pts_ns, detections, matched)
        self._begin(pts_ns, boxes, scores, matched)
        # In this order: no track opens and closes in one frame.
        closed = self._close(pts_ns)
        opened = self._open()
        return Step(self._live(pts_ns), opened, closed)

    def end(self) -> tuple[int, ...]:
        """Close every track and return the ids of the open ones."""
        closed = tuple(life.track_id for life in self._lives if life.track_id)
        self._keep(np.zeros(len(self._lives), np.bool_))
        return closed

    def _match(self, pts_ns: int, boxes: Floats, scores: Floats, picture_height: float) -> Rows:
        """Row of `boxes` for each track, -1 where none."""
        settings = self._settings
        matched = np.full(len(self._lives), -1, np.intp)
        if not len(boxes) or not self._lives:
            return matched
        predicted = self._motion.boxes()
        high = scores >= settings.high_score
        lost_s = np.array([(pts_ns - life.person_pts_ns) / 1e9 for life in self._lives])
        opened = np.array([life.track_id > 0 for life in self._lives])
        near = ious(predicted, boxes)
        alike = likeness(predicted, boxes, picture_height)
        # A track seen a moment ago has the better claim to a box than one lost for a while.
        claim = near * alike - 0.1 * np.minimum(lost_s, 1.0)[:, None]
        claim += 0.1 * opened[:, None]
        matched = assign(claim, (near >= settings.min_iou) & high[None, :], matched)
        matched = assign(claim, near >= settings.min_iou, matched)
        widen = 0.15 + 0.35 * np.minimum(lost_s, 1.0)
        wide = ious(widened(predicted, widen), widened(boxes, np.full(len(boxes), 0.15)))
        allowed = (wide >= settings.min_wide_iou) & high[None, :]
        matched = assign(wide * alike, allowed, matched)
        return matched

    def _correct(self, pts_ns: int, boxes: Floats, matched: Rows) -> None:
        rows = np.flatnonzero(matched >= 0)
        self._motion.correct(rows, measures_of(boxes[matched[rows]]))
        for row in rows:
            life = self._lives[row]
            life.hits += 1
            life.measured = as_box(boxes[matched[row]])
            life.person_pts_ns = life.support_pts_ns = pts_ns
            life.moved |= self._has_moved(life)

    def _attach(self, pts_ns: int, detections: Detections, matched: Rows) -> None:
        """Bibs: remember where they are on the person; where the person is missing, follow them."""
        marks = detections.of(Kind.BIB).boxes
        if not len(marks) or not self._lives:
            return
        centres = (marks[:, :2] + marks[:, 2:]) / 2
        boxes = self._motion.boxes().astype(np.float64)
        sizes = boxes[:, 2:] - boxes[:, :2]
        expected = np.array([life.mark or _USUAL_MARK for life in self._lives])
        # For all tracks at once: as fractions of the person box, [tracks, bibs, 2].
        at = (centres[None] - boxes[:, None, :2]) / sizes[:, None]
        off = np.abs(at - expected[:, None])
        distance = off.sum(axis=2)
        for row in np.argsort(matched < 0, kind="stable"):
            life = self._lives[row]
            best = int(np.argmin(distance[row]))
            if distance[row, best] == np.inf or (off[row, best] > _OFF_MARK).any():
                continue
            distance[:, best] = np.inf
            if matched[row] >= 0:
                seen = at[row, best]
                mixed = seen if life.mark is None else 0.7 * expected[row] + 0.3 * seen
                life.mark = (float(mixed[0]), float(mixed[1]))
            elif life.mark and life.track_id:
                self._motion.shift(int(row), (at[row, best] - expected[row]) * sizes[row])
                life.support_pts_ns = pts_ns

    def _begin(self, pts_ns: int, boxes: Floats, scores: Floats, matched: Rows) -> None:
        fresh = np.setdiff1d(np.flatnonzero(scores >= self._settings.high_score), matched)
        if len(fresh) and self._lives:
            # A second box round a runner who has a track is not a second runner.
            own = self._motion.boxes()
            double = doubles(own, boxes[fresh], self._settings.same_iou).any(axis=0)
            fresh = fresh[~double]
        self._motion.append(measures_of(boxes[fresh]))
        self._lives.extend(
            _Life(0, 1, pts_ns, pts_ns, box, box) for box in map(as_box, boxes[fresh])
        )

    def _open(self) -> tuple[int, ...]:
        opened: list[int] = []
        for life in self._lives:
            if not life.track_id and self._is_runner(life):
                life.track_id = next(self._ids)
                opened.append(life.track_id)
        return tuple(opened)

    def _is_runner(self, life: _Life) -> bool:
        """Seen often enough, and moving or wearing a bib: who stands at the barrier is none."""
        return life.hits >= self._settings.open_hits and (life.moved or life.mark is not None)

    def _has_moved(self, life: _Life) -> bool:
        (x0, _, x1, y1), (fx0, fy0, fx1, fy1) = life.measured, life.first
        height, before = y1 - life.measured[1], fy1 - fy0
        moved = hypot((x0 + x1 - fx0 - fx1) / 2, y1 - fy1) / max(before, 1.0)
        grown = abs(log(max(height, 1.0) / max(before, 1.0)))
        return max(moved, grown) >= self._settings.open_move_heights

    def _close(self, pts_ns: int) -> tuple[int, ...]:
        settings = self._settings
        keep = np.ones(len(self._lives), np.bool_)
        for row, life in enumerate(self._lives):
            lost_s = (pts_ns - life.support_pts_ns) / 1e9
            alone_s = (pts_ns - life.person_pts_ns) / 1e9
            limit_s = settings.lost_s if life.track_id else settings.tentative_lost_s
            keep[row] = lost_s <= limit_s and alone_s <= max(limit_s, settings.attached_lost_s)
        self._drop_doubles(keep)
        closed = tuple(
            life.track_id
            for life, kept in zip(self._lives, keep, strict=True)
            if life.track_id and not kept
        )
        self._keep(keep)
        return closed

    def _drop_doubles(self, keep: NDArray[np.bool_]) -> None:
        """Of two tracks on one person the older, better supported one stays."""
        if len(self._lives) < 2:
            return
        boxes = self._motion.boxes()
        same = np.triu(doubles(boxes, boxes, self._settings.same_iou), 1)
        for first, second in np.argwhere(same):
            a, b = self._lives[first], self._lives[second]
            if a.person_pts_ns == b.person_pts_ns and a.track_id and b.track_id:
                continue  # both measured now by boxes of their own: two runners in line
            weaker = second if (bool(a.track_id), a.hits) >= (bool(b.track_id), b.hits) else first
            keep[weaker] = False

    def _keep(self, keep: NDArray[np.bool_]) -> None:
        self._motion.keep(keep)
        self._lives = [life for life, kept in zip(self._lives, keep, strict=True) if kept]

    def _live(self, pts_ns: int) -> tuple[Tracked, ...]:
        smooth = self._motion.boxes()
        return tuple(
            Tracked(
                life.track_id,
                as_box(smooth[row]),
                life.measured if life.person_pts_ns == pts_ns else None,
                life.moved,
            )
            for row, life in enumerate(self._lives)
            if life.track_id
        )
