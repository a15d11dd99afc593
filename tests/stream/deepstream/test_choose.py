"""From the cameras of a race to their frames, as `finishline run` opens them, on stand-ins."""

from __future__ import annotations

import threading
from pathlib import Path
from types import ModuleType

import pytest

from engines.models import DETECTOR
from stream.deepstream import choose
from stream.deepstream.choose import Asked, open_batch
from stream.deepstream.install import installation
from stream.deepstream.source import Batch
from stream.sources.port import SourceError, Speed
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
from tests.stream.sources.footage import needs_gst


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with DeepStream installed under ``root`` and no binding yet."""
    install(tmp_path / "root")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
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
    assert written == ["detector.onnx", "labels.txt", "nvinfer_b2.txt", "tracker.yml"]


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


@pytest.mark.parametrize(
    ("has_pyds", "records"),
    [pytest.param(True, True, id="pyds"), pytest.param(False, False, id="pyservicemaker")],
)
def test_who_records(
    has_pyds: bool, records: bool, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "real_pyds" if has_pyds else "servicemaker"
    monkeypatch.setattr(choose, name, lambda: ModuleType("binding"))
    monkeypatch.setattr("stream.deepstream.servicemaker_runner.gpu_arrays", fake_cupy)
    camera = Asked("finish", "rtsp://cam/1", None, 200, True)
    into = machine / "race" / "video"
    batch = open_batch([camera], DETECTOR, Speed.REAL_TIME, exact=True, record_into=into)
    feed = batch.sources[0].entry.feed
    assert feed.record_into == (into / "finish" if records else None)
    choose.make_folders([feed])
    assert (into / "finish").is_dir() is records


def test_a_folder_that_cannot_be_recorded_into(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    camera = Asked("finish", "rtsp://cam/1", None, 200, True)
    feed = choose.batch_camera(camera, Speed.REAL_TIME, tmp_path / "file").feed
    with pytest.raises(SourceError, match="cannot be made"):
        choose.make_folders([feed])
