"""Video files through both backends: every frame, in order, with its time; clear failures."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.sources.choose import open_source
from stream.sources.port import Backend, SourceError, Speed
from stream.types import Clock, Frame
from tests.stream.sources.footage import (
    BACKENDS,
    halves,
    luma,
    make_sound,
    make_video,
    source_threads,
)

backends = pytest.mark.parametrize("backend", BACKENDS)


def played(path: Path, backend: Backend, start_utc_ns: int | None = None) -> list[Frame]:
    source = open_source(
        "finish", str(path), speed=Speed.MAXIMUM, backend=backend, start_utc_ns=start_utc_ns
    )
    return list(source.frames())


@backends
def test_every_frame_comes_in_order(backend: Backend, tmp_path: Path) -> None:
    frames = played(make_video(tmp_path / "a.mp4", n=40), backend, start_utc_ns=10**18)
    assert [frame.index for frame in frames] == list(range(40))
    for k, frame in enumerate(frames):
        left, right = halves(frame)
        assert left == pytest.approx(luma(k), abs=2)
        assert right == pytest.approx(luma(k) + 100, abs=2)
        assert frame.pts_ns == pytest.approx(k * 40_000_000, abs=1_000_000)
        assert frame.capture_utc_ns == 10**18 + frame.pts_ns
        assert (frame.camera, frame.clock) == ("finish", Clock.FILE)


SIZES = {
    "not a multiple of 16": ("a.mp4", (638, 358), "libx264", "yuv420p"),
    "narrow": ("a.mp4", (34, 722), "libx264", "yuv420p"),
    "odd": ("a.mkv", (637, 359), "mjpeg", "yuvj420p"),
    "4:2:2": ("a.mkv", (318, 180), "mjpeg", "yuvj422p"),
    "4:4:4": ("a.mp4", (320, 180), "libx264", "yuv444p"),
}


@backends
@pytest.mark.parametrize(("name", "size", "codec", "pixels"), SIZES.values(), ids=SIZES.keys())
def test_sizes_and_layouts(
    backend: Backend,
    name: str,
    size: tuple[int, int],
    codec: str,
    pixels: str,
    tmp_path: Path,
) -> None:
    path = make_video(tmp_path / name, n=3, size=size, codec=codec, pixels=pixels)
    frames = played(path, backend)
    assert len(frames) == 3
    picture = frames[2].picture
    assert (picture.width, picture.height) == size
    # Limited-range luma of a full-range picture is 16 + 219/255 of it.
    grey = 16 + luma(2) * 219 / 255 if codec == "mjpeg" else luma(2)
    assert halves(frames[2])[0] == pytest.approx(grey, abs=4)
    rgb = picture.crop((0, 0, size[0] / 4, size[1]))
    assert rgb.std(axis=2).max() < 6, "grey has no colour"


@backends
@pytest.mark.parametrize(
    ("rotation", "size", "bright"),
    [
        pytest.param(0, (160, 96), "right", id="as it lies"),
        pytest.param(90, (96, 160), "top", id="turned to the left"),
        pytest.param(180, (160, 96), "left", id="upside down"),
        pytest.param(-90, (96, 160), "bottom", id="turned to the right"),
    ],
)
def test_a_phone_that_was_turned(
    backend: Backend, rotation: int, size: tuple[int, int], bright: str, tmp_path: Path
) -> None:
    path = make_video(tmp_path / "a.mp4", n=3, size=(160, 96), rotation=rotation)
    source = open_source("finish", str(path), speed=Speed.MAXIMUM, backend=backend)
    picture = list(source.frames())[1].picture
    assert (picture.width, picture.height) == size
    assert (source.status().width, source.status().height) == size
    width, height = size
    whole = picture.crop((0, 0, width, height)).mean(axis=2)
    sides = {
        "left": whole[:, : width // 4],
        "right": whole[:, -width // 4 :],
        "top": whole[: height // 4],
        "bottom": whole[-height // 4 :],
    }
    assert max(sides, key=lambda side: float(sides[side].mean())) == bright


@backends
def test_sound_is_ignored(backend: Backend, tmp_path: Path) -> None:
    assert len(played(make_video(tmp_path / "a.mp4", n=10, sound=True), backend)) == 10


@backends
def test_status(backend: Backend, tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", n=50)
    source = open_source("finish", str(path), speed=Speed.MAXIMUM, backend=backend)
    assert not source.live
    assert source.status().state == "not begun"
    states = {source.status().state for _ in source.frames()}
    assert states == {"playing"}
    status = source.status()
    assert (status.state, status.frames, status.dropped) == ("ended", 50, 0)
    assert (status.width, status.height, status.fps) == (160, 90, 25)
    assert status.decoder == {"gst": "avdec_h264", "av": "h264"}[backend]
    assert status.duration_ns == pytest.approx(2e9, abs=1e8)


@backends
def test_frames_may_be_asked_once(backend: Backend, tmp_path: Path) -> None:
    source = open_source("finish", str(make_video(tmp_path / "a.mp4", n=2)), backend=backend)
    assert len(list(source.frames())) == 2
    with pytest.raises(RuntimeError, match="may be called once"):
        next(source.frames())


@backends
def test_a_waiting_source_loses_nothing_to_a_slow_consumer(
    backend: Backend, tmp_path: Path
) -> None:
    path = make_video(tmp_path / "a.mp4", n=30)
    source = open_source("finish", str(path), speed=Speed.MAXIMUM, backend=backend)
    n = 0
    for _ in source.frames():
        time.sleep(0.01)
        n += 1
    assert (n, source.status().dropped) == (30, 0)


@backends
def test_real_time_keeps_its_pace(backend: Backend, tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", n=26)
    source = open_source("finish", str(path), speed=Speed.REAL_TIME, backend=backend)
    assert source.live
    began = time.monotonic()
    moments = [(time.monotonic() - began, frame.pts_ns / 1e9) for frame in source.frames()]
    # However late a busy machine is, no frame comes before its time.
    assert all(came_s > due_s - 0.01 for came_s, due_s in moments)
    assert moments[-1][1] == pytest.approx(1.0, abs=1e-3)
    assert source.status().frames + source.status().dropped == 26


@backends
def test_real_time_counts_what_a_slow_consumer_loses(backend: Backend, tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", n=50)
    source = open_source("finish", str(path), speed=Speed.REAL_TIME, backend=backend)
    frames = []
    for frame in source.frames():
        frames.append(frame)
        time.sleep(0.2)
    status = source.status()
    assert status.dropped >= 10
    assert len(frames) + status.dropped == 50
    assert [frame.index for frame in frames] == list(range(len(frames)))
    times = [frame.pts_ns for frame in frames]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(49 * 40_000_000, abs=1_000_000), "the newest is kept"


def _nothing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _text(path: Path) -> None:
    path.write_text("this is not a video, " * 1000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _headless(path: Path) -> None:
    """An MP4 whose index, at the end of the file, was never written."""
    make_video(path, n=50, size=(320, 180))
    path.write_bytes(path.read_bytes()[:3000])


def _sound(path: Path) -> None:
    make_sound(path)


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (_nothing, "no such file; check the path"),
    "empty": (_empty, "the file is empty"),
    "text": (_text, "is not a video that GStreamer knows|has no video track"),
    "cut off before its index": (_headless, "corrupt|not a video|no frame for"),
    "only sound": (_sound, "has no video"),
}


@backends
@pytest.mark.parametrize(("make", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_files_name_themselves(
    backend: Backend, make: Callable[[Path], None], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "broken.mp4"
    make(path)
    with pytest.raises(SourceError, match=why) as caught:
        played(path, backend)
    assert str(caught.value).startswith(str(path))
    assert source_threads() == []


@backends
def test_a_spoilt_middle_does_not_end_the_film(
    backend: Backend, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_video(tmp_path / "a.mp4", n=100, size=(320, 180))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    path.write_bytes(bytes(content))
    with caplog.at_level(logging.CRITICAL):
        frames = played(path, backend)
    assert 50 <= len(frames) <= 100
    times = [frame.pts_ns for frame in frames]
    assert times == sorted(set(times))


@backends
@pytest.mark.parametrize("speed", list(Speed))
def test_close_wakes_a_blocked_reader(backend: Backend, speed: Speed, tmp_path: Path) -> None:
    # One frame in two seconds: the reader is blocked most of the time.
    path = make_video(tmp_path / "a.mp4", n=400, fps=25)
    source = open_source("finish", str(path), speed=speed, backend=backend)
    frames = source.frames()
    next(frames)
    closed_at: list[float] = []

    def close() -> None:
        closed_at.append(time.monotonic())
        source.close()
        source.close()

    threading.Timer(0.2, close).start()
    n = 0
    for _ in frames:
        n += 1
        if speed is Speed.MAXIMUM:
            time.sleep(0.01)
    assert time.monotonic() - closed_at[0] < 5, "the film lasts 16 s"
    assert n < 399
    assert source.status().state == "closed"
    assert source_threads() == []


@backends
def test_a_source_closed_before_it_began_yields_nothing(backend: Backend, tmp_path: Path) -> None:
    source = open_source("finish", str(make_video(tmp_path / "a.mp4")), backend=backend)
    source.close()
    assert list(source.frames()) == []


@backends
def test_an_abandoned_reader_leaves_no_thread(backend: Backend, tmp_path: Path) -> None:
    before = threading.active_count()
    for k in range(5):
        path = make_video(tmp_path / f"{k}.mp4", n=50)
        frames = open_source("finish", str(path), speed=Speed.MAXIMUM, backend=backend).frames()
        next(frames)
        frames.close()  # type: ignore[attr-defined]
    assert source_threads() == []
    # Fewer, where one that a test before has left behind has ended.
    assert threading.active_count() <= before
