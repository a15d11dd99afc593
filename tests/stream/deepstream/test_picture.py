"""Pictures of which only the runners were copied, against pictures that are whole."""

from __future__ import annotations

import numpy as np
import pytest

from engines.picture import RgbPicture
from engines.types import Box, Image
from stream.deepstream.picture import Copier, SparsePicture, cut_array

SIZE = (1280, 720)
PATCH = (400, 100, 700, 500)


def whole() -> Image:
    """A gradient, so that what is blurred is nearly what it was."""
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    planes = (rows // 3, columns // 6, (rows + columns) // 8)
    return np.stack([np.asarray(plane, np.uint8) for plane in planes], axis=2)


def sparse(source: tuple[int, int] = SIZE) -> SparsePicture:
    return Copier(SIZE).copy(cut_array(whole()), (PATCH,), source, 0)


def test_inside_a_patch_every_pixel_is_there() -> None:
    box: Box = (450.3, 120, 600, 480.9)
    assert np.array_equal(sparse().crop(box), RgbPicture(whole()).crop(box))


@pytest.mark.parametrize(
    "box",
    [
        pytest.param((0, 0, 100, 100), id="outside"),
        pytest.param((350, 50, 750, 600), id="round the patch"),
        pytest.param((-50, -50, 2000, 2000), id="the whole picture"),
        pytest.param((5000, 5000, 6000, 6000), id="beyond the picture"),
    ],
)
def test_elsewhere_the_overview_stands_in(box: Box) -> None:
    crop, real = sparse().crop(box), RgbPicture(whole()).crop(box)
    assert crop.shape == real.shape
    assert np.abs(crop.astype(int) - real.astype(int)).max() <= 3


def test_crops_of_a_scaled_camera_are_in_its_own_pixels() -> None:
    picture = sparse((2560, 1440))
    crop = picture.crop((900, 300, 1200, 900))
    real = RgbPicture(whole()).crop((450, 150, 600, 450))
    assert (picture.width, picture.height, crop.shape) == (2560, 1440, (600, 300, 3))
    assert np.abs(crop[::2, ::2].astype(int) - real.astype(int)).max() <= 2


def test_the_whole_picture_small() -> None:
    small, real = sparse().resized(320, 180), RgbPicture(whole()).resized(320, 180)
    assert small.shape == real.shape
    assert np.abs(small.astype(int) - real.astype(int)).max() <= 4


def test_the_overview_is_made_anew_only_now_and_then() -> None:
    copier = Copier(SIZE, overview_every_ns=100)
    asked: list[int] = []

    def cut(box: tuple[int, int, int, int], step: int) -> Image:
        asked.append(step)
        return cut_array(whole())(box, step)

    for now_ns in (0, 50, 99, 100):
        copier.copy(cut, (), SIZE, now_ns)
    assert asked == [2, 2]


def test_nothing_is_left_of_the_frame() -> None:
    frame = whole()
    picture = Copier(SIZE).copy(cut_array(frame), (PATCH,), SIZE, 0)
    before = picture.crop((450, 120, 600, 480))
    frame[:] = 0
    assert np.array_equal(picture.crop((450, 120, 600, 480)), before)
