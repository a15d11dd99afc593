"""`finishline models build` and `finishline bench cuda`, with NVIDIA's packages faked or absent."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from dashboard.cli import main
from dashboard.engines_built import build_one, networks_in_use
from engines.models import DETECTOR, PP_OCR, PP_OCR_BIBS, READER, DetectorManifest, stamp
from engines.runtimes.tensorrt.build import Order
from engines.runtimes.tensorrt.cache import built_engines, engines_folder
from engines.runtimes.tensorrt.shapes import picture_lanes
from engines.types import Kind
from tests.engines.runtimes.tensorrt import fake_tensorrt
from tests.engines.runtimes.tensorrt.fake_tensorrt import FakeTensorRt
from tests.engines.tiny_models import write_detector


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pytest.importorskip("onnx")
    boxes = np.array([(0.1, 0.2, 0.3, 0.4)], np.float32)
    path = write_detector(tmp_path / "tiny.onnx", boxes, np.ones(1, np.float32), [Kind.BIB])
    stamp(path, DetectorManifest())
    return path


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTensorRt:
    return fake_tensorrt.install(monkeypatch)


@pytest.mark.parametrize("arguments", [["models", "build"], ["bench", "cuda"]])
@pytest.mark.parametrize(
    ("missing", "n_devices", "words"),
    [
        pytest.param("cuda.bindings", 1, "pip install 'finishline[tensorrt]'", id="no package"),
        pytest.param(None, 0, "this machine shows no NVIDIA GPU", id="no GPU"),
    ],
)
def test_without_nvidia_it_says_what_lacks(
    arguments: list[str],
    missing: str | None,
    n_devices: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_tensorrt.install(monkeypatch, n_devices=n_devices)
    if missing is not None:
        monkeypatch.setitem(sys.modules, missing, None)
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.out == ""


def test_engines_for_the_other_gpu_of_this_machine_stay(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tensorrt.install(monkeypatch, n_devices=2)
    for gpu in ("0", "1"):
        assert main(["models", "build", str(model), "--gpu", gpu, "--remove-stale"]) == 0
    names = {engine.key.gpu.name for engine in built_engines(engines_folder())}
    assert names == {"NVIDIA Fake 1", "NVIDIA Fake 2"}


@pytest.mark.parametrize("gpu", ["-1", "first"])
def test_gpus_are_counted_from_0(gpu: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["models", "build", "--gpu", gpu])
    assert "GPUs are counted from 0" in capsys.readouterr().err


def test_an_engine_is_built_and_found(
    model: Path, fake: FakeTensorRt, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["models", "build", str(model), "--precision", "fp32", "--batch", "2"]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    [engine] = built_engines(engines_folder())
    assert "TensorRT 10.13.3.9 on NVIDIA Fake 1 (compute capability 8.9)" in told
    assert f"tiny: {engine.path}" in told
    assert engine.key.precision == "fp32"
    assert [lane["images"].most[0] for lane in engine.key.lanes] == [2, 2, 2]


def test_fixed_shapes(model: Path, fake: FakeTensorRt) -> None:
    assert main(["models", "build", str(model), "--batch", "2", "--fixed"]) == 0
    [engine] = built_engines(engines_folder())
    assert [lane["images"].fixed for lane in engine.key.lanes] == [True] * 6


def test_stale_engines_are_told_and_removed_when_asked(
    model: Path, fake: FakeTensorRt, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "build", str(model)]) == 0
    [old] = built_engines(engines_folder())
    fake.__version__ = "10.16.1.11"
    assert main(["models", "build", str(model)]) == 0
    assert "3 files of other versions or GPUs: of no use here" in capsys.readouterr().out
    assert old.path.exists()
    assert main(["models", "build", str(model), "--remove-stale"]) == 0
    assert not old.path.exists()
    assert len(built_engines(engines_folder())) == 1


def test_a_network_without_a_manifest_is_refused(
    model: Path, fake: FakeTensorRt, capsys: pytest.CaptureFixture[str]
) -> None:
    model.with_suffix(".json").unlink()
    assert main(["models", "build", str(model)]) == 2
    assert "tiny.onnx has no manifest beside it" in capsys.readouterr().err


@pytest.mark.parametrize("batch", ["0", "-1", "some"])
def test_a_batch_is_a_number_from_one_on(batch: str) -> None:
    with pytest.raises(SystemExit):
        main(["models", "build", "--batch", batch])


def test_what_is_in_use_is_built() -> None:
    assert networks_in_use() == [DETECTOR, PP_OCR.find(), READER, PP_OCR_BIBS]


def test_an_interruption_ends_the_build(
    model: Path, fake: FakeTensorRt, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stopped = threading.Event()

    class Interrupted:
        def result(self) -> None:
            raise KeyboardInterrupt

    class Pool:
        def __init__(self, *_: object) -> None:
            self.stop: object = None

        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *_: object) -> None:
            assert callable(self.stop)
            if self.stop():
                stopped.set()

        def submit(self, _: object, *given: object) -> Interrupted:
            self.stop = given[-1]
            return Interrupted()

    monkeypatch.setattr("dashboard.engines_built.ThreadPoolExecutor", Pool)
    lanes = picture_lanes("images", [(64, 32)], 2, fixed=False)
    with pytest.raises(KeyboardInterrupt):
        build_one(Order(model, lanes), tmp_path)
    assert stopped.is_set()


def test_bench_cuda_reports_json(
    fake: FakeTensorRt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engines.evaluate.cuda_memory.SIZES", (4, 64))
    monkeypatch.setattr("engines.evaluate.cuda_check.SIZES", (4, 64))
    assert main(["bench", "cuda"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["gpu"], report["right"], report["graph_intact"]) == ("NVIDIA Fake 1", True, True)
    assert [trip["intact"] for trip in report["trips"]] == [True, True]
    assert report["not_checked"] != []
