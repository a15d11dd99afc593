from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from engines.types import Box, Detections
from stream.tracking import Step, Tracker, TrackerSettings
from tests.stream.scenes import FRAME_NS, SIZE, Walker, bib_of, found, joined

ALONE = Walker(cross_s=3.0)
NEAR = Walker(cross_s=3.0, lane_m=-0.2)
BESIDE = Walker(cross_s=3.0, lane_m=1.5)
BEHIND = Walker(cross_s=3.9, lane_m=0.4)


def run(
    frames: Iterable[tuple[int, Detections]], settings: TrackerSettings | None = None
) -> list[Step]:
    tracker = Tracker(settings or TrackerSettings(), itertools.count(1))
    return [tracker.step(frame * FRAME_NS, detections, SIZE[1]) for frame, detections in frames]


def film(
    walkers: list[Walker],
    n: int = 60,
    shown: Callable[[int, Walker], bool] = lambda frame, walker: True,
    jitter: float = 0.0,
    every: int = 1,
) -> list[tuple[int, Detections]]:
    rng = np.random.default_rng(7)

    def box(frame: int, walker: Walker) -> Box:
        x0, y0, x1, y1 = walker.box(frame / 25)
        dx0, dy0, dx1, dy1 = rng.normal(0, jitter * (y1 - y0), 4)
        return x0 + dx0 / 2, y0 + dy0, x1 + dx1 / 2, y1 + dy1

    return [
        (frame, found([box(frame, w) for w in walkers if shown(frame, w)]))
        for frame in range(0, n, every)
    ]


AT_ONCE = TrackerSettings(open_move_heights=0.0)


def standing(n: int = 60, bib: bool = False, jitter: float = 0.0) -> list[tuple[int, Detections]]:
    rng = np.random.default_rng(3)
    still: Box = (700.0, 300.0, 800.0, 600.0)
    made = []
    for frame in range(n):
        x0, y0, x1, y1 = np.array(still) + rng.normal(0, jitter * 300, 4)
        made.append((frame, found([(x0, y0, x1, y1)], [bib_of(still)] if bib else [])))
    return made


def opened(steps: list[Step]) -> list[int]:
    return [track_id for step in steps for track_id in step.opened]


def closed(steps: list[Step]) -> list[int]:
    return [track_id for step in steps for track_id in step.closed]


def doubled(n: int, upper_only: bool) -> list[tuple[int, Detections]]:
    frames = []
    for frame in range(n):
        x0, y0, x1, y1 = ALONE.box(frame / 25)
        tall = y1 - y0
        second = (x0 - 0.02 * tall, y0, x1, y0 + 0.6 * tall if upper_only else y1 - 0.04 * tall)
        frames.append((frame, joined(found([ALONE.box(frame / 25)]), found([second], score=0.7))))
    return frames


SITUATIONS = {
    "one runner": (film([ALONE]), 1),
    "two side by side": (film([NEAR, BESIDE]), 2),
    "one behind the other": (film([NEAR, BEHIND]), 2),
    "shaky boxes": (film([NEAR, BESIDE], jitter=0.02), 2),
    "every fifth frame": (film([ALONE], every=5), 1),
    "every other frame lacks the box": (film([ALONE], shown=lambda f, w: f % 2 == 0), 1),
    "hidden for half a second": (film([ALONE], shown=lambda f, w: not 20 <= f < 32), 1),
    "seen in two frames only": (film([ALONE], n=2), 0),
    "the same box twice": (doubled(60, upper_only=False), 1),
    "a box of the upper body as well": (doubled(60, upper_only=True), 1),
    "standing at the barrier": (standing(), 0),
    "standing at the barrier, shaky box": (standing(jitter=0.02), 0),
    "standing with a bib": (standing(bib=True), 1),
    "nobody": ([(frame, Detections.empty()) for frame in range(5)], 0),
    "low scores only": (
        [(f, found([ALONE.box(f / 25)], score=0.3)) for f in range(20)], 0,
    ),
    "low scores after a beginning": (
        [(f, found([ALONE.box(f / 25)], score=0.9 if f < 5 else 0.3)) for f in range(60)], 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("frames", "n_tracks"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_one_track_for_each_runner(frames: list[tuple[int, Detections]], n_tracks: int) -> None:
    steps = run(frames)
    assert len(opened(steps)) == n_tracks
    assert closed(steps) == []


def test_a_runner_opens_with_the_third_sight() -> None:
    steps = run(film([ALONE], n=4), AT_ONCE)
    assert [step.opened for step in steps] == [(), (), (1,), ()]
    assert [len(step.live) for step in steps] == [0, 0, 1, 1]


def test_runners_keep_their_ids_when_they_pass_each_other() -> None:
    quick = Walker(cross_s=2.2, lane_m=0.25, speed=6.0)
    slow = Walker(cross_s=2.2, lane_m=-0.25, speed=3.0)
    steps = run(film([quick, slow], n=65, jitter=0.01), AT_ONCE)
    owners: dict[int, set[str]] = {}
    for frame, step in enumerate(steps):
        for tracked in step.live:
            middle = (tracked.box[0] + tracked.box[2]) / 2
            owners.setdefault(tracked.track_id, set()).add("quick" if middle > 960 else "slow")
        assert frame < 5 or len(step.live) == 2
    assert sorted(map(sorted, owners.values())) == [["quick"], ["slow"]]


def test_who_comes_out_from_behind_a_runner_who_leaves_keeps_the_id() -> None:
    """Both end at the picture's lower edge by then, so both boxes are as high as each other."""
    leaving: Box = (720.0, 410.0, 1280.0, 1080.0)
    half_hidden: Box = (880.0, 405.0, 1100.0, 780.0)
    emerged: Box = (850.0, 412.0, 1130.0, 1078.0)
    frames = [(frame, found([leaving, half_hidden])) for frame in range(20)]
    steps = run([*frames, (20, found([emerged]))], AT_ONCE)
    behind = {t.track_id for t in steps[19].live if t.measured == half_hidden}
    assert len(behind) == 1
    assert {t.track_id for t in steps[20].live if t.measured == emerged} == behind


def test_a_lost_runner_closes_by_time_not_by_frames() -> None:
    for every in (1, 5):
        frames = film([ALONE], n=40, every=every)
        frames += [(frame, Detections.empty()) for frame in range(40, 80, every)]
        steps = run(frames)
        last = max(frame for frame, found_ in frames if len(found_))
        end = next(f for (f, _), step in zip(frames, steps, strict=True) if step.closed)
        assert 0.8 < (end - last) / 25 <= 0.8 + every / 25 + 1e-9


def test_a_bib_keeps_a_track_alive_while_the_person_is_missing() -> None:
    def frames(with_bib: bool) -> list[tuple[int, Detections]]:
        made = []
        for frame in range(70):
            person = ALONE.box(frame / 25)
            hidden = 25 <= frame < 60
            bibs = [bib_of(person)] if with_bib or not hidden else []
            made.append((frame, found([] if hidden else [person], bibs)))
        return made

    assert len(opened(run(frames(with_bib=True)))) == 1
    assert len(opened(run(frames(with_bib=False)))) == 2


def test_the_smoothed_box_follows_a_shaky_one() -> None:
    steps = run(film([ALONE], n=60, jitter=0.03), AT_ONCE)
    rough, smooth = [], []
    for frame, step in enumerate(steps[10:], start=10):
        (tracked,) = step.live
        assert tracked.measured is not None
        true = np.array(ALONE.box(frame / 25))
        rough.append(np.abs(np.array(tracked.measured) - true).mean())
        smooth.append(np.abs(np.array(tracked.box) - true).mean())
    assert np.mean(smooth) < 0.8 * np.mean(rough)


def test_a_missing_person_is_not_measured() -> None:
    frames = [*film([ALONE], n=10), (10, Detections.empty())]
    (tracked,) = run(frames, AT_ONCE)[-1].live
    assert tracked.measured is None


def test_the_end_closes_all() -> None:
    tracker = Tracker(AT_ONCE, itertools.count(5))
    for frame, detections in film([NEAR, BESIDE], n=10):
        tracker.step(frame * FRAME_NS, detections, SIZE[1])
    assert sorted(tracker.end()) == [5, 6]
    assert tracker.end() == ()


def test_time_must_advance() -> None:
    tracker = Tracker(TrackerSettings(), itertools.count(1))
    tracker.step(40, Detections.empty(), SIZE[1])
    with pytest.raises(ValueError, match="got 40 ns after 40 ns"):
        tracker.step(40, Detections.empty(), SIZE[1])


@pytest.mark.parametrize("seed", range(6))
def test_in_a_dense_and_shaky_pack_no_track_opens_and_closes_in_one_frame(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pack = [Walker(3.0 + 0.25 * k, lane_m=0.35 * (k % 3), bounce_m=0.0) for k in range(8)]
    gone = {(f, w) for f in range(75) for w in pack if rng.random() < 0.45}
    steps = run(film(pack, n=75, shown=lambda f, w: (f, w) not in gone, jitter=0.05))
    for step in steps:
        assert not set(step.opened) & set(step.closed)
        assert set(step.opened) <= {tracked.track_id for tracked in step.live}
