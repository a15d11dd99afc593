"""Matches all unknowns of a race to its pivots."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.matching.calibration import Calibration
from stream.matching.decision import MatchSettings, decide
from stream.matching.likeness import Likest, likest
from stream.matching.pivots import Pivots, appearances_of, faces_of, gather
from stream.matching.readings import read_otherwise
from stream.matching.rules import Rules, TrackSpan, Why
from stream.matching.values import Assignment, Candidate, Refusal, Refused, Unknown

Decision = Assignment | Refused


@dataclass(frozen=True, slots=True)
class Calibrations:
    """What scores say.

    Attributes:
        appearance: of clothes and body.
        face: of faces; None where the race does not allow them.
        photos: of clothes and body where one of two is seen in a photo; None takes `appearance`.

    Raises:
        ValueError: photos are of another model than appearance, whose vectors they compare.
    """

    appearance: Calibration
    face: Calibration | None = None
    photos: Calibration | None = None

    def __post_init__(self) -> None:
        if self.photos is not None and self.photos.model != self.appearance.model:
            raise ValueError(
                f"calibrations: photos are of {self.photos.model}, and appearance of "
                f"{self.appearance.model}; measure both anew"
            )


def match(
    candidates: Sequence[Candidate],
    unknowns: Sequence[Unknown],
    calibrations: Calibrations,
    rules: Rules,
    settings: MatchSettings,
) -> tuple[Decision, ...]:
    """Decides about every unknown, in their order; the order makes no difference.

    The surest assignments are made first. An unknown whose best pivot went to another one with
    which it cannot be the same runner is decided again without that pivot.

    Raises:
        ValueError: two unknowns have the same track, or vectors have different lengths.
    """
    if len({one.span.track for one in unknowns}) < len(unknowns):
        raise ValueError("two unknowns have the same track")
    pivots = gather(candidates)
    decided: dict[int, Decision] = {}
    comparable = []
    for one in unknowns:
        refusal = _refusal(one, pivots, calibrations, settings)
        if refusal is None:
            comparable.append(one)
        else:
            decided[one.span.track] = Refused(one.span.track, refusal)
    found = _compare(pivots, comparable, calibrations, rules)
    _assign(pivots, comparable, found, rules, settings, decided)
    return tuple(decided[one.span.track] for one in unknowns)


def _refusal(
    one: Unknown, pivots: Pivots, calibrations: Calibrations, settings: MatchSettings
) -> Refusal | None:
    """Why there is no use in comparing, or None."""
    by_face = calibrations.face is not None and one.face is not None and pivots.face.present.any()
    by_looks = one.appearance is not None and pivots.appearance.present.any()
    if not by_face and not by_looks:
        return Refusal.NOTHING_TO_COMPARE
    return Refusal.TOO_POOR if one.quality < settings.least_quality else None


def _compare(
    pivots: Pivots, unknowns: Sequence[Unknown], calibrations: Calibrations, rules: Rules
) -> dict[int, Likest]:
    """The likest pivots of each unknown, by track."""
    by_camera: dict[tuple[str, bool], list[Unknown]] = defaultdict(list)
    for one in unknowns:
        by_camera[one.span.camera, one.span.photo is not None].append(one)
    found: dict[int, Likest] = {}
    for (camera, in_photos), group in by_camera.items():
        face, photos = calibrations.face, calibrations.photos
        rows = likest(
            pivots,
            np.array([one.span.last_ns for one in group], np.int64),
            pivots.windows(camera, rules),
            (appearances_of(group), calibrations.appearance),
            None if face is None else (faces_of(group), face),
            None if photos is None else (pivots.in_photos | in_photos, photos),
        )
        for one, row in zip(group, rows, strict=True):
            found[one.span.track] = row
    return found


def _assign(
    pivots: Pivots,
    unknowns: Sequence[Unknown],
    found: dict[int, Likest],
    rules: Rules,
    settings: MatchSettings,
    decided: dict[int, Decision],
) -> None:
    """Decides about all that were compared, the surest first; fills `decided`."""
    claimed: dict[str, list[TrackSpan]] = defaultdict(list)

    def decision(one: Unknown) -> Decision:
        def why_not(pivot: int) -> Why | None:
            return _why_not(pivots, pivot, one, rules, claimed)

        prior = settings.nobody_prior if one.nobody_prior is None else one.nobody_prior
        own = replace(settings, nobody_prior=prior)
        return decide(one.span, found[one.span.track], pivots.bibs, why_not, own)

    waiting: list[tuple[float, int, Unknown, Assignment]] = []

    def consider(one: Unknown) -> None:
        made = decision(one)
        decided[one.span.track] = made
        if isinstance(made, Assignment):
            heapq.heappush(waiting, (-made.evidence.posterior, one.span.track, one, made))

    for one in unknowns:
        consider(one)
    while waiting:
        _, _, one, made = heapq.heappop(waiting)
        if any(rules.clash(other, one.span) for other in claimed[made.bib]):
            consider(one)
        else:
            claimed[made.bib].append(one.span)


def _why_not(
    pivots: Pivots, pivot: int, one: Unknown, rules: Rules, claimed: dict[str, list[TrackSpan]]
) -> Why | None:
    """The first rule that keeps an unknown from being a pivot."""
    bib, span = pivots.bibs[pivot], one.span
    if (span.track, bib) in rules.negatives:
        return Why.WRONG_PERSON
    for known in pivots.spans[pivot]:
        why = rules.clash(known, span)
        if why is not None:
            return why
    if read_otherwise(one.readings, bib):
        return Why.READ_OTHERWISE
    if any(rules.clash(other, span) for other in claimed.get(bib, ())):
        return Why.CLAIMED
    return None
