from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.types import Box, Image, Kind
from stream.export.stills.shots import (
    frame_round,
    group_of,
    is_recorded,
    kept_shots,
    moments_in_video,
)
from stream.export.stills.shots import shots_of as shots
from stream.store import ImageKind, NewImage
from tests.engines.tiny_models import FakeDetector, Row, detections
from tests.stream.export.runners_film import (
    BEHIND,
    FRONT,
    SIZE,
    PaintDetector,
    RaceWriter,
    at,
    face,
    open_race,
    paint,
    person,
    write_film,
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.mark.parametrize(
    ("runner", "framed"),
    [
        pytest.param((900, 300, 1000, 600), (790, 210, 1110, 690), id="in the middle"),
        pytest.param((10, 300, 110, 600), (0, 210, 320, 690), id="at the left edge"),
        pytest.param((1850, 300, 1920, 600), (1600, 210, 1920, 690), id="at the right edge"),
        pytest.param((900, 50, 1000, 350), (804, 0, 1097, 440), id="near the upper edge"),
        pytest.param((900, 780, 1000, 1080), (820, 690, 1080, 1080), id="cut off at the feet"),
        pytest.param((800, 300, 1300, 600), (762, 210, 1338, 690), id="arms stretched out"),
        pytest.param((0, 0, 1920, 1080), (0, 0, 1920, 1080), id="fills the picture"),
    ],
)
def test_a_still_shows_the_runner_with_room(runner: Box, framed: Box) -> None:
    x0, y0, x1, y1 = frame_round(runner, (1920, 1080))
    assert (x0, y0, x1, y1) == pytest.approx(framed, abs=1)
    assert 0 <= x0 < x1 <= 1920
    assert 0 <= y0 < y1 <= 1080
    assert x0 <= runner[0] and x1 >= runner[2], "nothing of the runner is cut off"


def test_shots_are_cut_from_the_frame_at_full_resolution(film: Path, tmp_path: Path) -> None:
    writer = RaceWriter(tmp_path / "race", film)
    writer.end_segment()
    writer.see(1, FRONT, [10, 30, 50])
    writer.store.close()
    with open_race(tmp_path / "race") as race:
        tracks = race.reader.runners_with(FRONT)
        moments, problems = moments_in_video(race, tracks)
        assert problems == []
        assert [m.capture_utc_ns for m in moments][::4] == [at(10), at(30), at(50)]
        cut = list(shots(race, [moments[0], moments[-1]], PaintDetector(), whole_frame=False))
        whole = list(shots(race, [moments[-1]], PaintDetector(), whole_frame=True))
    assert [shot.capture_utc_ns for shot in cut] == [at(10), at(50)]
    assert cut[1].value > cut[0].value, "nearer is better"
    x0, y0, x1, y1 = frame_round(person(FRONT, 50), SIZE)
    expected = paint(50)[y0:y1, x0:x1]
    assert cut[1].image.shape == pytest.approx(expected.shape, abs=3)
    assert cut[1].runner == pytest.approx(
        tuple(np.subtract(person(FRONT, 50), (x0, y0, x0, y0))), abs=3
    )
    assert whole[0].image.shape == (SIZE[1], SIZE[0], 3)
    difference = np.abs(whole[0].image.astype(int) - paint(50)).mean()
    assert difference < 12, "another frame, or other colours"


def test_a_frame_without_the_runner_is_left_out(film: Path, tmp_path: Path) -> None:
    writer = RaceWriter(tmp_path / "race", film)
    writer.end_segment()
    writer.see(1, FRONT, [10, 20])
    writer.store.close()
    with open_race(tmp_path / "race") as race:
        moments, _ = moments_in_video(race, race.reader.runners_with(FRONT))
        assert list(shots(race, moments, PaintDetector(blind=True), whole_frame=False)) == []


def test_only_what_the_video_shows_is_a_moment(film: Path, tmp_path: Path) -> None:
    writer = RaceWriter(tmp_path / "race", film)
    writer.end_segment()
    writer.see(1, FRONT, [80, 95, 110, 120])
    writer.store.close()
    with open_race(tmp_path / "race") as race:
        moments, _ = moments_in_video(race, race.reader.runners_with(FRONT))
    assert moments
    assert max(m.capture_utc_ns for m in moments) < at(100), "the film has 100 frames"


def kept(image: Image, kind: ImageKind) -> NewImage:
    return NewImage("finish", 1, 50, 0, at(50), kind, image, FRONT)


@pytest.mark.parametrize("kind", list(ImageKind))
def test_kept_pictures_are_shots_too(kind: ImageKind, tmp_path: Path) -> None:
    writer = RaceWriter(tmp_path / "race", None)
    writer.see(1, FRONT, [50])
    x0, y0, x1, y1 = (round(v) for v in person(FRONT, 50))
    writer.store.save_image(kept(paint(50)[y0 - 12 : y1 + 12, x0 - 6 : x1 + 6], kind))
    writer.store.close()
    with open_race(tmp_path / "race") as race:
        assert not is_recorded(race, race.reader.runners_with(FRONT)[0])
        found = list(kept_shots(race, race.reader.images_of_bib(FRONT), PaintDetector()))
    assert len(found) == 1
    assert found[0].image.shape == (y1 - y0 + 24, x1 - x0 + 12, 3)
    group = group_of(found[0])
    assert group.face is not None and not group.others


def test_a_second_look_adds_faces_but_no_persons(film: Path, tmp_path: Path) -> None:
    writer = RaceWriter(tmp_path / "race", film)
    writer.end_segment()
    writer.see(1, FRONT, [50])
    writer.store.close()
    with open_race(tmp_path / "race") as race:
        moments, _ = moments_in_video(race, race.reader.runners_with(FRONT))
        rows: list[Row] = [(*person(bib, 50), 0.9, Kind.PERSON) for bib in (FRONT, BEHIND)]
        (shot,) = shots(race, moments, FakeDetector([detections(rows)]), whole_frame=True)
    missed: list[Row] = [
        (*face(BEHIND, 50), 0.4, Kind.FACE),
        (0, 0, 30, 90, 0.9, Kind.PERSON),
    ]
    again = FakeDetector([detections(missed)])
    assert [other.face for other in group_of(shot).others] == [None]
    others = group_of(shot, again).others
    assert [other.face for other in others] == [pytest.approx(face(BEHIND, 50), abs=1)]
    assert again.seen == [SIZE]
