"""A camera's packets as segments of a race, on good disks and bad ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.recording import recorder as module
from stream.recording.mend import readable_ns
from stream.recording.recorder import Recorder, RecordingStatus
from stream.recording.settings import RecordingSettings
from stream.sources.packets import RAW, Format, Packet
from stream.store import SegmentRow, Store
from stream.types import Clock
from tests.stream.recording.disks import small_disk
from tests.stream.recording.packets import START_NS, later, packets_of, picture
from tests.stream.recording.test_segment_file import lumas
from tests.stream.sources.footage import make_video

SETTINGS = RecordingSettings(segment_s=1.0)


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """Three seconds with a key frame every ten pictures."""
    film = tmp_path_factory.mktemp("film") / "film.mp4"
    return packets_of(make_video(film, n=75, key_every=10))


@contextmanager
def recording(folder: Path) -> Iterator[tuple[Store, Recorder]]:
    with Store.open(folder) as store:
        recorder = Recorder("finish", SETTINGS)
        recorder.begin(store, store.begin_footage("finish", "rtsp://camera", None, None).id)
        try:
            yield store, recorder
        finally:
            recorder.close()


def wait_for(recorder: Recorder, told: Callable[[RecordingStatus], bool]) -> RecordingStatus:
    end = time.monotonic() + 20
    while not told(recorder.status()):
        assert time.monotonic() < end, recorder.status()
        time.sleep(0.01)
    return recorder.status()


def rows_after(store: Store, recorder: Recorder) -> tuple[SegmentRow, ...]:
    recorder.close()
    store.flush()
    return store.segments()


def test_segments_follow_each_other_without_a_gap(tmp_path: Path, packets: list[Packet]) -> None:
    with recording(tmp_path / "race") as (store, recorder):
        for packet in packets[3:]:
            recorder.take(packet)
        rows = rows_after(store, recorder)
        status = recorder.status()
    # The first key frame is the tenth picture; a second lasts to the next key frame after it.
    assert [row.segment.first_utc_ns - START_NS for row in rows] == [
        400_000_000,
        1_600_000_000,
        2_800_000_000,
    ]
    assert [row.end_utc_ns for row in rows[:-1]] == [row.segment.first_utc_ns for row in rows[1:]]
    assert {(row.segment.codec, row.segment.width, row.segment.clock) for row in rows} == {
        ("h264", 160, Clock.RTCP)
    }
    files = [tmp_path / "race" / row.segment.path for row in rows]
    assert [file.stat().st_size for file in files] == [row.n_bytes for row in rows]
    assert [file.parent.name for file in files] == ["finish"] * 3
    assert [len(lumas(file)) for file in files] == [30, 30, 5]
    assert (status.segments, status.lost, status.ok) == (3, 0, True)


def test_a_camera_called_again_begins_a_new_segment(tmp_path: Path, packets: list[Packet]) -> None:
    with recording(tmp_path / "race") as (store, recorder):
        for packet in packets[:10] + [later(packet, 100.0) for packet in packets[:10]]:
            recorder.take(packet)
        rows = rows_after(store, recorder)
    assert [row.segment.first_utc_ns - START_NS for row in rows] == [0, 100_000_000_000]


def test_the_same_moment_twice_has_two_files(tmp_path: Path, packets: list[Packet]) -> None:
    for _ in range(2):
        with recording(tmp_path / "race") as (_, recorder):
            for packet in packets[:10]:
                recorder.take(packet)
    names = sorted(file.name for file in (tmp_path / "race" / "video" / "finish").iterdir())
    assert names == ["20260528T202640.000Z-2.mp4", "20260528T202640.000Z.mp4"]


def test_while_paused_nothing_is_written_and_the_rest_is_whole(
    tmp_path: Path, packets: list[Packet]
) -> None:
    with recording(tmp_path / "race") as (store, recorder):
        for packet in packets[:5]:
            recorder.take(packet)
        wait_for(recorder, lambda status: status.state == "recording")
        recorder.pause("the disk is full")
        status = wait_for(recorder, lambda status: status.segments == 1)
        assert (status.state, status.ok) == ("recording stopped: the disk is full", False)
        # What waited when the pause came is lost as well, a moment later.
        [file] = (tmp_path / "race" / "video" / "finish").iterdir()
        n_lost = 5 - len(lumas(file))
        for packet in packets[5:25]:
            recorder.take(packet)
        wait_for(recorder, lambda status: status.lost == n_lost + 20)
        recorder.resume()
        for packet in packets[25:45]:
            recorder.take(packet)
        rows = rows_after(store, recorder)
    shown = [len(lumas(tmp_path / "race" / row.segment.path)) for row in rows]
    assert shown == [5 - n_lost, 15]
    assert recorder.status().ok


@pytest.mark.parametrize(
    ("packet", "said"),
    [
        pytest.param(
            picture(0, True, form=Format(RAW, False)), "that are not encoded", id="raw pictures"
        ),
        pytest.param(
            picture(0, True, form=Format("vp8", False)),
            "vp8 cannot be recorded",
            id="another codec",
        ),
    ],
)
def test_what_cannot_be_recorded_is_said(tmp_path: Path, packet: Packet, said: str) -> None:
    with recording(tmp_path / "race") as (store, recorder):
        recorder.take(packet)
        status = wait_for(recorder, lambda status: not status.ok)
        assert rows_after(store, recorder) == ()
    assert status.state.startswith("not recorded: ")
    assert said in status.state


def test_a_disk_that_refuses_is_tried_again(
    tmp_path: Path, packets: list[Packet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_NS", 0)
    in_the_way = tmp_path / "race" / "video"
    with recording(tmp_path / "race") as (store, recorder):
        in_the_way.write_text("not a folder")
        recorder.take(packets[0])
        status = wait_for(recorder, lambda status: not status.ok)
        assert status.state.startswith("recording stopped: the video cannot be written")
        in_the_way.unlink()
        for packet in packets[1:20]:
            recorder.take(packet)
        rows = rows_after(store, recorder)
    assert len(lumas(tmp_path / "race" / rows[0].segment.path)) == 10
    assert recorder.status().ok


def test_a_slow_disk_loses_the_newest_up_to_a_key_frame(
    tmp_path: Path, packets: list[Packet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", sum(len(packet.data) for packet in packets[:5]))
    recorder = Recorder("finish", SETTINGS)
    for packet in packets[:10]:
        recorder.take(packet)
    assert recorder.status().lost == 5
    with Store.open(tmp_path / "race") as store:
        footage = store.begin_footage("finish", "rtsp://camera", None, None).id
        recorder.begin(store, footage)
        rows = rows_after(store, recorder)
    assert len(lumas(tmp_path / "race" / rows[0].segment.path)) == 5


def test_a_full_disk_harms_nothing_that_was_written(tmp_path: Path, packets: list[Packet]) -> None:
    race = tmp_path / "race"
    with small_disk(tmp_path / "disk", "400k") as disk, recording(race) as (store, recorder):
        (race / "video").symlink_to(disk)
        for n in range(400):
            for packet in packets:
                recorder.take(later(packet, 3.0 * n))
            if not recorder.status().ok:
                break
        status = wait_for(recorder, lambda status: not status.ok)
        assert "No space left" in status.state
        before = rows_after(store, recorder)
        complete = [row for row in before if row.end_utc_ns is not None]
        assert len(complete) > 3
        for row in complete:
            length_ns = readable_ns(race / row.segment.path)
            assert length_ns is not None
            assert abs(row.segment.first_utc_ns + length_ns - (row.end_utc_ns or 0)) < 1e6
