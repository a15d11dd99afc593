from __future__ import annotations

import pytest

from engines.appearance import load_appearance_embedder
from stream.evaluate_matching import evaluate_matching, score_of, wilson
from stream.matching import (
    Assignment,
    Calibrations,
    Candidate,
    Evidence,
    MatchSettings,
    Refusal,
    Refused,
    TrackSpan,
)
from stream.matching.calibrated import APPEARANCE


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        pytest.param(0, 10, 0.0, 0.2775, id="none of ten"),
        pytest.param(5, 10, 0.2366, 0.7634, id="half of ten"),
        pytest.param(10, 10, 0.7225, 1.0, id="all of ten"),
        pytest.param(0, 0, 0.0, 1.0, id="nothing counted"),
    ],
)
def test_intervals_are_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_right_wrong_and_refused_are_counted() -> None:
    evidence = Evidence(0.9, None, 9.0, 0.99, None, None, 1, ())
    pivots = [Candidate(bib, TrackSpan(int(bib), "a", 0, 1), None, None, 1.0) for bib in "01"]
    decisions: list[Assignment | Refused] = [
        Assignment(10, "0", evidence),
        Assignment(11, "0", evidence),
        Assignment(12, "1", evidence),
        Refused(13, Refusal.UNSURE),
    ]
    score = score_of(decisions, 10, pivots)
    assert (score.unknowns, score.with_pivot, score.right, score.wrong) == (4, 2, 1, 2)
    assert score.wrong_without_pivot == 1
    assert score.refused == (("unsure", 1),)


def test_a_few_drawn_runners_are_found_again() -> None:
    told: list[tuple[int, int]] = []
    report = evaluate_matching(
        load_appearance_embedder(),
        Calibrations(APPEARANCE),
        MatchSettings(),
        lambda done, of: told.append((done, of)),
        runners=20,
        seed=31,
    )
    assert report.in_order.unknowns == 20
    assert report.in_order.wrong == report.alone.wrong == 0
    assert report.in_order.right >= 8
    assert told[-1] == (20, 20)
    assert "20 drawn runners (seed 31)" in str(report)
