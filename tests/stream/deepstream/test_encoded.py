"""Real network cameras through the graph of stand-ins: their own video, beside the frames."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import av
import pytest

from stream.clock import SECOND_NS
from stream.deepstream.graph import CameraFeed, Files, deepstream_graph
from stream.deepstream.source import Batch, BatchCamera
from stream.recording import Recordings, RecordingSettings
from stream.sources.packets import Packet, Taken
from stream.store import SegmentRow, Store
from stream.types import Clock, Frame
from tests.stream.deepstream.fakes import fake_pyds, frame_values
from tests.stream.sources.footage import free_port, needs_gst, needs_rtsp_server
from tests.stream.sources.rtsp_server import LAUNCH, rtsp_camera

pytestmark = [needs_gst, needs_rtsp_server]

FILES = Files(Path("/c/nvinfer.txt"), Path("/lib/tracker.so"), Path("/c/tracker.yml"))
WAIT_S = 30


def watched(urls: dict[str, str], takers: dict[str, Taken | None]) -> Batch:
    """The cameras of one graph of stand-ins under pyds of canned answers."""
    from stream.deepstream.pyds_runner import PydsRunner
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    cameras = [
        BatchCamera(name, url, CameraFeed(url, True), True, taken=takers[name])
        for name, url in urls.items()
    ]
    graph = deepstream_graph([camera.feed for camera in cameras], FILES)
    pyds = fake_pyds(lambda address: frame_values(*stand_ins.PASSED[address]), [])
    return Batch(cameras, lambda them: PydsRunner(graph, [one.taken for one in them], pyds))


def played(batch: Batch, n: int) -> dict[str, list[Frame]]:
    """The first `n` frames of every camera."""
    got: dict[str, list[Frame]] = {source.camera: [] for source in batch.sources}

    def take(name: str, frames: list[Frame]) -> None:
        source = next(source for source in batch.sources if source.camera == name)
        for frame in source.frames():
            frames.append(frame)
            if len(frames) == n:
                source.close()

    threads = [threading.Thread(target=take, args=each) for each in got.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert {name: len(frames) for name, frames in got.items()} == dict.fromkeys(got, n)
    return got


def test_each_camera_hands_on_its_own_packets() -> None:
    packets: dict[str, list[Packet]] = {"often": [], "seldom": []}
    key_every = {"often": 5, "seldom": 10}
    ports = {name: free_port() for name in packets}
    launch = LAUNCH.replace("key-int-max=10", "key-int-max=5")
    with rtsp_camera(ports["often"], launch), rtsp_camera(ports["seldom"]):
        urls = {name: f"rtsp://127.0.0.1:{port}/finish" for name, port in ports.items()}
        batch = watched(urls, {name: them.append for name, them in packets.items()})
        frames = played(batch, 15)
    for name, them in packets.items():
        assert {(packet.form.codec, packet.form.is_sound) for packet in them} == {("h264", False)}
        assert all(packet.data.startswith(b"\0\0\0\1") for packet in them)
        assert all(one.pts_ns < other.pts_ns for one, other in pairwise(them))
        keys = [number for number, packet in enumerate(them) if packet.key]
        assert {other - one for one, other in pairwise(keys)} == {key_every[name]}
        # Frames carry the capture times of the packets that they were decoded from.
        captured = [packet.capture_utc_ns for packet in them]
        for frame in frames[name]:
            assert min(abs(frame.capture_utc_ns - at) for at in captured) < 1e6
        assert {frame.clock for frame in frames[name]} <= {Clock.FITTED, Clock.RTCP}


def recorded(folder: Path, n_frames: int) -> tuple[list[Frame], tuple[SegmentRow, ...]]:
    """A camera recorded into a race while it is watched under DeepStream."""
    recordings = Recordings(RecordingSettings(segment_s=1.0))
    port = free_port()
    with rtsp_camera(port), Store.open(folder) as store:
        url = f"rtsp://127.0.0.1:{port}/finish"
        batch = watched({"finish": url}, {"finish": recordings.taker("finish", url)})
        recordings.begin(store, {"finish": store.begin_footage("finish", url, None, None).id})
        frames = played(batch, n_frames)["finish"]
        recordings.close()
        store.flush()
        return frames, store.segments()


def test_what_is_filmed_stands_in_the_races_table(tmp_path: Path) -> None:
    frames, rows = recorded(tmp_path / "race", 100)
    assert len(rows) >= 3
    for row in rows:
        segment = row.segment
        assert (segment.camera, segment.codec, segment.referenced) == ("finish", "h264", False)
        assert (segment.width, segment.height) == (320, 180)
        assert segment.path.startswith("video/finish/")
        with av.open(str(tmp_path / "race" / segment.path)) as film:
            shown = [frame.time or 0.0 for frame in film.decode(video=0)]
        assert row.end_utc_ns is not None
        # A busy machine loses pictures: what counts is when they are shown.
        assert (row.end_utc_ns - segment.first_utc_ns) / SECOND_NS == pytest.approx(
            shown[-1] - shown[0] + 1 / 25, abs=0.1
        )
    # A clip is a query: at every moment at which a runner was seen there is video. The camera's
    # clock takes over after some seconds, and between the two there may be a step; it is larger
    # the later a busy machine took the first packets.
    ends = [(row.segment.first_utc_ns, row.end_utc_ns or 0, row.segment.clock) for row in rows]
    seen = [frame for frame in frames if frame.capture_utc_ns >= ends[0][0]]
    covered = [
        frame
        for frame in seen
        if any(begin <= frame.capture_utc_ns < end for begin, end, _ in ends)
    ]
    assert len(covered) >= 0.9 * len(seen)
    assert {clock for *_, clock in ends} == {Clock.FITTED, Clock.RTCP}
