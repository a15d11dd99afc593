"""Which faces are worth more, and which points are none of a face."""

import cv2
import numpy as np
import pytest

from engines.faces.quality import FacePoints, face_quality
from engines.types import Image

FRONTAL = FacePoints((30, 40), (70, 40), (50, 65))
TURNED = FacePoints((30, 40), (70, 40), (64, 65))
PROFILE = FacePoints((30, 40), (70, 40), (72, 65))


def checks(blur: float = 0.0) -> Image:
    """A board of squares, sharp or not."""
    board = np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((12, 12))) * 200
    image = np.repeat(board[:, :, None], 3, axis=2).astype(np.uint8)
    return image if blur == 0 else np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.uint8)


@pytest.mark.parametrize(
    ("points", "frontality"),
    [
        pytest.param(FRONTAL, 1.0, id="frontal"),
        pytest.param(TURNED, 0.3, id="turned"),
        pytest.param(PROFILE, 0.0, id="profile"),
        pytest.param(FacePoints((40, 30), (40, 70), (15, 50)), 1.0, id="frontal, lying"),
        pytest.param(FacePoints((40, 30), (40, 30), (15, 50)), 0.0, id="both eyes in one place"),
    ],
)
def test_frontality(points: FacePoints, frontality: float) -> None:
    assert points.frontality == pytest.approx(frontality, abs=0.01)


@pytest.mark.parametrize(
    ("points", "face"),
    [
        pytest.param(FRONTAL, True, id="frontal"),
        pytest.param(TURNED, True, id="turned"),
        pytest.param(FacePoints((30, 50), (66, 30), (58, 62)), True, id="tilted"),
        pytest.param(FacePoints((70, 40), (30, 40), (50, 65)), False, id="eyes swapped"),
        pytest.param(FacePoints((30, 40), (70, 40), (50, 20)), False, id="nose above the eyes"),
        pytest.param(FacePoints((30, 40), (70, 40), (50, 190)), False, id="nose far below"),
        pytest.param(FacePoints((30, 40), (70, 40), (150, 65)), False, id="nose far beside"),
        pytest.param(FacePoints((30, 40), (30, 40), (30, 65)), False, id="one eye"),
    ],
)
def test_points_of_a_face(points: FacePoints, face: bool) -> None:
    assert points.could_be_a_face() is face


def test_better_faces_are_worth_more() -> None:
    best = face_quality(checks(), FRONTAL, 1.0)
    assert best == pytest.approx(1, abs=0.05)
    for worse in (
        face_quality(checks(), TURNED, 1.0),
        face_quality(checks(), FRONTAL, 3.0),
        face_quality(checks(12), FRONTAL, 1.0),
    ):
        assert 0 < worse < best


def test_a_face_too_small_is_worth_nothing() -> None:
    assert face_quality(checks(), FRONTAL, 10.0) == 0
