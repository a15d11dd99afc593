"""What makes it impossible that two tracks show the same runner: place, time, a person's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
"""Capture times in nanoseconds."""

NEVER: Final = np.iinfo(np.int64).min // 4
ALWAYS: Final = np.iinfo(np.int64).max // 4


class Why(StrEnum):
    """Why a pivot cannot be an unknown."""

    SAME_MOMENT = "same_moment"
    """Both were seen by the same camera at the same moment, or in the same photo."""
    OUT_OF_ORDER = "out_of_order"
    """The way from camera to camera takes longer, or not so long, or leads the other way."""
    WRONG_PERSON = "wrong_person"
    """Somebody said so."""
    READ_OTHERWISE = "read_otherwise"
    """What was read of the unknown is another number."""
    CLAIMED = "claimed"
    """The bib went to a likelier unknown, and the two cannot be the same runner."""


@dataclass(frozen=True, slots=True)
class TrackSpan:
    """When and where a track was seen.

    Attributes:
        track: its number, one of a kind in the race.
        camera: which camera.
        first_ns, last_ns: capture times of its first and last frame, UTC.
        photo: number of the photo, of a runner in a photo; None of a track. Times of photos rule
            nothing out: the clocks of photographers' cameras are wrong by minutes and more, and
            tell whole seconds, in which the same runner is taken several times.

    Raises:
        ValueError: it ends before it begins.
    """

    track: int
    camera: str
    first_ns: int
    last_ns: int
    photo: int | None = None

    def __post_init__(self) -> None:
        if self.last_ns < self.first_ns:
            raise ValueError(f"track {self.track} ends at {self.last_ns} before it begins")


@dataclass(frozen=True, slots=True)
class Travel:
    """Camera order: runners pass `before` and, `least_s` to `most_s` later, `after`.

    Times are between the last frames of both tracks. Before and after may be the same camera: laps.

    Raises:
        ValueError: the times are negative or the wrong way round.
    """

    before: str
    after: str
    least_s: float
    most_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.least_s <= self.most_s:
            raise ValueError(
                f"travel {self.before} to {self.after}: 0 <= least_s <= most_s, "
                f"got {self.least_s} and {self.most_s}"
            )


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that excludes pivots.

    Travels are between cameras of tracks; that of photos has no name (an empty one).

    Attributes:
        travels: camera order; at most one for two cameras, none leaves all times possible.
        negatives: pairs (unknown track, bib) of which somebody said "wrong person".

    Raises:
        ValueError: two travels join the same cameras.
    """

    travels: tuple[Travel, ...] = ()
    negatives: frozenset[tuple[int, str]] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        pairs = [frozenset((travel.before, travel.after)) for travel in self.travels]
        if len(set(pairs)) < len(pairs):
            raise ValueError("two travels join the same cameras; keep one of them")

    def clash(self, one: TrackSpan, other: TrackSpan) -> Why | None:
        """Why two tracks cannot be the same runner, or None."""
        if one.photo is not None or other.photo is not None:
            return Why.SAME_MOMENT if one.photo == other.photo else None
        if one.camera == other.camera and (
            one.first_ns <= other.last_ns and other.first_ns <= one.last_ns
        ):
            return Why.SAME_MOMENT
        between = other.last_ns - one.last_ns
        ranges = self._ranges(one.camera, other.camera)
        if ranges and not any(low <= between <= high for low, high in ranges):
            return Why.OUT_OF_ORDER
        return None

    def windows(
        self, camera: str, cameras: Sequence[str], codes: NDArray[np.intp], last_ns: Times
    ) -> tuple[Times, Times]:
        """Between which times an unknown of `camera` must be last seen to be each track.

        Laps are not in it, because they leave two windows; `clash` knows them.

        Args:
            camera: of the unknowns.
            cameras: names.
            codes: index into `cameras` of each track, ``[T]``.
            last_ns: last seen, ``[T]``.

        Returns:
            Earliest and latest time, int64 ``[T]`` each.
        """
        earliest = np.full(len(codes), NEVER, np.int64)
        latest = np.full(len(codes), ALWAYS, np.int64)
        for code, known in enumerate(cameras):
            ranges = self._ranges(known, camera)
            if len(ranges) == 1:
                rows = codes == code
                earliest[rows] = last_ns[rows] + ranges[0][0]
                latest[rows] = last_ns[rows] + ranges[0][1]
        return earliest, latest

    def _ranges(self, one: str, other: str) -> list[tuple[int, int]]:
        """How much later (ns) than at `one` somebody may be at `other`; empty is any time."""
        ranges = []
        for travel in self.travels:
            low, high = round(travel.least_s * 1e9), round(travel.most_s * 1e9)
            if (travel.before, travel.after) == (one, other):
                ranges.append((low, high))
            if (travel.after, travel.before) == (one, other):
                ranges.append((-high, -low))
        return ranges
