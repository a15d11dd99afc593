from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as PilImage

from engines.types import Box, Image
from stream.export.manifest import ExportedFile
from stream.export.race import Outcome
from stream.export.stills.export import SHARED, STILLS, StillOptions, export_stills
from stream.store import ImageKind, NewImage, StartListRow
from tests.stream.export.runners_film import (
    BEHIND,
    FPS,
    FRONT,
    N_FRAMES,
    SIZE,
    START_NS,
    PaintDetector,
    RaceWriter,
    at,
    detail,
    open_race,
    paint,
    person,
    write_film,
)

FRAMES = (5, 20, 35, 50, 65, 80, 95)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4")


def finished_race(folder: Path, film: Path | None, start_ns: int = START_NS) -> RaceWriter:
    """Both runners, closed; the store stays open."""
    writer = RaceWriter(folder, film, start_ns)
    if film is not None:
        writer.end_segment()
    writer.store.replace_start_list([StartListRow(FRONT, "Anna & Co <Rapp>")])
    for track_id, bib in ((1, FRONT), (2, BEHIND)):
        writer.see(track_id, bib, FRAMES)
        writer.close_track(track_id, bib, FRAMES[-1])
    return writer


def exported(
    folder: Path,
    options: StillOptions | None = None,
    bibs: tuple[str, ...] = (FRONT, BEHIND),
    detector: PaintDetector | None = None,
) -> list[Outcome]:
    told: list[Outcome] = []
    with open_race(folder) as race:
        export_stills(
            race, bibs, detector or PaintDetector(), options or StillOptions(), told.append
        )
    return told


def listed(folder: Path, bib: str | None = None) -> list[ExportedFile]:
    rows = json.loads((folder / "export" / "manifest.json").read_text(encoding="utf-8"))["files"]
    return [ExportedFile(**row) for row in rows if bib in (None, row["bib"])]


def on_disk(folder: Path) -> set[str]:
    return {str(f.relative_to(folder / "export")) for f in (folder / "export").rglob("*.jpg")}


def opened(folder: Path, file: ExportedFile) -> PilImage.Image:
    return PilImage.open(io.BytesIO((folder / "export" / file.path).read_bytes()))


def pixels(folder: Path, file: ExportedFile) -> Image:
    return np.asarray(opened(folder, file).convert("RGB"))


def kinds(outcomes: list[Outcome]) -> list[tuple[str, int, int]]:
    return [(o.bib, o.written, o.kept) for o in outcomes]


def test_every_runner_gets_the_best_stills_at_different_moments(film: Path, tmp_path: Path) -> None:
    finished_race(tmp_path / "race", film).store.close()
    told = exported(tmp_path / "race")
    assert told == [Outcome(FRONT, 3, 0, None), Outcome(BEHIND, 3, 0, None)]
    files = listed(tmp_path / "race", FRONT)
    assert [f.path for f in files] == [
        f"{STILLS}/12_Anna-Co-Rapp_finish-{n}.jpg" for n in (1, 2, 3)
    ]
    assert on_disk(tmp_path / "race") == {f.path for f in listed(tmp_path / "race")}
    times = [f.first_utc_ns or 0 for f in files]
    assert times == sorted(times, reverse=True), "the nearer, the better: best first"
    assert min(a - b for a, b in pairwise(times)) >= 500_000_000
    for file in files:
        frame = round(((file.first_utc_ns or 0) - START_NS) * FPS / 1e9)
        height = person(FRONT, frame)[3] - person(FRONT, frame)[1]
        width_px, height_px = opened(tmp_path / "race", file).size
        assert height_px == pytest.approx(min(1.6 * height, 1.3 * height + 60, SIZE[1]), abs=4)
        assert width_px == pytest.approx(2 / 3 * height_px, abs=2)


def test_a_still_says_what_it_is(film: Path, tmp_path: Path) -> None:
    finished_race(tmp_path / "race", film).store.close()
    exported(tmp_path / "race")
    still = opened(tmp_path / "race", listed(tmp_path / "race", FRONT)[0])
    words = [e.text for e in ElementTree.fromstring(still.info["xmp"]).iter() if "li" in e.tag]
    assert words[-4:] == [FRONT, "Anna & Co <Rapp>", "Test & Run", "finish"]
    place = still.getexif().get_ifd(ExifTags.IFD.Exif)
    assert place[ExifTags.Base.DateTimeOriginal].startswith("2026:05:28 20:26:4")
    assert place[ExifTags.Base.OffsetTimeOriginal] == "+00:00"
    other = opened(tmp_path / "race", listed(tmp_path / "race", BEHIND)[0])
    words = [e.text for e in ElementTree.fromstring(other.info["xmp"]).iter() if "li" in e.tag]
    assert words[-3:] == [BEHIND, "Test & Run", "finish"], "nobody knows a name"


def test_without_a_start_time_there_is_no_date(film: Path, tmp_path: Path) -> None:
    finished_race(tmp_path / "race", film, start_ns=0).store.close()
    assert kinds(exported(tmp_path / "race")) == [(FRONT, 3, 0), (BEHIND, 3, 0)]
    still = opened(tmp_path / "race", listed(tmp_path / "race")[0])
    assert not still.getexif().get_ifd(ExifTags.IFD.Exif)


def test_nothing_is_made_twice(film: Path, tmp_path: Path) -> None:
    race = tmp_path / "race"
    finished_race(race, film).store.close()
    exported(race)
    before = {path: (race / "export" / path).stat().st_mtime_ns for path in on_disk(race)}
    idle = PaintDetector()
    assert kinds(exported(race, detector=idle)) == [(FRONT, 0, 3), (BEHIND, 0, 3)]
    assert idle.calls == 0
    assert {path: (race / "export" / path).stat().st_mtime_ns for path in on_disk(race)} == before


@pytest.mark.parametrize("left", [0, 1, 2])
def test_an_export_that_was_cut_short_is_completed(left: int, film: Path, tmp_path: Path) -> None:
    race = tmp_path / "race"
    finished_race(race, film).store.close()
    exported(race)
    whole = listed(race)
    manifest = race / "export" / "manifest.json"
    body = json.loads(manifest.read_text(encoding="utf-8"))
    body["files"] = [row for row in body["files"] if row["bib"] != FRONT] + [
        row for row in body["files"] if row["bib"] == FRONT
    ][:left]
    manifest.write_text(json.dumps(body), encoding="utf-8")
    assert kinds(exported(race)) == [(FRONT, 3, 0), (BEHIND, 0, 3)]
    assert listed(race) == whole


def test_a_file_that_went_is_made_again(film: Path, tmp_path: Path) -> None:
    race = tmp_path / "race"
    finished_race(race, film).store.close()
    exported(race)
    (race / "export" / listed(race, FRONT)[1].path).unlink()
    assert kinds(exported(race)) == [(FRONT, 3, 0), (BEHIND, 0, 3)]
    assert len(on_disk(race)) == 6


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        pytest.param(StillOptions(per_runner=1), 1, id="one"),
        pytest.param(StillOptions(per_runner=9, apart_s=0.2), 9, id="many, close together"),
        pytest.param(StillOptions(per_runner=9, apart_s=1.6), 3, id="few moments so far apart"),
        pytest.param(StillOptions(camera="finish"), 3, id="this camera"),
    ],
)
def test_how_many(options: StillOptions, sizes: int, film: Path, tmp_path: Path) -> None:
    finished_race(tmp_path / "race", film).store.close()
    assert kinds(exported(tmp_path / "race", options, (FRONT,))) == [(FRONT, sizes, 0)]
    assert kinds(exported(tmp_path / "race", options, (FRONT,))) == [(FRONT, 0, sizes)]


def test_other_wishes_replace_the_stills(film: Path, tmp_path: Path) -> None:
    race = tmp_path / "race"
    finished_race(race, film).store.close()
    exported(race)
    assert kinds(exported(race, StillOptions(per_runner=2, whole_frame=True), (FRONT,))) == [
        (FRONT, 2, 0)
    ]
    files = listed(race, FRONT)
    assert [opened(race, file).size for file in files] == [SIZE, SIZE]
    assert len(on_disk(race)) == 2 + 3


def test_a_bib_that_was_never_seen_does_not_stop_the_rest(film: Path, tmp_path: Path) -> None:
    finished_race(tmp_path / "race", film).store.close()
    told = exported(tmp_path / "race", bibs=("999", FRONT))
    assert kinds(told) == [("999", 0, 0), (FRONT, 3, 0)]
    assert told[0].problem is not None and "bib 999 was not seen" in told[0].problem
    nowhere = exported(tmp_path / "race", StillOptions(camera="start"), (FRONT,))
    assert nowhere[0].problem is not None and "by camera start" in nowhere[0].problem
    assert len(listed(tmp_path / "race", FRONT)) == 3, "other cameras' stills stay"


def test_a_runner_who_cannot_be_found_again_is_told(film: Path, tmp_path: Path) -> None:
    finished_race(tmp_path / "race", film).store.close()
    told = exported(tmp_path / "race", bibs=(FRONT,), detector=PaintDetector(blind=True))
    assert kinds(told) == [(FRONT, 0, 0)]
    assert told[0].problem is not None and "bib 12 could not be found again" in told[0].problem


def test_stills_of_a_corrected_bib_go_to_the_other(film: Path, tmp_path: Path) -> None:
    race = tmp_path / "race"
    writer = finished_race(race, film)
    exported(race)
    writer.correct(1, "77")
    writer.store.close()
    told = exported(race, bibs=(FRONT, "77"))
    assert kinds(told) == [(FRONT, 0, 0), ("77", 3, 0)]
    assert listed(race, FRONT) == []
    assert len(on_disk(race)) == 6, "the file names of the wrong bib are gone"


def test_a_race_that_is_being_run(film: Path, tmp_path: Path) -> None:
    race = tmp_path / "race"
    writer = RaceWriter(race, film)
    writer.see(1, FRONT, FRAMES[:3])
    assert kinds(exported(race, bibs=(FRONT,))) == [(FRONT, 2, 0)]
    early = listed(race, FRONT)
    writer.see(1, FRONT, FRAMES)
    writer.end_segment()
    writer.close_track(1, FRONT, FRAMES[-1])
    assert kinds(exported(race, bibs=(FRONT,))) == [(FRONT, 3, 0)], "now it was nearer"
    writer.store.close()
    late = listed(race, FRONT)
    assert (late[0].first_utc_ns or 0) > (early[0].first_utc_ns or 0)
    assert kinds(exported(race, bibs=(FRONT,))) == [(FRONT, 0, 3)]


def keep_picture(writer: RaceWriter, track_id: int, bib: str, frame: int) -> None:
    x0, y0, x1, y1 = (round(v) for v in person(bib, frame))
    crop = paint(frame)[y0 - 10 : y1 + 10, x0 - 40 : x1 + 60]
    writer.store.save_image(
        NewImage("finish", track_id, frame, 0, at(frame), ImageKind.FRAME, crop, bib)
    )


def test_without_video_kept_pictures_are_taken(tmp_path: Path) -> None:
    race = tmp_path / "race"
    writer = finished_race(race, None)
    keep_picture(writer, 1, FRONT, 40)
    keep_picture(writer, 1, FRONT, 60)
    writer.store.close()
    told = exported(race, bibs=(FRONT,))
    assert kinds(told) == [(FRONT, 2, 0)]
    assert told[0].problem is None
    assert told[0].note == "from kept pictures, as no video was recorded"
    assert {f.first_utc_ns for f in listed(race, FRONT)} == {at(40), at(60)}
    assert kinds(exported(race, bibs=(FRONT,))) == [(FRONT, 0, 2)]


def test_video_that_went_before_the_export(film: Path, tmp_path: Path) -> None:
    race, copy = tmp_path / "race", tmp_path / "copy.mp4"
    copy.write_bytes(film.read_bytes())
    writer = finished_race(race, copy)
    keep_picture(writer, 1, FRONT, 40)
    writer.store.close()
    copy.unlink()
    told = exported(race, bibs=(FRONT, BEHIND))
    assert kinds(told) == [(FRONT, 1, 0), (BEHIND, 0, 0)]
    for outcome in told:
        assert outcome.problem is not None and f"put the video back at {copy}" in outcome.problem
    assert kinds(exported(race, bibs=(FRONT,))) == [(FRONT, 0, 1)], "the problem is told again"
    copy.write_bytes(film.read_bytes())
    assert kinds(exported(race, bibs=(FRONT,))) == [(FRONT, 3, 0)], "the video is back"


def test_stills_outlive_their_video(film: Path, tmp_path: Path) -> None:
    race, copy = tmp_path / "race", tmp_path / "copy.mp4"
    copy.write_bytes(film.read_bytes())
    writer = finished_race(race, copy)
    exported(race)
    copy.unlink()
    assert exported(race) == [Outcome(FRONT, 0, 3, None), Outcome(BEHIND, 0, 3, None)]
    # One track more, seen where nothing is left to show it: what there is stays.
    writer.see(3, FRONT, (90, 95))
    writer.store.close()
    told = exported(race, bibs=(FRONT,))
    assert kinds(told) == [(FRONT, 0, 3)]
    assert told[0].problem is not None and "has gone" in told[0].problem


def in_still(file: ExportedFile, image: Image, bib: str) -> Box:
    """Where a runner's face is in the still of another: found by its place in the frame."""
    found = PaintDetector().detect([_Whole(image)])[0]
    faces = [tuple(float(v) for v in row) for row in found.boxes[found.kinds == 2]]
    # The front runner stands on the left.
    x0, y0, x1, y1 = sorted(faces)[0 if bib == FRONT else -1]
    return x0, y0, x1, y1


class _Whole:
    def __init__(self, image: Image) -> None:
        self._image = image
        self.height, self.width = image.shape[:2]

    def resized(self, width: int, height: int) -> Image:
        raise NotImplementedError

    def crop(self, box: Box) -> Image:
        return self._image


@pytest.mark.parametrize(("bib", "other"), [(FRONT, BEHIND), (BEHIND, FRONT)])
def test_only_the_runner_can_be_known_in_shared_stills(
    bib: str, other: str, film: Path, tmp_path: Path
) -> None:
    race = tmp_path / "race"
    finished_race(race, film).store.close()
    exported(race, StillOptions(whole_frame=True), (bib,))
    assert kinds(exported(race, StillOptions(whole_frame=True, blur_others=True), (bib,))) == [
        (bib, 3, 0)
    ]
    plain = [file for file in listed(race, bib) if file.path.startswith(f"{STILLS}/")]
    shared = [file for file in listed(race, bib) if file.path.startswith(f"{SHARED}/")]
    assert [f.first_utc_ns for f in plain] == [f.first_utc_ns for f in shared]
    for open_file, file in zip(plain, shared, strict=True):
        before, after = pixels(race, open_file), pixels(race, file)
        own, strange = in_still(file, before, bib), in_still(file, before, other)
        assert detail(before, strange) > 8
        assert detail(after, strange) < 0.3 * detail(before, strange)
        assert detail(after, own) == pytest.approx(detail(before, own), rel=0.05)


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="per_runner must be at least 1"):
        StillOptions(per_runner=0)
    with pytest.raises(ValueError, match="apart_s not negative"):
        StillOptions(apart_s=-1)


def test_the_film_is_long_enough() -> None:
    assert FRAMES[-1] < N_FRAMES
