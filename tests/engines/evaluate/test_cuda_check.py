from __future__ import annotations

import ctypes
from functools import partial
from typing import Any

import numpy as np
import pytest

from engines.errors import EngineError, InferenceError
from engines.evaluate.cuda_check import BATCHES, check_cuda, judged, paced
from engines.evaluate.cuda_memory import Trip, graph_trip, round_trip
from engines.runtimes.tensorrt.cuda import Cuda
from tests.engines.runtimes.tensorrt import fake_tensorrt
from tests.engines.runtimes.tensorrt.fake_cuda import FakeCudaRuntime

INTACT, BROKEN = Trip(4, True, 1.0), Trip(4, False, 1.0)


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> FakeCudaRuntime:
    return fake_tensorrt.install(monkeypatch).cuda


@pytest.mark.parametrize(
    ("trips", "graph", "off", "right"),
    [
        pytest.param([INTACT], True, {"boxes": 1e-3}, True, id="right"),
        pytest.param([INTACT], True, None, True, id="no torch"),
        pytest.param([INTACT, BROKEN], True, None, False, id="a broken trip"),
        pytest.param([INTACT], False, None, False, id="a broken graph"),
        pytest.param([INTACT], True, {"boxes": 0, "overlaps": 2e-3}, False, id="too far off"),
        pytest.param([INTACT], True, {"boxes": float("nan")}, False, id="no number"),
    ],
)
def test_judged(trips: list[Trip], graph: bool, off: dict[str, float] | None, right: bool) -> None:
    assert judged(trips, graph, off) is right


def test_memory_comes_back_and_nothing_is_left(cuda: FakeCudaRuntime) -> None:
    assert round_trip(Cuda(), 4096).intact
    assert graph_trip(Cuda())
    assert cuda.left == {}


def _spoil(address: int) -> None:
    ctypes.memset(address, 7, 1)


def test_what_comes_back_broken_is_noticed(
    cuda: FakeCudaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = cuda.cudaMemcpyAsync

    def spoils(dst: int, src: int, count: int, kind: Any, stream: int) -> tuple[Any, ...]:
        answer = copy(dst, src, count, kind, stream)
        cuda.enqueue(partial(_spoil, dst))
        return answer

    monkeypatch.setattr(cuda, "cudaMemcpyAsync", spoils)
    spoils.__name__ = "cudaMemcpyAsync"
    assert not round_trip(Cuda(), 4096).intact
    assert not graph_trip(Cuda())


def test_a_graph_that_runs_while_captured_is_noticed(
    cuda: FakeCudaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuda, "enqueue", lambda work: work())
    assert not graph_trip(Cuda())


def test_paces() -> None:
    seen: list[int] = []
    paces = paced(lambda pictures: seen.append(len(pictures)), (3, 4, 4), rounds=2)
    assert tuple(pace.batch for pace in paces) == BATCHES == (1, 2, 4, 8, 16, 32)
    assert set(seen) == set(BATCHES)
    assert all(pace.per_s > 0 for pace in paces)


def test_what_cannot_be_checked_is_named(
    cuda: FakeCudaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacks(*_: object) -> None:
        raise InferenceError("torch finds no GPU")

    for name in ("_differences", "_onnx_runner", "_torch_runner"):
        monkeypatch.setattr(f"engines.evaluate.cuda_check.{name}", lacks)
    report = check_cuda()
    assert (report.gpu, report.capability, report.right) == ("NVIDIA Fake 1", "8.9", True)
    assert (report.differences, report.computed_with, report.paces) == (None, None, {})
    assert len(report.not_checked) == 3
    assert all("torch finds no GPU" in said for said in report.not_checked)


def test_the_first_runtime_that_reaches_the_gpu_is_timed(
    cuda: FakeCudaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacks(*_: object) -> None:
        raise InferenceError("no provider")

    for name, value in (("_differences", lacks), ("_onnx_runner", lacks)):
        monkeypatch.setattr(f"engines.evaluate.cuda_check.{name}", value)
    shapes: list[tuple[int, ...]] = []

    def runner(*_: object) -> Any:
        return lambda pictures: shapes.append(pictures.shape)

    monkeypatch.setattr("engines.evaluate.cuda_check._torch_runner", runner)
    report = check_cuda()
    assert report.computed_with == "torch"
    assert report.paces.keys() == {"detector", "reader"}
    assert {shape[1:] for shape in shapes} == {(3, 384, 640), (3, 32, 128)}


def no_gpu() -> str:
    """Why nothing can be checked here; empty where it can."""
    try:
        Cuda()
    except EngineError as error:
        return str(error)
    return ""


@pytest.mark.skipif(bool(no_gpu()), reason=no_gpu())
def test_the_gpu_of_this_machine() -> None:
    report = check_cuda()
    assert report.right, report
    # What is not checked is named: torch's arithmetic, and the pace of each runtime that lacks.
    assert (report.differences is None) == any("differences" in why for why in report.not_checked)
    for paces in report.paces.values():
        assert tuple(pace.batch for pace in paces) == BATCHES


def test_the_project_s_networks_run_in_torch() -> None:
    pytest.importorskip("torch")
    from engines.evaluate.cuda_torch import torch_runner
    from engines.models import DETECTOR, READER

    for network, path, shape in (("detector", DETECTOR, (64, 96)), ("reader", READER, (32, 64))):
        run = torch_runner(network, path.with_suffix(".npz"), "cpu")
        assert run(np.zeros((2, 3, *shape), np.float32)) is not None
