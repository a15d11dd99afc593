from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from engines.types import Box
from stream.finish import Approach, Crossing, FinishLine, FinishSettings, Line
from tests.stream.scenes import FRAME_NS, LINE, SIZE, Walker

LEAD_S = FinishSettings().torso_lead_s


def crossings(
    boxes: Iterable[tuple[int, Box | None]],
    line: Line = LINE,
    approach: Approach = Approach.AUTO,
    close: bool = False,
    frame_ns: int = FRAME_NS,
) -> list[Crossing]:
    finish = FinishLine(line, FinishSettings(), approach)
    made = [
        finish.see(1, frame, frame * frame_ns, 10**18 + frame * frame_ns, SIZE, box)
        for frame, box in boxes
    ]
    made += [finish.close(1)] if close else []
    return [crossing for crossing in made if crossing is not None]


def way(
    walker: Walker, first: int = 0, last: int = 100, jitter: float = 0.0, seed: int = 1
) -> list[tuple[int, Box | None]]:
    rng = np.random.default_rng(seed)
    boxes: list[tuple[int, Box | None]] = []
    for frame in range(first, last):
        x0, y0, x1, y1 = walker.box(frame / 25)
        boxes.append((frame, (x0, y0, x1, y1 + float(rng.normal(0, jitter)) * (y1 - y0))))
    return boxes


def error_s(made: list[Crossing], walker: Walker) -> float:
    (crossing,) = made
    return (crossing.capture_utc_ns - 10**18) / 1e9 - (walker.cross_s - LEAD_S)


WALKERS = {
    "no bounce": Walker(2.0, bounce_m=0.0),
    "bounce": Walker(2.013),
    "quick": Walker(2.0, speed=6.0),
    "slow": Walker(2.4, speed=2.5),
    "at the side": Walker(1.99, lane_m=1.5),
}


@pytest.mark.parametrize("walker", WALKERS.values(), ids=WALKERS.keys())
def test_the_moment_lies_between_frames(walker: Walker) -> None:
    assert abs(error_s(crossings(way(walker)), walker)) < 0.035


def test_shaky_boxes_are_averaged() -> None:
    errors = []
    for seed in range(30):
        walker = Walker(2.0 + seed / 300)
        boxes = [entry for entry in way(walker, jitter=0.015, seed=seed) if entry[0] % 6]
        errors.append(error_s(crossings(boxes), walker))
    assert np.median(np.abs(errors)) < 0.035
    assert np.max(np.abs(errors)) < 0.12


def test_one_wild_box_changes_little() -> None:
    walker = Walker(2.0)
    boxes = way(walker)
    x0, y0, x1, y1 = walker.box(51 / 25)
    boxes[51] = (51, (x0, y0, x1, y1 - 0.3 * (y1 - y0)))
    assert abs(error_s(crossings(boxes), walker) - error_s(crossings(way(walker)), walker)) < 0.02


def test_frame_pts_and_capture_time_belong_together() -> None:
    (crossing,) = crossings(way(Walker(2.0)))
    assert crossing.capture_utc_ns - 10**18 == pytest.approx(crossing.pts_ns, abs=1000)
    assert crossing.frame_index * FRAME_NS <= crossing.pts_ns
    assert crossing.pts_ns < (crossing.frame_index + 1) * FRAME_NS


def hovering() -> list[tuple[int, Box | None]]:
    """A runner who stops on the line and sways."""
    walker = Walker(2.0)
    return [(frame, walker.box(min(frame, 50) / 25 + 0.02 * (-1) ** frame)) for frame in range(150)]


def stalls_then_goes() -> list[tuple[int, Box | None]]:
    walker = Walker(2.0, bounce_m=0.0)
    return [
        (
            frame,
            walker.box((frame if frame < 50 else max(50, frame - 50)) / 25 + 0.01 * (frame % 2)),
        )
        for frame in range(150)
    ]


def comes_back() -> list[tuple[int, Box | None]]:
    """Crosses, walks back over the line for a picture, and crosses again."""
    there = way(Walker(2.0), 0, 70)
    times = [*range(70, 30, -1), *range(30, 90)]
    back = [(70 + k, Walker(2.0).box(t / 25)) for k, t in enumerate(times)]
    return [*there, *back]


def from_behind() -> list[tuple[int, Box | None]]:
    """Walks away from the camera."""
    return [(frame, Walker(2.0).box((100 - frame) / 25)) for frame in range(100)]


COUNTS = {
    "turns round before the line": (way(Walker(3.0), 0, 60), LINE, Approach.AUTO, 0),
    "begins behind the line": (way(Walker(2.0), 55, 100), LINE, Approach.AUTO, 0),
    "sways on the line": (hovering(), LINE, Approach.AUTO, 0),
    "stops on the line, then goes on": (stalls_then_goes(), LINE, Approach.AUTO, 1),
    "comes back": (comes_back(), LINE, Approach.AUTO, 1),
    "walks the wrong way": (from_behind(), LINE, Approach.AUTO, 0),
    "walks away where that is the way": (from_behind(), LINE, Approach.BELOW, 1),
    "any way": (from_behind(), LINE, Approach.ANY, 1),
    "line drawn from right to left": (way(Walker(2.0)), (LINE[1], LINE[0]), Approach.AUTO, 1),
    "beside the line's ends": (
        way(Walker(2.0, lane_m=2.0)), ((0.0, LINE[0][1]), (0.5, LINE[0][1])), Approach.AUTO, 0,
    ),
    "never measured": ([(frame, None) for frame in range(60)], LINE, Approach.AUTO, 0),
}  # fmt: skip


@pytest.mark.parametrize(("boxes", "line", "approach", "n"), COUNTS.values(), ids=COUNTS.keys())
def test_what_counts_as_a_crossing(
    boxes: list[tuple[int, Box | None]], line: Line, approach: Approach, n: int
) -> None:
    assert len(crossings(boxes, line, approach, close=True)) == n


def test_an_upright_line_is_crossed_from_either_side() -> None:
    line = ((0.5, 0.0), (0.5, 1.0))
    rightwards: list[tuple[int, Box | None]] = [
        (k, (20.0 * k, 300.0, 20.0 * k + 150, 800.0)) for k in range(80)
    ]
    leftwards = [(k, box) for k, (_, box) in enumerate(reversed(rightwards))]
    # The middle of the box is at 20 k + 75, or at 1655 - 20 k on the way back.
    for boxes, frames in ((rightwards, (960 - 75) / 20), (leftwards, (1655 - 960) / 20)):
        (crossing,) = crossings(boxes, line, close=True)
        assert crossing.pts_ns / FRAME_NS == pytest.approx(frames - 25 * LEAD_S, abs=0.1)
    assert len(crossings(rightwards, line, Approach.LEFT, close=True)) == 1
    assert crossings(leftwards, line, Approach.LEFT, close=True) == []


def test_it_is_told_a_few_frames_later_or_when_the_track_ends() -> None:
    boxes = way(Walker(2.0), 0, 57)
    assert crossings(boxes) == []
    assert len(crossings(boxes, close=True)) == 1


def test_feet_below_the_picture_do_not_count() -> None:
    finish = FinishLine(LINE, FinishSettings())
    for frame, box in way(Walker(2.0)):
        if box is not None:
            cut = (box[0], box[1], box[2], float(SIZE[1])) if frame > 40 else box
            assert finish.see(1, frame, frame, frame * FRAME_NS, SIZE, cut) is None


def test_two_runners_are_kept_apart() -> None:
    finish = FinishLine(LINE, FinishSettings())
    first, second = Walker(2.0), Walker(2.3, lane_m=1.0)
    made = []
    for frame in range(100):
        for track_id, walker in ((1, first), (2, second)):
            now = frame * FRAME_NS
            made.append(finish.see(track_id, frame, now, now, SIZE, walker.box(frame / 25)))
    told = [crossing for crossing in made if crossing is not None]
    assert [crossing.track_id for crossing in told] == [1, 2]
    assert (told[1].capture_utc_ns - told[0].capture_utc_ns) / 1e9 == pytest.approx(0.3, abs=0.05)


def test_capture_time_counts_when_running_time_is_squeezed() -> None:
    """After a stall a camera's running time is squeezed; its capture time is not."""
    walker = Walker(2.0)
    finish = FinishLine(LINE, FinishSettings())
    made = []
    for frame, box in way(walker):
        squeezed = frame * FRAME_NS // 2
        made.append(finish.see(1, frame, squeezed, frame * FRAME_NS, SIZE, box))
    (crossing,) = [one for one in made if one is not None]
    assert crossing.capture_utc_ns / 1e9 == pytest.approx(2.0 - LEAD_S, abs=0.035)
    assert crossing.pts_ns == pytest.approx(crossing.capture_utc_ns / 2, abs=1e6)


def test_a_line_needs_two_ends() -> None:
    with pytest.raises(ValueError, match="same point"):
        FinishLine(((0.5, 0.5), (0.5, 0.5)), replace(FinishSettings(), clear_frames=1))
