"""From the cameras of a race to their frames, as `finishline run` opens them, on stand-ins."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from engines.models import DETECTOR
from stream.deepstream import choose
from stream.deepstream.choose import Asked, open_batch
from stream.deepstream.install import installation
from stream.deepstream.source import Batch
from stream.sources.packets import Packet
from stream.sources.port import Speed
from stream.types import Clock, Frame
from tests.stream.deepstream.fakes import (
    UTC_NS,
    FakeServiceMaker,
    fake_cupy,
    fake_pyds,
    frame_values,
    maker_buffer,
)
from tests.stream.deepstream.test_install import install
from tests.stream.sources.footage import free_port, needs_gst, needs_rtsp_server
from tests.stream.sources.rtsp_server import rtsp_camera


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with DeepStream installed under ``root`` and no binding yet."""
    install(tmp_path / "root")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "")
    monkeypatch.delenv("CUDA_DEVICE_ORDER")
    monkeypatch.setattr(choose, "installation", lambda: installation(tmp_path / "root", {}))
    monkeypatch.setattr(choose, "real_pyds", lambda: None)
    monkeypatch.setattr(choose, "servicemaker", lambda: None)
    return tmp_path


def files(folder: Path, *names: str) -> list[Asked]:
    for name in names:
        (folder / name).write_bytes(b"x")
    return [Asked(Path(name).stem, str(folder / name), UTC_NS, 200, True) for name in names]


def played(batch: Batch) -> dict[str, list[Frame]]:
    """The frames of every camera, each taken by a thread of its own."""
    got: dict[str, list[Frame]] = {source.camera: [] for source in batch.sources}
    threads = [
        threading.Thread(target=lambda s=source: got[s.camera].extend(s.frames()))
        for source in batch.sources
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return got


@needs_gst
def test_with_pyds(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.stream.deepstream import stand_ins

    stand_ins.register()
    pyds = fake_pyds(lambda address: frame_values(*stand_ins.PASSED[address]), [])
    monkeypatch.setattr(choose, "real_pyds", lambda: pyds)
    cameras = files(machine, "a.mp4", "b.mp4")
    got = played(open_batch(cameras, DETECTOR, Speed.MAXIMUM, exact=True))
    assert {name: len(frames) for name, frames in got.items()} == {"a": 20, "b": 20}
    assert all(frame.clock is Clock.FILE for frames in got.values() for frame in frames)
    cache = machine / "cache" / "finishline"
    written = sorted(path.name for path in cache.rglob("*") if path.is_file())
    assert written == ["detector.onnx", "labels.txt", "nvinfer_b2_gpu0.txt", "tracker.yml"]


def test_with_pyservicemaker(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [maker_buffer([frame_values(0, k, number=k)]) for k in range(3)]
    fake = FakeServiceMaker(batches)
    monkeypatch.setattr(choose, "servicemaker", lambda: fake.module)
    monkeypatch.setattr("stream.deepstream.servicemaker_runner.gpu_arrays", fake_cupy)
    got = played(open_batch(files(machine, "a.mp4"), DETECTOR, Speed.MAXIMUM, exact=False))
    assert [frame.index for frame in got["a"]] == [0, 1, 2]
    config = Path(str(fake.elements["infer"][1]["config-file-path"]))
    assert "network-mode=2\n" in config.read_text(encoding="utf-8")
    assert fake.elements["pixels"][1]["caps"] == "video/x-raw(memory:NVMM),format=RGB"
    assert os.environ["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID", "as nvidia-smi counts"


@needs_gst
@needs_rtsp_server
def test_with_pyservicemaker_the_recording_calls_the_camera_itself(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeServiceMaker([], ends=False)
    monkeypatch.setattr(choose, "servicemaker", lambda: fake.module)
    monkeypatch.setattr("stream.deepstream.servicemaker_runner.gpu_arrays", fake_cupy)
    packets: list[Packet] = []
    enough = threading.Event()

    def take(packet: Packet) -> None:
        packets.append(packet)
        if len(packets) == 20:
            enough.set()

    port = free_port()
    with rtsp_camera(port):
        camera = Asked("finish", f"rtsp://127.0.0.1:{port}/finish", None, 200, True, take)
        silent = Asked("start", f"rtsp://127.0.0.1:{port}/none", None, 200, True)
        batch = open_batch([camera, silent], DETECTOR, Speed.REAL_TIME, exact=True)
        batch.begin()
        assert enough.wait(30)
        for source in batch.sources:
            source.close()
    assert {packet.form.codec for packet in packets} == {"h264"}


def test_without_pygobject_it_says_that_nothing_is_recorded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(choose, "gst_is_installed", lambda: False)
    asked = [Asked(name, "rtsp://cam/1", None, 200, True, lambda _: None) for name in ("a", "b")]
    cameras = [choose.batch_camera(camera, Speed.REAL_TIME) for camera in asked]
    assert choose.encoded_beside(cameras) == []
    assert "cameras are not recorded: GStreamer cannot be used" in caplog.text
    caplog.clear()
    assert choose.encoded_beside([replace(camera, taken=None) for camera in cameras]) == []
    assert not caplog.text
