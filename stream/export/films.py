"""One video file: what is in it, and its packets from a keyframe on.

Capture times follow from the file's own time stamps: a frame stands as long after the file's
first frame as it was captured after it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stream.clock import SECOND_NS
from stream.export.errors import ExportError
from stream.recording.fragments import FilmPacket, readable, whole_packets

log = logging.getLogger(__name__)

UNDECODED: Final = {"skip_frame": "all"}
"""FFmpeg looks at a file's packets to know it, and decodes none: 1080p opens in 5 ms, not 120."""
MAX_STREAMS: Final = 8
"""Of a file; further ones would only be looked at more slowly."""
_BACK_S: Final = 4.0
"""How far to look back, and twice as far each time, where a seek lands behind its aim."""


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What must be equal for packets of two files to stand in one.

    Attributes:
        codec, profile: FFmpeg's names.
        set_up: what a decoder needs to know before the first packet.
    """

    codec: str
    width: int
    height: int
    profile: str
    set_up: bytes


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """What must be equal for the sound of two files to stand in one."""

    codec: str
    rate: int
    channels: int
    set_up: bytes


@dataclass(frozen=True, slots=True)
class Film:
    """What is in a video file.

    Attributes:
        sound: None where there is none.
        first_ns: what the file itself says of its first frame, from its own zero.
    """

    file: Path
    video: VideoFormat
    sound: SoundFormat | None
    first_ns: int


def open_film(file: Path) -> InputContainer:
    """Open a video file; close it after use.

    Raises:
        ExportError: it is no video, or damaged beyond use.
    """
    try:
        container: InputContainer = av.open(  # type: ignore[call-overload]  # PyAV's stub errs
            readable(file), "r", stream_options=[dict(UNDECODED)] * MAX_STREAMS
        )
    except (av.FFmpegError, OSError) as error:
        raise ExportError(
            f"{file} cannot be read ({error.strerror or error}); "
            "play it to see whether it is damaged, and put a good copy in its place"
        ) from error
    if not container.streams.video:
        container.close()
        raise ExportError(f"{file} has no picture; put the video of the race in its place")
    return container


def look_into(file: Path) -> Film:
    """See what is in a file.

    Raises:
        ExportError: nothing in it can be shown.
    """
    with open_film(file) as container:
        video = container.streams.video[0]
        sound = container.streams.audio[0] if container.streams.audio else None
        first_ns = _first_ns(container, video)
        context = video.codec_context
        if first_ns is None or not context.width:
            raise ExportError(
                f"{file} holds no picture; export again when it is written, "
                "or put a good copy in its place"
            )
        return Film(
            file,
            VideoFormat(
                context.name,
                context.width,
                context.height,
                context.profile or "",
                context.extradata or b"",
            ),
            None if sound is None else _sound_format(sound),
            first_ns,
        )


def packets_from(
    container: InputContainer,
    video: VideoStream,
    sound: AudioStream | None,
    from_ns: int,
) -> Iterator[FilmPacket]:
    """Packets from the last keyframe at or before a moment of the file's own time to its end.

    From the first keyframe where there is none before it. The keyframe comes first; sound that
    is over before it is left out.
    """
    _seek(container, video, from_ns)
    streams = (video,) if sound is None else (video, sound)
    waiting: list[FilmPacket] = []
    found = passed = False
    for packet in whole_packets(container, *streams):
        if passed:
            yield packet
            continue
        if packet.stream_index == video.index:
            at_ns = packet_ns(packet)
            if packet.is_keyframe and (not found or at_ns <= from_ns):
                # A keyframe that is nearer: pictures that were waiting before it are not needed.
                waiting = [one for one in waiting if _is_heard_after(one, video, at_ns)]
                waiting.insert(0, packet)
                found = True
            elif found:
                waiting.append(packet)
            passed = found and decode_ns(packet) > from_ns
        else:
            waiting.append(packet)
        if passed:
            yield from waiting
            waiting = []
    if found:
        yield from waiting


def decoded(video: VideoStream, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
    """The frames that a packet completes, or with None those that are left.

    Damaged ones are left out and logged.
    """
    try:
        frames = video.codec_context.decode(packet)
    except av.FFmpegError as error:
        log.warning("%s: a damaged frame is left out: %s", video.container.name, error)
        return []
    for frame in frames:
        # Frames that are left at the end do not say what their time stamps count.
        frame.time_base = video.time_base or frame.time_base
    return [frame for frame in frames if frame.pts is not None]


def packet_ns(packet: FilmPacket) -> int:
    """When a packet is shown or heard, by its file's own time."""
    return ticks_ns(packet.pts or 0, packet.time_base)


def decode_ns(packet: FilmPacket) -> int:
    """When a packet is decoded, by its file's own time: no later one is shown before this."""
    return ticks_ns((packet.pts or 0) if packet.dts is None else packet.dts, packet.time_base)


def length_ns(packet: FilmPacket) -> int:
    """How long a packet is shown or heard; 0 where the file does not say."""
    return ticks_ns(packet.duration or 0, packet.time_base)


def frame_ns(frame: VideoFrame | AudioFrame) -> int:
    """When a decoded frame is shown or heard, by its file's own time."""
    return ticks_ns(frame.pts or 0, frame.time_base or Fraction(1, 1000))


def _is_heard_after(packet: FilmPacket, video: VideoStream, at_ns: int) -> bool:
    return packet.stream_index != video.index and packet_ns(packet) + length_ns(packet) > at_ns


def _seek(container: InputContainer, video: VideoStream, from_ns: int) -> None:
    """Stand at or before the last keyframe that is shown at or before a moment."""
    base = _base(video)
    start_ns = ticks_ns(video.start_time or 0, base)
    aim_ns, back_ns = from_ns, round(_BACK_S * SECOND_NS)
    while True:
        aim = aim_ns * base.denominator // (base.numerator * SECOND_NS)
        try:
            container.seek(aim, stream=video)
        except av.FFmpegError:
            # Some formats know nothing before their first frame.
            container.seek(video.start_time or 0, stream=video)
            return
        landed = next((one for one in whole_packets(container, video) if one.is_keyframe), None)
        # Some formats find their first keyframe only from well before it.
        begun = aim_ns < start_ns - round(_BACK_S * SECOND_NS)
        if begun or (landed is not None and packet_ns(landed) <= from_ns):
            # Looking at the packet has used it up.
            container.seek(aim, stream=video)
            return
        aim_ns -= back_ns
        back_ns *= 2


def _first_ns(container: InputContainer, video: VideoStream) -> int | None:
    """The first frame that is shown; None where there is none."""
    first = next(whole_packets(container, video), None)
    if first is None:
        return None
    if first.is_keyframe and not first.is_discard:
        return packet_ns(first)
    # The file hides its beginning, or does not begin with a keyframe: the decoder knows.
    container.seek(first.dts or 0, stream=video)
    for packet in whole_packets(container, video):
        for frame in decoded(video, cast("Packet[VideoStream]", packet)):
            return frame_ns(frame)
    return None


def _sound_format(sound: AudioStream) -> SoundFormat | None:
    context = sound.codec_context
    if not context.sample_rate:
        return None
    return SoundFormat(
        context.name, context.sample_rate, context.layout.nb_channels, context.extradata or b""
    )


def _base(stream: VideoStream | AudioStream) -> Fraction:
    return stream.time_base or Fraction(1, 1000)


def ticks_ns(ticks: int, base: Fraction) -> int:
    """A time stamp in nanoseconds."""
    return round(ticks * base.numerator * SECOND_NS / base.denominator)
