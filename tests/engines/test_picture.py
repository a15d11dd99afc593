from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.picture import I420Picture, Matrix, RgbPicture, pixel_box, shrunk
from engines.types import Box, Image


def ramp(width: int, height: int) -> Image:
    """Smooth in both directions, so that half-size colour loses little."""
    x, y = np.meshgrid(np.linspace(20, 220, width), np.linspace(30, 200, height))
    return np.stack((x, y, (x + y) / 2), axis=2).astype(np.uint8)


def planes_of(image: Image) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)


def largest_difference(one: Image, two: Image) -> int:
    assert one.shape == two.shape
    return int(np.abs(one.astype(int) - two.astype(int)).max())


@pytest.mark.parametrize(
    ("matrix", "ycbcr", "rgb"),
    [
        (Matrix.BT601, (16, 128, 128), (0, 0, 0)),
        (Matrix.BT601, (235, 128, 128), (255, 255, 255)),
        (Matrix.BT601, (81, 90, 240), (254, 0, 0)),
        (Matrix.BT601, (145, 54, 34), (0, 255, 1)),
        (Matrix.BT709, (63, 102, 240), (255, 0, 0)),
        (Matrix.BT709, (173, 42, 26), (0, 255, 0)),
        (Matrix.BT709, (32, 240, 118), (1, 0, 255)),
    ],
)
def test_colours_of_the_standards(
    matrix: Matrix, ycbcr: tuple[int, int, int], rgb: tuple[int, int, int]
) -> None:
    y, u, v = (
        np.full(shape, value, np.uint8)
        for shape, value in zip([(4, 4), (2, 2), (2, 2)], ycbcr, strict=True)
    )
    image = I420Picture(y, u, v, matrix).resized(4, 4)
    assert largest_difference(image, np.full((4, 4, 3), rgb, np.uint8)) <= 2


@pytest.mark.parametrize(("height", "matrix"), [(480, Matrix.BT601), (720, Matrix.BT709)])
def test_the_usual_matrix_follows_the_height(height: int, matrix: Matrix) -> None:
    assert Matrix.usual(height) is matrix


@pytest.mark.parametrize(
    "box",
    [(0, 0, 64, 48), (10, 8, 30, 28), (11, 9, 30, 27), (11.6, 9.2, 12.1, 9.4), (63, 47, 64, 48)],
)
def test_a_crop_of_planes_is_the_crop_of_the_converted_picture(box: Box) -> None:
    image = ramp(64, 48)
    rgb, i420 = RgbPicture(image), I420Picture.packed(planes_of(image))
    assert largest_difference(rgb.crop(box), i420.crop(box)) <= 6


@pytest.mark.parametrize("size", [(640, 360), (100, 50), (1280, 720), (500, 720), (1920, 1000)])
def test_resizing_planes_resizes_the_picture(size: tuple[int, int]) -> None:
    image = ramp(1280, 720)
    planes = I420Picture.packed(planes_of(image), Matrix.BT601)
    assert largest_difference(RgbPicture(image).resized(*size), planes.resized(*size)) <= 5


def test_planes_may_be_views_with_padding() -> None:
    planes = planes_of(ramp(64, 48))
    packed = I420Picture.packed(planes)
    padded = np.zeros((48, 96), np.uint8)
    padded[:, :64] = packed.y
    view = I420Picture(padded[:, :64], packed.u, packed.v)
    assert np.array_equal(view.resized(32, 24), packed.resized(32, 24))
    assert np.array_equal(view.crop((3, 3, 20, 20)), packed.crop((3, 3, 20, 20)))


def test_odd_sizes_have_a_last_half_cell_of_colour() -> None:
    y, chroma = np.full((5, 7), 100, np.uint8), np.full((3, 4), 128, np.uint8)
    picture = I420Picture(y, chroma, chroma)
    assert picture.crop((0, 0, 7, 5)).shape == (5, 7, 3)
    assert picture.crop((6, 4, 7, 5)).shape == (1, 1, 3)


def test_fine_stripes_alias_far_less_than_by_interpolation() -> None:
    stripes = np.zeros((360, 640), np.uint8)
    stripes[:, ::3] = 255
    small = shrunk(stripes, 160, 90)
    interpolated = np.asarray(cv2.resize(stripes, (160, 90)), np.uint8)
    assert small.std() < 0.6 * interpolated.std()
    assert small.mean() == pytest.approx(85, abs=3)


def test_a_crop_is_a_copy() -> None:
    picture = RgbPicture(ramp(20, 20))
    picture.crop((0, 0, 5, 5))[:] = 0
    assert picture.image[:5, :5].min() > 0


@pytest.mark.parametrize(
    ("box", "pixels"),
    [
        ((0, 0, 10, 8), (0, 0, 10, 8)),
        ((1.2, 1.9, 3.1, 3.0), (1, 1, 4, 3)),
        ((-5, -5, 4, 4), (0, 0, 4, 4)),
        ((8, 7, 40, 40), (8, 7, 10, 8)),
        ((20, 20, 30, 30), (9, 7, 10, 8)),
        ((-30, -30, -20, -20), (0, 0, 1, 1)),
        ((5, 5, 5, 5), (5, 5, 6, 6)),
    ],
)
def test_boxes_become_pixels_inside_the_picture(
    box: Box, pixels: tuple[int, int, int, int]
) -> None:
    assert pixel_box(box, 10, 8) == pixels


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 4))]
)
def test_a_picture_refuses_other_shapes(image: Image) -> None:
    with pytest.raises(ValueError, match="a picture needs"):
        RgbPicture(image)


@pytest.mark.parametrize("shape", [(7, 8), (6, 7), (4, 8)])
def test_packed_planes_of_a_wrong_shape(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="packed planes"):
        I420Picture.packed(np.zeros(shape, np.uint8))


def test_chroma_must_be_half_the_luma() -> None:
    with pytest.raises(ValueError, match="needs chroma"):
        plane = np.zeros((4, 4), np.uint8)
        I420Picture(plane, plane, plane)
