"""A network camera that plays a film: ``python -m dashboard.latency.camera FILM LOG``.

It serves RTSP on this machine alone, in a process of its own, and prints its address. The film's
H.264 is sent as it is, in real time and again and again, one frame at a time as a camera would: a
frame's RTP time is the moment of sending, and the sender reports (RTCP) tie it to UTC. So the
capture time that a viewer works out is the moment of sending; a real camera adds to that what
it needs to expose and encode a frame.

Each frame is sent up to some milliseconds late, by another time each: real cameras are not exact
either, and frames can be told apart by it (see `dashboard.latency.report.agreement`). At SIGTERM
the moments of sending are written to LOG, UTC nanoseconds, one a line.
"""

from __future__ import annotations

import itertools
import random
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from dashboard.latency.errors import LatencyError
from stream.clock import SECOND_NS, monotonic_ns, now_ns, sleep_s

JITTER_NS = 6_000_000
LAUNCH = (
    "( appsrc name=film is-live=true do-timestamp=true format=time max-bytes=0 "
    "caps=video/x-h264,stream-format=byte-stream,alignment=au "
    "! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


@dataclass(frozen=True, slots=True)
class Film:
    """Encoded frames in the order of sending, each a whole access unit (Annex B)."""

    frames: tuple[bytes, ...]
    fps: Fraction
    width: int
    height: int


def read_film(path: Path) -> Film:
    """The H.264 of a video file.

    Raises:
        LatencyError: there is none, or its frames are not sent in the order they are shown.
    """
    mend = "; make one with: ffmpeg -i VIDEO -c:v libx264 -bf 0 -g 25 -pix_fmt yuv420p -an FILM.mp4"
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise LatencyError(f"{path}: no video in it{mend}")
            stream = container.streams.video[0]
            if stream.codec_context.name != "h264" or stream.average_rate is None:
                raise LatencyError(f"{path}: not H.264{mend}")
            split = av.BitStreamFilterContext("h264_mp4toannexb", stream)
            packets = [
                ready
                for packet in container.demux(stream)
                for ready in split.filter(packet if packet.size else None)
            ]
            size = stream.width, stream.height
            fps = Fraction(stream.average_rate)
    except (av.FFmpegError, OSError) as error:
        raise LatencyError(f"{path}: cannot be read: {error}") from error
    times = [packet.pts for packet in packets if packet.pts is not None]
    if times != sorted(times):
        raise LatencyError(f"{path}: has B-frames, which live cameras do not send{mend}")
    if not packets or not packets[0].is_keyframe:
        raise LatencyError(f"{path}: does not begin with a key frame{mend}")
    return Film(tuple(bytes(packet) for packet in packets), fps, *size)


def due_ns(fps: Fraction, seed: int = 1) -> Iterator[int]:
    """When each frame is sent, nanoseconds after the first could be; late by other times for
    another seed."""
    late = random.Random(seed)
    for k in itertools.count():
        yield round(k * SECOND_NS / fps) + late.randrange(JITTER_NS)


class Sender:
    """Pushes the film into an appsrc on a thread of its own until the appsrc takes no more."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._sent: list[int] = []
        self._begun = 0

    def begin(self, source: Any) -> None:
        """Start to send; once for each time that viewers come after there was none."""
        # Late by other times each time, or frames would be taken for those of the time before.
        self._begun += 1
        work = threading.Thread(
            target=self._send, args=(source, self._begun), name="film", daemon=True
        )
        work.start()

    def write(self, log: Path) -> None:
        """Write down when frames were sent."""
        log.write_text("".join(f"{moment}\n" for moment in list(self._sent)), encoding="ascii")

    def _send(self, source: Any, seed: int) -> None:
        from gi.repository import Gst  # noqa: PLC0415 - only a camera that runs needs it

        began_ns = monotonic_ns()
        frames = itertools.cycle(self._film.frames)
        for frame, due in zip(frames, due_ns(self._film.fps, seed), strict=False):
            sleep_s((began_ns + due - monotonic_ns()) / SECOND_NS)
            self._sent.append(now_ns())
            if source.emit("push-buffer", Gst.Buffer.new_wrapped(frame)) != Gst.FlowReturn.OK:
                return


def serve(film: Film, log: Path) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        LatencyError: GStreamer's RTSP server is not installed.
    """
    try:
        import gi  # noqa: PLC0415

        gi.require_version("Gst", "1.0")
        gi.require_version("GstRtspServer", "1.0")
        from gi.repository import GLib, Gst, GstRtspServer  # noqa: PLC0415
    except (ImportError, ValueError) as error:
        raise LatencyError(
            "GStreamer's RTSP server is not here; try: apt install python3-gi "
            "gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good"
        ) from error
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(LAUNCH)
    factory.set_shared(True)
    sender = Sender(film)
    factory.connect(
        "media-configure",
        lambda _, media: sender.begin(media.get_element().get_by_name("film")),
    )
    server.get_mount_points().add_factory("/finish", factory)
    server.attach(None)
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    print(f"rtsp://127.0.0.1:{server.get_bound_port()}/finish", flush=True)
    loop.run()
    sender.write(log)


if __name__ == "__main__":
    try:
        serve(read_film(Path(sys.argv[1])), Path(sys.argv[2]))
    except LatencyError as error:
        sys.exit(str(error))
