"""The disk guard over a real race folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stream.clock import SECOND_NS
from stream.recording.guard import DiskGuard
from stream.recording.recorder import Recorder
from stream.recording.room import Level
from stream.recording.settings import GB, RecordingSettings
from stream.store import NewSegment, Store
from stream.types import Clock, Event, State
from tests.stream.store.builders import closed, messages, opened, tagged

SETTINGS = RecordingSettings(warn_free_gb=10, delete_below_free_gb=5, stop_below_free_gb=1)
LENGTH_S = 10


def record(store: Store, n: int, size: int = 1000) -> list[Path]:
    """`n` segments of ten seconds, one after the other."""
    footage = store.begin_footage("finish", "rtsp://camera", None, None).id
    files = []
    for number in range(n):
        path = f"video/finish/{number}.mp4"
        first_ns = number * LENGTH_S * SECOND_NS
        file = store.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(size))
        new = NewSegment(footage, "finish", path, False, "h264", None, 64, 48, first_ns, Clock.RTCP)
        store.end_segment(store.begin_segment(new), first_ns + LENGTH_S * SECOND_NS, size)
        files.append(file)
    return files


def disk(free_gb: float) -> Callable[[Path], int]:
    return lambda _: round(free_gb * GB)


@pytest.mark.parametrize(
    ("seen_s", "bib", "state", "is_closed", "kept"),
    [
        pytest.param((35, 35), "12", State.CONFIRMED, True, [3], id="a runner within one segment"),
        pytest.param((28, 41), "12", State.SEEN, True, [2, 3, 4], id="a doubtful bib counts"),
        pytest.param((35, 57), "12", State.CONFIRMED, True, [3, 4, 5, 6], id="with what is near"),
        pytest.param((35, 35), "12", State.CONFIRMED, False, [3, 4, 5, 6], id="still in view"),
        pytest.param((35, 35), None, State.SEEN, True, [], id="nobody with a bib"),
    ],
)
def test_video_of_a_tagged_runner_is_never_deleted(
    tmp_path: Path,
    seen_s: tuple[float, float],
    bib: str | None,
    state: State,
    is_closed: bool,
    kept: list[int],
) -> None:
    with Store.open(tmp_path / "race") as store:
        files = record(store, 10)
        events: list[Event] = [opened(1, seen_s[0]), tagged(1, bib, state, seen_s[1])]
        if is_closed:
            events.append(closed(1, bib, seen_s[1]))
        for message in messages(events):
            store.record(message)
        store.flush()
        guard = DiskGuard(store, [], SETTINGS, margin_ns=4 * SECOND_NS, free=disk(0.5))
        guard.close()
        left = [number for number, file in enumerate(files) if file.exists()]
        rows = [row.id - 1 for row in store.segments() if not row.deleted]
    # The newest half a minute stays in any case.
    assert left == sorted({*kept, 7, 8, 9})
    assert rows == left
    assert guard.status.level is Level.FULL


def test_files_that_are_only_referred_to_stay(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(1000))
    with Store.open(tmp_path / "race") as store:
        footage = store.begin_footage("finish", str(film), "abc", None).id
        new = NewSegment(footage, "finish", str(film), True, "h264", None, 64, 48, 0, Clock.FILE)
        store.end_segment(store.begin_segment(new), SECOND_NS, 1000)
        store.flush()
        DiskGuard(store, [], SETTINGS, free=disk(0.5)).close()
        assert [row.deleted for row in store.segments()] == [False]
    assert film.exists()


def test_recording_stops_and_goes_on_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    free_gb = [20.0]
    recorder = Recorder("finish", SETTINGS)
    with Store.open(tmp_path / "race") as store:
        guard = DiskGuard(
            store, [recorder], SETTINGS, every_s=600, free=lambda _: round(free_gb[0] * GB)
        )
        states = []
        for free_gb[0] in (20.0, 8.0, 0.4, 1.05, 20.0):
            level = guard.look().level
            states.append((level, recorder.status().ok))
        guard.close()
    assert states == [
        (Level.OK, True),
        (Level.TIGHT, True),
        (Level.FULL, False),
        (Level.FULL, False),
        (Level.OK, True),
    ]
    said = [record.getMessage() for record in caplog.records]
    assert [line[:14] for line in said] == ["The disk gets ", "Recording has ", "There is room "]
