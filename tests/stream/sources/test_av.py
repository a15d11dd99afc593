"""What FFmpeg's frames become."""

from __future__ import annotations

import av
import numpy as np
import pytest

from engines.picture import Matrix
from stream.sources.address import address
from stream.sources.av import AvSource, i420
from stream.sources.port import SourceError, SourceOptions

LAYOUTS = {
    "limited": ("yuv420p", 1, 100, 100),
    "full by its flag": ("yuv420p", 2, 100, 102),
    "full by its name": ("yuvj420p", 0, 100, 102),
    "odd layout": ("yuv444p", 1, 100, 100),
    "odd layout, full": ("yuvj422p", 2, 100, 102),
    "grey": ("gray", 2, 100, 102),
}


@pytest.mark.parametrize(
    ("pixels", "colour_range", "given", "expected"), LAYOUTS.values(), ids=LAYOUTS.keys()
)
def test_layouts(pixels: str, colour_range: int, given: int, expected: int) -> None:
    frame = av.VideoFrame(33, 17, pixels)
    for index, plane in enumerate(frame.planes):
        plane.update(bytes([given if index == 0 else 128]) * plane.buffer_size)
    frame.color_range = colour_range
    picture = i420(frame)
    assert (picture.width, picture.height) == (33, 17)
    assert picture.u.shape == picture.v.shape == (9, 17)
    assert abs(int(picture.y[8, 16]) - expected) <= 1
    assert abs(int(picture.u[4, 8]) - 128) <= 1


@pytest.mark.parametrize(
    ("space", "matrix"), [(1, Matrix.BT709), (5, Matrix.BT601), (6, Matrix.BT601), (2, None)]
)
def test_colour_spaces(space: int, matrix: Matrix | None) -> None:
    frame = av.VideoFrame(32, 16, "yuv420p")
    frame.colorspace = space
    assert i420(frame).matrix is matrix


def test_planes_are_not_copied_and_stay() -> None:
    frame = av.VideoFrame(32, 16, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([90]) * plane.buffer_size)
    picture = i420(frame)
    assert not picture.y.flags.owndata
    del frame
    assert np.unique(picture.y).tolist() == [90]


def test_a_device_that_is_not_there() -> None:
    source = AvSource("a", address("/dev/video93"), SourceOptions(attempts=0))
    with pytest.raises(SourceError, match="/dev/video93: "):
        list(source.frames())
