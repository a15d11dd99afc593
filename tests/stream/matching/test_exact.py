"""Matching in blocks decides as a search does that weighs every pivot, one after the other."""

from __future__ import annotations

from math import exp

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
    likeness,
    match,
)

LOOKS = Calibration("looks", (-0.2, 0.5, 0.8, 1.0), (-7.0, -1.0, 4.0, 11.0))
FACES = Calibration("faces", (0.3, 0.6, 1.0), (-2.0, 0.0, 4.0))
IN_PHOTOS = Calibration("looks", (-0.2, 0.5, 0.8, 1.0), (-1.0, -0.5, 3.5, 10.0))
TRAVEL = Travel("a", "b", 50.0, 150.0)
PIVOTS, UNKNOWNS = 120, 60
SETTINGS = MatchSettings()


def _unit(values: Floats) -> Floats:
    return np.asarray(values / np.linalg.norm(values), np.float32)


def _race(seed: int, with_photos: bool = False) -> tuple[list[Candidate], list[Unknown]]:
    """Some look alike; some have no appearance, some no face, or a poor one.

    Args:
        seed: of everything.
        with_photos: every third is seen in a photo instead.
    """
    rng = np.random.default_rng(seed)
    looks = rng.standard_normal((PIVOTS, 6), np.float32)
    looks[:20] = looks[20:40] + rng.normal(0, 0.1, (20, 6))
    faces = rng.standard_normal((PIVOTS, 5), np.float32)
    times = rng.uniform(0, 400, PIVOTS)

    def seen(vector: Floats, noise: float) -> Floats | None:
        if rng.random() < 0.2:
            return None
        return _unit(vector + np.asarray(rng.normal(0, noise, vector.shape), np.float32))

    def span(track: int, camera: str, last_s: float) -> TrackSpan:
        if with_photos and track % 3 == 0:
            return TrackSpan(-track, "", 0, 0, photo=track)
        return TrackSpan(track, camera, round((last_s - 2) * 1e9), round(last_s * 1e9))

    pivots = [
        Candidate(str(k), span(k, "a", times[k]), seen(looks[k], 0), seen(faces[k], 0), 1.0,
                  face_quality=float(rng.uniform(0, 0.5)))
        for k in range(PIVOTS)
    ]  # fmt: skip
    unknowns = [
        Unknown(span(1000 + k, "b", times[k] + rng.uniform(40, 160)), seen(looks[k], 0.3),
                seen(faces[k], 0.3), 1.0, face_quality=float(rng.uniform(0, 0.5)))
        for k in rng.permutation(PIVOTS)[:UNKNOWNS].tolist()
    ]  # fmt: skip
    return pivots, unknowns


def _ratio(one: Unknown, pivot: Candidate, with_faces: bool, floor: float) -> float:
    """What appearance and face say together."""
    looks = face = None
    in_photo = one.span.photo is not None or pivot.span.photo is not None
    if one.appearance is not None and pivot.appearance is not None:
        told_by = IN_PHOTOS if in_photo else LOOKS
        looks = float(told_by.log_ratio(one.appearance @ pivot.appearance))
    if with_faces and one.face is not None and pivot.face is not None:
        poorer = min(one.face_quality, pivot.face_quality)
        said = float(FACES.log_ratio(one.face @ pivot.face))
        face = said * min(poorer / likeness.FULL_FACE, 1)
        if said < 0 and looks is not None and looks < floor:
            face = None
    if looks is not None and looks < floor and face is None:
        return floor
    return (looks or 0.0) + (face or 0.0)


def _one_by_one(
    pivots: list[Candidate], one: Unknown, rules: Rules, with_faces: bool
) -> tuple[str | None, float]:
    """The likest pivot and its posterior; no pivot where none says anything for it."""
    possible = [pivot for pivot in pivots if rules.clash(pivot.span, one.span) is None]
    spans = (one.span, *(pivot.span for pivot in pivots))
    with_photos = any(span.photo is not None for span in spans)
    floor = likeness.PHOTO_FLOOR if with_photos else likeness.FLOOR
    ratios = sorted(((_ratio(one, p, with_faces, floor), p.bib) for p in possible), reverse=True)
    if not ratios or ratios[0][0] <= 0:
        return None, 0.0
    each = (1 - SETTINGS.nobody_prior) / len(possible)
    total = SETTINGS.nobody_prior + each * sum(exp(ratio) for ratio, _ in ratios)
    return ratios[0][1], each * exp(ratios[0][0]) / total


@pytest.mark.parametrize("with_faces", [False, True], ids=["looks", "looks and faces"])
@pytest.mark.parametrize(
    "rules", [Rules(), Rules((TRAVEL,))], ids=["at any time", "in the order of the cameras"]
)
@pytest.mark.parametrize("with_photos", [False, True], ids=["tracks", "tracks and photos"])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_comes_out_as_of_a_search_one_by_one(
    seed: int, with_photos: bool, rules: Rules, with_faces: bool
) -> None:
    pivots, unknowns = _race(seed, with_photos)
    calibrations = Calibrations(
        LOOKS, FACES if with_faces else None, IN_PHOTOS if with_photos else None
    )
    made = 0
    for one in unknowns:
        # Alone: what others have claimed plays no part.
        [decision] = match(pivots, [one], calibrations, rules, SETTINGS)
        if isinstance(decision, Refused) and decision.why is Refusal.NOTHING_TO_COMPARE:
            continue
        bib, posterior = _one_by_one(pivots, one, rules, with_faces)
        if bib is None:
            assert isinstance(decision, Refused)
            assert decision.why is Refusal.NOBODY_LIKE_IT
            continue
        evidence = decision.evidence
        assert evidence is not None
        assert (decision.bib if isinstance(decision, Assignment) else decision.best) == bib
        assert evidence.posterior == pytest.approx(posterior, rel=1e-3)
        made += isinstance(decision, Assignment)
    assert made >= 5


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    pivots, unknowns = _race(9)
    whole = match(pivots, unknowns, Calibrations(LOOKS, FACES), Rules(), SETTINGS)
    monkeypatch.setattr(likeness, "_BLOCK_VALUES", 7 * PIVOTS)
    assert match(pivots, unknowns, Calibrations(LOOKS, FACES), Rules(), SETTINGS) == whole
