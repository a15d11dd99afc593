"""The encoded stream of real cameras, beside the frames that are decoded from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from stream.graph import Element, v4l2_graph
from stream.sources.choose import open_source
from stream.sources.packets import RAW, Packet
from stream.sources.port import Backend, SourceError
from stream.types import Clock
from tests.stream.sources.footage import BACKENDS, free_port, needs_gst, needs_rtsp_server
from tests.stream.sources.http_camera import web_server
from tests.stream.sources.rtsp_server import H265, LAUNCH, WITH_SOUND, rtsp_camera

N_FRAMES = 45


Camera = Callable[[Path], AbstractContextManager[str]]


def rtsp(launch: str) -> Camera:
    @contextmanager
    def camera(_: Path) -> Iterator[str]:
        port = free_port()
        with rtsp_camera(port, launch):
            yield f"rtsp://127.0.0.1:{port}/finish"

    return camera


@contextmanager
def jpegs(folder: Path) -> Iterator[str]:
    with web_server(folder) as url:
        yield f"{url}/camera"


CAMERAS = [
    pytest.param(rtsp(LAUNCH), "h264", None, id="h264", marks=needs_rtsp_server),
    pytest.param(rtsp(H265), "hevc", None, id="h265", marks=needs_rtsp_server),
    pytest.param(rtsp(WITH_SOUND), "h264", "pcm_alaw", id="sound", marks=needs_rtsp_server),
    pytest.param(jpegs, "mjpeg", None, id="jpeg"),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("camera", "codec", "sound"), CAMERAS)
def test_the_packets_of_a_camera(
    tmp_path: Path, backend: Backend, camera: Camera, codec: str, sound: str | None
) -> None:
    packets: list[Packet] = []
    shown_ns = []
    with camera(tmp_path) as url:
        source = open_source("finish", url, backend=backend, taken=packets.append)
        # Until the way from the camera is known, a frame has the time at which it was decoded.
        for n, frame in enumerate(source.frames(), 1):
            if frame.clock is not Clock.ARRIVAL:
                shown_ns.append(frame.capture_utc_ns)
            if len(shown_ns) >= N_FRAMES // 3 and n >= N_FRAMES:
                break
        source.close()
    video = [packet for packet in packets if not packet.form.is_sound]
    assert {packet.form.codec for packet in video} == {codec}
    assert {packet.form.codec for packet in packets if packet.form.is_sound} == {sound} - {None}
    assert sum(packet.key for packet in video) >= N_FRAMES // 10 - 2
    # Pictures that came in one piece over HTTP share their time.
    assert all(a.pts_ns <= b.pts_ns for a, b in pairwise(video))
    if codec != "mjpeg":
        assert all(packet.data.startswith(b"\x00\x00\x00\x01") for packet in video)
        assert any(packet.form.parameter_sets for packet in video)
    # Frames carry the capture times of the packets that they were decoded from, 40 ms apart. What
    # is known of the way from the camera gets better with each packet.
    captured = sorted(packet.capture_utc_ns for packet in video)
    away = [min(abs(at - other) for other in captured) for at in shown_ns]
    assert sorted(away)[len(away) // 2] < 4e6


@needs_gst
def test_pictures_that_are_not_encoded_are_not_copied() -> None:
    from stream.sources.gst import GstPlan, GstSource

    graph = v4l2_graph("/dev/video0", size=(320, 180), fps=25, threads=1, tapped=True)
    pattern = Element("source", "videotestsrc", (("is-live", True), ("num-buffers", 20)))
    graph = replace(graph, elements=(pattern, *graph.elements[1:]))
    packets: list[Packet] = []
    plan = GstPlan(graph, "device", live=True, camera=True, attempts=0, taken=packets.append)
    with pytest.raises(SourceError, match="the camera ended the stream"):
        list(GstSource("finish", plan).frames())
    # The last ones may still be under way when the frames end.
    assert 15 <= len(packets) <= 20
    assert {(packet.form.codec, packet.data) for packet in packets} == {(RAW, b"")}


@needs_gst
@pytest.mark.parametrize(
    ("situation", "times_ms", "came_ms"),
    [
        ("as they are", [0, 40, 80], [0, 40, 80]),
        ("two in one piece", [0, 40, 40], [0, 40, 40]),
        ("one had no time of its own, and waited", [0, 90, 80, 120], [0, 90, 90, 120]),
    ],
)
def test_pictures_by_themselves_come_in_order(
    situation: str, times_ms: list[int], came_ms: list[int]
) -> None:
    from stream.sources.gst_packets import PacketForm

    forms = PacketForm(is_sound=False)
    for base in (1_000, 2_000):  # Another run of the pipeline begins anew.
        assert [forms.in_order(ms, base) for ms in times_ms] == came_ms, situation
