"""Real cameras recorded, a recording process that is killed, and files that are referred to."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

from stream.clock import SECOND_NS
from stream.recording import Recordings, RecordingSettings
from stream.recording.mend import mend_segments, readable_ns
from stream.sources.port import Backend
from stream.store import Store
from stream.types import Clock
from tests.stream.sources.footage import BACKENDS, free_port, make_video, needs_rtsp_server
from tests.stream.sources.rtsp_server import rtsp_camera

FIRST_SEGMENTS = 2


@needs_rtsp_server
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_killed_recording_keeps_all_but_the_last_moment(tmp_path: Path, backend: Backend) -> None:
    race, port = tmp_path / "race", free_port()
    command = [sys.executable, "-m", "tests.stream.recording.recording_process", str(race)]
    url = f"rtsp://127.0.0.1:{port}/finish"
    with (
        rtsp_camera(port),
        subprocess.Popen([*command, url, backend], stdout=subprocess.PIPE, text=True) as process,
    ):
        newest_ns = _watch(process, enough=FIRST_SEGMENTS)
        process.kill()
    with Store.open(race) as store:
        assert len([row for row in store.segments() if row.end_utc_ns is None]) == 1
        said = mend_segments(store)
        store.flush()
        rows = [row for row in store.segments() if not row.deleted]
    assert len(said) == 1
    assert len(rows) >= FIRST_SEGMENTS
    for row in rows:
        length_ns = readable_ns(race / row.segment.path)
        assert length_ns is not None
        assert row.end_utc_ns is not None
        assert abs(row.segment.first_utc_ns + length_ns - row.end_utc_ns) < 2e6
    assert {row.segment.clock for row in rows} <= {Clock.RTCP, Clock.FITTED, Clock.ARRIVAL}
    ends = [row.end_utc_ns or 0 for row in rows]
    # A fragment is a second, and a second may pass between two reads of its output here.
    assert newest_ns - max(ends) < 3 * SECOND_NS


def _watch(process: subprocess.Popen[str], enough: int) -> int:
    """Wait for so many segments and a second more; the newest frame's capture time."""
    assert process.stdout is not None
    newest_ns, more = 0, 25
    began = time.monotonic()
    for line in process.stdout:
        _, capture, segments = line.split()
        newest_ns = int(capture)
        if int(segments) >= enough:
            more -= 1
        if more == 0:
            return newest_ns
        assert time.monotonic() - began < 60
    raise AssertionError("the recording ended by itself")


def test_only_cameras_are_recorded(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4")
    recordings = Recordings(RecordingSettings())
    assert recordings.taker("film", str(film)) is None
    assert recordings.taker("drawn", "sim://?runners=2") is None
    assert recordings.taker("finish", "rtsp://camera/1") is not None
    assert Recordings(RecordingSettings(enabled=False)).taker("a", "rtsp://camera/1") is None


@pytest.mark.parametrize(
    ("place", "written"),
    [
        pytest.param("race/videos", "videos/film.mp4", id="inside the race folder: relative"),
        pytest.param("elsewhere", "{}/elsewhere/film.mp4", id="elsewhere: where it is"),
    ],
)
def test_a_file_is_referred_to(tmp_path: Path, place: str, written: str) -> None:
    folder = tmp_path / place
    folder.mkdir(parents=True)
    (tmp_path / "race").mkdir(exist_ok=True)
    (tmp_path / "race" / "race.toml").write_text("")
    film = make_video(folder / "film.mp4", n=50, sound=True)
    start_ns = 1_780_000_000 * SECOND_NS
    with Store.open(tmp_path / "race") as store:
        footage = store.begin_footage("finish", str(film), "abc", start_ns).id
        for _ in range(2):
            Recordings(RecordingSettings()).refer(store, footage, "finish", str(film), start_ns)
        store.flush()
        (row,) = store.segments(footage)
    assert row.segment.path == written.format(tmp_path)
    assert row.segment.referenced
    assert (row.segment.codec, row.segment.sound) == ("h264", "aac")
    assert row.segment.first_utc_ns == start_ns
    assert row.end_utc_ns == pytest.approx(start_ns + 2 * SECOND_NS, abs=50e6)


@pytest.mark.parametrize(("rotation", "size"), [(0, (160, 90)), (180, (160, 90)), (-90, (90, 160))])
def test_a_file_has_the_size_that_players_show(
    tmp_path: Path, rotation: int, size: tuple[int, int]
) -> None:
    film = make_video(tmp_path / "film.mp4", n=5, rotation=rotation)
    with Store.open(tmp_path / "race") as store:
        footage = store.begin_footage("finish", str(film), "abc", None).id
        Recordings(RecordingSettings()).refer(store, footage, "finish", str(film), None)
        store.flush()
        (row,) = store.segments(footage)
    assert (row.segment.width, row.segment.height) == size


def test_a_file_whose_first_picture_is_damaged_is_referred_to(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", n=30, key_every=10, rotation=90)
    with av.open(str(film)) as container:
        first = next(container.demux(video=0))
    content = bytearray(film.read_bytes())
    assert first.pos is not None
    content[first.pos + 4 : first.pos + first.size] = b"\xff" * (first.size - 4)
    film.write_bytes(content)
    with av.open(str(film)) as container, pytest.raises(av.InvalidDataError):
        next(container.decode(video=0))
    with Store.open(tmp_path / "race") as store:
        footage = store.begin_footage("finish", str(film), "abc", None).id
        Recordings(RecordingSettings()).refer(store, footage, "finish", str(film), None)
        store.flush()
        (row,) = store.segments(footage)
    assert (row.segment.width, row.segment.height) == (90, 160)


def test_what_is_no_video_is_left_to_its_source(tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a film")
    with Store.open(tmp_path / "race") as store:
        footage = store.begin_footage("finish", str(text), "abc", None).id
        Recordings(RecordingSettings()).refer(store, footage, "finish", str(text), None)
        store.flush()
        assert store.segments() == ()
