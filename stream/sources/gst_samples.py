"""What a GStreamer sample holds: its planes, copied once, and its capture time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from engines.picture import I420Picture, Matrix
from stream import clock
from stream.sources.gst_pipeline import Gst, GstVideo
from stream.sources.planes import Bytes, Colour, picture
from stream.sources.timing import NTP_TO_UNIX_NS
from stream.types import Clock


@dataclass(frozen=True, slots=True)
class Layout:
    """What the caps say about every buffer."""

    width: int
    height: int
    strides: tuple[int, ...]
    offsets: tuple[int, ...]
    colour: Colour
    fps: float


class Samples:
    """Reads samples; remembers the caps, which seldom change."""

    def __init__(self) -> None:
        self.layout: Layout | None = None
        self._caps: Any = None

    def picture(self, sample: Any, buffer: Any) -> I420Picture:
        """The sample's planes. One copy: the buffer goes back to the decoder."""
        caps = sample.get_caps()
        if self.layout is None or not caps.is_equal(self._caps):
            self.layout, self._caps = layout_of(caps), caps
        layout = self.layout
        meta = GstVideo.buffer_get_video_meta(buffer)
        strides = meta.stride if meta else layout.strides
        offsets = meta.offset if meta else layout.offsets
        with buffer.map(Gst.MapFlags.READ) as mapped:
            copied = np.frombuffer(mapped.data, np.uint8).copy()
        rows = (layout.height, (layout.height + 1) // 2, (layout.height + 1) // 2)
        planes = [_plane(copied, offsets[index], strides[index], rows[index]) for index in range(3)]
        return picture(planes, layout.width, layout.height, layout.colour)


def capture(buffer: Any, running_ns: int | None, base_time_ns: int) -> tuple[int, Clock]:
    """When a camera took the picture of a buffer, UTC ns, and how that is known.

    Args:
        buffer: decoded or encoded.
        running_ns: its time stamp as running time, where it has one.
        base_time_ns: the monotonic clock's time at running time zero.
    """
    meta = buffer.get_reference_timestamp_meta(_ntp())
    if meta:
        return int(meta.timestamp) - NTP_TO_UNIX_NS, Clock.RTCP
    if running_ns is None:
        return clock.now_ns(), Clock.ARRIVAL
    # rtspsrc's jitter buffer has fitted running time to the host's clock already.
    return clock.utc_of_monotonic_ns(base_time_ns + running_ns), Clock.FITTED


def running_time(segment: Any, stamp: int) -> int | None:
    """A buffer's time stamp as running time; None where there is none."""
    if time_of(stamp) is None:
        return None
    return time_of(segment.to_running_time(Gst.Format.TIME, stamp))


def time_of(value: int) -> int | None:
    """A GStreamer time; None where it says that it is none."""
    return None if value == Gst.CLOCK_TIME_NONE else int(value)


@cache
def _ntp() -> Any:
    return Gst.Caps.from_string("timestamp/x-ntp")


def layout_of(caps: Any) -> Layout:
    """What raw video caps mean for each buffer."""
    info = GstVideo.VideoInfo.new_from_caps(caps)
    colorimetry = info.colorimetry
    matrix = {
        GstVideo.VideoColorMatrix.BT601: Matrix.BT601,
        GstVideo.VideoColorMatrix.BT709: Matrix.BT709,
    }.get(colorimetry.matrix)
    full = colorimetry.range == getattr(GstVideo.VideoColorRange, "0_255")
    # Caps that say nothing get GStreamer's guess, which must not pass for knowledge.
    silent = not caps.get_structure(0).has_field("colorimetry")
    return Layout(
        info.width,
        info.height,
        tuple(info.stride[:3]),
        tuple(info.offset[:3]),
        Colour() if silent else Colour(matrix, full),
        info.fps_n / info.fps_d if info.fps_d else 0.0,
    )


def _plane(buffer: Bytes, offset: int, stride: int, rows: int) -> Bytes:
    # The last row may end with its last pixel instead of a whole stride.
    end = offset + stride * rows
    part = buffer[offset:end]
    if len(part) < stride * rows:
        part = np.pad(part, (0, stride * rows - len(part)))
    return part.reshape(rows, stride)
