"""Photos become the same pixels whoever decodes them."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from stream.photos.decoding import upright


def scene() -> Image.Image:
    """48 x 32 pixels in which no corner is like another."""
    y, x = np.mgrid[0:32, 0:48]
    return Image.fromarray(np.stack((5 * x, 7 * y, 3 * (x + y)), -1).astype(np.uint8))


def encoded(picture: Image.Image, kind: str = "JPEG", orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = BytesIO()
    picture.save(file, kind, exif=exif)
    return file.getvalue()


def by_pillow(content: bytes) -> NDArray[np.uint8]:
    return np.array(ImageOps.exif_transpose(Image.open(BytesIO(content))).convert("RGB"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_turned_as_pillow_turns_it(orientation: int) -> None:
    content = encoded(scene(), orientation=orientation)
    pixels = upright(Image.open(BytesIO(content)), content, orientation)
    assert np.array_equal(pixels, by_pillow(content))
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize(
    ("situation", "content"),
    [
        ("filled up with zeros", encoded(scene()) + bytes(100)),
        ("something behind the end", encoded(scene()) + b"a trailer"),
        ("grey", encoded(scene().convert("L"))),
        ("in printers' colours", encoded(scene().convert("CMYK"))),
        ("a PNG", encoded(scene(), "PNG")),
        ("a palette", encoded(scene().convert("P"), "PNG")),
    ],
)
def test_every_kind_gives_the_pixels_of_pillow(situation: str, content: bytes) -> None:
    pixels = upright(Image.open(BytesIO(content)), content, 1)
    assert np.array_equal(pixels, by_pillow(content)), situation


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_jpeg_cut_short_is_an_error_and_no_half_grey_picture(share: float) -> None:
    whole = encoded(scene().resize((480, 320)))
    content = whole[: int(share * len(whole))]
    with pytest.raises(OSError, match="truncated"):
        upright(Image.open(BytesIO(content)), content, 1)


def test_a_whole_jpeg_is_left_to_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def decode(content: NDArray[np.uint8], flags: int) -> None:
        asked.append(flags)

    monkeypatch.setattr(cv2, "imdecode", decode)
    content = encoded(scene())
    pixels = upright(Image.open(BytesIO(content)), content, 1)
    assert len(asked) == 1
    assert np.array_equal(pixels, by_pillow(content)), "Pillow does what OpenCV cannot"
