"""Frames through PyAV, where GStreamer is missing: files, network cameras, devices.

One named thread decodes into a bounded feed; FFmpeg decodes on threads of its own. Planes are
views into the decoder's frames, which stay alive as long as a picture uses them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from engines.picture import I420Picture, Matrix
from stream import clock
from stream.sources.address import Address, Place
from stream.sources.av_packets import PacketForms, packet_ns
from stream.sources.pacing import Pacer, given_up, wait_after
from stream.sources.planes import Colour, picture, turned
from stream.sources.port import SourceError, SourceOptions, SourceStatus, Speed
from stream.sources.produced import Production
from stream.sources.timing import ArrivalFit, Monotone, Rate
from stream.types import Clock, Frame

log = logging.getLogger(__name__)

OPEN_S = 10.0
READ_S = 2.5
"""FFmpeg gives up a read after so long; RTSP needs two in a row, so a camera that is silent for
5 s is called again."""
CAMERAS = frozenset({Place.RTSP, Place.MJPEG, Place.DEVICE})
MATRICES = {1: Matrix.BT709, 5: Matrix.BT601, 6: Matrix.BT601}
"""FFmpeg's AVColorSpace."""
FULL_RANGE = 2
"""FFmpeg's AVCOL_RANGE_JPEG."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """What is known of a stream once it is open."""

    width: int
    height: int
    fps: float
    decoder: str
    duration_ns: int | None


class AvSource:
    """A `Source` that decodes with FFmpeg. Raises SourceError for places it cannot reach."""

    def __init__(self, camera: str, place: Address, options: SourceOptions) -> None:
        if place.place is Place.PATTERN:
            raise SourceError(f"{place.label}: test patterns need GStreamer; see finishline doctor")
        self.camera = camera
        self._is_camera = place.place in CAMERAS
        self._paced = not self._is_camera and options.speed is Speed.REAL_TIME
        self.live = self._is_camera or self._paced
        self._place = place
        self._options = options
        self._production = Production(camera, self.live, self._work)
        self._times = Monotone()
        self._fit = ArrivalFit()
        self._rate = Rate()
        self._stream: _Stream | None = None
        self._made = self._damaged = 0
        self._reconnects = self._failures = 0
        self._first_ns = 0

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        return self._production.frames()

    def close(self) -> None:
        """See `Source.close`."""
        self._production.close()

    def status(self) -> SourceStatus:
        """See `Source.status`."""
        stream, production = self._stream, self._production
        return SourceStatus(
            camera=self.camera,
            state=production.state or "not begun",
            frames=production.delivered,
            dropped=production.feed.dropped,
            damaged=self._damaged,
            reconnects=self._reconnects,
            fps=(stream.fps if stream else 0.0) or self._rate.per_second,
            width=stream.width if stream else 0,
            height=stream.height if stream else 0,
            decoder=stream.decoder if stream else "",
            duration_ns=stream.duration_ns if stream else None,
            nominal_fps=stream.fps or None if stream else None,
        )

    def _work(self) -> None:
        """The thread: decodes until the end."""
        while not self._production.stop.is_set():
            why = self._run()
            if not self._is_camera or not self._calls_again(why):
                return

    def _run(self) -> str:
        """One connection, or the whole of the footage. Returns why it ended."""
        label = self._place.label
        before = self._made
        try:
            with self._open() as container:
                self._decode(container)
        except (av.FFmpegError, OSError) as error:
            if not self._is_camera:
                raise SourceError(f"{label}: {_reason(error)}") from error
            return _reason(error)
        if self._made == before and not self._is_camera and not self._production.stop.is_set():
            raise SourceError(f"{label}: no picture could be decoded; is it a video?")
        return "the camera ended the stream"

    def _open(self) -> InputContainer:
        place, options = self._place, self._options
        settings: dict[str, str] = {}
        if place.place is Place.RTSP:
            if options.transport != "auto":
                settings["rtsp_transport"] = options.transport
            settings |= {"max_delay": str(options.latency_ms * 1000), "fflags": "nobuffer"}
        limits = (OPEN_S, READ_S) if self._is_camera else None
        target = str(Path(place.target)) if place.place is Place.FILE else place.target
        kind = "v4l2" if place.place is Place.DEVICE else None
        return av.open(target, format=kind, options=settings, timeout=limits)

    def _decode(self, container: InputContainer) -> None:
        if not container.streams.video:
            raise SourceError(f"{self._place.label}: has no video track; is it a video?")
        video = container.streams.video[0]
        video.thread_type = "AUTO"
        video.codec_context.thread_count = self._options.threads
        self._stream = _described(container, video)
        pacer = Pacer(self._production.stop)
        first = True
        for frame in self._decoded(container, video):
            if first:
                self._connected()
            made = self._frame(frame)
            if first:
                # Pictures of a phone that was turned have another size than their stream.
                size = made.picture.width, made.picture.height
                self._stream = replace(self._stream, width=size[0], height=size[1])
                first = False
            closed = self._paced and pacer.wait(made.pts_ns)
            if closed or not self._production.feed.put(made):
                return

    def _decoded(self, container: InputContainer, video: VideoStream) -> Iterator[VideoFrame]:
        """Decoded frames; packets that are damaged are counted and skipped."""
        taken = self._options.taken if self._is_camera else None
        forms = PacketForms()
        self._fit = ArrivalFit()  # Each call has times of its own, from its first packet on.
        sound = container.streams.audio[:1] if taken else ()
        for packet in container.demux(video, *sound):
            if self._production.stop.is_set():
                return
            arrival_ns = clock.now_ns()
            if packet.stream is video and packet.pts is not None:
                # What decoding takes is no part of the way from the camera to here.
                self._fit.capture(packet_ns(packet, packet.pts), arrival_ns)
            if taken is not None and packet.size:
                kept = forms.packet(packet, self._fit, arrival_ns)
                if kept is not None:
                    taken(kept)
            if packet.stream is not video:
                continue
            try:
                yield from (made for made in packet.decode() if isinstance(made, VideoFrame))
            except av.InvalidDataError as error:
                self._damaged += 1
                log.warning("%s: damaged packet skipped: %s", self._place.label, error.strerror)

    def _connected(self) -> None:
        now_ns = clock.monotonic_ns()
        if self._made == 0:
            self._first_ns = now_ns
        else:
            self._reconnects += 1
            self._times.rebase(now_ns - self._first_ns)
        self._failures = 0
        self._production.state = "playing"

    def _frame(self, frame: VideoFrame) -> Frame:
        now_ns = clock.monotonic_ns()
        self._rate.count(now_ns)
        stream_ns = _stream_ns(frame)
        if stream_ns is None and not self._is_camera and self._stream and self._stream.fps:
            stream_ns = round(self._made * clock.SECOND_NS / self._stream.fps)
        pts_ns = self._times.at(now_ns - self._first_ns if stream_ns is None else stream_ns)
        utc_ns, source = clock.now_ns(), Clock.ARRIVAL
        if not self._is_camera:
            utc_ns, source = (self._options.start_utc_ns or 0) + pts_ns, Clock.FILE
        elif stream_ns is not None:
            fit = self._fit.at(stream_ns, utc_ns)
            utc_ns, source = fit.utc_ns, Clock.FITTED if fit.fitted else Clock.ARRIVAL
        index = self._made
        self._made += 1
        return Frame(self.camera, index, pts_ns, utc_ns, source, i420(frame))

    def _calls_again(self, why: str) -> bool:
        """Wait for the next call to a lost camera. False: closed. Raises SourceError at the end."""
        self._failures += 1
        attempts = self._options.attempts
        if attempts is not None and self._failures > attempts:
            raise SourceError(f"{self._place.label}: {given_up(why, attempts)}")
        wait_s = wait_after(self._failures)
        self._production.state = f"reconnecting in {wait_s:g} s: {why}"
        log.warning("%s: %s", self.camera, self._production.state)
        return not self._production.stop.wait(wait_s)


def i420(frame: VideoFrame) -> I420Picture:
    """A decoded frame as a picture: without a copy where it is I420 already.

    Turned as a player shows it: phones film upright with the sensor on its side, and note that.
    """
    turns = turns_of(frame)
    matrix = MATRICES.get(int(frame.colorspace))
    full = frame.format.name == "yuvj420p" or int(frame.color_range) == FULL_RANGE
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        frame = frame.reformat(format="yuv420p", dst_color_range=ColorRange.MPEG)
        full = False
    planes = [
        np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)  # type: ignore[call-overload]
        for plane in frame.planes
    ]
    return turned(picture(planes, frame.width, frame.height, Colour(matrix, full)), turns)


def shown_size(frame: VideoFrame) -> tuple[int, int]:
    """Width and height of a frame as a player shows it, pixels."""
    upright = turns_of(frame) % 2 == 0
    return (frame.width, frame.height) if upright else (frame.height, frame.width)


def turns_of(frame: VideoFrame) -> int:
    """By how many quarters a player turns the frame, anticlockwise."""
    return round(frame.rotation / 90)


def _stream_ns(frame: VideoFrame) -> int | None:
    base = frame.time_base
    if frame.pts is None or base is None:
        return None
    return int(frame.pts * base.numerator * clock.SECOND_NS // base.denominator)


def _described(container: InputContainer, video: VideoStream) -> _Stream:
    rate = video.average_rate
    duration = container.duration
    return _Stream(
        width=video.width,
        height=video.height,
        fps=float(rate) if rate else 0.0,
        decoder=video.codec_context.codec.name,
        # FFmpeg counts a container's length in microseconds.
        duration_ns=duration * 1000 if duration else None,
    )


def _reason(error: Exception) -> str:
    """An FFmpeg error in words, with the mend where there is one."""
    if isinstance(error, av.InvalidDataError):
        return "is not a video that FFmpeg knows, or is corrupt"
    if isinstance(error, av.HTTPUnauthorizedError | av.HTTPForbiddenError):
        return "not allowed; check user and password"
    if isinstance(error, av.HTTPNotFoundError | FileNotFoundError):
        return "not found; check the path or URL"
    if isinstance(error, av.ExitError):
        return f"no answer for {READ_S:g} s"
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or str(error)
