"""Which face a portrait is about, and the detector's own face where a label says there is one."""

from collections.abc import Sequence

import numpy as np
import pytest

from engines.faces.finding import HEAD_SIZES, SIZES, found_anew, of_person, portrait
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


PERSON: Box = (100, 20, 160, 170)


@pytest.mark.parametrize(
    ("answers", "box"),
    [
        # What is looked at begins at 100, 12.
        pytest.param([[(20, 10, 36, 30, 0.8, Kind.FACE)], NONE], (120, 22, 136, 42), id="a face"),
        pytest.param(
            [[(20, 10, 36, 30, 0.6, Kind.FACE)], [(21, 11, 37, 31, 0.7, Kind.FACE)]],
            (121, 23, 137, 43),
            id="one head in two sizes, the surer box",
        ),
        pytest.param([[(20, 10, 36, 30, 0.4, Kind.FACE)], NONE], None, id="hardly one"),
        pytest.param([[(20, 10, 36, 30, 0.9, Kind.BIB)], NONE], None, id="no face"),
        pytest.param([[(-8, 10, 6, 30, 0.9, Kind.FACE)], NONE], None, id="at the side"),
        pytest.param([[(20, 62, 36, 82, 0.9, Kind.FACE)], NONE], None, id="a hand at the waist"),
        pytest.param([[(20, 10, 23, 14, 0.9, Kind.FACE)], NONE], None, id="far behind"),
        pytest.param([[(0, 0, 60, 80, 0.9, Kind.FACE)], NONE], None, id="far too large"),
        pytest.param(
            [[(10, 10, 26, 30, 0.9, Kind.FACE), (36, 12, 50, 28, 0.6, Kind.FACE)], NONE],
            None,
            id="two heads: whose is it",
        ),
        pytest.param(
            [[(10, 10, 26, 30, 0.9, Kind.FACE), (40, 12, 47, 20, 0.6, Kind.FACE)], NONE],
            (110, 22, 126, 42),
            id="somebody small behind",
        ),
        pytest.param([NONE, NONE], None, id="nothing"),
    ],
)
def test_the_face_of_a_person(answers: Sequence[Sequence[Row]], box: Box | None) -> None:
    detector = FakeDetector([detections(rows) for rows in answers])
    face = of_person(IMAGE, PERSON, detector)
    assert detector.sizes == [(side, side) for side in HEAD_SIZES]
    if box is None:
        assert face is None
        return
    assert face is not None
    x0, y0, x1, y1 = box
    left, top = max(int(x0 - 0.6 * (x1 - x0)), 0), max(int(y0 - 0.6 * (y1 - y0)), 0)
    assert face.box == pytest.approx((x0 - left, y0 - top, x1 - left, y1 - top), abs=0.01)


def test_a_person_outside_of_the_picture_has_no_face() -> None:
    assert of_person(IMAGE, (400, 20, 460, 170), FakeDetector([])) is None
