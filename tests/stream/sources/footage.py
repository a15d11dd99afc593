"""Video files made by the tests, and the sources that play them."""

from __future__ import annotations

import importlib.util
import socket
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engines.picture import I420Picture
from stream.sources.choose import gst_is_installed
from stream.types import Frame


def _has_rtsp_server() -> bool:
    if importlib.util.find_spec("gi") is None or not gst_is_installed():
        return False
    import gi

    try:
        gi.require_version("GstRtspServer", "1.0")
    except ValueError:
        return False
    return True


needs_gst = pytest.mark.skipif(
    not gst_is_installed(), reason="GStreamer's Python binding is not installed"
)
needs_rtsp_server = pytest.mark.skipif(
    not _has_rtsp_server(), reason="gir1.2-gst-rtsp-server-1.0 is not installed"
)
BACKENDS = [pytest.param("gst", marks=needs_gst), "av"]


def luma(k: int) -> int:
    """The grey of the left half of frame k; the right half is 100 brighter."""
    return 20 + 2 * k % 100


def make_video(
    path: Path,
    n: int = 25,
    size: tuple[int, int] = (160, 90),
    codec: str = "libx264",
    pixels: str = "yuv420p",
    fps: int = 25,
    sound: bool = False,
    key_every: int = 250,
    rotation: int = 0,
) -> Path:
    """A film of two grey halves whose luma tells the frame's number.

    `rotation`: degrees, anticlockwise, by which players are told to turn it.
    """
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], pixels
        stream.time_base = Fraction(1, fps)
        stream.codec_context.gop_size = key_every
        if rotation:
            stream.set_display_rotation(rotation)
        if codec == "libx264":
            stream.options = {"crf": "5", "preset": "ultrafast"}
        voice = container.add_stream("aac", rate=48000) if sound else None
        for k in range(n):
            container.mux(stream.encode(_grey(k, size, pixels)))
        container.mux(stream.encode(None))
        if voice is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
            silence.sample_rate = 48000
            container.mux(voice.encode(silence))
            container.mux(voice.encode(None))
    return path


def make_sound(path: Path) -> Path:
    """A file without video."""
    with av.open(str(path), "w") as container:
        voice = container.add_stream("aac", rate=48000)
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        silence.sample_rate = 48000
        for k in range(20):
            silence.pts = k * 1024
            container.mux(voice.encode(silence))
        container.mux(voice.encode(None))
    return path


def _grey(k: int, size: tuple[int, int], pixels: str) -> av.VideoFrame:
    frame = av.VideoFrame(size[0], size[1], pixels)
    for index, plane in enumerate(frame.planes):
        rows = np.full((plane.height, plane.line_size), 128, np.uint8)
        if index == 0:
            rows[:] = luma(k)
            rows[:, size[0] // 2 :] += 100
        plane.update(rows.tobytes())
    frame.pts = k
    frame.time_base = Fraction(1, 25)
    return frame


def halves(frame: Frame) -> tuple[float, float]:
    """Mean luma of the left and right half."""
    picture = frame.picture
    assert isinstance(picture, I420Picture)
    middle = picture.width // 2
    left, right = picture.y[:, : middle - 8], picture.y[:, middle + 8 :]
    return float(left.mean()), float(right.mean())


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def source_threads() -> list[str]:
    """Names of threads that sources have started and that do not end."""
    # Whoever takes the frames waits half a second for them, which a busy machine may not keep to.
    end = time.monotonic() + 10
    while names := [one.name for one in threading.enumerate() if one.name.startswith("source-")]:
        if time.monotonic() > end:
            break
        time.sleep(0.01)
    return names
