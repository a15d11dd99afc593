"""Encoded packets from GStreamer samples."""

from __future__ import annotations

import logging
from typing import Any

from stream import clock
from stream.sources.gst_pipeline import Gst
from stream.sources.gst_samples import capture, running_time, time_of
from stream.sources.nal import NalError, byte_stream, length_bytes, parameter_sets
from stream.sources.packets import RAW, Format, Packet

log = logging.getLogger(__name__)

CODECS = {
    "video/x-h264": "h264",
    "video/x-h265": "hevc",
    "image/jpeg": "mjpeg",
    "video/x-raw": RAW,
    "audio/x-alaw": "pcm_alaw",
    "audio/x-mulaw": "pcm_mulaw",
    "audio/x-opus": "opus",
}
"""FFmpeg's names for GStreamer's media types; AAC needs a closer look at its caps."""


class PacketForm:
    """What the caps of one tap say; asked with every sample, they seldom change."""

    def __init__(self, is_sound: bool) -> None:
        self._is_sound = is_sound
        self._caps: Any = None
        self._form: Format | None = None
        self._n_length = 0
        self._base_time_ns = self._newest_ns = 0

    def of(self, caps: Any) -> Format | None:
        """The format that the caps describe; None where it is not known how to keep it."""
        if self._caps is None or not caps.is_equal(self._caps):
            self._caps = caps
            self._form = self._read(caps.get_structure(0))
            if self._form is None:
                log.warning("not recorded: %s", caps.to_string())
        return self._form

    def data(self, buffer: Any) -> bytes:
        """A buffer's bytes in the form of `Packet.data`.

        Raises:
            NalError: they are not what the caps say.
        """
        data: bytes = buffer.extract_dup(0, buffer.get_size())
        return byte_stream(data, self._n_length) if self._n_length else data

    def in_order(self, running_ns: int, base_time_ns: int) -> int:
        """A running time that is not below those of this run of the pipeline so far.

        For pictures that come in the order they are shown: one without a time of its own has that
        at which it was taken out, and the next may have come before.
        """
        if base_time_ns != self._base_time_ns:
            self._base_time_ns, self._newest_ns = base_time_ns, running_ns
        self._newest_ns = max(self._newest_ns, running_ns)
        return self._newest_ns

    def _read(self, caps: Any) -> Format | None:
        self._n_length = 0
        name = caps.get_name()
        record = _record(caps)
        if name == "audio/mpeg":
            # Packets of AAC without a header are what an MP4 file holds.
            raw_aac = caps.get_value("mpegversion") in (2, 4) and record
            return self._sound("aac", caps) if raw_aac else None
        codec = CODECS.get(name)
        if codec is None:
            return None
        if self._is_sound:
            return self._sound(codec, caps)
        if codec in ("h264", "hevc") and record:
            try:
                self._n_length = length_bytes(record, codec)
                return Format(codec, False, parameter_sets(record, codec))
            except NalError as error:
                log.warning("%s", error)
                return None
        return Format(codec, False)

    def _sound(self, codec: str, caps: Any) -> Format:
        rate = caps.get_value("rate") or 48000
        return Format(codec, True, b"", int(rate), int(caps.get_value("channels") or 1))


def is_key(buffer: Any) -> bool:
    """Whether a buffer can be decoded by itself."""
    return not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)


def packet_of(sample: Any, forms: PacketForm, base_time_ns: int, label: str) -> Packet | None:
    """A camera's encoded buffer as a packet; None, and a warning, where it cannot be kept.

    Args:
        sample: the buffer with its caps and segment.
        forms: of this stream.
        base_time_ns: the monotonic clock's time at running time zero.
        label: how messages call the camera.
    """
    form = forms.of(sample.get_caps())
    if form is None:
        return None
    buffer, segment = sample.get_buffer(), sample.get_segment()
    running_ns = running_time(segment, buffer.pts)
    utc_ns, source = capture(buffer, running_ns, base_time_ns)
    if running_ns is None:
        running_ns = clock.monotonic_ns() - base_time_ns
    if form.codec == "mjpeg":
        running_ns = forms.in_order(running_ns, base_time_ns)
    try:
        data = b"" if form.codec == RAW else forms.data(buffer)
    except NalError as error:
        log.warning("%s: damaged packet not recorded: %s", label, error)
        return None
    dts_ns = running_time(segment, buffer.dts)
    duration_ns = time_of(buffer.duration) or 0
    return Packet(form, running_ns, dts_ns, duration_ns, is_key(buffer), data, utc_ns, source)


def _record(caps: Any) -> bytes:
    value = caps.get_value("codec_data") if caps.has_field("codec_data") else None
    return b"" if value is None else bytes(value.extract_dup(0, value.get_size()))
