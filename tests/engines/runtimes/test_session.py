"""One contract, all runtimes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engines.errors import InferenceError
from engines.load import ON_PROCESSOR, EngineSettings, Runtime, open_session
from engines.models import PP_OCR
from engines.runtimes.openvino import OpenVinoSession
from engines.runtimes.session import Precision, Session, SessionOptions
from engines.types import Kind
from tests.engines.tiny_models import write_detector

BOXES = np.array([(0.1, 0.2, 0.3, 0.4), (0.5, 0.5, 0.9, 0.9)], np.float32)
SCORES = np.array((0.9, 0.4), np.float32)

EVERY = pytest.mark.parametrize(
    ("runtime", "static_shapes"),
    [(Runtime.OPENVINO, True), (Runtime.OPENVINO, False), (Runtime.ONNXRUNTIME, False)],
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    pytest.importorskip("onnx")
    return write_detector(tmp_path / "tiny.onnx", BOXES, SCORES, [Kind.PERSON, Kind.BIB])


def opened(model: Path, runtime: Runtime, static_shapes: bool) -> Session:
    settings = EngineSettings(runtime, threads=1, precision=Precision.F32)
    return open_session(model, settings, static_shapes=static_shapes)


@EVERY
def test_any_batch_and_size(model: Path, runtime: Runtime, static_shapes: bool) -> None:
    session = opened(model, runtime, static_shapes)
    for shape in [(1, 3, 32, 64), (4, 3, 64, 32), (1, 3, 32, 64)]:
        outputs = session.run({"images": np.full(shape, 0.5, np.float32)})
        assert outputs.keys() == {"detection_boxes", "detection_scores", "detection_classes"}
        assert outputs["detection_boxes"].shape == (shape[0], 2, 4)
        assert outputs["detection_scores"][-1] == pytest.approx(SCORES / 2, abs=1e-6)
        assert all(array.dtype == np.float32 for array in outputs.values())


def test_sessions_are_not_pinned_to_one_processor(model: Path) -> None:
    session = OpenVinoSession(model, SessionOptions(threads=1))
    session.run({"images": np.zeros((1, 3, 32, 64), np.float32)})
    [request] = session._requests.values()
    assert request.get_compiled_model().get_property("ENABLE_CPU_PINNING") is False


@pytest.mark.parametrize("static_shapes", [False, True])
def test_one_copy_for_all_shapes_is_compiled_before_the_first_call(
    model: Path, static_shapes: bool
) -> None:
    session = OpenVinoSession(model, SessionOptions(threads=1, static_shapes=static_shapes))
    assert len(session._requests) == (not static_shapes)
    compiled = [*session._requests.values()]
    session.run({"images": np.zeros((1, 3, 32, 64), np.float32)})
    assert static_shapes or [*session._requests.values()] == compiled


def test_where_the_copies_are_full_the_one_for_all_shapes_computes(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.runtimes.openvino.MAX_SHAPES", 2)
    options = SessionOptions(threads=1, static_shapes=True, own_copy_after=1)
    session = OpenVinoSession(model, options)
    for width in (64, 64, 96, 96, 128, 128, 64, 96):
        session.run({"images": np.zeros((1, 3, 32, width), np.float32)})
    assert set(session._requests) == {(), (("images", (1, 3, 32, 64)),)}


def test_a_shape_that_comes_often_gets_a_copy_of_its_own(model: Path) -> None:
    options = SessionOptions(threads=1, static_shapes=True, own_copy_after=2)
    session = OpenVinoSession(model, options)
    often, seldom = (np.full((1, 3, 32, width), 0.5, np.float32) for width in (64, 96))
    copies, answers = [], []
    for tensor in (often, often, seldom, often, often):
        answers.append(session.run({"images": tensor}))
        copies.append(len(session._requests))
    assert copies == [1, 1, 1, 2, 2]
    for name, first in answers[0].items():
        assert np.allclose(first, answers[-1][name], atol=1e-2), "both copies say the same"


@EVERY
def test_bytes_give_what_their_floats_give(
    model: Path, runtime: Runtime, static_shapes: bool
) -> None:
    settings = EngineSettings(runtime, threads=1, precision=Precision.F32)
    session = open_session(model, settings, static_shapes=static_shapes, bytes_in=True)
    for batch, light in [(1, 255), (3, 51), (1, 0)]:
        scores = session.run({"images": np.full((batch, 32, 64, 3), light, np.uint8)})
        expected = np.tile(SCORES * light / 255, (batch, 1))
        assert scores["detection_scores"] == pytest.approx(expected, abs=1e-5)
    with pytest.raises(InferenceError, match=r"tiny\.onnx"):
        session.run({"images": np.zeros((1, 3, 32, 64), np.uint8)})


def _eight_wide(path: Path) -> Path:
    onnx = pytest.importorskip("onnx")
    network = onnx.load(_write_convolution(path, False, False, False))
    for side in (network.graph.input[0], network.graph.output[0]):
        side.type.tensor_type.shape.dim[3].dim_value = 8
    onnx.save(network, path)
    return path


@pytest.mark.parametrize("static_shapes", [False, True])
def test_only_the_columns_that_are_wanted(tmp_path: Path, static_shapes: bool) -> None:
    path = _eight_wide(tmp_path / "other.onnx")
    seen = np.arange(3 * 4 * 8, dtype=np.float32).reshape(1, 3, 4, 8)
    options = SessionOptions(
        threads=1, precision=Precision.F32, static_shapes=static_shapes, columns=(5, 0, 5)
    )
    every = OpenVinoSession(path, replace(options, columns=None)).run({"images": seen})
    some = OpenVinoSession(path, options).run({"images": seen})
    assert [*some] == [*every] == ["seen"]
    assert np.array_equal(some["seen"], every["seen"][..., [5, 0, 5]])


@pytest.mark.parametrize(
    ("situation", "column", "words"),
    [("several outputs", 0, "detection_scores"), ("fewer columns", 8, "9 columns")],
)
def test_columns_of_another_network_are_refused(
    model: Path, tmp_path: Path, situation: str, column: int, words: str
) -> None:
    path = model if situation == "several outputs" else _eight_wide(tmp_path / "other.onnx")
    with pytest.raises(InferenceError, match=words):
        OpenVinoSession(path, SessionOptions(threads=1, columns=(column,)))


@pytest.mark.parametrize("static_shapes", [False, True])
@pytest.mark.parametrize(
    ("half", "shared", "padded"),
    [
        pytest.param(False, False, False, id="a convolution first"),
        pytest.param(False, True, False, id="whose weights another one has too"),
        pytest.param(False, False, True, id="padded first"),
        pytest.param(True, False, False, id="in half precision"),
    ],
)
def test_bytes_for_networks_of_others(
    tmp_path: Path, half: bool, shared: bool, padded: bool, static_shapes: bool
) -> None:
    path = _write_convolution(tmp_path / "other.onnx", half, shared, padded)
    options = SessionOptions(
        threads=1, precision=Precision.F32, static_shapes=static_shapes, bytes_in=True
    )
    session = OpenVinoSession(path, options)
    seen = session.run({"images": np.full((1, 32, 64, 3), 51, np.uint8)})["seen"]
    # Weights of one: the sum of three channels of a fifth; the second time, of three such sums.
    assert seen.max() == pytest.approx(3 * 0.6 if shared else 0.6, rel=2e-3)


def _write_convolution(path: Path, half: bool, shared: bool, padded: bool) -> Path:
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT16 if half else onnx.TensorProto.FLOAT
    weights = np.ones((3, 3, 1, 1), np.float16 if half else np.float32)
    constants = [onnx.numpy_helper.from_array(weights, "weights")]
    nodes, shown = [], "images"
    if padded:
        constants.append(onnx.numpy_helper.from_array(np.array([0, 0, 1, 1, 0, 0, 1, 1]), "rim"))
        nodes.append(helper.make_node("Pad", ["images", "rim"], ["padded"]))
        shown = "padded"
    nodes.append(helper.make_node("Conv", [shown, "weights"], ["once" if shared else "seen"]))
    if shared:
        nodes.append(helper.make_node("Conv", ["once", "weights"], ["seen"]))
    graph = helper.make_graph(
        nodes,
        "other",
        [helper.make_tensor_value_info("images", kind, ["b", 3, "h", "w"])],
        [helper.make_tensor_value_info("seen", kind, ["b", 3, "y", "x"])],
        constants,
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


@EVERY
def test_results_are_the_callers(model: Path, runtime: Runtime, static_shapes: bool) -> None:
    session = opened(model, runtime, static_shapes)
    first = session.run({"images": np.ones((1, 3, 32, 32), np.float32)})
    session.run({"images": np.zeros((1, 3, 32, 32), np.float32)})
    assert first["detection_scores"][0] == pytest.approx(SCORES)
    first["detection_scores"][:] = 0


@EVERY
@pytest.mark.parametrize(
    ("name", "shape"), [("pictures", (1, 3, 32, 32)), ("images", (1, 4, 32, 32))]
)
def test_a_wrong_input_is_an_error(
    model: Path, runtime: Runtime, static_shapes: bool, name: str, shape: tuple[int, ...]
) -> None:
    session = opened(model, runtime, static_shapes)
    with pytest.raises(InferenceError, match=r"tiny\.onnx"):
        session.run({name: np.zeros(shape, np.float32)})


@EVERY
def test_a_closed_session_says_so(model: Path, runtime: Runtime, static_shapes: bool) -> None:
    session = opened(model, runtime, static_shapes)
    session.close()
    session.close()
    with pytest.raises(InferenceError, match="closed"):
        session.run({"images": np.zeros((1, 3, 32, 32), np.float32)})


@EVERY
@pytest.mark.parametrize("content", [b"", b"no model at all"])
def test_a_damaged_file_is_an_error(
    tmp_path: Path, runtime: Runtime, static_shapes: bool, content: bytes
) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(InferenceError, match=r"broken\.onnx"):
        opened(path, runtime, static_shapes)


def test_runtimes_agree_on_the_reader() -> None:
    crops = np.random.default_rng(1).uniform(-1, 1, (2, 3, 48, 96)).astype(np.float32)
    results = []
    for runtime in ON_PROCESSOR:
        [output] = opened(PP_OCR.find(), runtime, False).run({"x": crops}).values()
        assert output.sum(axis=2) == pytest.approx(1.0, abs=1e-3)
        results.append(output)
    assert np.abs(results[0] - results[1]).max() < 1e-3


def test_a_session_needs_a_thread() -> None:
    with pytest.raises(ValueError, match="at least one thread"):
        SessionOptions(threads=0)


_OPENED_AND_CLOSED = """
import faulthandler, os, signal, sys
from pathlib import Path
import numpy as np
from engines.load import EngineSettings, Runtime, open_session

faulthandler.enable()
image = {"images": np.zeros((1, 3, 32, 32), np.float32)}
settings = EngineSettings(Runtime(sys.argv[2]))
sessions = [open_session(Path(sys.argv[1]), settings, static_shapes=True) for _ in "ab"]
for session in sessions:
    session.run(image)
while sessions:
    session = sessions.pop(0)
    session.close()
    del session
signal.signal(signal.SIGUSR1, lambda number, frame: print("heard"))
os.kill(os.getpid(), signal.SIGUSR1)
"""


@pytest.mark.parametrize("runtime", [Runtime.OPENVINO, Runtime.ONNXRUNTIME])
def test_signals_are_heard_after_sessions_have_closed(model: Path, runtime: Runtime) -> None:
    # In a process of its own: a runtime that leaves a bad signal stack behind ends it.
    made = [sys.executable, "-c", _OPENED_AND_CLOSED, str(model), runtime]
    ended = subprocess.run(made, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, "heard\n"), ended.stderr


def test_openvino_reports_to_nobody() -> None:
    code = """
import os, sys
os.fork = lambda: sys.exit("forked")
import engines.runtimes.openvino
print([name for name in sys.modules if name.startswith("openvino_telemetry.")])
"""
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    made = [sys.executable, "-c", code]
    ended = subprocess.run(made, check=False, capture_output=True, text=True, env=environment)
    assert (ended.returncode, ended.stdout) == (0, "[]\n"), ended.stderr
