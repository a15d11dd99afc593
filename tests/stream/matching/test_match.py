"""Vectors of two values: an angle. The calibration calls what is 10 degrees apart the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from engines.types import Floats
from stream.matching import (
    Assignment,
    Calibration,
    Calibrations,
    Candidate,
    MatchSettings,
    Refusal,
    Refused,
    Rules,
    TrackSpan,
    Travel,
    Unknown,
    Why,
    match,
)
from stream.matching.likeness import KEPT
from stream.matching.match import Decision

LINE = Calibration("angles", (0.0, 0.7, 0.95, 1.0), (-14.0, -4.0, 0.0, 12.0))
LOOKS = Calibrations(LINE)
BOTH = Calibrations(LINE, LINE)
PHOTOS = Calibrations(LINE, photos=Calibration("angles", (0.9, 1.0), (-1.0, 3.0)))
"""In photos nothing says much."""
SETTINGS = MatchSettings()


def test_photos_are_told_by_the_model_of_appearance() -> None:
    with pytest.raises(ValueError, match="photos are of another, and appearance of angles"):
        Calibrations(LINE, photos=replace(LINE, model="another"))


def at(degrees: float | None) -> Floats | None:
    if degrees is None:
        return None
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def span(track: int, camera: str, last_s: float) -> TrackSpan:
    return TrackSpan(track, camera, round((last_s - 2) * 1e9), round(last_s * 1e9))


def pivot(
    bib: str, degrees: float | None, last_s: float = 0, camera: str = "a", face: float | None = None
) -> Candidate:
    track = 1000 + int(bib) + round(last_s)
    return Candidate(bib, span(track, camera, last_s), at(degrees), at(face), 1.0)


def unknown(
    track: int,
    degrees: float | None,
    last_s: float = 100,
    camera: str = "b",
    face: float | None = None,
    quality: float = 1.0,
) -> Unknown:
    return Unknown(span(track, camera, last_s), at(degrees), at(face), quality)


def told(decision: Decision) -> str:
    return decision.bib if isinstance(decision, Assignment) else str(decision.why)


def read(readings: tuple[str, ...], nobody_prior: float | None = None) -> Unknown:
    """Who looks like the pivot at 0 degrees, and what was read."""
    return replace(unknown(1, 1), readings=readings, nobody_prior=nobody_prior)


def photo(number: int) -> TrackSpan:
    """Of a runner in a photo."""
    return TrackSpan(-number, "", 0, 0, photo=number)


ORDER = Rules(travels=(Travel("a", "b", 50, 150),))
SAID = Rules(negatives=frozenset({(1, "7")}))


@pytest.mark.parametrize(
    ("pivots", "one", "rules", "calibrations", "result"),
    [
        pytest.param([pivot("7", 0), pivot("8", 90)], unknown(1, 1), Rules(), LOOKS, "7",
                     id="looks like one of two"),
        pytest.param([pivot("7", 0), pivot("8", 1)], unknown(1, 0), Rules(), LOOKS, "too_close",
                     id="two in the same clothes"),
        pytest.param([pivot("7", 0), pivot("8", 90)], unknown(1, 45), Rules(), LOOKS,
                     "nobody_like_it", id="looks like neither"),
        pytest.param([pivot("7", 0), pivot("8", 90)], unknown(1, 17), Rules(), LOOKS, "unsure",
                     id="looks a little like one"),
        pytest.param([pivot("337", 0)], read(("36", "337")), Rules(), LOOKS, "337",
                     id="one reading for and one against"),
        pytest.param([pivot("337", 0)], read(("360", "360")), Rules(), LOOKS, "nobody_like_it",
                     id="another number was read"),
        pytest.param([pivot("7", 0)], read((), 0.99999), Rules(), LOOKS, "unsure",
                     id="hardly anybody of its kind has a pivot"),
        pytest.param([], unknown(1, 0), Rules(), LOOKS, "nothing_to_compare", id="no pivots"),
        pytest.param([pivot("7", 0)], unknown(1, None), Rules(), LOOKS, "nothing_to_compare",
                     id="no vector"),
        pytest.param([pivot("7", None)], unknown(1, 0), Rules(), LOOKS, "nothing_to_compare",
                     id="pivots without vectors"),
        pytest.param([pivot("7", 0)], unknown(1, 0, quality=0.1), Rules(), LOOKS, "too_poor",
                     id="crops too poor"),
        pytest.param([pivot("7", 0, 99, "b")], unknown(1, 0), Rules(), LOOKS, "nobody_like_it",
                     id="seen at the same moment by the same camera"),
        pytest.param([pivot("7", 0, 99, "b"), pivot("8", 1)], unknown(1, 0), Rules(), LOOKS, "8",
                     id="one of two in the same clothes was seen beside it"),
        pytest.param([pivot("7", 0, 20), pivot("8", 1, -200)], unknown(1, 0), ORDER, LOOKS, "7",
                     id="one of two in the same clothes cannot have come so late"),
        pytest.param([pivot("7", 0, 95)], unknown(1, 0), ORDER, LOOKS, "nobody_like_it",
                     id="cannot have come so fast"),
        pytest.param([pivot("7", 0, 20), pivot("7", 0, 99, "b")], unknown(1, 0), ORDER, LOOKS,
                     "nobody_like_it", id="one track of the bib fits, another does not"),
        pytest.param([pivot("7", 0)], unknown(1, 0), SAID, LOOKS, "nobody_like_it",
                     id="somebody said: wrong person"),
        pytest.param([pivot("7", 0)], unknown(2, 0), SAID, LOOKS, "7",
                     id="wrong person was said of another track"),
        pytest.param([pivot("7", 0, face=0), pivot("8", 1, face=90)], unknown(1, 0, face=0),
                     Rules(), BOTH, "7", id="faces tell two in the same clothes apart"),
        pytest.param([pivot("7", 0, face=0), pivot("8", 1, face=90)], unknown(1, 0, face=0),
                     Rules(), LOOKS, "too_close", id="where faces are off they say nothing"),
        pytest.param([pivot("7", 0, face=90)], unknown(1, 0, face=0), Rules(), BOTH,
                     "nobody_like_it",
                     id="another face in the same clothes"),
        pytest.param([pivot("7", 0), pivot("8", 90)], unknown(1, 0, face=0), Rules(), BOTH, "7",
                     id="a face on one side only says nothing"),
        pytest.param([pivot("7", None, face=0)], unknown(1, None, face=0), Rules(), BOTH, "7",
                     id="a face alone"),
        pytest.param([pivot("7", 0), pivot("8", 90)], unknown(1, 1), Rules(), PHOTOS, "7",
                     id="two tracks, where there are photos"),
        pytest.param([pivot("7", 0), pivot("8", 90)], replace(unknown(1, 1), span=photo(4)),
                     Rules(), PHOTOS, "unsure", id="looks like one of two, in a photo"),
        pytest.param([replace(pivot("7", 0), span=photo(4)), pivot("8", 90)], unknown(1, 1),
                     Rules(), PHOTOS, "unsure", id="looks like one who is known from a photo"),
        pytest.param([replace(pivot("7", 0), span=photo(4)), pivot("8", 1)], unknown(1, 1),
                     Rules(), PHOTOS, "8", id="as like a track as a photo"),
        pytest.param([pivot("7", 0)], replace(unknown(1, 0), span=photo(4)), Rules(), LOOKS, "7",
                     id="in a photo, where nothing else is known of photos"),
    ],
)  # fmt: skip
def test_one_unknown(
    pivots: list[Candidate], one: Unknown, rules: Rules, calibrations: Calibrations, result: str
) -> None:
    [decision] = match(pivots, [one], calibrations, rules, SETTINGS)
    assert told(decision) == result


def test_pivots_that_cannot_be_compared_leave_doubt() -> None:
    """Whether they have an appearance or nothing: the unknown has only a face."""
    face, one = pivot("7", None, face=0), unknown(1, None, face=0)
    posteriors = []
    for degrees in (90, None):
        others = [pivot(str(n), degrees) for n in range(100, 200)]
        [made] = match([face, *others], [one], BOTH, Rules(), SETTINGS)
        assert isinstance(made, Assignment)
        posteriors.append(made.evidence.posterior)
    [alone] = match([face], [one], BOTH, Rules(), SETTINGS)
    assert isinstance(alone, Assignment)
    assert posteriors[0] == pytest.approx(posteriors[1])
    assert posteriors[0] < alone.evidence.posterior


def test_who_was_never_possible_is_not_taken_off_again() -> None:
    late = [pivot(str(n), 0, -900) for n in (9, 10, 11)]
    said = replace(ORDER, negatives=frozenset({(1, "9"), (1, "10"), (1, "11")}))
    [made] = match([pivot("7", 2, 20), *late], [unknown(1, 0)], LOOKS, said, SETTINGS)
    assert isinstance(made, Assignment)
    assert made.evidence.possible == 1


def test_the_evidence_says_what_was_weighed_and_what_was_excluded() -> None:
    pivots = [pivot("7", 2, 20), pivot("8", 14, 20), pivot("9", 0, 99, "b"), pivot("10", 0, -900)]
    [made] = match(pivots, [unknown(1, 0)], LOOKS, ORDER, SETTINGS)
    assert isinstance(made, Assignment)
    evidence = made.evidence
    assert (made.bib, evidence.second, evidence.possible) == ("7", "8", 2)
    assert evidence.appearance == pytest.approx(np.cos(np.radians(2)), abs=1e-5)
    assert evidence.face is None
    assert evidence.margin > SETTINGS.margin
    assert {(one.bib, one.why) for one in evidence.excluded} == {
        ("9", Why.SAME_MOMENT),
        ("10", Why.OUT_OF_ORDER),
    }


def test_the_posterior_shares_between_pivots_and_nobody() -> None:
    line = Calibration("m", (0.0, 1.0), (0.0, 3.0))
    pivots = [pivot("7", 0), pivot("8", 90)]
    settings = replace(SETTINGS, threshold=0.5, margin=0)
    [made] = match(pivots, [unknown(1, 0)], Calibrations(line), Rules(), settings)
    assert isinstance(made, Assignment)
    expected = 0.45 * np.exp(3) / (0.45 * np.exp(3) + 0.45 + 0.1)
    assert made.evidence.posterior == pytest.approx(expected, rel=1e-4)


def test_a_pivot_claimed_twice_at_one_moment_goes_to_the_likelier() -> None:
    pair = [unknown(1, 4), unknown(2, 0, 101)]
    first, second = match([pivot("7", 0), pivot("8", 90)], pair, LOOKS, Rules(), SETTINGS)
    assert told(second) == "7"
    assert isinstance(first, Refused)
    assert first.why is Refusal.NOBODY_LIKE_IT
    assert [(one.bib, one.why) for one in first.excluded] == [("7", Why.CLAIMED)]


def test_who_loses_a_claim_may_be_somebody_else() -> None:
    pair = [unknown(1, 3), unknown(2, 0, 101)]
    pivots = [pivot("7", 0), pivot("8", 13)]
    settings = replace(SETTINGS, threshold=0.8, margin=0.5)
    assert [told(one) for one in match(pivots, pair, LOOKS, Rules(), settings)] == ["8", "7"]


def test_a_runner_whose_track_broke_is_the_same_pivot_twice() -> None:
    pair = [unknown(1, 0, 100), unknown(2, 0, 103)]
    decisions = match([pivot("7", 0), pivot("8", 90)], pair, LOOKS, Rules(), SETTINGS)
    assert [told(one) for one in decisions] == ["7", "7"]


def test_many_look_alikes_out_of_their_time_do_not_crowd_out_who_is_possible() -> None:
    crowd = [pivot(str(100 + k), 0, -500 - k) for k in range(2 * KEPT)]
    [made] = match([*crowd, pivot("7", 3, 20)], [unknown(1, 0)], LOOKS, ORDER, SETTINGS)
    assert told(made) == "7"


def test_look_alikes_that_are_not_kept_count_all_the_same() -> None:
    settings = replace(SETTINGS, threshold=0.0, margin=0)
    crowd = [pivot(str(100 + k), 0) for k in range(4 * KEPT)]
    [made] = match(crowd, [unknown(1, 0)], LOOKS, Rules(), settings)
    assert isinstance(made, Assignment)
    assert made.evidence.posterior == pytest.approx(1 / (4 * KEPT), rel=0.01)


def test_two_unknowns_of_one_track_are_refused() -> None:
    with pytest.raises(ValueError, match="same track"):
        match([], [unknown(1, 0), unknown(1, 0)], LOOKS, Rules(), SETTINGS)


def random_race(seed: int) -> tuple[list[Candidate], list[Unknown], Rules]:
    """Sixty runners, some beside each other, some without pivot, in few colours."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(0, 40, 60) * 9.0
    times = rng.uniform(0, 200, 60)
    pivots = [pivot(str(k), colours[k], times[k]) for k in range(50)]
    late = times + rng.uniform(50, 150, 60)
    unknowns = [unknown(5000 + k, colours[k] + rng.normal(0, 2), late[k]) for k in range(60)]
    said = frozenset((5000 + k, str(k)) for k in range(0, 50, 7))
    return pivots, unknowns, Rules(travels=ORDER.travels, negatives=said)


def shuffled(values: Sequence[object], seed: int) -> list[int]:
    return [int(k) for k in np.random.default_rng(seed).permutation(len(values))]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_what_is_given_makes_no_difference(seed: int) -> None:
    pivots, unknowns, rules = random_race(seed)
    plain = match(pivots, unknowns, LOOKS, rules, SETTINGS)
    mixed = [unknowns[k] for k in shuffled(unknowns, seed)]
    others = [pivots[k] for k in shuffled(pivots, seed + 100)]
    again = {one.track: told(one) for one in match(others, mixed, LOOKS, rules, SETTINGS)}
    assert again == {one.track: told(one) for one in plain}
    assert any(isinstance(one, Assignment) for one in plain)


@pytest.mark.parametrize("seed", range(5))
def test_no_assignment_breaks_a_rule(seed: int) -> None:
    pivots, unknowns, rules = random_race(seed)
    spans = {one.span.track: one.span for one in unknowns}
    made = [one for one in match(pivots, unknowns, LOOKS, rules, SETTINGS)
            if isinstance(one, Assignment)]  # fmt: skip
    assert len(made) > 5
    assert len({one.track for one in made}) == len(made)
    for one in made:
        assert (one.track, one.bib) not in rules.negatives
        known = [p.span for p in pivots if p.bib == one.bib]
        beside = [spans[o.track] for o in made if o.bib == one.bib and o.track != one.track]
        assert [rules.clash(other, spans[one.track]) for other in known + beside] == (
            [None] * (len(known) + len(beside))
        )


@pytest.mark.parametrize(
    "change",
    [{"nobody_prior": 0.0}, {"nobody_prior": 1.0}, {"threshold": 1.5}, {"margin": -1.0},
     {"least_quality": -0.1}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_settings_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        replace(SETTINGS, **change)
