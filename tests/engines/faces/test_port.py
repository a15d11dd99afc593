"""The values of the face embedders: what cannot be, and how a face is cut out."""

import numpy as np
import pytest

from engines.faces.port import FaceCrop, FaceTemplate, face_crop, unit
from engines.picture import RgbPicture


def picture(width: int, height: int) -> RgbPicture:
    return RgbPicture(np.arange(width * height * 3, dtype=np.uint8).reshape(height, width, 3))


@pytest.mark.parametrize(
    ("box", "shape", "own"),
    [
        pytest.param((50, 40, 60, 60), (44, 22), (6, 12, 16, 32), id="in the middle"),
        pytest.param((2, 3, 12, 23), (35, 18), (2, 3, 12, 23), id="at the upper left corner"),
        pytest.param((95, 90, 105, 110), (22, 11), (6, 12, 16, 32), id="beyond the lower right"),
    ],
)
def test_a_face_is_cut_out_with_room(
    box: tuple[float, float, float, float],
    shape: tuple[int, int],
    own: tuple[float, float, float, float],
) -> None:
    whole = picture(100, 100)
    face = face_crop(whole, box)
    assert face.image.shape[:2] == shape
    assert face.box == pytest.approx(own)
    left, top = int(box[0] - own[0]), int(box[1] - own[1])
    seen = whole.crop((left, top, left + shape[1], top + shape[0]))
    assert np.array_equal(face.image, seen)


def test_the_size_of_a_face_is_that_of_a_square() -> None:
    assert FaceCrop(np.zeros((50, 50, 3), np.uint8), (0, 0, 16, 25)).size_px == pytest.approx(20)


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 9, 8, 5)])
def test_a_box_has_an_area(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="with an area"):
        FaceCrop(np.zeros((9, 9, 3), np.uint8), box)


@pytest.mark.parametrize(
    ("vector", "quality", "message"),
    [
        pytest.param([0.5, 0.5], 0.5, "length 1", id="too short"),
        pytest.param([[1.0, 0.0]], 0.5, "length 1", id="two dimensions"),
        pytest.param([1.0, 0.0], 1.5, "quality is 0..1", id="quality above 1"),
    ],
)
def test_a_template_is_checked(vector: list[float], quality: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FaceTemplate(np.array(vector, np.float32), quality)


def test_likeness_is_the_cosine() -> None:
    one = FaceTemplate(np.array([1, 0], np.float32), 1)
    other = FaceTemplate(np.array([0.6, 0.8], np.float32), 1)
    assert one.likeness(other) == pytest.approx(0.6)
    assert one.likeness(one) == pytest.approx(1)


def test_unit_vectors() -> None:
    assert unit(np.array([3, 4], np.float32)) == pytest.approx([0.6, 0.8])
    with pytest.raises(ValueError, match="no direction"):
        unit(np.zeros(4, np.float32))
