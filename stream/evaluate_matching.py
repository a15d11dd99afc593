"""Measures matching on drawn runners: 1,000 of them pass two cameras, every tenth has no pivot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from engines.appearance import Appearance, AppearanceEmbedder, combined
from engines.simulate.sightings import PersonCrop, SightingSettings, draw_sightings
from stream.identity.assigning import MatchRules
from stream.matching import (
    Assignment,
    Calibrations,
    Candidate,
    MatchSettings,
    Refused,
    Rules,
    TrackSpan,
    Travel,
    Unknown,
    match,
)
from stream.matching.match import Decision

SEED: Final = 9201
"""Of the runners that figures are for; the embedder and its calibration never saw them."""
TRAVEL: Final = Travel("approach", "finish", 90.0, 210.0)
"""500 m between the cameras at 2.4 to 5.6 m/s."""
RULES: Final = MatchRules()
"""What a race says that says nothing of its own, as `finishline match` takes it."""
_PIVOT_SHARE: Final = 0.9
_RACE_S: Final = 3600.0
_Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class MatchScore:
    """What came of the unknowns.

    Attributes:
        unknowns: how many were matched.
        with_pivot: how many of them have a pivot.
        right: assigned to their own.
        wrong: assigned to somebody else's.
        wrong_without_pivot: how many of the wrong ones have no pivot.
        refused: reason and how often.
    """

    unknowns: int
    with_pivot: int
    right: int
    wrong: int
    wrong_without_pivot: int
    refused: tuple[tuple[str, int], ...]

    def to_json(self) -> dict[str, object]:
        """The score as plain values; intervals are Wilson's, 95 %."""
        return {
            "unknowns": self.unknowns,
            "with_pivot": self.with_pivot,
            "right": self.right,
            "right_of_those_with_pivot": _share(self.right, self.with_pivot),
            "wrong": self.wrong,
            "wrong_without_pivot": self.wrong_without_pivot,
            "wrong_of_all_unknowns": _share(self.wrong, self.unknowns),
            "wrong_of_assigned": _share(self.wrong, self.right + self.wrong),
            "refused": dict(self.refused),
        }


@dataclass(frozen=True, slots=True)
class MatchingReport:
    """What `finishline evaluate matching` prints.

    Attributes:
        model: name of the appearance model.
        seed, runners: which runners were drawn.
        alone: by appearance alone, every pivot possible at every time.
        in_order: with the order of the cameras and the time between them.
    """

    model: str
    seed: int
    runners: int
    alone: MatchScore
    in_order: MatchScore

    def to_json(self) -> dict[str, object]:
        """The report as plain values."""
        return {
            "model": self.model,
            "seed": self.seed,
            "runners": self.runners,
            "alone": self.alone.to_json(),
            "in_order": self.in_order.to_json(),
        }

    def __str__(self) -> str:
        lines = [f"{self.runners} drawn runners (seed {self.seed}), model {self.model}"]
        for name, score in (("appearance alone", self.alone), ("in order", self.in_order)):
            told = score.to_json()
            refused = ", ".join(f"{why} {n}" for why, n in score.refused)
            lines += [
                f"{name}: of {score.unknowns} unknowns, {score.with_pivot} with a pivot",
                f"  right    {score.right:>5}  {_shown(told['right_of_those_with_pivot'])} "
                "of those with a pivot",
                f"  wrong    {score.wrong:>5}  {_shown(told['wrong_of_all_unknowns'])} of all, "
                f"{_shown(told['wrong_of_assigned'])} of the assigned",
                f"           {score.wrong_without_pivot:>5}  of them without a pivot",
                f"  refused  {sum(n for _, n in score.refused):>5}  {refused}",
            ]
        return "\n".join(lines)


def evaluate_matching(
    embedder: AppearanceEmbedder,
    calibrations: Calibrations,
    settings: MatchSettings,
    progress: Callable[[int, int], None],
    *,
    runners: int = 1000,
    seed: int = SEED,
) -> MatchingReport:
    """Draws runners, embeds what two cameras see of them and matches.

    Args:
        embedder: of crops.
        calibrations: of its scores.
        settings: how sure to be.
        progress: called with runners done and runners in all.
        runners: how many.
        seed: who they are; not one that embedder or calibrations were made with.
    """
    seen: list[list[list[Appearance]]] = [[[] for _ in range(runners)] for _ in range(2)]
    for crop in draw_sightings(SightingSettings(runners=runners, seed=seed)):
        seen[crop.camera][crop.runner].append(_embedded(embedder, crop))
        progress(crop.runner + 1, runners)
    tracks = [[combined(frames) for frames in camera] for camera in seen]
    candidates, unknowns = _race(tracks[0], tracks[1], seed)
    scores = [
        score_of(match(candidates, unknowns, calibrations, rules, settings), runners, candidates)
        for rules in (Rules(), Rules(travels=(TRAVEL,)))
    ]
    return MatchingReport(embedder.name, seed, runners, scores[0], scores[1])


def score_of(
    decisions: Sequence[Decision], runners: int, candidates: Sequence[Candidate]
) -> MatchScore:
    """Counts decisions; the bib of an unknown's own pivot is its track minus `runners`."""
    bibs = {one.bib for one in candidates}
    made = [one for one in decisions if isinstance(one, Assignment)]
    right = sum(one.bib == str(one.track - runners) for one in made)
    lost = sum(str(one.track - runners) not in bibs for one in made)
    reasons = Counter(str(one.why) for one in decisions if isinstance(one, Refused))
    with_pivot = sum(str(one.track - runners) in bibs for one in decisions)
    refused = tuple(sorted(reasons.items()))
    return MatchScore(len(decisions), with_pivot, right, len(made) - right, lost, refused)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927); 0 to 1 where nothing was counted."""
    if of == 0:
        return (0.0, 1.0)
    share, spread = hits / of, _Z**2 / of
    middle = share + spread / 2
    reach = _Z * sqrt(share * (1 - share) / of + spread / (4 * of))
    return (max(0.0, (middle - reach) / (1 + spread)), min(1.0, (middle + reach) / (1 + spread)))


def _embedded(embedder: AppearanceEmbedder, crop: PersonCrop) -> Appearance:
    return embedder.embed(crop.image, crop.bib)


def _race(
    before: Sequence[Appearance], after: Sequence[Appearance], seed: int
) -> tuple[list[Candidate], list[Unknown]]:
    """Who was read at the first camera, and who came unread to the second, at what times."""
    rng = np.random.default_rng((seed, 15))
    runners = len(before)
    passed = np.sort(rng.uniform(0, _RACE_S, runners))
    later = passed + rng.uniform(TRAVEL.least_s, TRAVEL.most_s, runners)
    read = rng.random(runners) < _PIVOT_SHARE
    candidates = [
        Candidate(str(i), span_until(i, TRAVEL.before, passed[i]), one.vector, None, one.quality)
        for i, one in enumerate(before)
        if read[i]
    ]
    unknowns = [
        Unknown(
            span_until(runners + i, TRAVEL.after, later[i]),
            one.vector,
            None,
            one.quality,
            nobody_prior=RULES.runner_is_nobody,
        )
        for i, one in enumerate(after)
    ]
    return candidates, unknowns


def span_until(track: int, camera: str, last_s: float) -> TrackSpan:
    """When a runner was in view, who left it at `last_s`: for three seconds."""
    last_ns = round(last_s * 1e9)
    return TrackSpan(track, camera, last_ns - 3_000_000_000, last_ns)


def _share(hits: int, of: int) -> dict[str, float]:
    low, high = wilson(hits, of)
    return {"share": round(hits / max(of, 1), 4), "low": round(low, 4), "high": round(high, 4)}


def _shown(share: object) -> str:
    assert isinstance(share, dict)
    return f"{share['share']:.1%} ({share['low']:.1%} to {share['high']:.1%})"
