from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from engines.types import Box
from stream.export.stills.choice import (
    EDGE,
    LEAST_SHARE,
    Marks,
    Moment,
    best_apart,
    cut_of,
    marks_of,
    moments_of,
    spread,
)
from stream.export.stills.people import Group, Other
from stream.store.values import LookRow, RunnerRow
from stream.types import Reason, State

SIZE = (1920, 1080)
SECOND_NS = 1_000_000_000
TRACK = RunnerRow(
    1, "finish", "12", State.CONFIRMED, 0.99, 3, None, 0, 10 * SECOND_NS, None, None, True, None,
    None, True, False, 4,
)  # fmt: skip
PERSON: Box = (900, 300, 1100, 800)
GOOD = Marks(height_px=500, sharpness=0.5, face=True, bib=True, covered=0.0, cut=1.0)


def look(
    at_s: float,
    person: Box = PERSON,
    sharpness: float | None = 0.5,
    text: str | None = "12",
    reason: Reason | None = None,
) -> LookRow:
    time_ns = round(at_s * SECOND_NS)
    return LookRow(1, "finish", 0, time_ns, time_ns, reason, text, sharpness, person, None, None)


def grown(person: Box, factor: float) -> Box:
    x0, y0, x1, y1 = person
    return x0, y0, x0 + factor * (x1 - x0), y0 + factor * (y1 - y0)


def moved(person: Box, x: float, y: float) -> Box:
    return person[0] + x, person[1] + y, person[2] + x, person[3] + y


@pytest.mark.parametrize(
    ("situation", "worse"),
    [
        ("small", look(2, grown(PERSON, 0.7))),
        ("blurred", look(2, sharpness=0.2)),
        ("no number was found", look(2, sharpness=None, text=None, reason=Reason.NO_NUMBER)),
        ("cut off at the left", look(2, moved(PERSON, -900, 0))),
        ("cut off at the feet", look(2, moved(PERSON, 0, 280))),
        ("another number was read", look(2, text="34")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_of_two_looks_the_better_one_is_decoded(situation: str, worse: LookRow) -> None:
    moments = moments_of(TRACK, [look(0), worse], SIZE)
    assert len(moments) == 2, "two seconds apart, nothing is known in between"
    good, bad = moments
    assert good.value > 1.15 * bad.value > 0
    assert spread(moments, 1, 0.5) == (good,)


def test_between_looks_the_person_is_interpolated() -> None:
    there = moved(PERSON, 100, 50)
    moments = moments_of(TRACK, [look(1.0), look(1.8, there)], SIZE)
    assert [m.capture_utc_ns / SECOND_NS for m in moments] == [1.0, 1.2, 1.4, 1.6, 1.8]
    assert moments[2].person == pytest.approx(moved(PERSON, 50, 25))
    assert {(m.footage_id, m.camera) for m in moments} == {(4, "finish")}


def test_looks_that_did_not_count_tell_where_the_runner_was() -> None:
    rejected = look(1.4, moved(PERSON, 300, 0), reason=Reason.BLURRED)
    moments = moments_of(TRACK, [look(1.0), rejected, look(1.8, moved(PERSON, 320, 0))], SIZE)
    box = {m.capture_utc_ns: m.person for m in moments}
    assert box[round(1.2 * SECOND_NS)] == pytest.approx(moved(PERSON, 150, 0))


def test_a_track_without_looks_has_no_moments() -> None:
    assert moments_of(TRACK, [], SIZE) == ()


def test_a_track_without_footage_is_refused() -> None:
    with pytest.raises(ValueError, match="track 1 has no footage"):
        moments_of(replace(TRACK, footage_id=None), [look(1)], SIZE)


@pytest.mark.parametrize(
    ("person", "order"),
    [
        pytest.param(PERSON, 0, id="whole"),
        pytest.param((900, 500, 1100, 1080), 1, id="feet"),
        pytest.param((0, 300, 200, 800), 2, id="left"),
        pytest.param((1720, 300, 1920, 800), 2, id="right"),
        pytest.param((900, EDGE * 1080, 1100, 800), 3, id="head"),
    ],
)
def test_a_missing_head_is_the_worst_cut(person: Box, order: int) -> None:
    ranks = sorted({1.0, 0.7, 0.4, 0.2}, reverse=True)
    assert cut_of(person, SIZE) == pytest.approx(ranks[order])


def test_two_cuts_are_worse_than_one() -> None:
    assert cut_of((0, 500, 200, 1080), SIZE) < cut_of((0, 300, 200, 800), SIZE)


@pytest.mark.parametrize(
    ("lacking", "marks"),
    [
        ("size", replace(GOOD, height_px=250)),
        ("sharpness", replace(GOOD, sharpness=0.1)),
        ("the face", replace(GOOD, face=False)),
        ("the bib", replace(GOOD, bib=False)),
        ("the half that somebody covers", replace(GOOD, covered=0.5)),
        ("the feet", replace(GOOD, cut=0.7)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_still_is_worth_less_for_what_it_lacks(lacking: str, marks: Marks) -> None:
    assert 0 < marks.value < 0.8 * GOOD.value <= 1


def test_more_than_enough_counts_no_more() -> None:
    assert replace(GOOD, height_px=800).value == replace(GOOD, height_px=1600).value
    assert replace(GOOD, sharpness=0.6).value == replace(GOOD, sharpness=0.9).value


FACE: Box = (970, 310, 1030, 380)


@pytest.mark.parametrize(
    ("group", "covered"),
    [
        pytest.param(Group(PERSON, FACE, None, (), ()), 0.0, id="alone"),
        pytest.param(
            Group(PERSON, FACE, None, (Other((1000, 300, 1200, 900), None, True),), ()),
            0.5,
            id="half behind somebody",
        ),
        pytest.param(
            Group(PERSON, FACE, None, (Other((1000, 300, 1200, 700), None, False),), ()),
            0.0,
            id="in front of somebody",
        ),
        pytest.param(
            Group(PERSON, None, None, (Other((900, 280, 1100, 390), None, True),), ()),
            1.0,
            id="only the head covered, no face seen",
        ),
        pytest.param(
            Group(PERSON, FACE, None, (Other(None, (1000, 300, 1050, 350), False),), ()),
            0.0,
            id="a face of nobody covers nothing",
        ),
    ],
)
def test_how_much_others_cover(group: Group, covered: float) -> None:
    marks = marks_of(group, SIZE, 0.5)
    assert marks.covered == pytest.approx(covered, abs=0.01)
    assert (marks.height_px, marks.face, marks.bib) == (500, group.face is not None, False)


@dataclass(frozen=True)
class Candidate:
    capture_utc_ns: int
    value: float
    camera: str = "a"


def candidates(*values: tuple[float, float] | tuple[float, float, str]) -> list[Candidate]:
    return [Candidate(round(v[0] * SECOND_NS), *v[1:]) for v in values]


@pytest.mark.parametrize(
    ("shots", "n", "chosen_s"),
    [
        pytest.param([], 3, [], id="nothing"),
        pytest.param([(0, 0.5), (1, 0.9), (2, 0.7)], 2, [1, 2], id="best first"),
        pytest.param([(0, 0.5), (1, 0.9), (1.3, 0.8)], 2, [1, 0], id="too near in time"),
        pytest.param([(0, 0.8), (0.5, 0.9)], 2, [0.5, 0], id="just far enough"),
        pytest.param([(1, 0.9, "a"), (1, 0.8, "b")], 2, [1, 1], id="two cameras at one moment"),
        pytest.param([(1, 0.9), (1, 0.8)], 2, [1], id="a frame once"),
        pytest.param([(0, 0.9), (1, 0.9 * LEAST_SHARE - 0.01)], 2, [0], id="too poor beside best"),
        pytest.param([(0, 0.01)], 2, [0], id="poor but the best there is"),
    ],
)
def test_the_best_are_taken_at_different_moments(
    shots: list[tuple[float, float]], n: int, chosen_s: list[float]
) -> None:
    chosen = best_apart(candidates(*shots), n, 0.5)
    assert [shot.capture_utc_ns / SECOND_NS for shot in chosen] == chosen_s


def test_without_a_gap_a_frame_is_still_taken_once() -> None:
    assert len(best_apart(candidates((1, 0.9), (1, 0.8), (1.04, 0.7)), 3, 0.0)) == 2


def test_frames_to_decode_are_spread_and_in_order_of_time() -> None:
    moments = [Moment(4, "a", round(k * 0.1 * SECOND_NS), PERSON, 1 + 0.01 * k) for k in range(100)]
    chosen = spread(moments, 5, 0.5)
    times = [m.capture_utc_ns for m in chosen]
    assert len(times) == 5
    assert times == sorted(times)
    assert min(b - a for a, b in pairwise(times)) >= 0.25 * SECOND_NS
    assert times[-1] == moments[-1].capture_utc_ns
