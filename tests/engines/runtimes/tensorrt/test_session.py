from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.errors import InferenceError
from engines.runtimes.session import SessionOptions
from engines.runtimes.tensorrt.build import Order, build_engine
from engines.runtimes.tensorrt.session import DamagedEngineError, TensorRtSession
from engines.runtimes.tensorrt.shapes import Ranges, picture_lanes
from tests.engines.runtimes.tensorrt import fake_tensorrt
from tests.engines.runtimes.tensorrt.fake_cuda import FakeError, asked
from tests.engines.runtimes.tensorrt.fake_tensorrt import FakeTensorRt

RANGED = picture_lanes("images", [(64, 32), (32, 32)], 4, fixed=False)
FIXED = picture_lanes("images", [(64, 32)], 2, fixed=True)


@pytest.fixture(params=["10.13.3.9", "11.4.0.106"])
def fake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeTensorRt:
    return fake_tensorrt.install(monkeypatch, request.param)


def opened(folder: Path, lanes: list[Ranges], **options: Any) -> TensorRtSession:
    model = folder / "model.onnx"
    model.write_bytes(b"")
    engine = build_engine(Order(model, lanes), folder, lambda _, __: None, lambda: False)
    return TensorRtSession(engine, SessionOptions(**options))


@pytest.fixture(autouse=True)
def any_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is built here is a file of no content, which the fake takes."""
    monkeypatch.setattr("engines.runtimes.tensorrt.build.halved", lambda model: model)


def filled(shape: tuple[int, ...], value: float) -> dict[str, Any]:
    return {"images": np.full(shape, value, np.float32)}


def test_any_shape_of_any_lane(fake: FakeTensorRt, tmp_path: Path) -> None:
    session = opened(tmp_path, RANGED)
    for shape in [(1, 3, 32, 64), (4, 3, 32, 32), (3, 3, 32, 64), (1, 3, 32, 64)]:
        assert session.fits(filled(shape, 0))
        out = session.run(filled(shape, 0.25))
        assert out["means"] == pytest.approx(np.full(shape[0], 0.25))
        assert out["means"].dtype == np.float32


def test_the_order_of_a_run(fake: FakeTensorRt, tmp_path: Path) -> None:
    session = opened(tmp_path, RANGED)
    with asked(fake.cuda) as calls:
        session.run(filled((2, 3, 32, 64), 1))
    assert calls == [
        "cudaSetDevice",
        "set_input_shape",
        "cudaMemcpyAsync",
        "execute_async_v3",
        "cudaMemcpyAsync",
        "cudaStreamSynchronize",
    ]


def test_results_are_the_callers(fake: FakeTensorRt, tmp_path: Path) -> None:
    session = opened(tmp_path, RANGED)
    first = session.run(filled((1, 3, 32, 64), 1))["means"]
    session.run(filled((1, 3, 32, 64), 0))
    assert first.tolist() == [1]


def test_bytes_give_what_their_floats_give(fake: FakeTensorRt, tmp_path: Path) -> None:
    session = opened(tmp_path, RANGED, bytes_in=True)
    pictures = np.random.default_rng(1).integers(0, 256, (2, 32, 64, 3), np.uint8)
    expected = pictures.reshape(2, -1).mean(axis=1) / 255
    assert session.fits({"images": pictures})
    assert session.run({"images": pictures})["means"] == pytest.approx(expected, abs=1e-5)
    floats = pictures.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
    assert session.run({"images": floats})["means"] == pytest.approx(expected, abs=1e-5)


def test_a_fixed_shape_becomes_a_graph(fake: FakeTensorRt, tmp_path: Path) -> None:
    session = opened(tmp_path, FIXED)
    session.run(filled((2, 3, 32, 64), 0.5))
    with asked(fake.cuda) as calls:
        out = session.run(filled((2, 3, 32, 64), 0.75))
    assert out["means"].tolist() == [0.75, 0.75]
    assert "cudaGraphLaunch" in calls
    assert "execute_async_v3" not in calls
    assert "set_input_shape" not in calls
    session.close()
    assert "cudaGraphExecDestroy" in fake.cuda.calls
    assert fake.cuda.left == {}


def test_a_range_of_shapes_becomes_none(fake: FakeTensorRt, tmp_path: Path) -> None:
    session = opened(tmp_path, RANGED)
    for value in (0.5, 0.75):
        assert session.run(filled((2, 3, 32, 64), value))["means"].tolist() == [value, value]
    assert "cudaStreamBeginCapture" not in fake.cuda.calls


def test_what_cannot_be_captured_runs_as_before(fake: FakeTensorRt, tmp_path: Path) -> None:
    fake.cuda.faults["cudaStreamEndCapture"] = FakeError.cudaErrorStreamCaptureUnsupported
    session = opened(tmp_path, FIXED)
    for value in (0.25, 0.5, 0.75):
        assert session.run(filled((1, 3, 32, 64), value))["means"].tolist() == [value]
    assert fake.cuda.calls.count("cudaStreamBeginCapture") == 1


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        pytest.param(filled((5, 3, 32, 64), 0), "was built for", id="too many pictures"),
        pytest.param(filled((1, 3, 64, 64), 0), "was built for", id="another size"),
        pytest.param({"pictures": np.zeros((1, 3, 32, 64), np.float32)}, "takes", id="a name"),
        pytest.param({}, "takes", id="nothing"),
        pytest.param(
            {"images": np.zeros((1, 3, 32, 64), np.float64)}, "must be float32", id="64 bits"
        ),
        pytest.param({"images": np.zeros((1, 3, 32, 64), np.uint8)}, "must be float32", id="bytes"),
    ],
)
def test_a_wrong_input_is_an_error(
    fake: FakeTensorRt, tmp_path: Path, tensors: dict[str, Any], words: str
) -> None:
    with pytest.raises(InferenceError, match=words):
        opened(tmp_path, RANGED).run(tensors)


@pytest.mark.parametrize("faulty", ["context", "dtype", "location", "endless", "address"])
def test_an_engine_that_cannot_be_used_leaves_nothing(
    fake: FakeTensorRt, tmp_path: Path, faulty: str
) -> None:
    fake.faults.add(faulty)
    with pytest.raises(InferenceError):
        opened(tmp_path, RANGED)
    assert fake.cuda.left == {}


@pytest.mark.parametrize(
    "call", ["cudaMalloc", "cudaMallocHost", "cudaStreamCreateWithFlags", "cudaStreamSynchronize"]
)
def test_a_fault_of_cuda_while_opening_leaves_nothing(
    fake: FakeTensorRt, tmp_path: Path, call: str
) -> None:
    fake.cuda.faults[call] = FakeError.cudaErrorMemoryAllocation
    with pytest.raises(InferenceError, match=f"{call}: .*memory is full"):
        opened(tmp_path, RANGED)
    assert fake.cuda.left == {}


@pytest.mark.parametrize("call", ["cudaMemcpyAsync", "cudaStreamSynchronize", "cudaSetDevice"])
def test_a_fault_of_cuda_while_running_is_told(
    fake: FakeTensorRt, tmp_path: Path, call: str
) -> None:
    session = opened(tmp_path, RANGED)
    fake.cuda.faults[call] = FakeError.cudaErrorIllegalAddress
    with pytest.raises(InferenceError, match=f"{call}: cudaErrorIllegalAddress"):
        session.run(filled((1, 3, 32, 64), 0))


def test_a_start_that_fails_is_told(fake: FakeTensorRt, tmp_path: Path) -> None:
    session = opened(tmp_path, RANGED)
    fake.faults.add("execute")
    with pytest.raises(InferenceError, match="could not start"):
        session.run(filled((1, 3, 32, 64), 0))


def test_a_closed_session_says_so(fake: FakeTensorRt, tmp_path: Path) -> None:
    session = opened(tmp_path, RANGED)
    session.close()
    session.close()
    assert fake.cuda.left == {}
    with pytest.raises(InferenceError, match="closed"):
        session.run(filled((1, 3, 32, 64), 0))


@pytest.mark.parametrize("content", [None, b"", b"no engine"])
def test_a_damaged_engine_says_build_again(
    fake: FakeTensorRt, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "broken.engine"
    if content is not None:
        path.write_bytes(content)
        path.with_suffix(".json").write_text("{}")
    with pytest.raises(InferenceError, match=r"broken\.engine"):
        TensorRtSession(path, SessionOptions())
    assert list(tmp_path.iterdir()) == [], "it can be built again"


def test_a_damaged_engine_that_cannot_be_removed_is_told(
    fake: FakeTensorRt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "broken.engine"
    path.write_bytes(b"no engine")

    def refuses(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuses)
    with pytest.raises(DamagedEngineError, match=r"cannot be removed .*remove it by hand"):
        TensorRtSession(path, SessionOptions())
