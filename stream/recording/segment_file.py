"""One segment as a file: encoded packets into fragmented MP4, through PyAV."""

from __future__ import annotations

import io
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from stream.clock import SECOND_NS
from stream.recording.cutting import DecodeTimes
from stream.sources.packets import Format, Packet

MUXER = {
    "movflags": "empty_moov+default_base_moof+frag_keyframe",
    # Microseconds: a process that dies loses no more of its open segment.
    "frag_duration": "1000000",
    "flush_packets": "1",
    # A stream that falls silent does not hold up the other.
    "max_interleave_delta": "200000",
}
VIDEO_BASE = Fraction(1, 90_000)
ELEMENTARY = {"h264": "h264", "hevc": "hevc", "mjpeg": "mjpeg"}
"""FFmpeg's names of formats that hold nothing but video."""
ENCODERS = {"opus": "libopus"}
G711 = ("pcm_alaw", "pcm_mulaw")
SOUNDS = ("aac", "opus", *G711)
REORDERED = 4
"""Pictures that may be shown later than they are decoded, where some are: as many as any codec's
usual settings have."""
FRAME_NS = SECOND_NS // 25


class CodecError(Exception):
    """Video that cannot be kept as it is; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """What segments hold; probed from the first packets of one.

    Attributes:
        asked: the sound that was asked for.
        sound: None where there is none, or none that can be kept.
        video_template, sound_template: what FFmpeg copies a file's header from.
    """

    video: Format
    asked: Format | None
    sound: Format | None
    video_template: InputContainer
    sound_template: InputContainer | None

    @property
    def width(self) -> int:
        """Of the video, pixels."""
        return self.video_template.streams.video[0].width

    @property
    def height(self) -> int:
        """Of the video, pixels."""
        return self.video_template.streams.video[0].height

    @property
    def reorders(self) -> bool:
        """Pictures are not shown in the order of decoding."""
        return bool(self.video_template.streams.video[0].codec_context.has_b_frames)

    def fits(self, first: Packet, sound: Format | None) -> bool:
        """Whether a segment that begins with `first` holds the same."""
        # Without parameter sets only the picture itself tells its size.
        known = bool(self.video.parameter_sets) and first.form == self.video
        return known and sound == self.asked

    @property
    def suffix(self) -> str:
        """``.mp4``, or ``.mov``, which can hold G.711 sound."""
        return ".mov" if self.sound is not None and self.sound.codec in G711 else ".mp4"


def streams_of(first: Packet, sound: Format | None) -> Streams:
    """What a segment that begins with `first` will hold.

    Raises:
        CodecError: the video cannot be kept as it is.
    """
    kept = sound if sound is not None and sound.codec in SOUNDS else None
    return Streams(
        first.form, sound, kept, _video_template(first), None if kept is None else _silence(kept)
    )


class SegmentFile:
    """A segment that is being written.

    Args:
        path: must not be there yet.
        first: the key frame that it begins with; `write` it as well.

    Raises:
        OSError: the disk refuses (`av.FFmpegError` among them).
        CodecError: the video cannot be kept as it is.
    """

    def __init__(self, path: Path, first: Packet, streams: Streams) -> None:
        self.path = path
        self.first = first
        self.end_ns = 0
        """Where the picture that is shown last ends, from the first one on."""
        self._decode_times = DecodeTimes(REORDERED if streams.reorders else 0, FRAME_NS)
        self._steps_ns = (FRAME_NS, FRAME_NS)
        self._last_ns: int | None = None
        self._last_shown_ns = 0
        self._newest: dict[int, int] = {}
        with ExitStack() as undo:
            self._container = undo.enter_context(av.open(str(path), "w", options=dict(MUXER)))
            self._video = self._container.add_stream_from_template(
                streams.video_template.streams.video[0]
            )
            self._video.time_base = VIDEO_BASE
            self._sound: AudioStream | None = None
            if streams.sound is not None and streams.sound_template is not None:
                self._sound = self._container.add_stream_from_template(
                    streams.sound_template.streams.audio[0]
                )
                self._sound.time_base = Fraction(1, streams.sound.rate)
            self._closing = undo.pop_all()

    def write(self, packet: Packet) -> None:
        """Add a packet; pictures in the order of decoding, sound with them in order of time.

        Raises:
            OSError: the disk refuses.
        """
        shown_ns = packet.pts_ns - self.first.pts_ns
        if packet.form.is_sound:
            if self._sound is not None:
                self._mux(packet, self._sound, shown_ns, shown_ns, packet.duration_ns)
            return
        if packet.dts_ns is None:
            dts_ns = self._decode_times.next(shown_ns)
        else:
            dts_ns = packet.dts_ns - self.first.pts_ns
        if self._last_ns is not None and shown_ns > self._last_ns:
            self._steps_ns = self._steps_ns[1], shown_ns - self._last_ns
        self._last_ns = shown_ns
        # The smaller one: lost pictures, and those decoded in another order, make a step too long.
        duration_ns = packet.duration_ns or min(self._steps_ns)
        if shown_ns >= self._last_shown_ns:
            # Not the furthest end: a duration that is guessed may reach beyond the next picture.
            self._last_shown_ns, self.end_ns = shown_ns, shown_ns + duration_ns
        self._mux(packet, self._video, shown_ns, dts_ns, duration_ns)

    def close(self) -> int:
        """Finish the file; returns its bytes. Closing twice is allowed.

        Raises:
            OSError: the disk refuses.
        """
        self._closing.close()
        return self.path.stat().st_size

    def _mux(
        self,
        packet: Packet,
        stream: VideoStream | AudioStream,
        pts_ns: int,
        dts_ns: int,
        duration_ns: int,
    ) -> None:
        made = av.Packet(packet.data)
        made.stream = stream
        base = stream.time_base
        assert base is not None
        made.time_base = base
        # A muxer refuses times that stand still, as those of pictures that came together do.
        made.dts = max(_ticks(dts_ns, base), self._newest.get(stream.index, -(2**62)) + 1)
        made.pts = max(_ticks(pts_ns, base), made.dts)
        self._newest[stream.index] = made.dts
        made.duration = _ticks(duration_ns, base)
        made.is_keyframe = packet.key
        self._container.mux_one(made)


def _ticks(time_ns: int, base: Fraction) -> int:
    return round(time_ns * base.denominator / (base.numerator * SECOND_NS))


def _video_template(first: Packet) -> InputContainer:
    """The key frame as a film of one picture: FFmpeg finds in it what a file's header needs."""
    form = first.form
    elementary = ELEMENTARY.get(form.codec)
    if elementary is None:
        raise CodecError(f"video in {form.codec} cannot be recorded; let the camera send H.264")
    try:
        container = av.open(io.BytesIO(form.parameter_sets + first.data), "r", format=elementary)
        if container.streams.video and container.streams.video[0].width:
            return container
        container.close()
    except (av.FFmpegError, OSError) as error:
        raise CodecError(f"its {form.codec} video cannot be understood: {error}") from error
    raise CodecError(f"its {form.codec} video has no size; the key frame may be damaged")


def _silence(sound: Format) -> InputContainer:
    """A moment of silence in the same format: what it says of itself is true of the sound too."""
    written = io.BytesIO()
    with av.open(written, "w", format="nut") as container:
        codec = ENCODERS.get(sound.codec, sound.codec)
        stream = container.add_stream(codec, rate=sound.rate)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono" if sound.channels == 1 else "stereo"
        silence = av.AudioFrame(
            format=stream.format.name, layout=stream.layout.name, samples=stream.frame_size or 1024
        )
        silence.sample_rate, silence.pts = sound.rate, 0
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    return av.open(io.BytesIO(written.getvalue()), "r")
