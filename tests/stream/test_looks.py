from __future__ import annotations

import numpy as np
import pytest

from engines.types import Box, Detections, Kind
from stream.looks import LineRead, LookHistory, LookSettings, chest, owner, part, place_of, wishes
from stream.tracking import Tracked
from stream.types import LookKind
from tests.stream.scenes import SIZE, bib_of, found, number_of

NEAR: Box = (600.0, 300.0, 800.0, 900.0)
FAR: Box = (1000.0, 400.0, 1060.0, 580.0)
TINY: Box = (1200.0, 400.0, 1225.0, 470.0)
BEHIND: Box = (640.0, 310.0, 760.0, 670.0)
NOW_NS = 10**12


def tracked(*boxes: Box, measured: bool = True) -> list[Tracked]:
    return [Tracked(k, box, box if measured else None) for k, box in enumerate(boxes, start=1)]


def asked(
    looks: int = 1, ago_s: float = 0.0, confirmed: bool = False, empty: int = 0
) -> LookHistory:
    return LookHistory((NEAR[3] - NEAR[1],) * looks, NOW_NS - round(ago_s * 1e9), confirmed, empty)


DUE = {
    "never looked at": (LookHistory(), True),
    "a frame ago": (asked(ago_s=0.04), False),
    "three frames ago": (asked(looks=1, ago_s=0.12), False),
    "four frames ago": (asked(looks=1, ago_s=0.16), True),
    "often looked at in vain, four frames ago": (asked(looks=20, ago_s=0.16), False),
    "often looked at in vain, ten frames ago": (asked(looks=20, ago_s=0.4), True),
    "often in vain while farther away": (LookHistory((400.0,) * 20, NOW_NS - 160_000_000), True),
    "four looks without a number, ten frames ago": (asked(4, 0.4, empty=4), False),
    "four looks without a number, a second ago": (asked(4, 1.0, empty=4), True),
    "many looks without a number, a second ago": (asked(30, 1.0, empty=30), True),
    "confirmed, half a second ago": (asked(ago_s=0.5, confirmed=True), False),
    "confirmed, a second ago": (asked(ago_s=1.0, confirmed=True), True),
    "looked at too often": (asked(looks=60, ago_s=9.0), False),
}


@pytest.mark.parametrize(("state", "due"), DUE.values(), ids=DUE.keys())
def test_when_a_track_is_looked_at(state: LookHistory, due: bool) -> None:
    made = wishes(found([NEAR]), tracked(NEAR), {1: state}, NOW_NS, SIZE[1], LookSettings())
    assert bool(made) is due


def test_a_number_line_in_sight_is_looked_at_however_many_looks_were_empty() -> None:
    shown = found([NEAR], [bib_of(NEAR)], [number_of(NEAR)])
    state = asked(4, 0.4, empty=4)
    assert wishes(shown, tracked(NEAR), {1: state}, NOW_NS, SIZE[1], LookSettings())


LEAVING: Box = (600.0, 600.0, 1100.0, 1080.0)
LEAVES = {
    "leaving, a frame ago": (930.0, asked(ago_s=0.04), True),
    "leaving, less than a frame ago": (930.0, asked(ago_s=0.03), False),
    "leaving, often looked at in vain": (930.0, asked(looks=20, ago_s=0.04), True),
    "leaving, confirmed": (930.0, asked(ago_s=0.04, confirmed=True), False),
    "leaving, looked at too often": (930.0, asked(looks=60, ago_s=9.0), False),
    "higher up": (900.0, asked(ago_s=0.04), False),
}


@pytest.mark.parametrize(("lower", "state", "due"), LEAVES.values(), ids=LEAVES.keys())
def test_a_number_about_to_leave_the_picture_is_looked_at_in_every_frame(
    lower: float, state: LookHistory, due: bool
) -> None:
    shown = found([LEAVING], [], [(800.0, lower - 50, 900.0, lower)])
    made = wishes(shown, tracked(LEAVING), {1: state}, NOW_NS, SIZE[1], LookSettings())
    assert bool(made) is due


def test_who_leaves_takes_nobody_elses_turn() -> None:
    others: list[Box] = [(100.0 * k, 300.0, 100.0 * k + 90, 600.0) for k in range(1, 5)]
    leaving: list[Box] = [(600.0, 600.0, 900.0, 1080.0), (1000.0, 600.0, 1300.0, 1080.0)]
    shown = found([*others, *leaving], [], [(x0 + 50, 900.0, x0 + 99, 940.0) for x0, *_ in leaving])
    before = {5: asked(ago_s=0.04), 6: asked(ago_s=0.04)}
    made = wishes(shown, tracked(*others, *leaving), before, NOW_NS, SIZE[1], LookSettings())
    assert [wish.track_id > 4 for wish in made] == [False, False, False, True]


WHAT = {
    "no bib known": (found([NEAR]), LookKind.TORSO, part(NEAR, LookSettings().torso), None),
    "number line found": (
        found([NEAR], [bib_of(NEAR)], [number_of(NEAR)]), LookKind.NUMBER, number_of(NEAR),
        bib_of(NEAR),
    ),
    "only the bib found": (
        found([NEAR], [bib_of(NEAR)]), LookKind.TORSO, part(NEAR, LookSettings().torso),
        bib_of(NEAR),
    ),
    "number line without a bib": (
        found([NEAR], [], [number_of(NEAR)]), LookKind.NUMBER, number_of(NEAR), None,
    ),
    "number line on the shorts": (
        found([NEAR], [bib_of(NEAR)], [(650.0, 750.0, 700.0, 770.0)]), LookKind.TORSO,
        part(NEAR, LookSettings().torso), bib_of(NEAR),
    ),
    "number line of low score": (
        found([NEAR], [], [number_of(NEAR)], score=0.2), LookKind.TORSO,
        part(NEAR, LookSettings().torso), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("detections", "kind", "crop", "bib"), WHAT.values(), ids=WHAT.keys())
def test_what_is_looked_at(
    detections: Detections, kind: LookKind, crop: Box, bib: Box | None
) -> None:
    (wish,) = wishes(detections, tracked(NEAR), {}, NOW_NS, SIZE[1], LookSettings())
    assert (wish.kind, wish.person) == (kind, NEAR)
    assert wish.crop == pytest.approx(crop, abs=0.01)
    assert wish.bib == (None if bib is None else pytest.approx(bib, abs=0.01))


BIB_LINE: Box = (660.0, 520.0, 740.0, 550.0)
BIB_ROUND: Box = (650.0, 500.0, 750.0, 570.0)
WORD_LINE: Box = (650.0, 420.0, 750.0, 450.0)
WORD_ROUND: Box = (640.0, 410.0, 760.0, 460.0)
CUT_OFF: Box = (600.0, 300.0, 800.0, 700.0)


def word_and_bib(person: Box) -> Detections:
    """A runner with a word on the shirt, found a little better than the bib below."""
    lines = [(WORD_LINE, 0.8, Kind.NUMBER), (BIB_LINE, 0.7, Kind.NUMBER)]
    sheets = [(WORD_ROUND, 0.8, Kind.BIB), (BIB_ROUND, 0.7, Kind.BIB)]
    rows = [(person, 0.9, Kind.PERSON), *lines, *sheets]
    return Detections(
        np.array([box for box, _, _ in rows], np.float32),
        np.array([score for _, score, _ in rows], np.float32),
        np.array([kind for _, _, kind in rows], np.int64),
    )


WORDS = {
    "nothing read yet": ([], WORD_LINE, WORD_ROUND),
    "a word was read there": ([(WORD_LINE, False)], BIB_LINE, BIB_ROUND),
    "a word there, and the bib once": ([(WORD_LINE, False), (BIB_LINE, True)], BIB_LINE, BIB_ROUND),
    "the bib could not be read either": (
        [(WORD_LINE, False), (BIB_LINE, False)], WORD_LINE, WORD_ROUND,
    ),
    "the bib was read once and once not": (
        [(BIB_LINE, False), (BIB_LINE, True), (WORD_LINE, False)], BIB_LINE, BIB_ROUND,
    ),
    "a bib was read there": ([(WORD_LINE, True)], WORD_LINE, WORD_ROUND),
}  # fmt: skip


@pytest.mark.parametrize("person", [NEAR, CUT_OFF], ids=["whole", "without feet"])
@pytest.mark.parametrize(("read", "line", "bib"), WORDS.values(), ids=WORDS.keys())
def test_a_word_on_the_shirt_does_not_keep_the_bib_from_being_read(
    read: list[tuple[Box, bool]], line: Box, bib: Box, person: Box
) -> None:
    lines = tuple(LineRead(place_of(where, NEAR), is_bib) for where, is_bib in read)
    (wish,) = wishes(
        word_and_bib(person), tracked(person), {1: LookHistory(lines=lines)}, NOW_NS, SIZE[1],
        LookSettings(),
    )  # fmt: skip
    assert (wish.crop, wish.bib) == (line, bib)


def test_small_number_lines_are_looked_at_through_the_torso() -> None:
    detections = found([FAR], [bib_of(FAR)], [number_of(FAR)])
    far = (1000.0, 400.0, 1040.0, 520.0)
    (wish,) = wishes(detections, tracked(FAR), {}, NOW_NS, SIZE[1], LookSettings())
    assert wish.kind is LookKind.NUMBER
    detections = found([far], [bib_of(far)], [number_of(far)])
    (wish,) = wishes(
        detections, tracked(far), {}, NOW_NS, SIZE[1], LookSettings(min_person_px=90.0)
    )
    assert wish.kind is LookKind.TORSO


def test_persons_too_small_or_not_measured_are_not_looked_at() -> None:
    assert wishes(found([TINY]), tracked(TINY), {}, NOW_NS, SIZE[1], LookSettings()) == []
    hidden = tracked(NEAR, measured=False)
    assert wishes(found(), hidden, {}, NOW_NS, SIZE[1], LookSettings()) == []


def test_the_most_valuable_come_first_and_not_too_many() -> None:
    boxes = [(100.0 * k, 300.0, 100.0 * k + 80, 500.0 + 40 * k) for k in range(1, 6)]
    made = wishes(found(boxes), tracked(*boxes), {}, NOW_NS, SIZE[1], LookSettings())
    assert [wish.track_id for wish in made] == [5, 4, 3]
    confirmed = {5: asked(ago_s=5.0, confirmed=True)}
    made = wishes(found(boxes), tracked(*boxes), confirmed, NOW_NS, SIZE[1], LookSettings())
    assert [wish.track_id for wish in made] == [4, 3, 2]


def test_a_bib_belongs_to_the_runner_in_front() -> None:
    persons = tracked(BEHIND, NEAR)
    x0, y0, x1, y1 = bib_of(NEAR)
    part_of = LookSettings().bib_centre
    assert owner((x0 + x1) / 2, (y0 + y1) / 2, persons, SIZE[1], part_of) == 2
    assert owner(SIZE[0] - 1, 5, persons, SIZE[1], part_of) is None
    made = wishes(
        found([BEHIND, NEAR], [bib_of(NEAR)]), persons, {}, NOW_NS, SIZE[1], LookSettings()
    )
    assert {wish.track_id: wish.bib is not None for wish in made} == {1: False, 2: True}


def test_a_bib_at_the_side_of_somebodys_box_is_of_whoever_runs_beside() -> None:
    beside: Box = (730.0, 310.0, 900.0, 860.0)
    x0, y0, x1, y1 = bib_of(beside)
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    wider: Box = (NEAR[0], NEAR[1], 840.0, NEAR[3])
    part_of = LookSettings().bib_centre
    assert owner(*middle, tracked(wider, beside), SIZE[1], part_of) == 2
    assert owner(*middle, tracked(wider), SIZE[1], part_of) is None


BELOW = float(SIZE[1])
CHESTS: dict[str, tuple[Box, Box]] = {
    "a whole runner": ((100, 200, 300, 900), (120, 270, 280, 620)),
    "the feet at the edge": ((100, 380, 300, BELOW), (120, 450, 280, 800)),
    "the legs out of the picture": ((100, 720, 300, BELOW), (120, 770, 280, 1020)),
    "only head and shoulders in it": ((100, 980, 300, BELOW), (120, 1030, 280, BELOW)),
    "believed to reach out of it": ((100, 980, 300, BELOW + 60), (120, 1030, 280, BELOW + 60)),
}


@pytest.mark.parametrize(("person", "expected"), CHESTS.values(), ids=CHESTS.keys())
def test_the_chest(person: Box, expected: Box) -> None:
    assert chest(person, BELOW, (0.1, 0.1, 0.9, 0.6)) == pytest.approx(expected, abs=0.01)


def test_the_bib_of_a_runner_who_leaves_the_picture_is_looked_for_where_it_is() -> None:
    leaving: Box = (600.0, 800.0, 840.0, BELOW)
    low: Box = (680.0, 1000.0, 760.0, 1070.0)
    [made] = wishes(found([leaving], [low]), tracked(leaving), {}, NOW_NS, BELOW, LookSettings())
    assert made.bib == pytest.approx(low)
    assert made.crop[3] == BELOW


def test_a_bib_belongs_to_somebody_who_was_found_rather_than_to_who_may_be_there() -> None:
    """A track that lost its runner goes on for a moment where he may be."""
    x0, y0, x1, y1 = bib_of(BEHIND)
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    part_of = LookSettings().bib_centre
    [behind] = tracked(BEHIND)
    for measured, expected in ((NEAR, 7), (None, behind.track_id)):
        in_front = Tracked(7, NEAR, measured)
        assert owner(*middle, [behind, in_front], BELOW, part_of) == expected
    assert owner(*middle, [Tracked(7, NEAR, None)], BELOW, part_of) == 7
