"""A tagger that knows what photos show, and photos to show it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from engines.photo import TaggedPhoto
from engines.photo_race import PhotoLine
from engines.picture import RgbPicture
from engines.types import Box, Kind
from stream.photos.judging import JudgeCounts, judge_photos
from stream.photos.reading import Networks, PhotoReading, ReadCounts
from stream.photos.seen import SeenRules
from stream.store import Store
from tests.engines.tiny_models import Row, detections

PERSON: Row = (100, 40, 260, 380, 0.9, Kind.PERSON)
SECOND: Row = (400, 40, 560, 380, 0.8, Kind.PERSON)
BIB: Row = (140, 160, 220, 220, 0.8, Kind.BIB)
NUMBER: Box = (150.0, 175.0, 210.0, 205.0)
SECOND_NUMBER: Box = (450.0, 175.0, 510.0, 205.0)
SHEET: Box = (140.0, 160.0, 220.0, 220.0)
SECOND_SHEET: Box = (440.0, 160.0, 520.0, 220.0)


def line(
    text: str, probability: float = 0.999, number: Box = NUMBER, sheet: Box | None = SHEET
) -> PhotoLine:
    """A sharp line that three views read alike."""
    return PhotoLine(number, sheet, 0.9, {text: probability}, {text: 3})


def shown(rows: Sequence[Row], lines: Sequence[PhotoLine]) -> TaggedPhoto:
    return TaggedPhoto((), tuple(lines), detections(rows))


def photo(path: Path, red: int, taken: str = "", orientation: int = 1, offset: str = "") -> Path:
    """A photo 640 x 400 (as stored) of one colour; `red` tells which it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    if taken:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.OffsetTimeOriginal] = offset
    pixels = np.full((400, 640, 3), (red, 90, 40), np.uint8)
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    return path


@dataclass
class StagedTagger:
    """Tells the photos apart by how red they are, to within five."""

    photos: Mapping[int, TaggedPhoto]
    again: Mapping[int, Sequence[PhotoLine]] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)
    stop_after: tuple[int, threading.Event] | None = None

    def tag_all(self, pictures: Sequence[RgbPicture]) -> list[TaggedPhoto]:
        return [self.tag(picture) for picture in pictures]

    def tag(self, picture: RgbPicture) -> TaggedPhoto:
        """One of them."""
        red = self._red(picture)
        self.seen.append(red)
        if self.stop_after is not None and len(self.seen) == self.stop_after[0]:
            self.stop_after[1].set()
        return self.photos[red]

    def read_again(self, picture: RgbPicture, lines: Sequence[PhotoLine]) -> Sequence[PhotoLine]:
        red = self._red(picture)
        self.seen.append(red)
        return self.again[red]

    def _red(self, picture: RgbPicture) -> int:
        mean = float(picture.image[:, :, 0].mean())
        return min(self.photos, key=lambda red: abs(red - mean))


FIRST = Networks("detector-1", "readers-1")


@dataclass
class Told:
    """What was told of files that cannot be read."""

    problems: list[tuple[Path, str]] = field(default_factory=list)

    def __call__(self, path: Path, why: str) -> None:
        self.problems.append((path, why))


def tag(
    store: Store,
    tagger: StagedTagger,
    paths: Sequence[Path],
    rules: SeenRules | None = None,
    networks: Networks = FIRST,
    relabel: bool = False,
    stop: threading.Event | None = None,
    told: Told | None = None,
    together: int = 4,
) -> tuple[ReadCounts, JudgeCounts]:
    """Both passes."""
    asked, rules = stop or threading.Event(), rules or SeenRules()
    reading = PhotoReading(store, [tagger], networks, rules, told or Told(), relabel)
    reading.together = together
    read = reading.read(sorted(paths), asked, lambda done, total: None)
    return read, judge_photos(store, rules, threading.Event(), lambda done, total: None)


def pictures(race: Path) -> set[str]:
    """The folders of all pictures, with how many each has where it is more than one."""
    folders = [str(p.parent.relative_to(race)) for p in race.glob("pivot/*/*.jpg")]
    folders += [str(p.parent.relative_to(race)) for p in race.glob("unknown/*/*.jpg")]
    return {f"{f} x{folders.count(f)}" if folders.count(f) > 1 else f for f in folders}
