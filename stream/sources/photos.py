"""Photos as a source: one frame each, in the order of their paths."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from engines.picture import RgbPicture
from stream.clock import SECOND_NS
from stream.sources.port import SourceError, SourceStatus
from stream.types import Clock, Frame

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif"})
Problem = Callable[[Path, str], None]
"""Told of each photo that was skipped, and why."""


class PhotoSource:
    """A `Source` of photos. It waits for its consumer and has no thread.

    Running times are one second apart. The capture time is the EXIF time with its offset from
    UTC; a photo that does not say its offset is taken as UTC, one without EXIF time gets
    `start_utc_ns`. EXIF orientation is applied.

    Args:
        camera: name on every frame.
        places: photos and folders; folders are searched to the bottom, hidden files left out.
        problem: told of each photo that cannot be read; it is counted as damaged and skipped.
        start_utc_ns: capture time of photos that do not tell theirs.

    Raises:
        SourceError: a place does not exist, or there are no photos.
    """

    live = False

    def __init__(
        self,
        camera: str,
        places: Sequence[Path],
        problem: Problem | None = None,
        start_utc_ns: int = 0,
    ) -> None:
        self.camera = camera
        self.photos = _found(places)
        self._problem = problem
        self._start_utc_ns = start_utc_ns
        self._stop = threading.Event()
        self._state = "not begun"
        self._delivered: list[Path] = []
        self._damaged = 0
        self._size = (0, 0)

    def path(self, index: int) -> Path:
        """The photo that frame `index` was made from. Raises IndexError before it is delivered."""
        return self._delivered[index]

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        if self._state != "not begun":
            raise RuntimeError(f"{self.camera}: frames() may be called once")
        self._state = "playing"
        for path in self.photos:
            if self._stop.is_set():
                break
            frame = self._frame(path)
            if frame is not None:
                self._delivered.append(path)
                self._size = (frame.picture.width, frame.picture.height)
                yield frame
        self._state = "closed" if self._stop.is_set() else "ended"

    def close(self) -> None:
        """See `Source.close`."""
        self._stop.set()

    def status(self) -> SourceStatus:
        """See `Source.status`."""
        width, height = self._size
        return SourceStatus(
            camera=self.camera,
            state=self._state,
            frames=len(self._delivered),
            damaged=self._damaged,
            width=width,
            height=height,
            decoder="pillow",
            duration_ns=len(self.photos) * SECOND_NS,
        )

    def _frame(self, path: Path) -> Frame | None:
        try:
            with Image.open(path) as photo:
                taken_ns = capture_utc_ns(photo.getexif())
                # Orientation first: width and height change places with it.
                upright = ImageOps.exif_transpose(photo).convert("RGB")
                picture = RgbPicture(np.array(upright))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            self._report(path, error)
            return None
        index = len(self._delivered)
        utc_ns = self._start_utc_ns if taken_ns is None else taken_ns
        return Frame(self.camera, index, index * SECOND_NS, utc_ns, Clock.FILE, picture)

    def _report(self, path: Path, error: Exception) -> None:
        why = f"cannot be read: {error}"
        if path.suffix.lower() in (".heic", ".heif"):
            why = "HEIC cannot be read here; convert it to JPEG"
        self._damaged += 1
        log.warning("%s: %s", path, why)
        if self._problem is not None:
            self._problem(path, why)


def capture_utc_ns(exif: Image.Exif, zone: tzinfo | None = UTC) -> int | None:
    """When the photo was taken, UTC ns; None where EXIF does not say or says nonsense.

    Args:
        exif: of the photo.
        zone: where the camera's clock does not say how far it is from UTC; None takes this
            computer's.
    """
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
    fraction = str(details.get(ExifTags.Base.SubsecTimeOriginal) or "0").strip("\0 ")
    try:
        taken = datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
        if offset:
            zone = datetime.strptime(offset.replace("Z", "+00:00"), "%z").tzinfo
        nanoseconds = int(f"{fraction:0<9.9}")
        taken = taken.astimezone() if zone is None else taken.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None
    seconds = (taken - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    return int(seconds) * SECOND_NS + nanoseconds


def _found(places: Sequence[Path]) -> tuple[Path, ...]:
    photos: set[Path] = set()
    for place in places:
        if place.is_dir():
            photos |= {path for path in place.rglob("*") if _is_photo(path, place)}
        elif place.exists():
            photos.add(place)
        else:
            raise SourceError(f"{place}: no such photo or folder; check the path")
    if not photos:
        names = ", ".join(str(place) for place in places)
        raise SourceError(f"{names}: no photos here; known are {', '.join(sorted(SUFFIXES))}")
    return tuple(sorted(photos))


def _is_photo(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in SUFFIXES and not hidden and path.is_file()
