"""Each runner's photos, as JPEG files that say what they are: all in which the bib is sure.

They are cut from the photos themselves, at full resolution, and from the race's own pictures
where a photo is not where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image as PilImage

from engines.types import Box, Detections, Detector, Image
from stream.export.manifest import PHOTO
from stream.export.race import ExportRace, Outcome, Told
from stream.export.stills.blur import blur_others
from stream.export.stills.export import StillOptions, digest
from stream.export.stills.picture_tags import PictureTags, jpeg
from stream.export.stills.shots import Shot, frame_round, group_of
from stream.photos.files import held_by
from stream.photos.found import Found
from stream.store.photo_values import PhotoRow, SightingRow
from stream.store.photos import PhotosReader

PHOTOS: Final = "photos"
SHARED: Final = "photos-shared"
"""Folders of photos as they are, and of those in which others are blurred."""
METHOD: Final = 1
"""Part of every key: a better way to cut or blur makes all photos anew."""

_KEPT: Final = "-kept"
"""Behind the key of a photo that was made from the race's own picture."""


def photo_folder(options: StillOptions) -> str:
    """Where photos go, inside the export folder."""
    return SHARED if options.blur_others else PHOTOS


def export_photos(
    race: ExportRace, bibs: Sequence[str], detector: Detector, options: StillOptions, told: Told
) -> None:
    """Make the photos of each bib that are not there yet, and remove those that are no more.

    Of `options`, those count that say how a picture is made; every photo is. What is wrong with
    one bib is told and does not stop the others. Photos of bibs that no photo shows any more are
    removed, whichever bibs are asked for.

    Raises:
        ExportError: the export folder cannot be written to.
        StoreError: the race folder cannot be read.
        InferenceError: the detector failed.
    """
    photos = race.reader.photos
    for bib in bibs:
        told(_Photos(race, bib, photos, detector, options).export())
    shown = {one.bib for one in photos.bibs()}
    for file in race.manifest.files(kind=PHOTO):
        if file.bib not in shown:
            race.manifest.remove(file.path)


@dataclass(frozen=True, slots=True)
class _Photos:
    """The photos of one bib."""

    race: ExportRace
    bib: str
    photos: PhotosReader
    detector: Detector
    options: StillOptions

    def export(self) -> Outcome:
        written, kept, made_of_kept, lost, paths = 0, 0, 0, [], set()
        for photo, row in self._shown():
            path, key = self._path(photo), self._key(photo, row)
            paths.add(path)
            if self.race.manifest.is_current(path, key):
                kept += 1
                continue
            image = self._cut(photo, row)
            if image is None and self.race.manifest.is_current(path, key + _KEPT):
                kept += 1
                made_of_kept += 1
                continue
            if image is None:
                image, key = self._kept(photo, row), key + _KEPT
                made_of_kept += 1
            if image is None:
                lost.append(photo.number)
                continue
            self._write(path, key, photo, image)
            written += 1
        for file in self.race.manifest.files(self.bib, PHOTO):
            if file.path.startswith(f"{photo_folder(self.options)}/") and file.path not in paths:
                self.race.manifest.remove(file.path)
        return Outcome(self.bib, written, kept, _problem(lost), _note(made_of_kept - len(lost)))

    def _shown(self) -> Iterator[tuple[PhotoRow, SightingRow]]:
        """Each photo once, with who is most surely the runner."""
        found: dict[int, tuple[PhotoRow, SightingRow]] = {}
        for photo, row in self.photos.with_bib(self.bib):
            known = found.get(photo.number)
            if known is None or row.sighting.probability > known[1].sighting.probability:
                found[photo.number] = photo, row
        return iter(found.values())

    def _path(self, photo: PhotoRow) -> str:
        return f"{photo_folder(self.options)}/{self.race.stem(self.bib)}_photo-{photo.number}.jpg"

    def _key(self, photo: PhotoRow, row: SightingRow) -> str:
        options = asdict(replace(self.options, per_runner=1, apart_s=0.0))
        seen = [row.sighting.cut, row.sighting.person]
        return digest([METHOD, options, asdict(self._tags(photo)), photo.photo.sha256, seen])

    def _tags(self, photo: PhotoRow) -> PictureTags:
        entry = self.race.entries.get(self.bib)
        name = None if entry is None else entry.name
        return PictureTags(self.bib, name, self.race.name, "", photo.photo.taken_utc_ns or 0)

    def _cut(self, photo: PhotoRow, row: SightingRow) -> Image | None:
        """From the photo itself; None where no file holds it any more."""
        opened = held_by(self.photos.paths(photo.number), photo.photo.sha256)
        if opened is None:
            return None
        size, person = (opened.width, opened.height), row.sighting.person
        window = row.sighting.cut if person is None else frame_round(person, size)
        x0, y0, x1, y1 = (0, 0, *size) if self.options.whole_frame else window
        return self._finished(opened.image[y0:y1, x0:x1].copy(), (x0, y0), 1.0, photo, row)

    def _kept(self, photo: PhotoRow, row: SightingRow) -> Image | None:
        """From the picture that the race has cut of the runner; None where it has none."""
        file = None if row.path is None else self.race.reader.find_image(row.path)
        if file is None:
            return None
        with PilImage.open(BytesIO(file.read_bytes())) as kept:
            image = np.array(kept.convert("RGB"))
        x0, y0, x1, _ = row.sighting.cut
        return self._finished(image, (x0, y0), image.shape[1] / max(x1 - x0, 1), photo, row)

    def _finished(
        self, image: Image, at: tuple[int, int], scale: float, photo: PhotoRow, row: SightingRow
    ) -> Image:
        """With others blurred, where that is wanted.

        Args:
            image: a part of the photo.
            at: its upper left corner in the photo.
            scale: pixels of `image` for one of the photo.
        """
        if not self.options.blur_others:
            return image
        boxes = Found.read(photo.photo.found).boxes
        found = Detections(
            np.array([_moved(one.box, at, scale) for one in boxes], np.float32).reshape(-1, 4),
            np.array([one.score for one in boxes], np.float32),
            np.array([one.kind for one in boxes], np.int64),
        )
        runner = _moved(row.sighting.person or row.sighting.cut, at, scale)
        shot = Shot("", photo.photo.taken_utc_ns or 0, image, found, runner, 1.0)
        return blur_others(image, group_of(shot, self.detector), bibs=self.options.blur_bibs)

    def _write(self, path: str, key: str, photo: PhotoRow, image: Image) -> None:
        taken_ns = photo.photo.taken_utc_ns
        self.race.manifest.write(
            path,
            PHOTO,
            jpeg(image, self._tags(photo)),
            key=key,
            bib=self.bib,
            first_utc_ns=taken_ns,
            end_utc_ns=taken_ns,
        )


def _moved(box: Box, at: tuple[int, int], scale: float) -> Box:
    x0, y0, x1, y1 = box
    return (
        (x0 - at[0]) * scale,
        (y0 - at[1]) * scale,
        (x1 - at[0]) * scale,
        (y1 - at[1]) * scale,
    )


def _problem(lost: Sequence[int]) -> str | None:
    if not lost:
        return None
    numbers = ", ".join(map(str, lost))
    return (
        f"no file holds photo {numbers} any more, and the race has no picture of it; put it back "
        "and tag it again"
    )


def _note(n: int) -> str | None:
    if n == 0:
        return None
    return f"{n} from the race's own pictures, smaller: the photos are not where they were tagged"
