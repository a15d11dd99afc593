"""Encoded packets for the tests: made up, or those of a small film."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av

from stream.clock import SECOND_NS
from stream.sources.av_packets import PacketForms
from stream.sources.packets import Format, Packet
from stream.sources.timing import ArrivalFit
from stream.types import Clock

VIDEO = Format("h264", False, b"\x00\x00\x00\x01set")
SOUND = Format("aac", True, b"", 48000, 2)
START_NS = 1_780_000_000 * SECOND_NS
FRAME_NS = SECOND_NS // 25


def picture(
    at_s: float,
    key: bool = False,
    clock: Clock = Clock.RTCP,
    late_s: float = 0.0,
    form: Format = VIDEO,
) -> Packet:
    """A picture that nobody can decode; captured `late_s` later than its time stamp says."""
    pts_ns = round(at_s * SECOND_NS)
    capture_ns = START_NS + pts_ns + round(late_s * SECOND_NS)
    return Packet(form, pts_ns, None, FRAME_NS, key, b"picture", capture_ns, clock)


def sound(at_s: float, form: Format = SOUND) -> Packet:
    """A little sound."""
    pts_ns = round(at_s * SECOND_NS)
    return Packet(form, pts_ns, None, FRAME_NS, True, b"sound", START_NS + pts_ns, Clock.RTCP)


def packets_of(film: Path, *, with_dts: bool = True) -> list[Packet]:
    """The packets of a film as a camera would have sent them from `START_NS` on."""
    packets = []
    forms, fit = PacketForms(), ArrivalFit()
    with av.open(str(film)) as container:
        for encoded in container.demux():
            packet = forms.packet(encoded, fit, 0) if encoded.size else None
            if packet is None:
                continue
            if not with_dts and not packet.form.is_sound:
                packet = replace(packet, dts_ns=None)
            capture_ns = START_NS + packet.pts_ns
            packets.append(replace(packet, capture_utc_ns=capture_ns, clock=Clock.RTCP))
    return packets


def later(packet: Packet, by_s: float) -> Packet:
    """The packet sent again some time later."""
    by_ns = round(by_s * SECOND_NS)
    return replace(
        packet,
        pts_ns=packet.pts_ns + by_ns,
        dts_ns=None if packet.dts_ns is None else packet.dts_ns + by_ns,
        capture_utc_ns=packet.capture_utc_ns + by_ns,
    )
