"""Which file shows which moment, and its frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.export import ExportError, RaceVideo
from stream.store import StoreReader
from tests.stream.export.filmed import (
    FPS,
    FRAME_NS,
    RECORDED,
    SECOND_NS,
    START_NS,
    Film,
    Shot,
    make_film,
    make_race,
    needs_hevc,
    number,
)


def at(time_s: float) -> int:
    return START_NS + round(time_s * SECOND_NS)


def three_files(folder: Path) -> list[Shot]:
    """Two seconds each: 0..2, 2..4, a gap, 6..8."""
    return [
        Shot(make_film(folder / f"{first}.mp4", Film(first=first)), at_s=first / FPS)
        for first in (0, 50, 150)
    ]


def video_of(folder: Path, shots: list[Shot]) -> RaceVideo:
    return RaceVideo(StoreReader(make_race(folder / "race", shots, [])))


@pytest.mark.parametrize(
    ("situation", "from_s", "to_s", "files"),
    [
        ("inside one", 0.5, 1.5, ["0.mp4"]),
        ("over a border", 1.5, 2.5, ["0.mp4", "50.mp4"]),
        ("up to a border", 1.5, 2.0, ["0.mp4"]),
        ("from a border", 2.0, 2.5, ["50.mp4"]),
        ("over the gap", 3.5, 6.5, ["50.mp4", "150.mp4"]),
        ("all, and more", -5, 99, ["0.mp4", "50.mp4", "150.mp4"]),
        ("from before the beginning", -5, 0.1, ["0.mp4"]),
    ],
)
def test_files_that_show_a_stretch(
    situation: str, from_s: float, to_s: float, files: list[str], tmp_path: Path
) -> None:
    pieces = video_of(tmp_path, three_files(tmp_path)).covering(1, at(from_s), at(to_s))
    assert [piece.file.name for piece in pieces] == files, situation


@pytest.mark.parametrize(("from_s", "to_s"), [(4.5, 5.5), (-2, -1), (8, 9)])
def test_what_was_never_recorded_is_told(from_s: float, to_s: float, tmp_path: Path) -> None:
    video = video_of(tmp_path, three_files(tmp_path))
    with pytest.raises(ExportError, match="camera finish was not recorded from"):
        video.covering(1, at(from_s), at(to_s))
    assert video.lost(1, at(from_s), at(to_s)) == ()


def test_footage_without_video_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="footage 7 was not recorded"):
        video_of(tmp_path, three_files(tmp_path)).covering(7, at(0), at(1))


def test_a_file_that_has_gone_is_told_with_the_place_it_belongs(tmp_path: Path) -> None:
    shots = three_files(tmp_path)
    video = video_of(tmp_path, shots)
    shots[0].file.unlink()
    with pytest.raises(ExportError, match=r"put the video back at .*0\.mp4"):
        video.covering(1, at(0.5), at(1.5))
    [piece] = video.covering(1, at(0.5), at(2.5))
    assert piece.file == shots[1].file
    [reason] = video.lost(1, at(0.5), at(2.5))
    assert "0.mp4" in reason and "camera finish" in reason


def test_what_the_disk_guard_removed_is_told(tmp_path: Path) -> None:
    own = Film(first=0, movflags=RECORDED)
    file = make_film(tmp_path / "race" / "video" / "0.mp4", own)
    video = video_of(tmp_path, [Shot(file, referenced=False, deleted=True)])
    file.unlink()
    with pytest.raises(ExportError, match=r"camera finish from .* removed by the disk guard"):
        video.covering(1, at(0.5), at(1.5))


@pytest.mark.parametrize("recorded", [True, False], ids=["inside the race", "referred to"])
def test_paths_are_found(recorded: bool, tmp_path: Path) -> None:
    place = tmp_path / "race/video/finish" if recorded else tmp_path / "elsewhere"
    file = make_film(place / "0.mp4", Film())
    [piece] = video_of(tmp_path, [Shot(file, referenced=not recorded)]).covering(1, at(0), at(1))
    assert piece.file.samefile(file)


class TestStillBeingWritten:
    """A segment without an end, whose file grows."""

    def shots(self, tmp_path: Path, n_fragments: int | None) -> tuple[Path, bytes, list[Shot]]:
        file = make_film(tmp_path / "open.mp4", Film(n=100, movflags=RECORDED))
        content = file.read_bytes()
        if n_fragments is not None:
            begins = [n for n in range(len(content)) if content.startswith(b"moof", n)]
            file.write_bytes(content[: begins[n_fragments] + 30])
        return file, content, [Shot(file, long_s=None)]

    def test_it_ends_with_its_last_whole_fragment_and_grows(self, tmp_path: Path) -> None:
        file, content, shots = self.shots(tmp_path, 2)
        video = video_of(tmp_path, shots)
        [piece] = video.covering(1, at(1), at(9))
        assert piece.end_utc_ns == at(2.0)
        with pytest.raises(ExportError, match="holds nothing to show yet"):
            video.covering(1, at(2.5), at(9))
        file.write_bytes(content)
        [piece] = video.covering(1, at(2.5), at(9))
        assert piece.end_utc_ns == at(4.0)

    def test_before_its_first_fragment_it_shows_nothing(self, tmp_path: Path) -> None:
        _, _, shots = self.shots(tmp_path, 0)
        with pytest.raises(ExportError, match="holds nothing to show yet"):
            video_of(tmp_path, shots).covering(1, at(0), at(1))

    def test_its_last_frame_can_be_seen(self, tmp_path: Path) -> None:
        _, _, shots = self.shots(tmp_path, 2)
        [frame] = video_of(tmp_path, shots).frames_at(1, [at(2.1)])
        assert number(frame.image) == 49


FILMS = [
    pytest.param(Film(n=200), "mp4", id="H.264"),
    pytest.param(Film(n=200, b_frames=2, gop=60), "mp4", id="B-frames"),
    pytest.param(Film(n=200, movflags=RECORDED, b_frames=2), "mp4", id="recorded"),
    pytest.param(Film(n=200, b_frames=2), "mkv", id="Matroska"),
    pytest.param(Film(n=200, b_frames=2), "ts", id="transport stream"),
    pytest.param(Film(n=200, codec="libx265"), "mp4", id="HEVC", marks=needs_hevc),
    pytest.param(Film(n=200, codec="mjpeg", pixels="yuvj420p"), "mov", id="Motion JPEG"),
]


@pytest.mark.parametrize(("film", "ending"), FILMS)
def test_the_frame_of_a_moment_is_the_nearest(film: Film, ending: str, tmp_path: Path) -> None:
    file = make_film(tmp_path / f"film.{ending}", film)
    video = video_of(tmp_path, [Shot(file, long_s=8.0)])
    asked = [0, 1, 2, 30, 31, 31, 59, 60, 61, 150, 199]
    times = [START_NS + n * FRAME_NS + (15_000_000 if n % 2 else -15_000_000) for n in asked]
    frames = list(video.frames_at(1, times))
    assert [number(frame.image) for frame in frames] == asked
    for n, frame in zip(asked, frames, strict=True):
        assert abs(frame.capture_utc_ns - START_NS - n * FRAME_NS) < 1_000_000
        assert frame.image.shape == (96, 160, 3) and frame.image.dtype == np.uint8


def test_frames_come_from_several_files_and_from_the_edges_of_a_gap(tmp_path: Path) -> None:
    video = video_of(tmp_path, three_files(tmp_path))
    times = [at(0.4), at(1.98), at(2.0), at(4.2), at(5.8), at(6.0), at(8.3)]
    found = [number(frame.image) for frame in video.frames_at(1, times)]
    assert found == [10, 49, 50, 99, 150, 150, 199]


def test_frames_of_a_moment_that_nothing_shows_are_refused(tmp_path: Path) -> None:
    video = video_of(tmp_path, three_files(tmp_path))
    with pytest.raises(ExportError, match="not recorded"):
        list(video.frames_at(1, [at(5.0)]))


def test_times_must_be_in_order(tmp_path: Path) -> None:
    video = video_of(tmp_path, three_files(tmp_path))
    with pytest.raises(ValueError, match="in order"):
        list(video.frames_at(1, [at(1), at(0.5)]))


def test_nothing_asked_nothing_opened(tmp_path: Path) -> None:
    assert list(video_of(tmp_path, three_files(tmp_path)).frames_at(1, [])) == []
