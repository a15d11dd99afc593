"""Which face a portrait is about, and the detector's own face where a label says there is one."""

from collections.abc import Sequence

import numpy as np
import pytest

from engines.faces.finding import SIZES, found_anew, portrait
from engines.types import Box, Kind
from tests.engines.tiny_models import FakeDetector, Row, detections

IMAGE = np.zeros((200, 300, 3), np.uint8)
NONE: list[Row] = []


def wide(x: float, score: float, kind: Kind = Kind.FACE) -> Row:
    return (x, 50, x + 40, 100, score, kind)


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        pytest.param([[wide(10, 0.5)], [wide(20, 0.9)], NONE, NONE], 20, id="the surest size"),
        pytest.param([[wide(10, 0.5), wide(90, 0.6)], NONE, NONE, NONE], 90, id="the surest face"),
        pytest.param(
            [[wide(10, 0.9, Kind.PERSON), wide(30, 0.4)], NONE, NONE, NONE], 30, id="no persons"
        ),
        pytest.param([NONE] * 4, None, id="none"),
    ],
)
def test_portraits(answers: Sequence[Sequence[Row]], left: float | None) -> None:
    detector = FakeDetector([detections(rows) for rows in answers])
    face = portrait(IMAGE, detector)
    assert detector.sizes == [(side, side) for side in SIZES]
    if left is None:
        assert face is None
    else:
        assert face is not None
        # Cut out with 24 pixels of room on the left, as far as there are.
        assert face.box[0] == pytest.approx(min(left, 24), abs=1)
        assert face.size_px == pytest.approx(np.sqrt(40 * 50), abs=0.1)


@pytest.mark.parametrize(
    ("rows", "box"),
    [
        pytest.param([(60, 60, 100, 120, 0.5, Kind.FACE)], (100, 70, 140, 130), id="in the label"),
        pytest.param(
            [(0, 0, 20, 20, 0.9, Kind.FACE), (60, 60, 100, 120, 0.5, Kind.FACE)],
            (100, 70, 140, 130),
            id="a surer one beside it",
        ),
        pytest.param([(0, 0, 20, 20, 0.9, Kind.FACE)], None, id="only beside it"),
        pytest.param(NONE, None, id="none"),
    ],
)
def test_a_labelled_face_is_found_anew(rows: list[Row], box: Box | None) -> None:
    # The label's surroundings begin at 40, 10.
    detector = FakeDetector([detections(rows)])
    face = found_anew(IMAGE, (100, 70, 140, 110), detector)
    if box is None:
        assert face is None
    else:
        assert face is not None
        assert face.size_px == pytest.approx(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
        assert face.image.shape[1] == pytest.approx(2.2 * (box[2] - box[0]), abs=2)
