"""Encoded packets from FFmpeg's."""

from __future__ import annotations

import logging
from typing import Any

from av.audio.stream import AudioStream
from av.packet import Packet as AvPacket

from stream import clock
from stream.sources.nal import (
    NalError,
    byte_stream,
    is_byte_stream,
    length_bytes,
    parameter_sets,
)
from stream.sources.packets import RAW, Format, Packet
from stream.sources.timing import ArrivalFit
from stream.types import Clock

log = logging.getLogger(__name__)

UNITS = ("h264", "hevc")


class PacketForms:
    """The formats of one connection's streams."""

    def __init__(self) -> None:
        self._forms: dict[int, tuple[Format, int] | None] = {}

    def packet(self, packet: AvPacket[Any], fit: ArrivalFit, arrival_utc_ns: int) -> Packet | None:
        """A packet as it is kept; None where that cannot be done."""
        known = self._form(packet)
        if known is None or packet.pts is None:
            return None
        form, n_length = known
        try:
            data = bytes(packet)
            if n_length:
                data = byte_stream(data, n_length)
        except NalError as error:
            log.warning("damaged packet not recorded: %s", error)
            return None
        pts_ns = packet_ns(packet, packet.pts)
        fitted = fit.at(pts_ns, arrival_utc_ns)
        return Packet(
            form,
            pts_ns,
            None if packet.dts is None else packet_ns(packet, packet.dts),
            packet_ns(packet, packet.duration or 0),
            form.is_sound or bool(packet.is_keyframe),
            b"" if form.codec == RAW else data,
            fitted.utc_ns,
            Clock.FITTED if fitted.fitted else Clock.ARRIVAL,
        )

    def _form(self, packet: AvPacket[Any]) -> tuple[Format, int] | None:
        index = packet.stream_index
        if index not in self._forms:
            try:
                self._forms[index] = _form_of(packet)
            except NalError as error:
                log.warning("not recorded: %s", error)
                self._forms[index] = None
        return self._forms[index]


def packet_ns(packet: AvPacket[Any], stamp: int) -> int:
    """A time stamp of the packet's stream in nanoseconds."""
    base = packet.time_base
    return int(stamp * base.numerator * clock.SECOND_NS // base.denominator)


def _form_of(packet: AvPacket[Any]) -> tuple[Format, int]:
    stream = packet.stream
    codec = stream.codec_context.codec.canonical_name
    if isinstance(stream, AudioStream):
        return Format(codec, True, b"", stream.rate or 0, stream.layout.nb_channels), 0
    if codec == "rawvideo":
        return Format(RAW, False), 0
    record = bytes(stream.codec_context.extradata or b"")
    if codec not in UNITS or not record or is_byte_stream(record):
        return Format(codec, False, record if codec in UNITS else b""), 0
    return Format(codec, False, parameter_sets(record, codec)), length_bytes(record, codec)
