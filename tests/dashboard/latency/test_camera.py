"""The film that the camera plays, and that it is a camera."""

from __future__ import annotations

import signal
import subprocess
import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from dashboard.latency.camera import JITTER_NS, due_ns, read_film
from dashboard.latency.errors import LatencyError
from dashboard.latency.report import agreement
from stream.sources.choose import open_source
from stream.types import Clock, Frame
from tests.stream.sources.footage import needs_rtsp_server


def encoded(path: Path, codec: str = "libx264", bf: int = 0, frames: int = 25) -> Path:
    with av.open(str(path), "w") as container:
        options = {"bf": str(bf), "x264-params": f"b-adapt=0:scenecut=0:bframes={bf}"}
        stream = container.add_stream(codec, rate=25, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.gop_size = 25
        noise = np.random.default_rng(1).integers(0, 255, (frames, 180, 320, 3), np.uint8)
        for image in noise:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_film_is_whole_frames_that_begin_with_a_key(tmp_path: Path) -> None:
    film = read_film(encoded(tmp_path / "film.mp4"))
    assert (len(film.frames), film.fps, film.width, film.height) == (25, Fraction(25), 320, 180)
    assert all(frame.startswith(b"\x00\x00\x00\x01") for frame in film.frames)


@pytest.mark.parametrize(
    ("codec", "bf", "message"),
    [
        pytest.param("libx264", 2, "has B-frames", id="frames out of order"),
        pytest.param("mpeg4", 0, "not H.264", id="another codec"),
    ],
)
def test_films_that_no_camera_sends(tmp_path: Path, codec: str, bf: int, message: str) -> None:
    path = encoded(tmp_path / "film.mp4", codec, bf)
    with pytest.raises(LatencyError, match=f"film.mp4: {message}.*make one with: ffmpeg"):
        read_film(path)


@pytest.mark.parametrize("content", [None, b"no film at all"])
def test_what_is_no_film(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LatencyError, match=r"film\.mp4: cannot be read"):
        read_film(path)


def test_frames_are_due_in_order_each_late_by_another_time() -> None:
    due = list(islice(due_ns(Fraction(25)), 100))
    late = [moment - n * 40_000_000 for n, moment in enumerate(due)]
    assert all(0 <= one < JITTER_NS for one in late)
    assert len(set(late)) > 90
    again = [
        moment - n * 40_000_000 for n, moment in enumerate(islice(due_ns(Fraction(25), 2), 100))
    ]
    assert sum(one == other for one, other in zip(late, again, strict=True)) < 5


@needs_rtsp_server
def test_capture_times_are_the_moments_of_sending(tmp_path: Path) -> None:
    film, log = encoded(tmp_path / "film.mp4"), tmp_path / "sent"
    command = [sys.executable, "-m", "dashboard.latency.camera", str(film), str(log)]
    seen: list[Frame] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as camera:
        try:
            assert camera.stdout is not None
            source = open_source("camera", camera.stdout.readline().strip())
            for frame in source.frames():
                seen += [frame] if frame.clock is Clock.RTCP else []
                if len(seen) == 60:
                    source.close()
        finally:
            camera.send_signal(signal.SIGTERM)
    assert camera.returncode == 0
    sent = [int(line) for line in log.read_text(encoding="ascii").split()]
    found = agreement([frame.capture_utc_ns for frame in seen], sent, 40)
    assert found is not None
    # Far below the distance of two frames, and the spread below the camera's jitter.
    assert abs(found.median_ms) < 20
    assert found.spread_ms < JITTER_NS / 4e6
