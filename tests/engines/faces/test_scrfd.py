"""What the outputs of SCRFD mean, and which of its faces is the one in the box."""

from collections.abc import Mapping

import numpy as np
import pytest

from engines.errors import InferenceError
from engines.faces.port import FaceCrop
from engines.faces.scrfd import SIDE, ScrfdPoints, decode, nearest
from engines.types import Bytes, Floats

Found = tuple[int, int, int, float]
"""stride, column, row, score of a face: 2 strides to each side, its points at its centre."""


def outputs(*faces: Found, side: int = SIDE) -> dict[str, Floats]:
    """The nine outputs of a network that found these faces, under names that say nothing."""
    told: dict[str, Floats] = {}
    for stride in (8, 16, 32):
        n = 2 * (side // stride) ** 2
        score, sides, shifts = (np.zeros((n, w), np.float32) for w in (1, 4, 10))
        for own, column, row, value in faces:
            if own == stride:
                index = 2 * (row * (side // stride) + column)
                score[index], sides[index], shifts[index, 0] = value, 2, 0.5
        told |= {f"a{stride}": score, f"b{stride}": sides, f"c{stride}": shifts}
    return told


class FakeSession:
    """Answers always the same and remembers what it was shown."""

    def __init__(self, answer: dict[str, Floats]) -> None:
        self.answer = answer
        self.shown: list[Floats] = []
        self.closed = False

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        [tensor] = tensors.values()
        self.shown.append(np.asarray(tensor, np.float32))
        return self.answer

    def close(self) -> None:
        self.closed = True


def test_decoding() -> None:
    found = decode(outputs((8, 3, 2, 0.9), (32, 1, 4, 0.5), (16, 1, 1, 0.1)), SIDE)
    assert found.scores == pytest.approx([0.9, 0.5])
    assert found.boxes.tolist() == [[8, 0, 40, 32], [-32, 64, 96, 192]]
    assert found.points[0].tolist() == [[28, 16], *[[24, 16]] * 4]
    assert found.points[1].tolist() == [[48, 128], *[[32, 128]] * 4]


def test_a_batch_of_one_may_have_its_own_axis() -> None:
    told = {name: array[None] for name, array in outputs((8, 3, 2, 0.9)).items()}
    assert decode(told, SIDE).boxes.tolist() == [[8, 0, 40, 32]]


def test_nothing_found() -> None:
    found = decode(outputs(), SIDE)
    assert (found.boxes.shape, found.points.shape) == ((0, 4), (0, 5, 2))
    assert nearest(found, (50, 50), (20, 20)) is None


def test_a_network_without_points_is_refused() -> None:
    told = {name: array for name, array in outputs().items() if not name.startswith("c")}
    with pytest.raises(InferenceError, match="no SCRFD network with points"):
        decode(told, SIDE)


@pytest.mark.parametrize(
    ("faces", "row"),
    [
        pytest.param([(16, 6, 6, 0.4), (16, 1, 1, 0.9)], 0, id="a surer one beside the box"),
        pytest.param([(16, 6, 6, 0.4), (16, 5, 6, 0.8)], 0, id="two in the box: the surer one"),
        pytest.param([(16, 1, 1, 0.9)], None, id="none in the box"),
    ],
)
def test_the_face_in_the_box(faces: list[Found], row: int | None) -> None:
    found = decode(outputs(*faces), SIDE)
    best = nearest(found, (96, 96), (80, 80))
    assert best == (
        None if row is None else int(np.argmax(found.scores * (found.boxes[:, 0] > 40)))
    )


def test_points_come_back_in_pixels_of_the_crop() -> None:
    session = FakeSession(outputs((16, 6, 6, 0.9)))
    finder = ScrfdPoints(session)
    face = FaceCrop(np.full((48, 96, 3), 255, np.uint8), (30, 30, 66, 66))
    points = finder.find(face)
    assert points is not None
    # 192 pixels for 96: the centre (96, 96) and a shift of half a stride.
    assert points.tolist() == [[52, 48], *[[48, 48]] * 4]
    [tensor] = session.shown
    assert tensor.shape == (1, 3, SIDE, SIDE)
    assert tensor[0, 0, 0, 0] == pytest.approx(127.5 / 128)
    assert tensor[0, 0, -1, -1] == pytest.approx(-127.5 / 128)
    finder.close()
    assert session.closed
