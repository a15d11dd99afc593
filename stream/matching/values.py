"""What matching takes and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engines.types import Floats
from stream.matching.rules import TrackSpan, Why


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A track whose bib is confirmed. A bib may have several; together they are its pivot.

    Attributes:
        bib: its bib.
        span: when and where it was seen.
        appearance: float32 ``[D]`` of length 1, or None where there is none.
        face: float32 ``[F]`` of length 1, or None; only where the race allows faces.
        quality: 0..1, weight of its appearance among those of the bib.
        face_quality: 0..1, weight of its face among those of the bib; where the best of them is
            below `stream.matching.likeness.FULL_FACE`, what faces say counts less.
    """

    bib: str
    span: TrackSpan
    appearance: Floats | None
    face: Floats | None
    quality: float
    face_quality: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A track that closed without a bib; attributes as those of `Candidate`, and two more.

    Attributes:
        readings: what was read of it, one text for each look that counted.
        nobody_prior: how likely it is, before looking, that it is none of the pivots; None takes
            that of the settings, see `MatchSettings`.
    """

    span: TrackSpan
    appearance: Floats | None
    face: Floats | None
    quality: float
    readings: tuple[str, ...] = ()
    nobody_prior: float | None = None
    face_quality: float = 1.0


class Refusal(StrEnum):
    """Why an unknown gets no bib."""

    NOTHING_TO_COMPARE = "nothing_to_compare"
    """It has no vector, or no pivot has one of the same kind."""
    TOO_POOR = "too_poor"
    """Its crops are too small, cut off or dark."""
    NOBODY_LIKE_IT = "nobody_like_it"
    """No pivot that is possible looks like it."""
    UNSURE = "unsure"
    """The best pivot's posterior is under the threshold."""
    TOO_CLOSE = "too_close"
    """The second best pivot is nearly as likely."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A pivot that looks like the unknown and cannot be it.

    Attributes:
        bib: whose.
        why: the rule.
        log_ratio: what the vectors say, see `Evidence`.
    """

    bib: str
    why: Why
    log_ratio: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a decision rests on. Log ratios are natural logarithms of likelihood ratios.

    Attributes:
        appearance: likeness to the best pivot, -1..1; None where one has no appearance.
        face: the same of faces.
        log_ratio: of the best pivot, appearance and face together.
        posterior: of the best pivot among all that are possible and nobody of them, 0..1.
        second: bib of the second best pivot, or None.
        second_log_ratio: of the second best pivot, or None.
        possible: how many pivots the rules leave.
        excluded: pivots that look like it and cannot be it, the likest first, at most 5.
    """

    appearance: float | None
    face: float | None
    log_ratio: float
    posterior: float
    second: str | None
    second_log_ratio: float | None
    possible: int
    excluded: tuple[Excluded, ...]

    @property
    def margin(self) -> float:
        """Log ratio of the best over the second best; infinite where there is no second."""
        if self.second_log_ratio is None:
            return float("inf")
        return self.log_ratio - self.second_log_ratio


@dataclass(frozen=True, slots=True)
class Assignment:
    """An unknown track that belongs to a bib, until somebody undoes it."""

    track: int
    bib: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Refused:
    """An unknown track that stays unknown.

    Attributes:
        track: whose.
        why: the reason.
        best: bib of the best pivot where there was one.
        evidence: about the best pivot; None where nothing was compared.
        excluded: as in `Evidence`, also where no pivot was left.
    """

    track: int
    why: Refusal
    best: str | None = None
    evidence: Evidence | None = None
    excluded: tuple[Excluded, ...] = ()
