"""A good face may decide, a poor one weighs little, on whichever side it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.matching import Assignment, Candidate, Refused, Rules, Unknown, match
from stream.matching.likeness import FULL_FACE
from tests.stream.matching.test_match import BOTH, SETTINGS, pivot, unknown

TWINS = [pivot("7", 0, face=0), pivot("8", 1, face=90)]
"""In the same clothes; only the first one's face is the unknown one's."""


def log_ratio(candidates: list[Candidate], one: Unknown) -> float:
    [made] = match(candidates, [one], BOTH, Rules(), SETTINGS)
    assert made.evidence is not None
    return made.evidence.log_ratio


@pytest.mark.parametrize(
    ("of_pivot", "of_unknown", "sure"),
    [
        pytest.param(1.0, 1.0, True, id="both good"),
        pytest.param(FULL_FACE, FULL_FACE, True, id="both good enough"),
        pytest.param(0.01, 1.0, False, id="a poor pivot"),
        pytest.param(1.0, 0.01, False, id="a poor unknown"),
    ],
)
def test_who_is_told_apart_by_a_face(of_pivot: float, of_unknown: float, sure: bool) -> None:
    pivots = [replace(one, face_quality=of_pivot) for one in TWINS]
    [made] = match(
        pivots, [replace(unknown(1, 0, face=0), face_quality=of_unknown)], BOTH, Rules(), SETTINGS
    )
    assert isinstance(made, Assignment if sure else Refused)


def test_a_face_counts_in_proportion() -> None:
    clothes = log_ratio([pivot("7", 10)], unknown(1, 0))
    full = log_ratio([pivot("7", 10, face=0)], unknown(1, 0, face=0))
    half = replace(unknown(1, 0, face=0), face_quality=FULL_FACE / 2)
    assert log_ratio([pivot("7", 10, face=0)], half) == pytest.approx((clothes + full) / 2)


def test_the_best_face_of_a_bib_counts() -> None:
    poor = replace(pivot("7", 10, face=0), face_quality=0.01)
    good = pivot("7", 10, last_s=50, face=0)
    both = log_ratio([poor, good], unknown(1, 0, face=0))
    assert both == pytest.approx(log_ratio([good], unknown(1, 0, face=0)))


def test_poor_faces_alone_leave_as_much_doubt_as_there_is() -> None:
    """Whoever differs by a poor face only is nearly as possible as before."""
    one = unknown(1, None, face=0)
    others = [replace(pivot(str(n), None, face=90), face_quality=0.01) for n in range(100, 200)]
    said = [
        match([pivot("7", None, face=0), *crowd], [one], BOTH, Rules(), SETTINGS)[0]
        for crowd in ([], others, [replace(who, face_quality=1.0) for who in others])
    ]
    alone, poor, good = (made.evidence.posterior for made in said if made.evidence is not None)
    assert poor < good <= alone
