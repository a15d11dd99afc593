"""Photos as files: which there are, and what one of them holds."""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image, UnidentifiedImageError

from engines.picture import RgbPicture
from stream.clock import SECOND_NS
from stream.photos.decoding import upright
from stream.sources.port import SourceError
from stream.store.photo_values import PhotoFile

SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".avif"}
)
Problem = Callable[[Path, str], None]
"""Told of each photo or folder that was skipped, and why."""
HEIC: Final = frozenset({".heic", ".heif"})
_AVIF: Final = ".avif"
_UNREADABLE = (
    OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, EOFError, struct.error,
    Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises for files that are not, or no longer, what they say they are."""

# Cameras of 100 megapixels are no attack; what is twice as large is refused with a text. Once and
# for all ways to a photo: `catch_warnings` around each is not safe where several threads open some.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class PhotoError(Exception):
    """A file cannot be read as a photo; the text says why, and the mend where there is one."""


class PassingPhotoError(PhotoError):
    """A file cannot be read now: nobody has seen what is in it, and another day it may be read.

    So it is where the disk or a network folder fails, too many files are open, or somebody has
    to allow it first.
    """


@dataclass(frozen=True, slots=True, eq=False)
class LoadedPhoto:
    """A file that was read.

    Attributes:
        sha256: of the content, hex digits.
        taken_utc_ns: None where it does not tell.
        orientation: of EXIF, 1..8; the picture is upright already.
        picture: None where the content was known, so that nobody decoded it.
    """

    sha256: str
    taken_utc_ns: int | None = None
    orientation: int = 1
    picture: RgbPicture | None = None


def find_photos(
    places: Sequence[Path], left_out: Sequence[Path], problem: Problem
) -> tuple[Path, ...]:
    """Photos and what folders hold, to the bottom, in order; hidden files are left out.

    Args:
        places: photos and folders.
        left_out: folders that are not looked into.
        problem: told of each folder that may not be looked into and of each photo whose name
            cannot be written down, and why.

    Raises:
        SourceError: a place does not exist, or there are no photos.
    """
    found: dict[Path, None] = {}
    closed = False

    def refused(error: OSError) -> None:
        nonlocal closed
        closed = True
        problem(Path(str(error.filename)), f"cannot be looked into: {error.strerror}")

    skipped = {folder.resolve() for folder in left_out}
    for place in places:
        if os.path.isdir(place):  # noqa: PTH112 - Path.is_dir() raises where it may not look
            found |= dict.fromkeys(_below(place.resolve(), skipped, refused))
        elif os.path.lexists(place):
            found[Path(os.path.abspath(place))] = None  # noqa: PTH100 - a link keeps its name
        else:
            raise SourceError(f"{place}: no such photo or folder; check the path")
    for path in [path for path in found if not _is_text(path)]:
        del found[path]
        closed = True
        problem(path, "has a name that is no text; rename it")
    if not found and not closed:
        names = ", ".join(str(place) for place in places)
        raise SourceError(f"{names}: no photos here; known are {', '.join(sorted(SUFFIXES))}")
    return tuple(sorted(found))


def _below(folder: Path, skipped: set[Path], refused: Callable[[OSError], None]) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=refused):
        here = Path(root)
        folders[:] = [
            name for name in folders if not name.startswith(".") and here / name not in skipped
        ]
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield here / name


def _is_text(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def file_of(path: Path) -> PhotoFile:
    """How a file lies on the disk.

    Raises:
        PassingPhotoError: it cannot be looked at now.
        PhotoError: it is gone.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise _unread(error) from error
    return PhotoFile(str(path), state.st_size, state.st_mtime_ns)


def load_photo(
    path: Path, is_known: Callable[[str], bool], zone: tzinfo | None = None
) -> LoadedPhoto:
    """Read a photo and turn it upright. A content that is known is not decoded.

    Args:
        path: of the file.
        is_known: whether the race has the photo with this SHA-256.
        zone: of cameras that do not tell theirs; None is this computer's.

    Raises:
        PassingPhotoError: it cannot be read now.
        PhotoError: it is gone, empty, cut short or no photo.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unread(error) from error
    if not content:
        raise PhotoError("is empty; copy it from the camera again")
    sha256 = hashlib.sha256(content).hexdigest()
    if is_known(sha256):
        return LoadedPhoto(sha256)
    suffix = path.suffix.lower()
    if suffix in HEIC:
        learn_heic()
    if suffix == _AVIF and suffix not in Image.registered_extensions():
        raise PhotoError(
            "AVIF cannot be read here; convert it to JPEG, or: pip install 'pillow>=11.3'"
        )
    try:
        with Image.open(BytesIO(content)) as photo:
            taken_utc_ns, orientation = _exif(photo, zone)
            picture = RgbPicture(upright(photo, content, orientation))
    except _UNREADABLE as error:
        raise PhotoError(_why(error)) from error
    return LoadedPhoto(sha256, taken_utc_ns, orientation, picture)


def _unread(error: OSError) -> PhotoError:
    kind = PhotoError if isinstance(error, FileNotFoundError) else PassingPhotoError
    return kind(f"cannot be read: {error.strerror}")


def is_gone(path: Path) -> bool:
    """Whether nothing is there any more; not where nobody can tell, as without permission."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def held_by(paths: Sequence[str], sha256: str) -> RgbPicture | None:
    """A photo from the first of some files that still holds this content; None where none does."""
    for path in paths:
        try:
            loaded = load_photo(Path(path), lambda other: other != sha256)
        except PhotoError:
            continue
        if loaded.picture is not None:
            return loaded.picture
    return None


def _exif(photo: Image.Image, zone: tzinfo | None) -> tuple[int | None, int]:
    """Time and orientation; a photo whose notes are broken is a photo all the same."""
    try:
        exif = photo.getexif()
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        taken_utc_ns = capture_utc_ns(exif, zone)
    except _UNREADABLE:
        return None, 1
    known = isinstance(orientation, int) and 1 <= orientation <= 8
    return taken_utc_ns, orientation if known else 1


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


def _why(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "is no photo that can be read here"
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(error)
    return f"is broken: {error}"


def _too_large(error: Image.DecompressionBombError) -> str:
    """Pillow, which has not opened it, tells its size in this text alone, and allows twice what it
    warns of."""
    told = re.search(r"(\d+) pixels", str(error))
    size = "" if told is None else f" with {int(told[1]) / 1e6:.1f} megapixels"
    # Rounded down, so that what is refused is told with more than may be.
    most = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 100_000 / 10
    return f"is too large{size}: at most {most:.1f} can be read; shrink it, then tag it again"


def learn_heic() -> None:
    """Let Pillow open HEIC where somebody has installed what reads it; calling twice is allowed.

    Its codecs are not ours to ship.

    Raises:
        PhotoError: nobody has; the text says what to install.
    """
    try:
        heif = importlib.import_module("pillow_heif")
    except ModuleNotFoundError as error:
        raise PhotoError(
            "HEIC cannot be read here; convert it to JPEG, or: pip install pillow-heif"
        ) from error
    heif.register_heif_opener()
