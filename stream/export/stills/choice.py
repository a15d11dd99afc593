"""Which moments of a runner make good stills. Pure: values in, values out.

It is done in two steps. The looks of the race tell roughly when the runner was near, whole and
sharp: `moments_of` and `spread` say which frames are worth decoding. What those frames really
show is then marked (`marks_of`), and `best_apart` takes the best.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol, TypeVar

import numpy as np

from engines.types import Box
from stream.export.stills.people import Group, head_of
from stream.geometry import overlaps
from stream.store.values import LookRow, RunnerRow

SECOND_NS: Final = 1_000_000_000

STEP_NS: Final = 200_000_000
"""Between looks, moments at most this far apart are considered too."""
MOST_GAP_NS: Final = 1_000_000_000
"""Looks further apart do not tell where the runner was in between. A confirmed runner is looked
at every 0.8 s."""
EDGE: Final = 0.004
"""A box this near to the picture's edge, as a share of its size, is taken to be cut off there."""

FULL_HEIGHT_PX: Final = 800.0
"""A runner taller than this is large enough for any print; more says nothing."""
FULL_SHARPNESS: Final = 0.6
"""From here on a crop is crisp; see `engines.legibility`."""
NO_FACE: Final = 0.55
NO_BIB: Final = 0.7
CUT_AT_TOP: Final = 0.2
CUT_AT_SIDE: Final = 0.4
CUT_AT_FEET: Final = 0.7
OTHER_NUMBER: Final = 0.6
"""What is left of a still's worth by what it lacks: above all a head. The last one: another
number was read there, so the track may have been on somebody else."""
LEAST_SHARE: Final = 0.3
"""A still worth less than this share of the runner's best is left out."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a runner may look good, and where the runner was then.

    Attributes:
        person: where the person box is expected, pixels of the full picture.
        value: how much is expected of it, larger is better.
    """

    footage_id: int
    camera: str
    capture_utc_ns: int
    person: Box
    value: float


class Timed(Protocol):
    """Something seen at a moment, worth more or less."""

    @property
    def camera(self) -> str:
        """Which camera saw it."""

    @property
    def capture_utc_ns(self) -> int:
        """When."""

    @property
    def value(self) -> float:
        """How good it is, larger is better."""


AnyTimed = TypeVar("AnyTimed", bound=Timed)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a frame shows of a runner.

    Attributes:
        height_px: of the person box.
        sharpness: of head and bib, 0..1.
        face, bib: whether they can be seen. A visible face means that the runner looks towards
            the camera: eyes are not told apart.
        covered: share of the person box, or of the head where no face was found, that somebody
            nearer to the camera covers; 0..1.
        cut: what is left of the worth because the picture's edge cuts the runner off; 1 = whole.
    """

    height_px: float
    sharpness: float
    face: bool
    bib: bool
    covered: float
    cut: float

    @property
    def value(self) -> float:
        """How good a still it is, 0..1. Everything counts as a factor: nothing makes up for a
        head that cannot be seen."""
        size = min(self.height_px / FULL_HEIGHT_PX, 1.0)
        crisp = 0.3 + 0.7 * min(self.sharpness / FULL_SHARPNESS, 1.0)
        seen = (1.0 if self.face else NO_FACE) * (1.0 if self.bib else NO_BIB)
        return size * crisp * seen * self.cut * (1.0 - self.covered)


def moments_of(
    track: RunnerRow, looks: Iterable[LookRow], size: tuple[int, int]
) -> tuple[Moment, ...]:
    """Every moment of a track worth thinking about, in order of time.

    Looks that did not count tell where the runner was just as well. Between two looks the person
    box is interpolated.

    Args:
        track: with the bib that the stills are for, and its footage.
        looks: of this track.
        size: width and height of the camera's picture, pixels.

    Raises:
        ValueError: the track has no footage.
    """
    if track.footage_id is None:
        raise ValueError(f"track {track.track_id} has no footage")
    ordered = sorted(looks, key=lambda look: look.capture_utc_ns)
    seen = [(look.capture_utc_ns, look.person, _promise(look, track.bib)) for look in ordered]
    found = {time_ns: (box, promise) for time_ns, box, promise in seen}
    for (t0, box0, promise0), (t1, box1, promise1) in pairwise(seen):
        if not 0 < t1 - t0 <= MOST_GAP_NS:
            continue
        n_parts = -(-(t1 - t0) // STEP_NS)
        for part in range(1, n_parts):
            share = part / n_parts
            between = _between(box0, box1, share)
            promise = (1 - share) * promise0 + share * promise1
            found.setdefault(t0 + (t1 - t0) * part // n_parts, (between, promise))
    return tuple(
        Moment(
            track.footage_id,
            track.camera,
            time_ns,
            box,
            (box[3] - box[1]) * promise * cut_of(box, size),
        )
        for time_ns, (box, promise) in sorted(found.items())
    )


def cut_of(person: Box, size: tuple[int, int]) -> float:
    """What the edge of a ``(width, height)`` picture leaves of a still's worth; 1 = whole."""
    width, height = size
    left = 1.0
    if person[1] <= EDGE * height:
        left *= CUT_AT_TOP
    if person[0] <= EDGE * width or person[2] >= (1 - EDGE) * width:
        left *= CUT_AT_SIDE
    if person[3] >= (1 - EDGE) * height:
        left *= CUT_AT_FEET
    return left


def marks_of(group: Group, size: tuple[int, int], sharpness: float) -> Marks:
    """What a frame shows of the runner of `group`.

    Args:
        group: in pixels of the full picture.
        size: the picture's width and height.
        sharpness: of the runner's head and bib, 0..1.
    """
    nearer = [o.person for o in group.others if o.in_front and o.person is not None]
    covered = _covered(group.runner, nearer)
    if group.face is None:
        covered = max(covered, _covered(head_of(group.runner), nearer))
    return Marks(
        height_px=group.runner[3] - group.runner[1],
        sharpness=sharpness,
        face=group.face is not None,
        bib=group.bib is not None,
        covered=covered,
        cut=cut_of(group.runner, size),
    )


def spread(moments: Iterable[Moment], n: int, apart_s: float) -> tuple[Moment, ...]:
    """At most `n` moments worth decoding, in order of time.

    Twice as close as the stills will be, so that the better of two neighbours can win.
    """
    chosen = best_apart(moments, n, apart_s / 2, least_share=0.0)
    return tuple(sorted(chosen, key=lambda m: (m.footage_id, m.capture_utc_ns)))


def best_apart(
    shots: Iterable[AnyTimed], n: int, apart_s: float, least_share: float = LEAST_SHARE
) -> tuple[AnyTimed, ...]:
    """The best `n`, best first; two of one camera are at least `apart_s` apart.

    Args:
        least_share: those worth less than this share of the best are left out.
    """
    apart_ns = round(apart_s * SECOND_NS)
    ordered = sorted(shots, key=lambda shot: (-shot.value, shot.camera, shot.capture_utc_ns))
    chosen: list[AnyTimed] = []
    for shot in ordered:
        if len(chosen) == n or shot.value < least_share * ordered[0].value:
            break
        if all(_far(shot, other, apart_ns) for other in chosen):
            chosen.append(shot)
    return tuple(chosen)


def _promise(look: LookRow, bib: str | None) -> float:
    """What a look lets hope for, 0..1: a sharp number that is the runner's."""
    crisp = 0.4 + 0.6 * min((look.sharpness or 0.0) / FULL_SHARPNESS, 1.0)
    is_other = look.reason is None and look.text is not None and look.text != bib
    return crisp * (OTHER_NUMBER if is_other else 1.0)


def _far(shot: Timed, other: Timed, apart_ns: int) -> bool:
    # Of two cameras the same moment is two pictures; of one camera a moment is taken once.
    gap_ns = abs(shot.capture_utc_ns - other.capture_utc_ns)
    return shot.camera != other.camera or gap_ns >= max(apart_ns, 1)


def _between(a: Box, b: Box, share: float) -> Box:
    x0, y0, x1, y1 = ((1 - share) * p + share * q for p, q in zip(a, b, strict=True))
    return x0, y0, x1, y1


def _covered(region: Box, nearer: Sequence[Box]) -> float:
    """The largest share of `region` that one of the boxes covers, 0..1."""
    if not nearer:
        return 0.0
    shared = overlaps(np.array([region], np.float32), np.array(nearer, np.float32))
    area = max((region[2] - region[0]) * (region[3] - region[1]), 1e-6)
    return min(float(shared.max()) / area, 1.0)
