"""Clips by stream copy: packets are taken from the keyframe before and get new time stamps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import cast

from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from stream.export.clips.sound import AnySound
from stream.export.clips.takes import INTERLEAVED_NS, TICKS, Shown, Stretch, ticks
from stream.export.films import (
    decode_ns,
    length_ns,
    open_film,
    packet_ns,
    packets_from,
)
from stream.recording.fragments import FilmPacket


class CopiedPictures:
    """The pictures of a clip, as packets. See `Pictures`."""

    def __init__(self, out: OutputContainer, template: VideoStream) -> None:
        self._out = out
        self._stream = out.add_stream_from_template(template)
        self._stream.time_base = Fraction(1, TICKS)
        if template.codec_context.name == "hevc":
            # The only one of its two tags that Apple's players know.
            self._stream.codec_context.codec_tag = "hvc1"
        self._origin_ns: int | None = None
        self._key_ns = self._newest_ns = 0
        self._last_dts: int | None = None
        self._clip_end_ns = 0
        self.shown: Shown | None = None

    def begin_take(self) -> None:
        """What comes now stands behind all that was there before."""
        self._origin_ns = None
        self._newest_ns = 0

    def take(self, stretch: Stretch, sound: AnySound | None) -> None:
        """See `Pictures.take`."""
        with open_film(stretch.film.file) as container:
            video = container.streams.video[0]
            voice = container.streams.audio[0] if sound and stretch.film.sound else None
            packets = packets_from(container, video, voice, stretch.from_ns - stretch.shift_ns)
            begun = ended = False
            for packet in _with_decode_times(packets, video):
                at_ns = packet_ns(packet) + stretch.shift_ns
                if packet.stream_index == video.index:
                    ended = ended or self._is_behind(packet, stretch)
                    if ended and (voice is None or at_ns >= stretch.until_ns + INTERLEAVED_NS):
                        break
                    if not begun:
                        self._begin_stretch(stretch, packet)
                        begun = True
                    if not ended:
                        self._add(cast("Packet[VideoStream]", packet), stretch)
                elif sound is not None and at_ns < stretch.until_ns:
                    sound.add(cast("Packet[AudioStream]", packet), self._offset_ns(stretch))
                elif ended:
                    break

    def finish(self) -> None:
        """Nothing is held back."""

    def _begin_stretch(self, stretch: Stretch, key: FilmPacket) -> None:
        """A file's first packet, a keyframe, is about to be added."""
        self._key_ns = packet_ns(key)
        if self._origin_ns is None:
            self._origin_ns = self._key_ns + stretch.shift_ns - self._clip_end_ns

    def _offset_ns(self, stretch: Stretch) -> int:
        """How much later a file's own time is by the clip's."""
        return stretch.shift_ns - (self._origin_ns or 0)

    def _is_behind(self, packet: FilmPacket, stretch: Stretch) -> bool:
        """Whether the stretch is complete without this packet and those after it."""
        at_ns = packet_ns(packet) + stretch.shift_ns
        if not stretch.is_last or self.shown is None:
            return at_ns >= stretch.until_ns
        # A picture behind the end may be needed by some before it, and disturbs nothing. When
        # one comes that is later than all so far, none before those is missing any more.
        return self._newest_ns >= stretch.until_ns and at_ns >= self._newest_ns

    def _add(self, packet: Packet[VideoStream], stretch: Stretch) -> None:
        """Write a packet at its place in the clip's time."""
        at_ns, ahead_ns = packet_ns(packet), packet_ns(packet) - decode_ns(packet)
        if at_ns < self._key_ns:
            # It needs pictures from before the keyframe.
            return
        shown_ns, long_ns = at_ns + self._offset_ns(stretch), length_ns(packet)
        dts = ticks(shown_ns - ahead_ns)
        if self._last_dts is not None:
            dts = max(dts, self._last_dts + 1)
        self._last_dts = dts
        packet.time_base = Fraction(1, TICKS)
        packet.pts, packet.dts, packet.duration = max(ticks(shown_ns), dts), dts, ticks(long_ns)
        packet.stream = self._stream
        self._out.mux(packet)
        self._clip_end_ns = max(self._clip_end_ns, shown_ns + long_ns)
        captured_ns = at_ns + stretch.shift_ns
        first_ns, end_ns = captured_ns, captured_ns + long_ns
        self._newest_ns = max(self._newest_ns, end_ns)
        if self.shown is not None:
            first_ns = min(first_ns, self.shown.first_utc_ns)
            end_ns = max(end_ns, self.shown.end_utc_ns)
        self.shown = Shown(first_ns, end_ns)


def _with_decode_times(packets: Iterable[FilmPacket], video: VideoStream) -> Iterator[FilmPacket]:
    """The same packets; those at the start that do not say when to decode them are told.

    Matroska leaves it out for as many frames as are shown out of order.
    """
    waiting: list[FilmPacket] = []
    for packet in packets:
        of_picture = packet.stream_index == video.index
        if packet.dts is None or (waiting and not of_picture):
            waiting.append(packet)
            continue
        if waiting:
            _count_back(waiting, packet.dts, max(packet.duration or 0, 1), video.index)
            yield from waiting
            waiting = []
        yield packet
    for packet in waiting:
        packet.dts = packet.pts
        yield packet


def _count_back(waiting: Sequence[FilmPacket], dts: int, step: int, index: int) -> None:
    for packet in reversed(waiting):
        if packet.stream_index == index:
            dts -= step
            packet.dts = dts
        elif packet.dts is None:
            packet.dts = packet.pts
