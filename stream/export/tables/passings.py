"""Crossings of the line, and which of a bib's crossings counts. Pure.

A bib may have crossed on several cameras and more than once:

1. Crossings of a bib less than a minute apart are one *passage*.
2. The passage that counts is the first with a track that a person has corrected; without one,
   the first.
3. In it the *finish camera's* first crossing counts; where that camera has none, the first of
   any other. The finish camera is the one on which most bibs crossed: places within a pack
   should come from one clock.

Undated footage has a time scale of its own, which no other can be compared with: crossings on
another scale than the finish camera's are told but give no place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from stream.export.times import SECOND_NS, has_date
from stream.store.values import RunnerRow
from stream.types import Clock, State

PASSAGE_GAP_NS = 60 * SECOND_NS
"""Crossings of a bib further apart are two passages: laps, or one of them is somebody else."""
UTC_SCALE = "utc"


class Finish(NamedTuple):
    """The finish camera, and the time scale of its crossings."""

    camera: str
    scale: str


@dataclass(frozen=True, slots=True)
class Passing:
    """A track's crossing of the line."""

    utc_ns: int
    clock: Clock | None
    camera: str
    footage_id: int | None
    track_id: int
    corrected: bool = False

    @property
    def scale(self) -> str:
        """What its time can be compared with: all UTC, or the same undated footage."""
        return UTC_SCALE if has_date(self.utc_ns) else f"{self.camera}/{self.footage_id}"


def passings_of(rows: Iterable[RunnerRow]) -> tuple[Passing, ...]:
    """The crossings of some tracks, in order of time."""
    found = (
        Passing(
            row.crossing_utc_ns,
            row.clock,
            row.camera,
            row.footage_id,
            row.track_id,
            row.state is State.CORRECTED,
        )
        for row in rows
        if row.crossing_utc_ns is not None
    )
    return tuple(sorted(found, key=lambda passing: (passing.utc_ns, passing.track_id)))


def finish_of(passings: Mapping[str, Sequence[Passing]]) -> Finish | None:
    """Camera and time scale on which most bibs crossed; of equals, dated and early ones."""
    bibs: defaultdict[Finish, set[str]] = defaultdict(set)
    first_ns: dict[Finish, int] = {}
    for bib, own in passings.items():
        for passing in own:
            line = Finish(passing.camera, passing.scale)
            bibs[line].add(bib)
            first_ns[line] = min(first_ns.get(line, passing.utc_ns), passing.utc_ns)

    def order(line: Finish) -> tuple[int, bool, int, Finish]:
        return -len(bibs[line]), line.scale != UTC_SCALE, first_ns[line], line

    return min(bibs, key=order, default=None)


def counting(passings: Sequence[Passing], finish: Finish | None) -> Passing | None:
    """The crossing that counts; see the rule at the top."""
    if not passings or finish is None:
        return None
    camera, scale = finish
    comparable = [p for p in passings if p.scale == scale] or list(passings)
    passages = passages_of(comparable)
    passage = next((one for one in passages if any(p.corrected for p in one)), passages[0])
    return next((p for p in passage if p.camera == camera), passage[0])


def passages_of(passings: Sequence[Passing]) -> list[list[Passing]]:
    """Crossings in order of time, cut where they lie more than a minute apart."""
    passages = [[passings[0]]]
    for before, after in pairwise(passings):
        if after.utc_ns - before.utc_ns > PASSAGE_GAP_NS:
            passages.append([])
        passages[-1].append(after)
    return passages
