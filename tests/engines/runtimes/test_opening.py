"""Which runtime opens a network, with NVIDIA's packages faked."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from importlib.abc import MetaPathFinder
from pathlib import Path

import numpy as np
import pytest

from engines.errors import EngineError, InferenceError, MissingPackageError
from engines.models import (
    DETECTOR,
    PP_OCR,
    PP_OCR_BIBS,
    READER,
    DetectorManifest,
    ReaderManifest,
    stamp,
)
from engines.runtimes.opening import ON_PROCESSOR, Runtime, open_with
from engines.runtimes.openvino import OpenVinoSession
from engines.runtimes.session import Session, SessionOptions
from engines.runtimes.swap import ElseSession, SwapSession
from engines.runtimes.tensorrt.build import Order, build_engine
from engines.runtimes.tensorrt.cache import built_engines, engines_folder
from engines.runtimes.tensorrt.serving import lanes_of
from engines.types import Kind
from tests.engines.runtimes.tensorrt import fake_tensorrt
from tests.engines.runtimes.tensorrt.fake_tensorrt import FakeTensorRt
from tests.engines.tiny_models import write_detector

OPTIONS = SessionOptions(threads=1)
FRAME = {"images": np.full((1, 3, 384, 640), 0.5, np.float32)}
ODD = {"images": np.full((1, 3, 64, 96), 0.5, np.float32)}


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pytest.importorskip("onnx")
    boxes = np.array([(0.1, 0.2, 0.3, 0.4)], np.float32)
    path = write_detector(tmp_path / "tiny.onnx", boxes, np.ones(1, np.float32), [Kind.BIB])
    stamp(path, DetectorManifest())
    return path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tensorrt", "cuda", "cuda.bindings"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTensorRt:
    return fake_tensorrt.install(monkeypatch)


@pytest.fixture
def closing() -> Iterator[list[Session]]:
    sessions: list[Session] = []
    yield sessions
    for session in sessions:
        session.close()


def build(model: Path) -> Path:
    lanes = lanes_of(model)
    assert lanes is not None
    order = Order(model, lanes)
    return build_engine(order, engines_folder(), lambda _, __: None, lambda: False)


@pytest.mark.usefixtures("bare")
def test_auto_is_the_processor_where_there_is_nothing_else(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        session = open_with(Runtime.AUTO, model, OPTIONS)
    assert isinstance(session, OpenVinoSession)
    told = " ".join(caplog.messages)
    assert "not run by TensorRT: the Python package 'cuda.bindings' is missing" in told
    assert "not run by ONNX Runtime with CUDA" in told


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("runtime", "error", "words"),
    [
        pytest.param(Runtime.TENSORRT, MissingPackageError, "cuda.bindings", id="tensorrt"),
        pytest.param(Runtime.ONNX_CUDA, InferenceError, "onnxruntime-gpu", id="onnx-cuda"),
        pytest.param(Runtime.ONNX_TENSORRT, InferenceError, "onnxruntime-gpu", id="onnx-tensorrt"),
    ],
)
def test_what_was_asked_for_by_name_is_never_replaced(
    model: Path, runtime: Runtime, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        open_with(runtime, model, OPTIONS)


def test_every_runtime_is_known() -> None:
    from dashboard.commands.shared import RUNTIMES

    assert tuple(Runtime) == RUNTIMES
    assert set(ON_PROCESSOR) < set(Runtime)


@pytest.mark.parametrize("runtime", [Runtime.AUTO, Runtime.TENSORRT])
def test_an_engine_that_was_built_serves_the_shapes_it_was_built_for(
    model: Path, fake: FakeTensorRt, closing: list[Session], runtime: Runtime
) -> None:
    build(model)
    session = open_with(runtime, model, OPTIONS)
    closing.append(session)
    assert isinstance(session, ElseSession)
    assert session.run(FRAME).keys() == {"means"}
    assert "detection_boxes" in session.run(ODD)


def test_everything_is_done_on_the_gpu_that_is_asked_for(
    model: Path, monkeypatch: pytest.MonkeyPatch, closing: list[Session]
) -> None:
    fake = fake_tensorrt.install(monkeypatch, n_devices=2)
    session = open_with(Runtime.TENSORRT, model, replace(OPTIONS, gpu=1))
    closing.append(session)
    last = time.monotonic() + 60
    while "means" not in session.run(FRAME):
        assert time.monotonic() < last, "the engine never came"
    assert fake.cuda.device == 1
    [built] = built_engines(engines_folder())
    assert built.key.gpu.name == "NVIDIA Fake 2"
    # Another GPU has no use for it.
    other = open_with(Runtime.AUTO, model, OPTIONS)
    closing.append(other)
    assert isinstance(other, OpenVinoSession)


@pytest.mark.parametrize("runtime", sorted(set(Runtime) - {*ON_PROCESSOR}))
@pytest.mark.parametrize(
    ("own", "order"),
    [
        pytest.param("", "PCI_BUS_ID", id="usual"),
        pytest.param("FASTEST_FIRST", "FASTEST_FIRST", id="chosen by the user"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_gpus_are_counted_as_nvidia_smi_does(
    runtime: Runtime, own: str, order: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_DEVICE_ORDER", own)
    if not own:
        monkeypatch.delenv("CUDA_DEVICE_ORDER")
    with suppress(EngineError):
        open_with(runtime, model, OPTIONS).close()
    assert os.environ["CUDA_DEVICE_ORDER"] == order


def test_auto_builds_nothing(model: Path, fake: FakeTensorRt, closing: list[Session]) -> None:
    session = open_with(Runtime.AUTO, model, OPTIONS)
    closing.append(session)
    assert isinstance(session, OpenVinoSession)
    assert fake.orders == []


def test_the_processor_serves_while_an_engine_is_built(
    model: Path, fake: FakeTensorRt, closing: list[Session]
) -> None:
    session = open_with(Runtime.TENSORRT, model, OPTIONS)
    closing.append(session)
    assert isinstance(session, SwapSession)
    last = time.monotonic() + 60
    outputs = set(session.run(FRAME))
    while outputs != {"means"}:
        assert "detection_boxes" in outputs
        assert time.monotonic() < last, "the engine never came"
        outputs = set(session.run(FRAME))
    assert len(built_engines(engines_folder())) == 1


def test_cameras_build_one_engine_together(
    model: Path, fake: FakeTensorRt, closing: list[Session]
) -> None:
    closing += [open_with(Runtime.TENSORRT, model, OPTIONS) for _ in range(3)]
    last = time.monotonic() + 60
    while any("means" not in session.run(FRAME) for session in closing):
        assert time.monotonic() < last, "the engine never came"
    assert len(fake.orders) == 1


def test_a_damaged_engine_is_built_again_while_the_processor_serves(
    model: Path, fake: FakeTensorRt, closing: list[Session], caplog: pytest.LogCaptureFixture
) -> None:
    engine = build(model)
    engine.write_bytes(b"cut short by a power failure")
    session = open_with(Runtime.TENSORRT, model, OPTIONS)
    closing.append(session)
    assert isinstance(session, SwapSession)
    assert f"cannot load {engine.name}: damaged" in caplog.text
    last = time.monotonic() + 60
    while "means" not in session.run(FRAME):
        assert time.monotonic() < last, "the engine never came"
    assert len(fake.orders) == 2


@pytest.mark.parametrize("failure", [ImportError("libcudart.so.12: no such file"), OSError("bad")])
@pytest.mark.usefixtures("bare")
def test_a_runtime_that_cannot_be_loaded_is_passed_over(
    model: Path,
    failure: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Only where the best is taken; who asks for it by name is told what to install."""
    module = "engines.runtimes.onnxruntime"
    monkeypatch.delitem(sys.modules, module, raising=False)

    class Broken(MetaPathFinder):
        def find_spec(self, name: str, path: object, target: object = None) -> None:
            if name == module:
                raise failure

    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with caplog.at_level(logging.INFO):
        session = open_with(Runtime.AUTO, model, OPTIONS)
    assert isinstance(session, OpenVinoSession)
    assert "not run by ONNX Runtime with CUDA: the package 'onnxruntime' is inst" in caplog.text
    words = "install it again with: pip install 'onnxruntime>="
    with pytest.raises(EngineError, match=words):
        open_with(Runtime.ONNXRUNTIME, model, OPTIONS)


def test_a_build_that_fails_leaves_the_processor(
    model: Path, fake: FakeTensorRt, closing: list[Session], caplog: pytest.LogCaptureFixture
) -> None:
    fake.faults.add("build")
    session = open_with(Runtime.TENSORRT, model, OPTIONS)
    closing.append(session)
    last = time.monotonic() + 60
    while not any("built no engine" in said for said in caplog.messages):
        assert "detection_boxes" in session.run(FRAME)
        assert time.monotonic() < last, "nobody said that the build failed"


def test_a_network_of_unknown_shapes_stays_on_the_processor(
    model: Path, fake: FakeTensorRt, caplog: pytest.LogCaptureFixture
) -> None:
    model.with_suffix(".json").unlink()
    assert isinstance(open_with(Runtime.TENSORRT, model, OPTIONS), OpenVinoSession)
    assert "has no shapes for tiny.onnx" in caplog.messages[0]


@pytest.mark.parametrize(
    ("path", "name", "n_lanes", "most"),
    [
        pytest.param(DETECTOR, "images", 3, (8, 3, 384, 640), id="the detector"),
        pytest.param(READER, "images", 1, (16, 3, 32, 224), id="the reader"),
        pytest.param(PP_OCR.find(), "x", 1, (8, 3, 48, 480), id="PP-OCR"),
        pytest.param(PP_OCR_BIBS, "x", 1, (8, 3, 48, 480), id="PP-OCR, trained on"),
    ],
)
def test_the_shapes_of_our_networks(
    path: Path, name: str, n_lanes: int, most: tuple[int, ...]
) -> None:
    lanes = lanes_of(path)
    assert lanes is not None
    assert (len(lanes), lanes[0][name].most) == (n_lanes, most)
    small = lanes_of(path, 2, fixed=True)
    assert small is not None
    assert all(lane[name].fixed and lane[name].most[0] <= 2 for lane in small)


def test_pp_ocr_trained_on_has_its_shapes(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"weights")
    stamp(file, ReaderManifest(height=48))
    assert lanes_of(file) == lanes_of(PP_OCR.find())
