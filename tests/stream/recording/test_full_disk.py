"""A race on a disk that gets full: recording stops, tagging goes on, nothing is harmed."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from stream.recording.guard import DiskGuard
from stream.recording.mend import readable_ns
from stream.recording.recorder import Recorder
from stream.recording.room import Level
from stream.recording.settings import RecordingSettings
from stream.store import Store
from stream.store import writer as writing
from stream.types import Event
from tests.stream.recording.disks import small_disk
from tests.stream.recording.packets import later, packets_of
from tests.stream.sources.footage import make_video
from tests.stream.store.builders import closed, crossed, messages, opened, tagged

MB = 0.001
SETTINGS = RecordingSettings(
    segment_s=1.0, warn_free_gb=8 * MB, delete_below_free_gb=4 * MB, stop_below_free_gb=4 * MB
)


def check(race: Path, bibs: list[str]) -> None:
    """The database is whole and knows the bibs, and every complete segment can be played."""
    with sqlite3.connect(race / "race.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    reader = Store.open_read_only(race)
    assert sorted(reader.tagged_bibs()) == sorted(bibs)
    rows = [row for row in reader.segments() if row.end_utc_ns is not None and not row.deleted]
    assert rows
    for row in rows:
        length_ns = readable_ns(race / row.segment.path)
        assert length_ns is not None
        assert abs(row.segment.first_utc_ns + length_ns - (row.end_utc_ns or 0)) < 2e6


def test_recording_stops_and_tagging_goes_on(tmp_path: Path) -> None:
    packets = packets_of(make_video(tmp_path / "film.mp4", n=75, size=(640, 360), key_every=10))
    with small_disk(tmp_path / "disk", "12m") as disk:
        race = disk / "race"
        with Store.open(race) as store:
            footage = store.begin_footage("finish", "rtsp://camera", None, None).id
            # Somebody with a bib is in view all the time: no segment may be deleted.
            for message in messages([opened(1), tagged(1, "12")]):
                store.record(message)
            recorder = Recorder("finish", SETTINGS)
            recorder.begin(store, footage)
            guard = DiskGuard(store, [recorder], SETTINGS, every_s=0.02)
            number, end = 0, time.monotonic() + 60
            while guard.status.level is not Level.FULL:
                assert time.monotonic() < end, guard.status
                for packet in packets:
                    recorder.take(later(packet, 3.0 * number))
                number += 1
                time.sleep(0.02)
            later_on: list[Event] = [
                tagged(2, "34", at_s=3.0),
                crossed(2, at_s=3.5),
                closed(2, "34", at_s=4.0),
            ]
            for message in messages([opened(2, 2.0), *later_on], first_seq=3):
                store.record(message)
            store.flush()
            for packet in packets:
                recorder.take(later(packet, 3.0 * number))
            guard.close()
            recorder.close()
            assert not recorder.status().ok
            assert recorder.status().lost > 0
        check(race, ["12", "34"])


def test_a_disk_that_others_fill_to_the_last_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "AGAIN_S", 0.05)
    packets = packets_of(make_video(tmp_path / "film.mp4", n=75, size=(640, 360), key_every=10))
    with small_disk(tmp_path / "disk", "12m") as disk:
        race = disk / "race"
        with Store.open(race) as store:
            footage = store.begin_footage("finish", "rtsp://camera", None, None).id
            recorder = Recorder("finish", SETTINGS)
            recorder.begin(store, footage)
            for packet in packets:
                recorder.take(packet)
            recorder.close()
            store.flush()
            with pytest.raises(OSError, match="No space left"):
                _fill(disk / "somebody-else")
            events: list[Event] = []
            for n in range(2000):
                events += [opened(n, n), tagged(n, str(n))]
            began = time.monotonic()
            for message in messages(events):
                store.record(message)
            assert time.monotonic() - began < 20, "whoever records is not held up"
            (disk / "somebody-else").unlink()
            store.flush()
        check(race, [str(n) for n in range(2000)])


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as content:
        while True:
            content.write(bytes(4096))
