"""Which faces there are, and whose they are."""

from __future__ import annotations

import pytest

from dashboard.recognition.seen import SeenFace, distinct_faces, face_owners
from engines.types import Box
from stream.store.photo_values import PhotoSighting

LEFT: Box = (0.0, 0.0, 100.0, 300.0)
RIGHT: Box = (80.0, 0.0, 180.0, 300.0)
BEHIND: Box = (20.0, 10.0, 80.0, 150.0)


def at(x: float, y: float, score: float = 0.9, side: float = 20.0) -> SeenFace:
    half = side / 2
    return SeenFace((x - half, y - half, x + half, y + half), score)


def who(box: Box | None, number_x: float | None = None) -> PhotoSighting:
    number = None if number_x is None else (number_x - 10, 100.0, number_x + 10, 110.0)
    return PhotoSighting((0, 0, 9, 9), box, 0.9, None, number)


@pytest.mark.parametrize(
    ("persons", "faces", "expected"),
    [
        pytest.param([who(LEFT)], [at(50, 30)], {0: 0}, id="one of each"),
        pytest.param([who(LEFT)], [at(50, 250)], {}, id="at the feet: a spectator's"),
        pytest.param([who(LEFT)], [at(200, 30)], {}, id="beside"),
        pytest.param(
            [who(LEFT), who(RIGHT)], [at(130, 30), at(50, 30)], {0: 1, 1: 0}, id="two of each"
        ),
        pytest.param(
            [who(LEFT), who(RIGHT)], [at(95, 30), at(60, 30)], {0: 1, 1: 0}, id="close together"
        ),
        pytest.param([who(LEFT)], [at(50, 30), at(40, 30)], {0: 0}, id="never two"),
        pytest.param(
            [who(LEFT, number_x=80)], [at(50, 30, 0.9), at(78, 34, 0.6)], {0: 1},
            id="the one above the number",
        ),
        pytest.param([who(None), who(LEFT)], [at(50, 30)], {1: 0}, id="a number without a person"),
        pytest.param(
            [who(BEHIND), who(LEFT)], [at(50, 20, side=17)], {0: 0}, id="whom it fits in size"
        ),
        pytest.param(
            [who(LEFT)], [at(50, 22, 0.9, 10), at(46, 24, 0.6, 36)], {0: 1}, id="not one behind"
        ),
        pytest.param([], [at(50, 30)], {}, id="nobody"),
    ],
)  # fmt: skip
def test_owners(
    persons: list[PhotoSighting], faces: list[SeenFace], expected: dict[int, int]
) -> None:
    assert face_owners(persons, faces) == expected


@pytest.mark.parametrize(
    ("faces", "scores"),
    [
        pytest.param([at(50, 50, 0.6), at(55, 55, 0.8)], [0.8], id="two on one head"),
        pytest.param([at(50, 50, 0.8), at(64, 50, 0.7)], [0.8, 0.7], id="neighbours"),
        pytest.param([at(50, 50, 0.8), at(50, 50, 0.7, 8)], [0.8], id="one in the other"),
        pytest.param(
            [at(50, 50, 0.8), at(59, 50, 0.7), at(68, 50, 0.6)], [0.8], id="one after the other"
        ),
        pytest.param([], [], id="none"),
    ],
)
def test_distinct(faces: list[SeenFace], scores: list[float]) -> None:
    assert [face.score for face in distinct_faces(faces)] == scores
