"""Points are brought where a network wants them."""

import numpy as np
import pytest

from engines.faces.alignment import similarity, warped

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


@pytest.mark.parametrize(
    ("targets", "matrix"),
    [
        pytest.param(SQUARE, [[1, 0, 0], [0, 1, 0]], id="as they are"),
        pytest.param(
            [(3.0, 4.0), (13.0, 4.0), (13.0, 14.0), (3.0, 14.0)],
            [[1, 0, 3], [0, 1, 4]],
            id="shifted",
        ),
        pytest.param(
            [(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0)],
            [[2, 0, 0], [0, 2, 0]],
            id="enlarged",
        ),
        pytest.param(
            [(0.0, 0.0), (0.0, 10.0), (-10.0, 10.0), (-10.0, 0.0)],
            [[0, -1, 0], [1, 0, 0]],
            id="turned by a quarter",
        ),
        pytest.param(
            [(0.0, 0.0), (10.0, 0.0), (10.0, 12.0), (0.0, 12.0)],
            [[1.1, 0, -0.5], [0, 1.1, 0.5]],
            id="no similarity: the nearest one",
        ),
    ],
)
def test_similarity(targets: list[tuple[float, float]], matrix: list[list[float]]) -> None:
    assert similarity(SQUARE, targets) == pytest.approx(np.array(matrix), abs=1e-5)


@pytest.mark.parametrize(
    ("points", "targets", "message"),
    [
        pytest.param([(1.0, 1.0)] * 3, [(0.0, 0.0)] * 3, "all in one place", id="one place"),
        pytest.param(SQUARE, SQUARE[:3], "N, 2", id="fewer targets"),
    ],
)
def test_what_cannot_be_aligned(
    points: list[tuple[float, float]], targets: list[tuple[float, float]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        similarity(points, targets)


def test_warping_moves_pixels_and_repeats_the_edge() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    image[5, 7] = 255
    image[:, 19] = 90
    moved = warped(image, similarity(SQUARE, [(x + 2, y + 3) for x, y in SQUARE]), 30)
    assert moved.shape == (30, 30, 3)
    assert moved[8, 9].tolist() == [255, 255, 255]
    assert moved[10, 29].tolist() == [90, 90, 90]
