"""What a CUDA machine can prove without TensorRT: `finishline bench cuda`.

The memory layer of our sessions, the arithmetic around the networks against the processor's, and
the pace of the networks with ONNX Runtime's CUDA provider or, where that is not installed, torch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from engines import line_reader
from engines.detector import INPUT
from engines.errors import EngineError, InferenceError
from engines.evaluate.cuda_memory import SIZES, Trip, graph_trip, round_trip
from engines.models import DETECTOR, READER
from engines.runtimes.onnx_providers import Provider, ProviderSettings
from engines.runtimes.session import SessionOptions
from engines.runtimes.tensorrt.cuda import Cuda
from engines.types import Floats

BATCHES: Final = (1, 2, 4, 8, 16, 32)
MOST_OFF: Final = 1e-3
"""The largest difference to the processor that passes."""

_ROUNDS, _WARM_UP = 30, 5
_SHAPES: Final = {
    "detector": (DETECTOR, (3, 384, 640)),
    "reader": (READER, (3, line_reader.HEIGHT, 128)),
}

Runner = Callable[[Floats], object]
"""Runs a batch and returns when it is done."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A network at one batch size.

    Attributes:
        batch: pictures at once.
        median_ms: of one batch, copies included.
        per_s: pictures.
    """

    batch: int
    median_ms: float
    per_s: float


@dataclass(frozen=True, slots=True)
class CudaReport:
    """What was found.

    Attributes:
        gpu, capability, driver, runtime: which machine.
        trips: through our memory layer.
        graph_intact: whether a captured copy gave what the plain one gives.
        differences: to the processor, per step; None where torch does not reach the GPU.
        computed_with: of the paces; None where neither runtime reaches the GPU.
        paces: per network.
        not_checked: what could not be, and why.
        right: whether everything that was checked is right.
    """

    gpu: str
    capability: str
    driver: int
    runtime: int
    trips: list[Trip]
    graph_intact: bool
    differences: dict[str, float] | None
    computed_with: str | None
    paces: dict[str, list[Pace]]
    not_checked: list[str]
    right: bool


def check_cuda(device: int = 0) -> CudaReport:
    """Checks everything that can be checked here.

    Raises:
        MissingPackageError: cuda-bindings is not installed.
        InferenceError: there is no such GPU, or a call of CUDA failed.
    """
    cuda = Cuda(device)
    gpu, (driver, runtime) = cuda.gpu(), cuda.versions()
    trips = [round_trip(cuda, n_bytes) for n_bytes in SIZES]
    graph = graph_trip(cuda)
    not_checked: list[str] = []
    off = _attempt("differences to the processor", not_checked, lambda: _differences(device))
    with_, paces = _paces(device, not_checked)
    right = judged(trips, graph, off)
    return CudaReport(
        gpu.name,
        gpu.capability,
        driver,
        runtime,
        trips,
        graph,
        off,
        with_,
        paces,
        not_checked,
        right,
    )


def judged(trips: list[Trip], graph_intact: bool, off: Mapping[str, float] | None) -> bool:
    """Whether everything that was checked is right."""
    near = off is None or all(value <= MOST_OFF for value in off.values())
    return graph_intact and near and all(trip.intact for trip in trips)


def paced(run: Runner, shape: tuple[int, ...], rounds: int = _ROUNDS) -> list[Pace]:
    """Times of a network at every batch size; `shape` is that of one picture."""
    rng = np.random.default_rng(1)
    paces = []
    for batch in BATCHES:
        pictures = rng.random((batch, *shape), np.float32)
        seconds = []
        for number in range(_WARM_UP + rounds):
            began = time.perf_counter()
            run(pictures)
            if number >= _WARM_UP:
                seconds.append(time.perf_counter() - began)
        median = max(float(np.median(seconds)), 1e-9)
        paces.append(Pace(batch, round(median * 1e3, 3), round(batch / median, 1)))
    return paces


def _attempt(what: str, not_checked: list[str], check: Callable[[], Any]) -> Any:
    """What a check gives; None, and a line why, where the machine lacks what it needs."""
    try:
        return check()
    except EngineError as error:
        not_checked.append(f"{what}: {error}")
        return None


def _differences(device: int) -> dict[str, float]:
    _torch_on_gpu()
    from engines.evaluate.batched_pixels import differences  # noqa: PLC0415

    return differences(f"cuda:{device}")


def _paces(device: int, not_checked: list[str]) -> tuple[str | None, dict[str, list[Pace]]]:
    for name, runner in (("onnx-cuda", _onnx_runner), ("torch", _torch_runner)):
        paces = _attempt(f"pace with {name}", not_checked, partial(_all_paced, runner, device))
        if paces is not None:
            return name, paces
    return None, {}


def _all_paced(runner: Callable[[str, Path, int], Runner], device: int) -> dict[str, list[Pace]]:
    return {
        network: paced(runner(network, path, device), shape)
        for network, (path, shape) in _SHAPES.items()
    }


def _onnx_runner(network: str, path: Path, device: int) -> Runner:
    from engines.runtimes.onnxruntime import OnnxRuntimeSession  # noqa: PLC0415

    computes = ProviderSettings(Provider.CUDA, device)
    session = OnnxRuntimeSession(path, SessionOptions(), computes)
    return lambda pictures: session.run({INPUT: pictures})


def _torch_on_gpu() -> None:
    """Raises an `InferenceError` where torch does not reach the GPU."""
    try:
        import torch  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InferenceError("the package torch is missing") from error
    if not torch.cuda.is_available():
        raise InferenceError(f"torch {torch.__version__} has no CUDA or finds no GPU")


def _torch_runner(network: str, path: Path, device: int) -> Runner:
    _torch_on_gpu()
    from engines.evaluate.cuda_torch import torch_runner  # noqa: PLC0415

    return torch_runner(network, path.with_suffix(".npz"), f"cuda:{device}")
