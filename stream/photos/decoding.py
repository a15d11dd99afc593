"""The pixels of a photo, upright."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageOps

from engines import types

_END: Final = b"\xff\xd9"
"""Of every JPEG that was not cut short; some cameras fill up with zeros."""

_TURNS: Final[dict[int, tuple[int | None, int | None]]] = {
    1: (None, None),
    2: (None, 1),
    3: (cv2.ROTATE_180, None),
    4: (None, 0),
    5: (cv2.ROTATE_90_CLOCKWISE, 1),
    6: (cv2.ROTATE_90_CLOCKWISE, None),
    7: (cv2.ROTATE_90_CLOCKWISE, 0),
    8: (cv2.ROTATE_90_COUNTERCLOCKWISE, None),
}
"""How a picture is turned and then flipped, by EXIF's orientation."""


def upright(photo: Image.Image, content: bytes, orientation: int) -> types.Image:
    """The pixels of an opened photo.

    Whole JPEGs in colour are decoded by OpenCV, into the array itself: the same pixels in a third
    of Pillow's time. Pillow alone tells where a file is cut short; a very few that are damaged in
    their middle, which it refuses, are taken as they are.

    Args:
        photo: as Pillow opened it; it is decoded where OpenCV is not asked.
        content: of the file.
        orientation: of EXIF, 1..8.

    Raises:
        OSError and what else Pillow raises: the file is not what it says it is.
    """
    if photo.format == "JPEG" and photo.mode == "RGB" and content.rstrip(b"\0").endswith(_END):
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
        if pixels is not None and pixels.shape[:2] == (photo.height, photo.width):
            return _turned(np.asarray(pixels, np.uint8), orientation)
    return np.array(ImageOps.exif_transpose(photo).convert("RGB"))


def _turned(pixels: types.Image, orientation: int) -> types.Image:
    turn, flip = _TURNS[orientation]
    turned = pixels if turn is None else cv2.rotate(pixels, turn)
    return np.asarray(turned if flip is None else cv2.flip(turned, flip), np.uint8)
