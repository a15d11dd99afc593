"""What is kept of photos and read back."""

from __future__ import annotations

from dataclasses import dataclass

from engines.types import Box
from stream.types import State

Cut = tuple[int, int, int, int]
"""Whole pixels of an upright photo, x0, y0, x1, y1."""


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A file as it lies on the disk.

    Attributes:
        path: absolute.
        n_bytes: its size.
        changed_ns: when its content was last changed, by the file system.
    """

    path: str
    n_bytes: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo that has been read.

    Attributes:
        sha256: of the file's content, hex digits; the same content is the same photo.
        taken_utc_ns: when it was taken; None where it does not tell.
        orientation: of EXIF, 1..8; applied already to everything else.
        width, height: of the upright photo, pixels.
        found_with, read_with: which detector and which readers, in short.
        found: boxes and lines, see `stream.photos.found`.
    """

    sha256: str
    taken_utc_ns: int | None
    orientation: int
    width: int
    height: int
    found_with: str
    read_with: str
    found: str


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo of the race; `number` is its own, the rest as in `NewPhoto`."""

    number: int
    photo: NewPhoto


@dataclass(frozen=True, slots=True)
class PhotoSighting:
    """One runner in one photo; boxes in pixels of the upright photo.

    Attributes:
        cut: the part of the photo that shows the runner. It tells the runners of a photo apart.
        person: None where a bib was found and nobody round it.
        score: of the detector, for the person or else for the bib; None where neither has one.
        sheet: the bib; `number`: its line of characters.
        bib: what was read; None where nothing can be told.
        probability: that `bib` is right, 0..1.
        state: None for an unknown runner.
        listed: whether the bib is on the start list; None without a bib or a list.
    """

    cut: Cut
    person: Box | None
    score: float | None
    sheet: Box | None = None
    number: Box | None = None
    bib: str | None = None
    probability: float = 0.0
    state: State | None = None
    listed: bool | None = None

    @property
    def pivot(self) -> str | None:
        """The bib where it is sure enough for the pivot store."""
        return self.bib if self.state in (State.CONFIRMED, State.CORRECTED) else None


@dataclass(frozen=True, slots=True)
class SightingRow:
    """A sighting as it is kept.

    Attributes:
        row_id: of the row.
        path: of its picture inside the race folder; None where there is none.
    """

    row_id: int
    sighting: PhotoSighting
    path: str | None


@dataclass(frozen=True, slots=True, eq=False)
class SightingChanges:
    """How the sightings of a photo change. Pictures are JPEG files.

    Attributes:
        stem: of the photo's file name, for the names of pictures.
        new: with their pictures; None where the photo is gone.
        changed: by row; with a picture where the row had none and has one now.
        gone: rows to remove, with their pictures.
    """

    stem: str
    new: tuple[tuple[PhotoSighting, bytes | None], ...] = ()
    changed: tuple[tuple[int, PhotoSighting, bytes | None], ...] = ()
    gone: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    @property
    def n_bytes(self) -> int:
        """Of all pictures."""
        pictures = [jpeg for _, jpeg in self.new] + [jpeg for _, _, jpeg in self.changed]
        return sum(len(jpeg) for jpeg in pictures if jpeg is not None)


@dataclass(frozen=True, slots=True)
class TagRow:
    """One line of the table of tags: a sighting in one of its photo's files.

    Attributes:
        image: path of the photo's file.
        picture: of the runner, inside the race folder; None where there is none.
    """

    image: str
    taken_utc_ns: int | None
    sighting: PhotoSighting
    picture: str | None


@dataclass(frozen=True, slots=True)
class PhotoBib:
    """A bib that is sure in some photo.

    Attributes:
        corrected: a person said so, of one of them.
        probability: the highest one.
        first_utc_ns, last_utc_ns: when the photos were taken; None where none tells.
    """

    bib: str
    corrected: bool
    probability: float
    first_utc_ns: int | None
    last_utc_ns: int | None


@dataclass(frozen=True, slots=True)
class PhotoCounts:
    """How the race's photos stand.

    Attributes:
        photos: different ones.
        runners: sightings with a confirmed or corrected bib.
        bibs: different ones of those.
        unsure, unknown: sightings with a bib that is only seen, and without one.
        problems: files that could not be read.
    """

    photos: int
    runners: int
    bibs: int
    unsure: int
    unknown: int
    problems: int
