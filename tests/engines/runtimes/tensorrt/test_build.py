from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.errors import InferenceError, MissingPackageError
from engines.models import READER
from engines.runtimes.tensorrt.build import BuildStoppedError, Order, build_engine
from engines.runtimes.tensorrt.cache import BuiltPrecision, built_engines, timing_path
from engines.runtimes.tensorrt.cuda import CudaError, Gpu
from engines.runtimes.tensorrt.shapes import picture_lanes
from engines.types import Kind
from tests.engines.runtimes.tensorrt import fake_tensorrt
from tests.engines.tiny_models import write_detector

TEN, ELEVEN = "10.13.3.9", "11.4.0.106"
GPU = Gpu("NVIDIA Fake 1", "8.9")
LANES = picture_lanes("images", [(64, 32), (32, 32)], 4, fixed=False)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    boxes = np.array([(0.1, 0.2, 0.3, 0.4)], np.float32)
    return write_detector(tmp_path / "tiny.onnx", boxes, np.ones(1, np.float32), [Kind.BIB])


def built(order: Order, folder: Path, stop: bool = False) -> Path:
    return build_engine(order, folder, lambda _, __: None, lambda: stop)


@pytest.mark.parametrize(
    ("version", "precision", "expected"),
    [
        pytest.param(TEN, BuiltPrecision.TYPED, (True, True, ["TF32"]), id="typed on 10"),
        pytest.param(ELEVEN, BuiltPrecision.TYPED, (True, True, ["TF32"]), id="typed on 11"),
        pytest.param(TEN, BuiltPrecision.FP16, (False, False, ["FP16", "TF32"]), id="fp16 on 10"),
        pytest.param(ELEVEN, BuiltPrecision.FP16, (True, True, ["TF32"]), id="fp16 on 11"),
        pytest.param(TEN, BuiltPrecision.FP32, (False, False, []), id="fp32 on 10"),
        pytest.param(ELEVEN, BuiltPrecision.FP32, (True, False, []), id="fp32 on 11"),
    ],
)
def test_precisions(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    precision: BuiltPrecision,
    expected: tuple[bool, bool, list[str]],
) -> None:
    fake = fake_tensorrt.install(monkeypatch, version)
    # A network with convolutions: only those are computed in 16 bits.
    built(Order(READER, LANES, precision), tmp_path)
    [order] = fake.orders
    assert (order["typed"], order["half"], order["flags"]) == expected
    assert order["profiles"] == [
        {"images": [[1, 3, 32, 64], [1, 3, 32, 64], [4, 3, 32, 64]]},
        {"images": [[1, 3, 32, 32], [1, 3, 32, 32], [4, 3, 32, 32]]},
    ]


def test_an_engine_lies_beside_its_description_and_is_built_once(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = fake_tensorrt.install(monkeypatch)
    folder = tmp_path / "engines"
    path = built(Order(model, LANES), folder)
    assert built(Order(model, LANES), folder) == path
    assert len(fake.orders) == 1
    [found] = built_engines(folder)
    assert (found.path, found.key.gpu, found.key.tensorrt) == (path, GPU, TEN)
    assert sorted(p.suffix for p in folder.iterdir()) == [".cache", ".engine", ".json"]


@pytest.mark.parametrize(
    ("there", "used"),
    [
        pytest.param(None, "", id="none"),
        pytest.param(b"measured", "measured", id="of this GPU"),
        pytest.param(b"of another GPU", "", id="of another"),
        pytest.param(b"rotten", "", id="damaged"),
    ],
)
def test_timings(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: bytes | None,
    used: str,
) -> None:
    fake = fake_tensorrt.install(monkeypatch)
    path = timing_path(tmp_path, TEN, GPU)
    if there is not None:
        path.write_bytes(there)
    built(Order(model, LANES), tmp_path)
    assert fake.orders[0]["timings"] == used
    assert path.read_bytes() == f"{used}+".encode()


@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        pytest.param("parse", r"cannot read tiny\.onnx: no such operator \(at Odd_1\)", id="parse"),
        pytest.param("build", r"TensorRT 10\.13\.3\.9 built no engine of tiny\.onnx", id="build"),
    ],
)
def test_a_refusal_is_told_and_nothing_is_left(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faulty: str, words: str
) -> None:
    fake = fake_tensorrt.install(monkeypatch)
    fake.faults.add(faulty)
    with pytest.raises(InferenceError, match=words):
        built(Order(model, LANES), tmp_path / "engines")
    assert not (tmp_path / "engines").exists()


def test_a_build_can_be_stopped(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tensorrt.install(monkeypatch)
    with pytest.raises(BuildStoppedError, match=r"tiny\.onnx was stopped"):
        built(Order(model, LANES), tmp_path / "engines", stop=True)
    assert not (tmp_path / "engines").exists()


def test_a_listener_that_fails_ends_the_build(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tensorrt.install(monkeypatch)

    def fails(_: str, __: float) -> None:
        raise BrokenPipeError("nobody listens")

    with pytest.raises(BrokenPipeError, match="nobody listens"):
        build_engine(Order(model, LANES), tmp_path / "engines", fails, lambda: False)


def test_progress_is_told(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_tensorrt.install(monkeypatch)
    told: list[tuple[str, float]] = []
    order = Order(model, LANES)
    build_engine(order, tmp_path, lambda *of: told.append(of), lambda: False)
    assert told == [("build", 0.0), ("build", 0.5), ("build", 1.0), ("build", 1.0)]


def test_without_a_gpu_nothing_of_tensorrt_is_made(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = fake_tensorrt.install(monkeypatch, n_devices=0)

    def made(*_: Any) -> None:
        raise AssertionError("with no driver this process would die at its end")

    monkeypatch.setattr(fake, "Builder", made)
    with pytest.raises(CudaError, match="no NVIDIA GPU"):
        built(Order(model, LANES), tmp_path)


def test_without_tensorrt_it_is_named(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tensorrt.install(monkeypatch)
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(MissingPackageError, match="'tensorrt' is missing"):
        built(Order(model, LANES), tmp_path)


def test_the_description_is_json(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tensorrt.install(monkeypatch)
    path = built(Order(model, LANES, BuiltPrecision.FP32), tmp_path)
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert (told["precision"], told["capability"]) == ("fp32", "8.9")
