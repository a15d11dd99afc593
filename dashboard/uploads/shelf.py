"""The folder ``uploads`` of a race: photos that were sent, each once, and those still coming."""

from __future__ import annotations

import errno
import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, Final

from dashboard.recognition.gate import Limits
from dashboard.recognition.picture import check_header
from dashboard.refusals import Refusal
from stream.export.names import folded
from stream.recording.guard import free_bytes
from stream.store.folder import INCOMING, UNREADABLE, UPLOADS
from stream.whole_files import sync

UNJUDGED: Final = ".unjudged"
"""Is there while photos of the race have not been judged by what they say together."""
PHOTO_LIMITS: Final = Limits(
    max_bytes=60_000_000,
    max_pixels=80_000_000,
    per_minute=6000,
    at_once=4,
    waiting=16,
    receive_s=900.0,
)
"""Of photos from cameras: many, and over a phone's line. 80 million pixels are 240 MB decoded."""
_SHORT: Final = 12
_NAME_LENGTH: Final = 60
_SUFFIXES: Final = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp"}
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(slots=True)
class Part:
    """A photo that is coming. `n_bytes` are those so far."""

    place: Path
    file: BinaryIO
    n_bytes: int = 0
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """Of what came so far, hex digits."""
        return self._digest.hexdigest()

    def write(self, content: bytes) -> None:
        """Add to it.

        Raises:
            OSError: the disk refuses.
        """
        self.file.write(content)
        self._digest.update(content)
        self.n_bytes += len(content)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A photo in the folder; `already`: it was there before it was sent now."""

    path: Path
    already: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where photos are put.

    Attributes:
        folder: of the race.
        keep_free_bytes: space on the disk that photos leave free.
        limits: of one photo.
        free: how much space is left; another one for tests.
    """

    folder: Path
    keep_free_bytes: int
    limits: Limits = PHOTO_LIMITS
    free: Callable[[Path], int] = free_bytes
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def place(self) -> Path:
        """The folder of the photos."""
        return self.folder / UPLOADS

    def tidy(self) -> None:
        """Remove what was still coming when a former server ended.

        Raises:
            OSError: the disk refuses.
        """
        incoming = self.place / INCOMING
        for left in incoming.iterdir() if incoming.is_dir() else ():
            left.unlink()

    def photos(self) -> tuple[Path, ...]:
        """All photos, by name; none where nobody has sent any.

        Raises:
            OSError: the disk refuses.
        """
        if not self.place.is_dir():
            return ()
        found = (path.absolute() for path in self.place.iterdir())
        return tuple(sorted(path for path in found if path.name[0] != "." and path.is_file()))

    @contextmanager
    def coming(self, n_bytes: int) -> Iterator[Part]:
        """A new photo to be written, which is gone after the block if it was not `put`.

        Args:
            n_bytes: that are announced; 0 where nobody says.

        Raises:
            Refusal: the disk is nearly full (507), or refuses (503).
        """
        with disk_refusals():
            self._check_room(n_bytes)
            incoming = self.place / INCOMING
            incoming.mkdir(parents=True, exist_ok=True)
            place = incoming / f"{next(self._numbers)}.part"
            try:
                with place.open("wb") as file:
                    yield Part(place, file)
            finally:
                place.unlink(missing_ok=True)

    def put(self, part: Part, name: str) -> Shelved:
        """Check a photo that has come, by its header, and give it its place.

        One that lies there already is put in the place of the old file, which the disk may not
        give any more.

        Args:
            part: all of it.
            name: of the file, as its sender calls it; any text.

        Raises:
            Refusal: it is no picture of a known type (415), empty or broken (422), too large (413).
            OSError: the disk refuses.
        """
        if part.n_bytes == 0:
            raise Refusal(422, "picture_empty", "the picture is empty; send its bytes")
        sync(part.file)
        part.file.close()
        kind = check_header(part.place, self.limits)
        begin = part.sha256[:_SHORT]
        for known in self.place.glob(f"{begin}_*"):
            if known.stat().st_size == part.n_bytes:
                part.place.replace(known)
                return Shelved(known.absolute(), already=True)
        stem = folded(PurePosixPath(name.replace("\\", "/")).stem)[:_NAME_LENGTH].strip("-")
        place = (self.place / f"{begin}_{stem or 'photo'}{_SUFFIXES[kind]}").absolute()
        part.place.replace(place)
        return Shelved(place, already=False)

    def put_aside(self, path: Path) -> None:
        """Move a photo that cannot be read to where it is not tried again.

        Raises:
            OSError: the disk refuses.
        """
        aside = self.folder / UNREADABLE
        aside.mkdir(exist_ok=True)
        # Whoever has removed it meanwhile has done as well.
        with suppress(FileNotFoundError):
            path.replace(aside / path.name)

    def _check_room(self, n_bytes: int) -> None:
        # The race folder itself: the folder of the photos may not be there yet.
        if self.free(self.folder) - n_bytes < self.keep_free_bytes:
            raise _no_room()


def shown_name(path: PurePath) -> str:
    """What a photo is called for people: without the digest that stands before its name."""
    return path.name[_SHORT + 1 :] if path.name[_SHORT : _SHORT + 1] == "_" else path.name


@contextmanager
def disk_refusals() -> Iterator[None]:
    """Tell what the disk refuses.

    Raises:
        Refusal: in the place of every OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _no_room() from error
        raise Refusal(
            503, "disk", f"the race folder cannot be written ({error.strerror}); check the disk"
        ) from error


def _no_room() -> Refusal:
    return Refusal(
        507, "no_room", "the disk of the race is nearly full; make room, then send it again"
    )
