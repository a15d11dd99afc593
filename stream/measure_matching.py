"""How long matching takes where a race is large: `finishline bench matching`."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.types import Floats
from stream.evaluate_matching import RULES, TRAVEL, MatchScore, score_of, span_until
from stream.matching import Candidate, Rules, Unknown, match
from stream.matching.calibrated import shipped

_RACE_S: Final = 36_000.0
_PIVOT_SHARE: Final = 0.9
"""Of the unknowns, this share has a pivot."""


@dataclass(frozen=True, slots=True)
class _Made:
    """How templates are made up, so that scores are spread as those of a model are.

    Attributes:
        length: values of a vector.
        alike: likeness of any two runners, on average.
        noise: what another camera adds to a runner's own vector, at least and at most.
    """

    length: int
    alike: float
    noise: tuple[float, float]

    def runners(self, rng: np.random.Generator, n: int) -> Floats:
        """What `n` runners look like, ``[n, length]``. A few directions tell most of them."""
        own = rng.standard_normal((n, self.length), np.float32)
        own *= np.arange(1, self.length + 1, dtype=np.float32) ** np.float32(-0.4)
        own = np.sqrt(np.float32(1 - self.alike)) * _units(own)
        own[:, -1] += np.sqrt(np.float32(self.alike))
        return _units(own)

    def seen_again(self, rng: np.random.Generator, runners: Floats) -> Floats:
        """What the same look like to another camera."""
        reach = rng.uniform(*self.noise, (len(runners), 1)).astype(np.float32)
        return _units(runners + reach * _units(rng.standard_normal(runners.shape, np.float32)))


# Of 1,000 drawn runners past two cameras, scores of two are 0.04 on average, spread by 0.21, and a
# half of those of one lie from 0.79 to 0.90. Those of faces follow from `FACE`.
_CLOTHES: Final = _Made(64, 0.04, (0.35, 0.9))
_FACES: Final = _Made(128, 0.86, (0.2, 0.5))


@dataclass(frozen=True, slots=True)
class MatchingCost:
    """What matching a large race took.

    Attributes:
        pivots, unknowns: how many there were.
        faces: whether faces were compared, too.
        wall_s, processor_s: of matching alone; templates were in memory.
        peak_mib: most memory that the process has had, 2^20 bytes.
        score: what came of the unknowns.
    """

    pivots: int
    unknowns: int
    faces: bool
    wall_s: float
    processor_s: float
    peak_mib: float
    score: MatchScore

    def to_json(self) -> dict[str, object]:
        """The figures as plain values."""
        return {
            "pivots": self.pivots,
            "unknowns": self.unknowns,
            "faces": self.faces,
            "wall_s": round(self.wall_s, 2),
            "processor_s": round(self.processor_s, 2),
            "peak_mib": round(self.peak_mib),
            "score": self.score.to_json(),
        }

    def __str__(self) -> str:
        compared = "clothes and faces" if self.faces else "clothes"
        return (
            f"{self.unknowns} unknowns matched to {self.pivots} pivots by {compared}: "
            f"{self.wall_s:.1f} s, {self.processor_s:.1f} s of processor time, "
            f"at most {self.peak_mib:.0f} MiB of memory\n"
            f"  right {self.score.right} of {self.score.with_pivot} with a pivot, "
            f"wrong {self.score.wrong}, refused {sum(n for _, n in self.score.refused)}"
        )


def measure_matching(pivots: int, unknowns: int, *, faces: bool, seed: int = 1) -> MatchingCost:
    """Match made-up templates, whose runners are known, of a race of ten hours.

    Args:
        pivots: bibs that were read at the first camera.
        unknowns: runners without a bib at the second; every tenth has no pivot.
        faces: compare faces, too.
        seed: what everything random follows from.

    Raises:
        ValueError: there are no pivots or no unknowns, or more unknowns than pivots.
    """
    if not 1 <= unknowns <= pivots:
        raise ValueError(f"1 to {pivots} unknowns for {pivots} pivots, got {unknowns}")
    rng = np.random.default_rng(seed)
    runners = pivots + unknowns
    # The first of them are pivots; the unknowns come from there, and a tenth from the rest.
    known = rng.permutation(pivots)[: round(_PIVOT_SHARE * unknowns)]
    whose = np.concatenate((known, np.arange(pivots, runners)))[:unknowns]
    clothes, clothes_again = _templates(_CLOTHES, rng, runners, whose)
    looks, looks_again = _templates(_FACES, rng, runners, whose) if faces else (None, None)
    passed = rng.uniform(0, _RACE_S, runners)
    later = passed[whose] + rng.uniform(TRAVEL.least_s, TRAVEL.most_s, unknowns)
    candidates = [
        Candidate(
            str(i),
            span_until(i, TRAVEL.before, passed[i]),
            clothes[i],
            None if looks is None else looks[i],
            1.0,
        )
        for i in range(pivots)
    ]
    prior = RULES.runner_is_nobody
    asked = [
        Unknown(
            span_until(runners + int(whose[k]), TRAVEL.after, later[k]),
            clothes_again[k],
            None if looks_again is None else looks_again[k],
            1.0,
            nobody_prior=prior,
        )
        for k in range(unknowns)
    ]
    calibrations = shipped(faces=faces)
    wall_s, processor_s = time.perf_counter(), time.process_time()
    decisions = match(candidates, asked, calibrations, Rules((TRAVEL,)), RULES.settings)
    wall_s, processor_s = time.perf_counter() - wall_s, time.process_time() - processor_s
    return MatchingCost(
        pivots,
        unknowns,
        faces,
        wall_s,
        processor_s,
        _peak_mib(),
        score_of(decisions, runners, candidates),
    )


def _templates(
    kind: _Made, rng: np.random.Generator, runners: int, whose: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Of all runners, and of some of them once more."""
    first = kind.runners(rng, runners)
    return first, kind.seen_again(rng, first[whose])


def _units(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
