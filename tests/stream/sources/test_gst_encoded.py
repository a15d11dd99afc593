"""A real network camera of which nothing is decoded, over a connection of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from stream.graph import ENCODED, SINK, SOUND_TAP, Element, Graph, Link, encoded_graph
from stream.sources.packets import Packet
from tests.stream.sources.footage import free_port, needs_gst, needs_rtsp_server
from tests.stream.sources.rtsp_server import WITH_SOUND, rtsp_camera

pytestmark = needs_gst
WAIT_S = 30.0


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@needs_rtsp_server
def test_packets_come_before_and_after_a_camera_was_gone() -> None:
    from stream.sources.gst_encoded import EncodedCamera

    packets: list[Packet] = []
    port = free_port()
    graph = encoded_graph(f"rtsp://127.0.0.1:{port}/finish", latency_ms=100, transport="tcp")
    camera = EncodedCamera("finish", graph, packets.append)
    with rtsp_camera(port, WITH_SOUND):
        camera.begin()
        wait_until(lambda: sum(packet.key for packet in packets if not packet.form.is_sound) >= 3)
        wait_until(lambda: any(packet.form.is_sound for packet in packets))
    before = list(packets)
    with rtsp_camera(port, WITH_SOUND):
        wait_until(lambda: len(packets) >= len(before) + 30)
        camera.close()
    n_at_the_end = len(packets)
    assert {(packet.form.codec, packet.form.is_sound) for packet in before} == {
        ("h264", False),
        ("pcm_alaw", True),
    }
    video = [packet for packet in before if not packet.form.is_sound]
    assert all(packet.data.startswith(b"\0\0\0\1") for packet in video)
    assert all(one.pts_ns < other.pts_ns for one, other in pairwise(video))
    time.sleep(0.2)
    assert len(packets) == n_at_the_end, "closed is closed"


def test_what_cannot_be_built_is_told_and_does_not_end_the_race(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from stream.sources.gst_encoded import EncodedCamera

    camera = EncodedCamera("finish", Graph((Element("sink", "nosuchsink"),), ()), lambda _: None)
    with caplog.at_level(logging.ERROR):
        camera.begin()
        wait_until(lambda: "finish: is not recorded" in caplog.text)
    assert "no element 'nosuchsink'" in caplog.text
    camera.close()


def test_what_calling_again_cannot_help_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from stream.sources.gst_encoded import EncodedCamera

    text = tmp_path / "camera"
    text.write_text("no video\n" * 500, encoding="utf-8")
    asleep = (("async", False),)
    graph = Graph(
        (
            Element("source", "filesrc", (("location", str(text)),)),
            Element("parse", "decodebin", (("caps", ENCODED), ("expose-all-streams", False))),
            Element(SINK, "appsink", asleep),
            Element(SOUND_TAP, "appsink", asleep),
        ),
        (Link("source", "parse"), Link("parse", SINK, delayed=True)),
    )
    camera = EncodedCamera("finish", graph, lambda _: None)
    with caplog.at_level(logging.WARNING):
        camera.begin()
        wait_until(lambda: "finish: is not recorded" in caplog.text)
    assert "not a video that GStreamer knows" in caplog.text
    assert "called again" not in caplog.text
    camera.close()


def test_closing_what_never_began() -> None:
    from stream.sources.gst_encoded import EncodedCamera

    EncodedCamera("finish", Graph((), ()), lambda _: None).close()
