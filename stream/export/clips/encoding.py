"""Clips with pictures encoded anew: exact to the frame, one size, H.264 that any browser plays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import cast

import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from engines.types import Image
from stream.clock import SECOND_NS
from stream.export.clips.sound import AnySound
from stream.export.clips.takes import INTERLEAVED_NS, TICKS, Shown, Stretch, ticks
from stream.export.films import (
    decode_ns,
    decoded,
    frame_ns,
    open_film,
    packet_ns,
    packets_from,
)
from stream.sources.av import turns_of

ENCODER = {"crf": "20", "preset": "veryfast"}
"""Next to no difference to be seen; on two cores 1080p takes about as long as it lasts."""
_LIMITED = 1
_BT709 = 1
_BT601 = 6
"""FFmpeg's AVColorRange and AVColorSpace."""


class EncodedPictures:
    """The pictures of a clip, through the encoder. See `Pictures`."""

    def __init__(self, out: OutputContainer, template: VideoStream) -> None:
        self._out = out
        rate = template.average_rate or Fraction(25)
        self._frame_ns = round(SECOND_NS / rate)
        self._stream = out.add_stream("libx264", rate=round(rate) or 25, options=dict(ENCODER))
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, TICKS)
        self._size: tuple[int, int] | None = None
        self._origin_ns: int | None = None
        self._last_pts = -1
        self._clip_end_ns = 0
        self.shown: Shown | None = None

    def begin_take(self) -> None:
        """What comes now stands behind all that was there before."""
        self._origin_ns = None

    def take(self, stretch: Stretch, sound: AnySound | None) -> None:
        """See `Pictures.take`."""
        with open_film(stretch.film.file) as container:
            video = container.streams.video[0]
            video.thread_type = "AUTO"
            voice = container.streams.audio[0] if sound and stretch.film.sound else None
            begin_ns, until_ns = (
                stretch.from_ns - stretch.shift_ns,
                stretch.until_ns - stretch.shift_ns,
            )
            heard: list[Packet[AudioStream]] = []
            for packet in packets_from(container, video, voice, begin_ns):
                if packet.stream_index == video.index:
                    if decode_ns(packet) >= until_ns + (INTERLEAVED_NS if voice else 0):
                        break
                    if decode_ns(packet) < until_ns:
                        self._add_all(decoded(video, cast("Packet[VideoStream]", packet)), stretch)
                elif begin_ns <= packet_ns(packet) < until_ns:
                    heard.append(cast("Packet[AudioStream]", packet))
                if sound is not None and self._origin_ns is not None:
                    _hear(heard, sound, self._offset_ns(stretch))
            self._add_all(decoded(video, None), stretch)
            if sound is not None:
                _hear(heard, sound, self._offset_ns(stretch))

    def _add_all(self, frames: Sequence[VideoFrame], stretch: Stretch) -> None:
        for frame in frames:
            if stretch.from_ns <= frame_ns(frame) + stretch.shift_ns < stretch.until_ns:
                self._add(frame, stretch)

    def _offset_ns(self, stretch: Stretch) -> int:
        """How much later a file's own time is by the clip's."""
        return stretch.shift_ns - (self._origin_ns or 0)

    def _add(self, frame: VideoFrame, stretch: Stretch) -> None:
        """Encode a frame at its place in the clip's time."""
        captured_ns = frame_ns(frame) + stretch.shift_ns
        if self._origin_ns is None:
            self._origin_ns = captured_ns - self._clip_end_ns
        shown_ns = captured_ns - self._origin_ns
        pts = ticks(shown_ns)
        if pts <= self._last_pts:
            return
        self._last_pts = pts
        fitted = self._fitted(upright(frame))
        fitted.pts, fitted.time_base = pts, Fraction(1, TICKS)
        fitted.pict_type = 0
        self._out.mux(self._stream.encode(fitted))
        self._clip_end_ns = shown_ns + self._frame_ns
        end_ns = captured_ns + self._frame_ns
        first_ns = captured_ns if self.shown is None else self.shown.first_utc_ns
        self.shown = Shown(
            min(first_ns, captured_ns),
            end_ns if self.shown is None else max(end_ns, self.shown.end_utc_ns),
        )

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._out.mux(self._stream.encode(None))

    def _fitted(self, frame: VideoFrame) -> VideoFrame:
        if self._size is None:
            self._size = (frame.width // 2 * 2, frame.height // 2 * 2)
            context = self._stream.codec_context
            context.width, context.height = self._size
            context.color_range = _LIMITED
            context.colorspace = _usual(self._size[1])
        return fitted(frame, *self._size)


def fitted(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """A frame in another even size with black around it where the shape differs.

    Limited range, with the colour matrix that players assume for the size.
    """
    known = frame.colorspace if frame.colorspace in (_BT709, _BT601, 5) else _usual(frame.height)
    scale = min(width / frame.width, height / frame.height)
    inner = (
        min(round(frame.width * scale / 2) * 2, width),
        min(round(frame.height * scale / 2) * 2, height),
    )
    shown = frame.reformat(
        inner[0],
        inner[1],
        "yuv420p",
        src_colorspace=_swscale(known),
        dst_colorspace=_swscale(_usual(height)),
        dst_color_range=ColorRange.MPEG,
    )
    if inner == (width, height):
        return shown
    canvas = np.full((height * 3 // 2, width), 16, np.uint8)
    left, top = (width - inner[0]) // 4 * 2, (height - inner[1]) // 4 * 2
    planes = _planes(canvas, width, height)
    canvas[height:] = 128
    for n, source in enumerate(_planes(_array(shown), *inner)):
        y, x = (top, left) if n == 0 else (top // 2, left // 2)
        planes[n][y : y + source.shape[0], x : x + source.shape[1]] = source
    boxed = VideoFrame.from_ndarray(canvas, "yuv420p")
    boxed.color_range, boxed.colorspace = _LIMITED, _usual(height)
    return boxed


def upright(frame: VideoFrame) -> VideoFrame:
    """A frame as a player shows it, where its film says that the camera was turned."""
    turns = turns_of(frame) % 4
    if not turns:
        return frame
    array = _array(frame.reformat(format="yuv420p"))
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    planes = [np.rot90(plane, turns) for plane in _planes(array, width, height)]
    if turns % 2:
        width, height = height, width
    canvas = np.empty((height * 3 // 2, width), np.uint8)
    for target, source in zip(_planes(canvas, width, height), planes, strict=True):
        target[:] = source
    turned = VideoFrame.from_ndarray(canvas, "yuv420p")
    turned.pts, turned.time_base = frame.pts, frame.time_base
    turned.colorspace, turned.color_range = frame.colorspace, frame.color_range
    return turned


def _hear(heard: list[Packet[AudioStream]], sound: AnySound, offset_ns: int) -> None:
    # Where sound belongs is known only with the first picture.
    for packet in heard:
        sound.add(packet, offset_ns)
    heard.clear()


def _array(frame: VideoFrame) -> Image:
    return np.asarray(frame.to_ndarray(), np.uint8)


def _planes(array: Image, width: int, height: int) -> tuple[Image, Image, Image]:
    """Views of Y, U and V in packed planes ``[height * 3 // 2, width]``."""
    chroma = array[height:].reshape(2, height // 2, width // 2)
    return array[:height], chroma[0], chroma[1]


def _usual(height: int) -> int:
    return _BT709 if height >= 720 else _BT601


def _swscale(matrix: int) -> Colorspace:
    return Colorspace.ITU709 if matrix == _BT709 else Colorspace.ITU601
