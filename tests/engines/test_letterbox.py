from __future__ import annotations

import numpy as np
import pytest

from engines.letterbox import letterbox, place
from engines.picture import RgbPicture


@pytest.mark.parametrize(
    ("source", "size", "inner"),
    [
        ((1920, 1080), (640, 384), (0, 12, 640, 360)),
        ((1080, 1920), (640, 384), (212, 0, 216, 384)),
        ((640, 384), (640, 384), (0, 0, 640, 384)),
        ((100, 50), (192, 192), (0, 48, 192, 96)),
        ((10_000, 1), (64, 64), (0, 31, 64, 1)),
    ],
)
def test_pictures_are_centred(
    source: tuple[int, int], size: tuple[int, int], inner: tuple[int, int, int, int]
) -> None:
    spot = place(source, size)
    assert (spot.left, spot.top, spot.width, spot.height) == inner


@pytest.mark.parametrize("source", [(1920, 1080), (333, 777), (64, 64), (5000, 100)])
def test_restore_is_the_inverse(source: tuple[int, int]) -> None:
    spot = place(source, (640, 384))
    corners = np.array(
        [[spot.left, spot.top, spot.left + spot.width, spot.top + spot.height]], np.float32
    )
    assert spot.restore(corners)[0] == pytest.approx((0, 0, *source), abs=1e-2)
    middle = np.array([[320, 192, 320, 192]], np.float32)
    expected = (source[0] / 2, source[1] / 2) * 2
    assert spot.restore(middle)[0] == pytest.approx(expected, abs=0.51 * source[1] / spot.height)


def test_boxes_in_the_padding_are_clipped() -> None:
    boxes = np.array([[0, 0, 640, 384]], np.float32)
    assert place((1920, 1080), (640, 384)).restore(boxes)[0] == pytest.approx((0, 0, 1920, 1080))


def test_the_tensor_is_rgb_with_black_round_it() -> None:
    colour = RgbPicture(np.full((100, 200, 3), (255, 51, 0), np.uint8))
    grey = RgbPicture(np.full((200, 100, 3), 102, np.uint8))
    tensor, spots = letterbox([colour, grey], (64, 64), rows=4)
    assert tensor.shape == (4, 64, 64, 3)
    assert tensor.dtype == np.uint8
    assert len(spots) == 2
    assert tuple(tensor[0, 32, 32]) == (255, 51, 0)
    assert not tensor[0, :16].any()
    assert not tensor[0, 48:].any()
    assert tuple(tensor[1, 5, 32]) == (102, 102, 102)
    assert not tensor[1, :, :16].any()
    assert not tensor[2:].any()


@pytest.mark.parametrize("size", [(640, 360), (0, 32), (-32, 32)])
def test_sizes_are_multiples_of_32(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="multiples of 32"):
        place((100, 100), size)


def test_a_batch_holds_its_pictures() -> None:
    picture = RgbPicture(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="2 pictures do not make a batch of 1"):
        letterbox([picture, picture], (32, 32), rows=1)
    with pytest.raises(ValueError, match="0 pictures"):
        letterbox([], (32, 32))
