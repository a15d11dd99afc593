"""A large race in small: made-up runners are told apart as drawn ones are."""

from __future__ import annotations

import pytest

from stream.measure_matching import measure_matching


@pytest.mark.parametrize("faces", [False, True])
def test_made_up_runners_are_matched_and_counted(faces: bool) -> None:
    cost = measure_matching(300, 100, faces=faces)
    score = cost.score
    assert (score.unknowns, score.with_pivot) == (100, 90)
    assert 60 <= score.right <= 90
    assert score.wrong <= 1
    assert 0 < cost.wall_s < 60
    assert cost.peak_mib > 10
    assert ("faces" in str(cost)) == faces
    assert f"right {score.right} of 90" in str(cost)


def test_faces_help() -> None:
    alone, both = (measure_matching(3000, 200, faces=faces).score for faces in (False, True))
    assert both.right > alone.right


def test_the_same_seed_makes_the_same_race() -> None:
    one, other, third = (measure_matching(300, 100, faces=False, seed=n) for n in (1, 1, 2))
    assert one.score == other.score
    assert one.score != third.score


@pytest.mark.parametrize(("pivots", "unknowns"), [(0, 0), (10, 0), (10, 11)])
def test_who_cannot_be_made_up_is_refused(pivots: int, unknowns: int) -> None:
    with pytest.raises(ValueError, match="unknowns for"):
        measure_matching(pivots, unknowns, faces=False)
