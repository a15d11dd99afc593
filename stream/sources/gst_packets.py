"""Encoded packets from GStreamer samples."""

from __future__ import annotations

import logging
from typing import Any

from stream.sources.gst_pipeline import Gst
from stream.sources.nal import NalError, byte_stream, length_bytes, parameter_sets
from stream.sources.packets import RAW, Format

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


def time_of(value: int) -> int | None:
    """A GStreamer time; None where it says that it is none."""
    return None if value == Gst.CLOCK_TIME_NONE else int(value)


def _record(caps: Any) -> bytes:
    value = caps.get_value("codec_data") if caps.has_field("codec_data") else None
    return b"" if value is None else bytes(value.extract_dup(0, value.get_size()))
