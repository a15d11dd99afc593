"""A network camera for the tests: an RTSP server in a process of its own, so that it can die."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LAUNCH = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=25/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 bitrate=500 "
    "! rtph264pay name=pay0 pt=96 config-interval=1 )"
)


WITH_SOUND = LAUNCH.removesuffix(")") + (
    " audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! alawenc "
    "! rtppcmapay name=pay1 pt=8 )"
)
H265 = LAUNCH.replace("x264enc", "x265enc").replace("rtph264pay", "rtph265pay")


@contextmanager
def rtsp_camera(port: int, launch: str = LAUNCH) -> Iterator[subprocess.Popen[str]]:
    """A camera at ``rtsp://127.0.0.1:<port>/finish``; it answers when the block begins."""
    command = [sys.executable, "-m", "tests.stream.sources.rtsp_server", str(port), launch]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def serve(port: int, launch: str) -> None:
    """Serve until killed."""
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer

    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(str(port))
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(launch)
    factory.set_shared(True)
    server.get_mount_points().add_factory("/finish", factory)
    assert server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
