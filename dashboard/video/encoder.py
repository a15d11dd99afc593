"""Encodes a camera's decoded frames for live video, once for all who watch."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from dashboard.video.units import AccessUnit, Timeline
from engines.picture import I420Picture
from engines.types import Picture
from stream.clock import SECOND_NS, monotonic_ns
from stream.types import Frame

log = logging.getLogger(__name__)

WIDEST = 1280
MOST_FPS = 25
OPTIONS = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    # Twice as many bits as a talking head needs: runners move.
    "crf": "25",
    "maxrate": "4M",
    "bufsize": "4M",
}
_EARLIEST_NS = round(0.75 * SECOND_NS / MOST_FPS)
"""A frame that comes sooner after the last one is left out."""


class Encoder:
    """A thread that encodes the newest frame offered, until `end`.

    Args:
        camera: names the thread.
        put: called with every picture on the encoder's thread.
        lost: called once on that thread when it cannot go on; `failure` says why.
        paced: frames come at their own pace; otherwise as fast as they are seen, and their
            time is that of their coming.
    """

    def __init__(
        self,
        camera: str,
        put: Callable[[AccessUnit], None],
        lost: Callable[[], None],
        *,
        paced: bool,
    ) -> None:
        self.dropped = 0
        self.failure: str | None = None
        self._put = put
        self._lost = lost
        self._paced = paced
        self._timeline = Timeline()
        self._changed = threading.Condition()
        self._waiting: tuple[Frame, int] | None = None
        self._ending = False
        self._last_ns: int | None = None
        self._codec: VideoCodecContext | None = None
        self._thread = threading.Thread(target=self._work, name=f"video-{camera}", daemon=True)
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Encode this frame; one that still waits gives way and is counted. Never blocks."""
        now_ns = monotonic_ns()
        with self._changed:
            self.dropped += self._waiting is not None
            self._waiting = frame, now_ns
            self._changed.notify()

    def end(self) -> None:
        """Encode no more; does not wait."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    def join(self) -> None:
        """Wait for the thread after `end`."""
        self._thread.join()

    def _work(self) -> None:
        try:
            while (offered := self._next()) is not None:
                self._encode(*offered)
        except Exception as error:  # the top of the thread: handed to whoever asks for the status
            log.exception("live video has ended")
            self.failure = f"live video cannot be encoded: {error}"
            self._lost()

    def _next(self) -> tuple[Frame, int] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._ending or self._waiting is not None)
            offered, self._waiting = self._waiting, None
            return None if self._ending else offered

    def _encode(self, frame: Frame, now_ns: int) -> None:
        time_ns = self._timeline.at(frame.pts_ns if self._paced else now_ns, now_ns)
        if self._last_ns is not None and time_ns - self._last_ns < _EARLIEST_NS:
            return
        self._last_ns = time_ns
        planes = yuv(frame.picture, *fitting(frame.picture.width, frame.picture.height))
        height, width = planes.shape[0] * 2 // 3, planes.shape[1]
        codec = self._codec
        if codec is None or (codec.width, codec.height) != (width, height):
            codec = self._codec = _codec(width, height)
        picture = av.VideoFrame.from_ndarray(planes, "yuv420p")
        picture.pts, picture.time_base = time_ns * 9 // 100_000, codec.time_base
        for packet in codec.encode(picture):
            unit = AccessUnit(time_ns, frame.capture_utc_ns, packet.is_keyframe, bytes(packet))
            # Nobody waits for what comes after the end.
            if not self._ending:
                self._put(unit)


def fitting(width: int, height: int) -> tuple[int, int]:
    """The size to encode: at most `WIDEST` wide, even, of the same shape, in pixels."""
    scale = min(1.0, WIDEST / width)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def yuv(picture: Picture, width: int, height: int) -> NDArray[np.uint8]:
    """A picture at an even size as packed I420: uint8 ``[height * 3 // 2, width]``."""
    if not isinstance(picture, I420Picture):
        rgb = picture.resized(width, height)
        return np.ascontiguousarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    planes = [
        cv2.resize(np.ascontiguousarray(plane), size, interpolation=cv2.INTER_AREA).ravel()
        for plane, size in zip((picture.y, picture.u, picture.v), sizes, strict=True)
    ]
    return np.concatenate(planes).reshape(height * 3 // 2, width).astype(np.uint8, copy=False)


def _codec(width: int, height: int) -> VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, 90_000), Fraction(MOST_FPS)
    codec.gop_size = 2 * MOST_FPS
    # The race needs the cores more; one is enough for this size.
    codec.thread_count = 1
    codec.options = OPTIONS
    return codec
