"""A runner's photos are exported once, whole or with others blurred, from the photo or what is
left of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as PilImage

from engines.picture import RgbPicture
from engines.types import Kind
from stream.export.manifest import PHOTO, ExportedFile, listed
from stream.export.race import Outcome
from stream.export.stills.export import StillOptions
from stream.export.stills.photos import PHOTOS, SHARED, export_photos
from stream.photos.found import Found, FoundBox
from stream.photos.pictures import picture_of
from stream.store import StartListRow, Store
from stream.store.photo_values import NewPhoto, PhotoFile, PhotoSighting, SightingChanges
from stream.types import State
from tests.stream.export.runners_film import (
    BEHIND,
    FRONT,
    SIZE,
    START_NS,
    PaintDetector,
    detail,
    face,
    open_race,
    paint,
    person,
)

FRAME = 60
IMAGE = paint(FRAME)
WHOLE = StillOptions(whole_frame=True)


def sighting(bib: str, state: State = State.CONFIRMED) -> PhotoSighting:
    x0, y0, x1, y1 = (round(side) for side in person(bib, FRAME))
    return PhotoSighting((x0, y0, x1, y1), person(bib, FRAME), 0.9, None, None, bib, 0.99, state)


def race_of(
    folder: Path, *seen: PhotoSighting, taken_utc_ns: int | None = START_NS, pictures: bool = True
) -> Path:
    """A race with one photo that shows some runners; the photo."""
    folder.mkdir()
    file = folder.parent / "photos" / "a.png"
    file.parent.mkdir()
    PilImage.fromarray(IMAGE).save(file)
    found = Found(
        tuple(FoundBox(Kind.PERSON, person(bib, FRAME), 0.9) for bib in (FRONT, BEHIND)), ()
    )
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    photo = NewPhoto(sha256, taken_utc_ns, 1, *SIZE, "d", "r", found.text())
    cut = [(one, picture_of(RgbPicture(IMAGE), one.cut) if pictures else None) for one in seen]
    with Store.open(folder, race_name="Test") as store:
        store.replace_start_list([StartListRow(FRONT, "Anna Rapp")])
        store.photos.add(photo, PhotoFile(str(file), 1, 1), SightingChanges("a", tuple(cut)))
    return file


def exported(
    folder: Path,
    options: StillOptions | None = None,
    bibs: tuple[str, ...] = (FRONT,),
    detector: PaintDetector | None = None,
) -> list[Outcome]:
    told: list[Outcome] = []
    with open_race(folder) as race:
        export_photos(
            race, bibs, detector or PaintDetector(), options or StillOptions(), told.append
        )
    return told


def one(folder: Path) -> ExportedFile:
    [file] = listed(folder / "export")
    assert (folder / "export" / file.path).is_file()
    return file


def opened(folder: Path, file: ExportedFile) -> PilImage.Image:
    return PilImage.open(BytesIO((folder / "export" / file.path).read_bytes()))


def test_a_photo_is_cut_round_its_runner_and_says_what_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "race"
    race_of(folder, sighting(FRONT), sighting(BEHIND))
    blind = PaintDetector()
    assert exported(folder, detector=blind) == [Outcome(FRONT, 1, 0, None)]
    assert blind.calls == 0, "what is not blurred needs no detector"
    file = one(folder)
    assert (file.path, file.kind) == (f"{PHOTOS}/{FRONT}_Anna-Rapp_photo-1.jpg", PHOTO)
    assert (file.bib, file.camera, file.first_utc_ns) == (FRONT, None, START_NS)
    still = opened(folder, file)
    height = person(FRONT, FRAME)[3] - person(FRONT, FRAME)[1]
    assert still.height == pytest.approx(min(1.6 * height, 1.3 * height + 60), abs=4)
    place = still.getexif().get_ifd(ExifTags.IFD.Exif)
    assert place[ExifTags.Base.DateTimeOriginal].startswith("2026:05:28")


def test_nothing_is_made_twice_and_what_is_no_more_goes(tmp_path: Path) -> None:
    folder = tmp_path / "race"
    file = race_of(folder, sighting(FRONT))
    exported(folder)
    assert exported(folder) == [Outcome(FRONT, 0, 1, None)]
    file.unlink()
    assert exported(folder) == [Outcome(FRONT, 0, 1, None)], "made before the photo was gone"
    with Store.open(folder) as store:
        [row] = store.photos.sightings(1)
        corrected = replace(row.sighting, bib=BEHIND, state=State.CORRECTED)
        store.photos.change(1, SightingChanges("a", changed=((row.row_id, corrected, None),)))
    exported(folder, bibs=(BEHIND,))
    assert one(folder).bib == BEHIND


@pytest.mark.parametrize(
    ("state", "n"), [(State.CONFIRMED, 1), (State.CORRECTED, 1), (State.SEEN, 0)]
)
def test_what_was_only_seen_does_not_leave_the_house(state: State, n: int, tmp_path: Path) -> None:
    folder = tmp_path / "race"
    race_of(folder, sighting(FRONT, state))
    assert exported(folder) == [Outcome(FRONT, n, 0, None)]


@pytest.mark.parametrize("there", [True, False], ids=["from the photo", "from what the race kept"])
def test_others_are_blurred(there: bool, tmp_path: Path) -> None:
    folder = tmp_path / "race"
    x0, y0, _, y1 = (round(side) for side in person(FRONT, FRAME))
    # The picture that the race keeps shows some of the runner behind, too.
    wide = replace(sighting(FRONT), cut=(x0, y0, round(person(BEHIND, FRAME)[2]), y1))
    file = race_of(folder, wide)
    if not there:
        file.unlink()
    exported(folder, replace(WHOLE, blur_others=True))
    shown = one(folder)
    assert shown.path.startswith(f"{SHARED}/")
    image = np.asarray(opened(folder, shown).convert("RGB"))
    at = (0, 0) if there else (x0, y0)
    faces = {}
    for bib in (FRONT, BEHIND):
        a, b, c, d = face(bib, FRAME)
        faces[bib] = detail(image, (a - at[0], b - at[1], c - at[0], d - at[1]))
    assert faces[FRONT] > 5 * faces[BEHIND]


def test_a_photo_that_is_gone_is_made_of_what_the_race_has_and_anew_when_it_is_back(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "race"
    file = race_of(folder, sighting(FRONT))
    content = file.read_bytes()
    file.unlink()
    [told] = exported(folder)
    assert told.written == 1 and told.note is not None and told.note.startswith("1 from the race's")
    [told] = exported(folder)
    assert (told.written, told.kept) == (0, 1)
    file.write_bytes(content)
    assert exported(folder) == [Outcome(FRONT, 1, 0, None)]
    assert exported(folder) == [Outcome(FRONT, 0, 1, None)]


def test_a_photo_of_which_nothing_is_left_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "race"
    race_of(folder, sighting(FRONT), pictures=False).unlink()
    [told] = exported(folder)
    assert told.problem is not None and "photo 1 any more" in told.problem
    assert (told.written, told.kept, told.note) == (0, 0, None)


def test_another_name_or_another_way_makes_it_anew(tmp_path: Path) -> None:
    folder = tmp_path / "race"
    race_of(folder, sighting(FRONT))
    exported(folder)
    assert exported(folder, WHOLE) == [Outcome(FRONT, 1, 0, None)]
    assert opened(folder, one(folder)).size == SIZE
    with Store.open(folder) as store:
        store.replace_start_list([StartListRow(FRONT, "Anna Berg")])
    assert exported(folder, WHOLE) == [Outcome(FRONT, 1, 0, None)]
    assert one(folder).path == f"{PHOTOS}/{FRONT}_Anna-Berg_photo-1.jpg"


def test_a_photo_that_does_not_tell_when_has_no_time(tmp_path: Path) -> None:
    folder = tmp_path / "race"
    race_of(folder, sighting(FRONT), taken_utc_ns=None)
    exported(folder)
    assert one(folder).first_utc_ns is None
    assert not opened(folder, one(folder)).getexif().get_ifd(ExifTags.IFD.Exif)
