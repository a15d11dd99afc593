"""A picture that somebody sends: bytes of unknown origin to an upright picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from PIL import Image, ImageOps

from dashboard.recognition.gate import Limits
from dashboard.refusals import Refusal
from engines.picture import RgbPicture

_BEGIN: Final = 16
"""Bytes that tell a picture's type."""
FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
"""What may be sent, by media type, as Pillow calls it."""

_BROKEN: Final = (
    OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, EOFError, struct.error,
)  # fmt: skip
"""What Pillow raises for files that are not what their first bytes promise."""


def upright(content: bytes, limits: Limits) -> RgbPicture:
    """Decode a picture and turn it as its EXIF says.

    Raises:
        Refusal: it is empty or broken (422), of another type (415), or has too many pixels (413).
    """
    if not content:
        raise Refusal(422, "picture_empty", "the picture is empty; send its bytes")
    with _opened(BytesIO(content), limits) as photo:
        return RgbPicture(np.array(ImageOps.exif_transpose(photo).convert("RGB")))


def check_header(file: Path, limits: Limits) -> str:
    """What a picture is, as Pillow calls it, by its header alone: nothing is decoded.

    Raises:
        Refusal: as `upright`; a picture whose header is whole may be broken all the same.
        OSError: the file cannot be opened.
    """
    with file.open("rb") as content, _opened(content, limits) as photo:
        return photo.format or ""


@contextmanager
def _opened(content: BinaryIO, limits: Limits) -> Iterator[Image.Image]:
    """A picture of a known type and size, not decoded yet."""
    begin = content.read(_BEGIN)
    content.seek(0)
    if not _is_known(begin):
        raise Refusal(415, "picture_type", "this is no JPEG, PNG or WebP picture; send one")
    try:
        with Image.open(content, formats=[*FORMATS.values()]) as photo:
            _check_size(photo.size, limits)
            yield photo
    except Image.DecompressionBombError as error:
        raise _too_large(limits) from error
    except _BROKEN as error:
        raise Refusal(
            422, "picture_broken", f"the picture is broken or cut short ({error}); send it again"
        ) from error


def _is_known(content: bytes) -> bool:
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return is_webp or content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    if size[0] * size[1] > limits.max_pixels:
        raise _too_large(limits)
    if min(size) < limits.least_side_px:
        least = limits.least_side_px
        raise Refusal(
            422, "picture_small", f"the picture has less than {least} pixels a side", {"px": least}
        )


def _too_large(limits: Limits) -> Refusal:
    most = limits.max_pixels
    return Refusal(
        413, "too_many_pixels", f"the picture has more than {most} pixels; shrink it", {"px": most}
    )
