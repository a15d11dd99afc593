"""Pictures that are encoded anew: their size, their colours, and which way is up."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from engines.types import Image
from stream.export.clips.encoding import fitted, upright
from stream.export.films import look_into, open_film
from tests.stream.export.filmed import Film, make_film

RED, GREEN = (200, 30, 30), (30, 160, 60)


def rgb(frame: VideoFrame) -> Image:
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def painted(width: int, height: int, pixels: str = "yuv420p") -> VideoFrame:
    """Red on the left, green on the right, white at the top right corner."""
    image = np.empty((height, width, 3), np.uint8)
    image[:, : width // 2], image[:, width // 2 :] = RED, GREEN
    image[: height // 4, -width // 4 :] = 255
    return VideoFrame.from_ndarray(image, "rgb24").reformat(format=pixels)


@pytest.mark.parametrize(
    ("situation", "size", "inside"),
    [
        ("as it is", (160, 96), (0, 0, 160, 96)),
        ("half", (80, 48), (0, 0, 80, 48)),
        ("larger", (320, 192), (0, 0, 320, 192)),
        ("into a wider one", (240, 96), (40, 0, 200, 96)),
        ("into a taller one", (160, 196), (0, 50, 160, 146)),
        ("into another shape and size", (80, 100), (0, 26, 80, 74)),
    ],
)
def test_a_picture_keeps_its_shape(
    situation: str, size: tuple[int, int], inside: tuple[int, int, int, int]
) -> None:
    shown = rgb(fitted(painted(160, 96), *size))
    x0, y0, x1, y1 = inside
    assert shown.shape == (size[1], size[0], 3), situation
    around = np.ones(shown.shape[:2], bool)
    around[max(y0 - 2, 0) : y1 + 2, max(x0 - 2, 0) : x1 + 2] = False
    assert not around.any() or shown[around].max() <= 3, situation
    middle = (y0 + y1) // 2
    assert np.abs(shown[middle, x0 + (x1 - x0) // 4].astype(int) - RED).max() < 12, situation
    assert np.abs(shown[middle, x1 - (x1 - x0) // 4].astype(int) - GREEN).max() < 12, situation


@pytest.mark.parametrize("pixels", ["yuvj420p", "yuv422p", "yuv444p", "rgb24", "yuvj422p"])
def test_colours_stay(pixels: str) -> None:
    shown = fitted(painted(160, 96, pixels), 160, 96)
    assert shown.format.name == "yuv420p"
    image = rgb(shown)
    assert np.abs(image[48, 40].astype(int) - RED).max() < 12
    assert np.abs(image[48, 120].astype(int) - GREEN).max() < 12


@pytest.mark.parametrize(
    ("turned", "size", "corner"),
    [
        (0, (160, 96), (2, 150)),
        (90, (96, 160), (8, 4)),
        (180, (160, 96), (90, 8)),
        (-90, (96, 160), (150, 90)),
    ],
)
def test_a_turned_camera_is_turned_back(
    turned: int, size: tuple[int, int], corner: tuple[int, int], tmp_path: Path
) -> None:
    # `corner` is where a player that honours the film's own note shows the white corner.
    file = tmp_path / "turned.mp4"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        if turned:
            stream.set_display_rotation(turned)
        container.mux(stream.encode(painted(160, 96)))
        container.mux(stream.encode(None))
    with open_film(file) as film:
        frame = upright(next(film.decode(video=0)))
    assert (frame.width, frame.height) == size
    assert rgb(frame)[corner].min() > 230


def test_a_plain_frame_is_not_touched() -> None:
    frame = painted(160, 96)
    assert upright(frame) is frame


def test_a_film_of_odd_size_becomes_even(tmp_path: Path) -> None:
    file = make_film(
        tmp_path / "odd.mov", Film(n=3, codec="mjpeg", pixels="yuvj444p", size=(161, 97))
    )
    assert look_into(file).video.width == 161
    with open_film(file) as film:
        frame = fitted(upright(next(film.decode(video=0))), 160, 96)
    assert (frame.width, frame.height) == (160, 96)
