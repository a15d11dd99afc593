"""A camera's own encoded stream, as it came, before any decoder.

Video of H.264 and H.265 is in the byte-stream form (Annex B: every unit behind a start code), one
picture to a packet; everything else is as the camera sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream.types import Clock

RAW = "raw"
"""`Format.codec` of a camera whose pictures are not encoded."""


@dataclass(frozen=True, slots=True)
class Format:
    """What the packets of a stream hold.

    Attributes:
        codec: FFmpeg's name: ``h264``, ``hevc``, ``mjpeg``, ``aac``, ``pcm_alaw`` ...
        is_sound: sound; otherwise video.
        parameter_sets: units that a decoder needs first (SPS, PPS ...), with start codes; empty
            where the packets bring their own or the codec has none.
        rate, channels: of sound: samples per second.
    """

    codec: str
    is_sound: bool
    parameter_sets: bytes = b""
    rate: int = 0
    channels: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """One picture or a little sound.

    Attributes:
        pts_ns: the source's running time at which it is shown; starts anew with every connection.
        dts_ns: when it is decoded, where the stream says so.
        duration_ns: 0 where it is not known.
        key: it can be decoded without the packets before it.
        data: the bytes.
        capture_utc_ns, clock: as on the frame that is decoded from it.
    """

    form: Format
    pts_ns: int
    dts_ns: int | None
    duration_ns: int
    key: bool
    data: bytes
    capture_utc_ns: int
    clock: Clock


Taken = Callable[[Packet], None]
"""Called with every packet in the order of decoding, on a thread of the source's. It must be quick
and must not raise."""

Prompt = Callable[[], bool]
"""Whether packets are to be handed on as they come, not in bunches; asked at every frame."""


def to_all(takers: Sequence[Taken | None]) -> Taken | None:
    """Who hands packets to all of these in turn; None where there is none to hand them to."""
    wanting = tuple(taken for taken in takers if taken is not None)
    if len(wanting) <= 1:
        return wanting[0] if wanting else None

    def take(packet: Packet) -> None:
        for taken in wanting:
            taken(packet)

    return take
