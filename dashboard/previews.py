"""Small copies of the photos of a race, made when they are looked at.

A photo is asked for by its number, never by a path, and only a file whose content is still what
was tagged is shown: whatever has taken its place since is nobody's business here.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from stream.photos.files import HEIC, PhotoError, learn_heic
from stream.store.photos import PhotosReader

LONGEST_PX: Final = 1600
"""Of a preview's longer side."""
_QUALITY: Final = 82
_KEPT: Final = 24
"""Previews kept in memory, some 300 kB each: paging back costs nothing."""
# A photo of 24 megapixels takes some 100 MB while it is made smaller.
_AT_A_TIME: Final = 2


class Previews:
    """Previews of the photos of one race. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self._photos = PhotosReader(folder)
        self._turns = threading.BoundedSemaphore(_AT_A_TIME)
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def jpeg(self, number: int) -> bytes | None:
        """A photo as a JPEG file, upright and without its notes, at most `LONGEST_PX` large.

        None where the race has no such photo, or no file holds it any more.
        """
        row = self._photos.find(number)
        if row is None:
            return None
        sha256 = row.photo.sha256
        with self._lock:
            known = self._kept.get(sha256)
            if known is not None:
                self._kept.move_to_end(sha256)
                return known
        with self._turns:
            made = self._made(number, sha256)
        if made is not None:
            with self._lock:
                self._kept[sha256] = made
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made

    def _made(self, number: int, sha256: str) -> bytes | None:
        for path in self._photos.paths(number):
            try:
                content = Path(path).read_bytes()
            except OSError:
                continue  # moved or on a disk that is not there: another file may hold it
            if hashlib.sha256(content).hexdigest() == sha256:
                return _small(content, is_heic=Path(path).suffix.lower() in HEIC)
        return None


def _small(content: bytes, is_heic: bool) -> bytes | None:
    """A preview; None of what this computer cannot decode any more (HEIC without its reader)."""
    try:
        if is_heic:
            learn_heic()
        with Image.open(BytesIO(content)) as photo:
            photo.draft("RGB", (LONGEST_PX, LONGEST_PX))
            upright = ImageOps.exif_transpose(photo).convert("RGB")
    except (OSError, PhotoError):
        return None
    upright.thumbnail((LONGEST_PX, LONGEST_PX))
    # Where and with what it was taken stays with the original.
    upright.info.clear()
    made = BytesIO()
    upright.save(made, "JPEG", quality=_QUALITY, optimize=True)
    return made.getvalue()
