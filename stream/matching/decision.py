"""Decides about one unknown: a bib, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, isnan

from engines.types import Floats
from stream.matching.likeness import TOLD, Likest
from stream.matching.rules import TrackSpan, Why
from stream.matching.values import Assignment, Evidence, Excluded, Refusal, Refused


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """How sure an assignment must be.

    Attributes:
        nobody_prior: how likely it is, before looking, that the unknown is none of the pivots
            that are possible (runners whose bib was never read, and bystanders); 0..1, both
            excluded.
        threshold: least posterior of an assignment, 0..1.
        margin: least log ratio of the best pivot over the second best.
        least_quality: unknowns whose crops are worse are not looked at, 0..1.

    The threshold is the least of .8, .9, .95, .98 and .99 with which at most 1 % of the assignments
    of 5,000 drawn runners were wrong, by the upper end of Wilson's 95 % interval, where every pivot
    is possible at every time (seeds 8, 11, 12, 13 and 9301, which nothing was fitted on and no
    figure is for). The margin says the same of the second best alone: 20 to 1.

    Raises:
        ValueError: a value is out of its range.
    """

    nobody_prior: float = 0.1
    threshold: float = 0.95
    margin: float = 3.0
    least_quality: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.nobody_prior < 1:
            raise ValueError(f"nobody_prior must lie between 0 and 1, got {self.nobody_prior}")
        for name in ("threshold", "least_quality"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be 0 to 1, got {getattr(self, name)}")
        if self.margin < 0:
            raise ValueError(f"margin must not be negative, got {self.margin}")


def decide(
    span: TrackSpan,
    found: Likest,
    bibs: tuple[str, ...],
    why_not: Callable[[int], Why | None],
    settings: MatchSettings,
) -> Assignment | Refused:
    """Decides about one unknown that has something to compare.

    Args:
        span: of the unknown.
        found: the pivots that look like it.
        bibs: of all pivots.
        why_not: the rule that excludes a pivot (row), or None.
        settings: how sure to be.
    """
    left: list[int] = []
    excluded: list[Excluded] = []
    possible = found.possible
    for k, pivot in enumerate(found.pivots.tolist()):
        why = why_not(pivot)
        if why is None:
            left.append(k)
            continue
        possible -= bool(found.in_time[k])
        if found.log_ratios[k] > 0 and len(excluded) < TOLD:
            excluded.append(Excluded(bibs[pivot], why, float(found.log_ratios[k])))
    told = tuple(excluded)
    if not left or found.log_ratios[left[0]] <= 0:
        return Refused(span.track, Refusal.NOBODY_LIKE_IT, excluded=told)
    ratios = [float(found.log_ratios[k]) for k in left]
    each = (1 - settings.nobody_prior) / max(possible, len(left))
    total = settings.nobody_prior + each * (sum(map(exp, ratios)) + found.rest)
    best, second = left[0], left[1] if len(left) > 1 else None
    evidence = Evidence(
        appearance=_known(found.appearance, best),
        face=_known(found.face, best),
        log_ratio=ratios[0],
        posterior=each * exp(ratios[0]) / total,
        second=None if second is None else bibs[int(found.pivots[second])],
        second_log_ratio=None if second is None else ratios[1],
        possible=possible,
        excluded=told,
    )
    bib = bibs[int(found.pivots[best])]
    if evidence.margin < settings.margin:
        return Refused(span.track, Refusal.TOO_CLOSE, bib, evidence, told)
    if evidence.posterior < settings.threshold:
        return Refused(span.track, Refusal.UNSURE, bib, evidence, told)
    return Assignment(span.track, bib, evidence)


def _known(scores: Floats, k: int) -> float | None:
    score = float(scores[k])
    return None if isnan(score) else score
