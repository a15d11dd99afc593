"""The sound of a clip: copied as it is, or encoded as AAC."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, Protocol

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from stream.clock import SECOND_NS
from stream.export.clips.takes import Take
from stream.export.films import frame_ns, length_ns, open_film, packet_ns

RATE: Final = 48_000
"""Samples per second of sound that is encoded; every player takes it."""
_FRAME = 1024
_SLACK_NS = 40_000_000
"""Sound that is less than this off its place stays in one piece: nobody hears it."""


class AnySound(Protocol):
    """Where packets of sound go."""

    def add(self, packet: Packet[AudioStream], offset_ns: int) -> None:
        """Add a packet; the clip's time is `offset_ns` more than that of its file."""

    def finish(self) -> None:
        """Write what is still waiting."""


class CopiedSound:
    """Sound as packets."""

    def __init__(self, out: OutputContainer, template: AudioStream) -> None:
        self._out = out
        self._stream = out.add_stream_from_template(template)
        self._base = Fraction(1, template.codec_context.sample_rate)
        self._stream.time_base = self._base
        self._end_ns = 0

    def add(self, packet: Packet[AudioStream], offset_ns: int) -> None:
        """See `AnySound.add`. What would be heard twice is left out."""
        at_ns, long_ns = packet_ns(packet) + offset_ns, length_ns(packet)
        if at_ns < self._end_ns - long_ns // 2:
            return
        if abs(at_ns - self._end_ns) <= long_ns // 2:
            # Whole packets seldom end where a file does.
            at_ns = self._end_ns
        self._end_ns = at_ns + long_ns
        packet.time_base = self._base
        packet.pts = packet.dts = self._samples(at_ns)
        packet.duration = self._samples(self._end_ns) - packet.pts
        packet.stream = self._stream
        self._out.mux(packet)

    def finish(self) -> None:
        """See `AnySound.finish`."""

    def _samples(self, time_ns: int) -> int:
        return round(time_ns * self._base.denominator / SECOND_NS)


class EncodedSound:
    """Sound as AAC, mono or stereo; where there is none it is silent."""

    def __init__(self, out: OutputContainer, channels: int) -> None:
        self._out = out
        self._layout = "mono" if channels == 1 else "stereo"
        self._stream = out.add_stream("aac", rate=RATE, layout=self._layout)
        self._resampler = self._fresh()
        self._heard: tuple[int, int, str] | None = None
        self._fifo = AudioFifo()
        self._n_samples = 0

    def add(self, packet: Packet[AudioStream], offset_ns: int) -> None:
        """See `AnySound.add`. Damaged packets are silence."""
        try:
            frames = packet.decode()
        except av.FFmpegError:
            return
        for frame in frames:
            self._add_frame(frame, frame_ns(frame) + offset_ns)

    def finish(self) -> None:
        """See `AnySound.finish`."""
        self._encode(last=True)
        self._out.mux(self._stream.encode(None))

    def _add_frame(self, frame: AudioFrame, at_ns: int) -> None:
        kind = (frame.sample_rate, frame.layout.nb_channels, frame.format.name)
        if kind != self._heard:
            self._heard, self._resampler = kind, self._fresh()
        place = round(at_ns * RATE / SECOND_NS)
        slack = _SLACK_NS * RATE // SECOND_NS
        if place > self._n_samples + slack:
            self._write(np.zeros((self._channels, place - self._n_samples), np.float32))
        too_early = self._n_samples - place if place < self._n_samples - slack else 0
        frame.pts = None
        for made in self._resampler.resample(frame):
            samples = np.asarray(made.to_ndarray(), np.float32)
            self._write(samples[:, too_early:])
            too_early = max(too_early - samples.shape[1], 0)
        self._encode(last=False)

    @property
    def _channels(self) -> int:
        return 1 if self._layout == "mono" else 2

    def _fresh(self) -> AudioResampler:
        return AudioResampler("fltp", self._layout, RATE)

    def _write(self, samples: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> None:
        if not samples.shape[1]:
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", self._layout)
        frame.sample_rate = RATE
        frame.time_base = Fraction(1, RATE)
        frame.pts = self._n_samples
        self._n_samples += samples.shape[1]
        self._fifo.write(frame)

    def _encode(self, last: bool) -> None:
        while (frame := self._fifo.read(_FRAME, partial=last)) is not None:
            self._out.mux(self._stream.encode(frame))


def sound_of(out: OutputContainer, takes: Sequence[Take], copied: bool) -> AnySound | None:
    """Where a clip's sound goes; None where no file has any."""
    films = [stretch.film for take in takes for stretch in take.stretches]
    heard = next((film for film in films if film.sound is not None), None)
    if heard is None or heard.sound is None:
        return None
    if not copied:
        return EncodedSound(out, heard.sound.channels)
    with open_film(heard.file) as container:
        return CopiedSound(out, container.streams.audio[0])
