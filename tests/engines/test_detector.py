from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engines.detector import OnnxDetector, Thresholds, batch_rows, decode, nms, overlaps
from engines.errors import InferenceError
from engines.letterbox import place
from engines.picture import RgbPicture
from engines.types import Floats, Kind
from tests.engines.tiny_models import FakeSession

THRESHOLDS = Thresholds(
    {Kind.PERSON: 0.5, Kind.BIB: 0.3, Kind.FACE: 0.5, Kind.NUMBER: 0.2},
    dict.fromkeys(Kind, 0.5),
)
SPOT = place((1920, 1080), (640, 384))  # three times smaller, 12 rows of padding

Row = tuple[float, float, float, float, float, int]
"""x0, y0, x1, y1 in input pixels, score, class."""


def outputs(rows: Sequence[Row]) -> tuple[Floats, Floats, Floats]:
    table = np.array(rows, np.float32).reshape(-1, 6)
    boxes = np.divide(table[:, [1, 0, 3, 2]], (384, 640, 384, 640), dtype=np.float32)
    return boxes, table[:, 4], table[:, 5]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([(10, 22, 20, 42, 0.9, 0)], [(30, 30, 60, 90, 0.9, 0)]),
        # Each kind has its own threshold.
        ([(10, 22, 20, 42, 0.4, 0), (10, 22, 20, 42, 0.4, 1)], [(30, 30, 60, 90, 0.4, 1)]),
        # Two boxes of one kind on each other: the better stays; of two kinds: both stay.
        ([(0, 12, 10, 22, 0.6, 0), (0, 12, 10, 21, 0.8, 0)], [(0, 0, 30, 27, 0.8, 0)]),
        (
            [(0, 12, 10, 22, 0.6, 3), (0, 12, 10, 22, 0.8, 1)],
            [(0, 0, 30, 30, 0.8, 1), (0, 0, 30, 30, 0.6, 3)],
        ),
        # A box in the padding has no area in the picture; an unknown class is nobody's.
        ([(10, 0, 20, 11, 0.9, 0), (10, 22, 20, 42, 0.9, 7)], []),
        # A face lifts its wearer over the threshold; one that is not kept itself does, too.
        (
            [(10, 22, 20, 52, 0.4, 0), (13, 23, 17, 27, 0.45, 2)],
            [(30, 30, 60, 120, 0.4 + 0.45 * 0.4 * 0.6, 0)],
        ),
        ([(10, 22, 20, 52, 0.3, 0), (13, 23, 17, 27, 0.45, 2)], []),
        # Out of the picture: clipped.
        ([(600, 300, 640, 384, 0.9, 2)], [(1800, 864, 1920, 1080, 0.9, 2)]),
    ],
)
def test_decode(rows: Sequence[Row], expected: Sequence[Row]) -> None:
    found = decode(*outputs(rows), SPOT, THRESHOLDS)
    seen = [
        (*box, score, kind)
        for box, score, kind in zip(found.boxes, found.scores, found.kinds, strict=True)
    ]
    assert len(seen) == len(expected)
    for got, wanted in zip(seen, expected, strict=True):
        assert got == pytest.approx(wanted, abs=0.01)


def test_a_score_does_not_depend_on_what_else_is_kept() -> None:
    """Average precision looks at boxes of all scores; those in use are scored as in use."""
    rng = np.random.default_rng(3)
    corners = rng.uniform((0, 12), (500, 250), (200, 2))
    sides = rng.uniform((10, 20), (100, 120), (200, 2))
    kinds = rng.integers(0, 4, 200)
    sides[kinds == Kind.FACE] /= 4
    table = np.column_stack([corners, corners + sides, rng.uniform(0.02, 0.9, 200), kinds])
    rows = outputs([tuple(row) for row in table.tolist()])
    used = decode(*rows, SPOT, THRESHOLDS)
    all_of = decode(*rows, SPOT, Thresholds(dict.fromkeys(Kind, 0.01), THRESHOLDS.overlap))
    least = np.array([THRESHOLDS.score[kind] for kind in Kind])
    sure = all_of.scores >= least[all_of.kinds]
    assert all_of.boxes[sure].tolist() == used.boxes.tolist()
    assert all_of.scores[sure].tolist() == used.scores.tolist()
    assert not set(used.scores[used.kinds == Kind.PERSON].tolist()) <= set(rows[1].tolist())


@pytest.mark.parametrize(
    ("boxes", "scores", "kept"),
    [
        ([], [], []),
        ([(0, 0, 10, 10)], [0.1], [0]),
        ([(0, 0, 10, 10), (0, 0, 10, 9), (50, 0, 60, 10)], [0.5, 0.9, 0.7], [1, 2]),
        # A suppressed box suppresses nobody: the third overlaps the second only.
        ([(0, 0, 10, 10), (3, 0, 13, 10), (6, 0, 16, 10)], [0.9, 0.8, 0.7], [0, 2]),
        ([(0, 0, 10, 10), (0, 0, 10, 10)], [0.5, 0.5], [0]),
    ],
)
def test_nms(
    boxes: Sequence[tuple[float, ...]], scores: Sequence[float], kept: Sequence[int]
) -> None:
    rows = nms(np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32), 0.5)
    assert list(rows) == list(kept)


def test_overlaps_of_every_pair() -> None:
    boxes = np.array([(0, 0, 10, 10), (5, 0, 15, 10), (3, 3, 3, 3)], np.float32)
    expected = [[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 0]]
    assert overlaps(boxes, boxes) == pytest.approx(np.array(expected), abs=1e-6)


@pytest.mark.parametrize(("n", "rows"), [(1, 1), (2, 2), (3, 4), (5, 8), (8, 8)])
def test_batches_have_few_sizes(n: int, rows: int) -> None:
    assert batch_rows(n) == rows


def contract() -> dict[str, Floats]:
    boxes, scores, classes = outputs([(10, 22, 20, 42, 0.9, 0)])
    return {
        "detection_boxes": boxes[None],
        "detection_scores": scores[None],
        "detection_classes": classes[None],
    }


def test_pictures_run_in_batches_and_come_back_in_their_own_pixels() -> None:
    session = FakeSession(contract())
    detector = OnnxDetector(session, THRESHOLDS, (640, 384))
    wide = RgbPicture(np.zeros((1080, 1920, 3), np.uint8))
    small = RgbPicture(np.zeros((360, 640, 3), np.uint8))
    found = detector.detect([wide] * 8 + [small] * 3)
    assert [len(tensors["images"]) for tensors in session.inputs] == [8, 4]
    assert len(found) == 11
    assert found[0].boxes[0] == pytest.approx((30, 30, 60, 90), abs=0.01)
    assert found[10].boxes[0] == pytest.approx((10, 10, 20, 30), abs=0.01)
    assert detector.detect([]) == []
    detector.close()
    assert session.closed


def test_pictures_higher_than_wide_have_the_input_turned() -> None:
    session = FakeSession(contract())
    detector = OnnxDetector(session, THRESHOLDS, (640, 384))
    wide = RgbPicture(np.zeros((360, 640, 3), np.uint8))
    high = RgbPicture(np.zeros((1280, 768, 3), np.uint8))
    square = RgbPicture(np.zeros((64, 64, 3), np.uint8))
    found = detector.detect([high, wide, square, high, high])
    shapes = [tensors["images"].shape for tensors in session.inputs]
    assert shapes == [(4, 640, 384, 3), (2, 384, 640, 3)]
    assert found[1].boxes[0] == pytest.approx((10, 10, 20, 30), abs=0.01)
    # The same shares of an input that the high picture fills, twice as small.
    for row in (0, 3, 4):
        assert found[row].boxes[0] == pytest.approx((12, 73.33, 24, 140), abs=0.1)


def test_another_input_size() -> None:
    session = FakeSession(contract())
    detector = OnnxDetector(session, THRESHOLDS, (640, 384))
    detector.detect([RgbPicture(np.zeros((10, 10, 3), np.uint8))], (192, 224))
    assert session.inputs[0]["images"].shape == (1, 224, 192, 3)


def test_a_model_without_the_contract_is_an_error_and_not_an_empty_road() -> None:
    outputs_ = contract()
    del outputs_["detection_scores"]
    detector = OnnxDetector(FakeSession(outputs_), THRESHOLDS, (640, 384))
    with pytest.raises(InferenceError, match="detection_scores"):
        detector.detect([RgbPicture(np.zeros((10, 10, 3), np.uint8))])
