from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from stream.motion import Motion, boxes_of, measures_of
from tests.stream.scenes import Walker


def followed(walker: Walker, times: list[float]) -> Motion:
    motion = Motion()
    motion.append(_measure(walker, times[0]))
    for before, now in pairwise(times):
        motion.predict(now - before)
        motion.correct(np.array([0]), _measure(walker, now))
    return motion


def _measure(walker: Walker, t_s: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return measures_of(np.array([walker.box(t_s)], np.float32))


def test_measures_and_boxes_are_inverse() -> None:
    boxes = np.array([[10.0, 20.0, 30.0, 80.0], [0.0, 0.0, 5.0, 1.0]], np.float32)
    assert boxes_of(measures_of(boxes)) == pytest.approx(boxes, abs=1e-3)


@pytest.mark.parametrize(
    "times",
    [[k / 25 for k in range(40)], [k / 5 for k in range(9)], [0.0, 0.04, 0.2, 0.24, 0.6, 0.9, 1.6]],
    ids=["25 fps", "5 fps", "gaps"],
)
def test_it_knows_where_a_runner_goes_and_grows(times: list[float]) -> None:
    walker = Walker(cross_s=2.5, lane_m=1.0, bounce_m=0.0)
    motion = followed(walker, times)
    motion.predict(0.3)
    expected = np.array(walker.box(times[-1] + 0.3))
    tall = expected[3] - expected[1]
    assert motion.boxes()[0] == pytest.approx(expected, abs=0.06 * tall)


def test_a_shift_moves_the_centre_and_keeps_the_size() -> None:
    motion = followed(Walker(cross_s=2.5), [k / 25 for k in range(20)])
    before = motion.boxes()[0]
    motion.shift(0, np.array([30.0, 0.0]))
    after = motion.boxes()[0]
    assert 2 < after[0] - before[0] < 30
    assert after[2] - after[0] == pytest.approx(before[2] - before[0])


def test_rows_come_and_go() -> None:
    motion = Motion()
    motion.predict(1.0)
    motion.append(measures_of(np.array([[0, 0, 10, 20], [50, 0, 60, 20]], np.float32)))
    motion.keep(np.array([False, True]))
    assert len(motion) == 1
    assert motion.boxes()[0].tolist() == pytest.approx([50, 0, 60, 20], abs=1e-3)
