"""Several frames make one template: quality weighs, one wrong frame does not count."""

import numpy as np
import pytest

from engines.faces.combine import combined
from engines.faces.port import FaceTemplate


def frame(degrees: float, quality: float = 1.0) -> FaceTemplate:
    """A template in the plane: faces of one runner are a few degrees apart."""
    angle = np.radians(degrees)
    return FaceTemplate(np.array([np.cos(angle), np.sin(angle), 0], np.float32), quality)


def degrees(template: FaceTemplate) -> float:
    return float(np.degrees(np.arctan2(template.vector[1], template.vector[0])))


@pytest.mark.parametrize(
    ("frames", "direction"),
    [
        pytest.param([frame(20)], 20, id="one frame is itself"),
        pytest.param([frame(10), frame(30)], 20, id="two equals: half way"),
        pytest.param([frame(0, 0.9), frame(30, 0.1)], 3, id="the better frame weighs more"),
        pytest.param([frame(0), frame(10), frame(20)], 10, id="three that agree"),
        pytest.param([frame(0), frame(10), frame(90)], 5, id="one of three is somebody else"),
        pytest.param(
            [frame(80), frame(0), frame(10), frame(20), frame(12)], 10.5, id="one of five, first"
        ),
        pytest.param(
            [frame(0, 0.5), frame(10, 0.5), frame(90, 0.6)],
            5,
            id="the wrong one is the best picture",
        ),
        pytest.param([frame(0, 0), frame(10, 0), frame(20, 0)], 10, id="worthless frames alone"),
        pytest.param([frame(15)] * 4, 15, id="the same frame four times"),
        pytest.param([frame(15)] * 3 + [frame(60)], 15, id="all alike but one"),
    ],
)
def test_frames_of_a_track(frames: list[FaceTemplate], direction: float) -> None:
    template = combined(frames)
    assert template is not None
    assert degrees(template) == pytest.approx(direction, abs=0.3)
    assert np.linalg.norm(template.vector) == pytest.approx(1)


def test_the_order_of_the_frames_does_not_matter() -> None:
    frames = [frame(0, 0.3), frame(12, 0.8), frame(20, 0.5), frame(85, 0.7), frame(7, 0.2)]
    forward, back = combined(frames), combined(frames[::-1])
    assert forward is not None
    assert back is not None
    assert forward.vector == pytest.approx(back.vector)


def test_the_quality_is_that_of_the_best_frame_that_counts() -> None:
    template = combined([frame(0, 0.4), frame(10, 0.6), frame(90, 0.9)])
    assert template is not None
    assert template.quality == 0.6


def test_no_frames_no_template() -> None:
    assert combined([]) is None


def test_templates_of_two_embedders_do_not_mix() -> None:
    other = FaceTemplate(np.array([1, 0], np.float32), 1)
    with pytest.raises(ValueError, match="different embedders"):
        combined([frame(0), other])


def test_frames_that_contradict_each_other_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no direction"):
        combined([frame(0), FaceTemplate(np.array([-1, 0, 0], np.float32), 1)])
