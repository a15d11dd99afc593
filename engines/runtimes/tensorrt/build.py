"""Builds an engine: ONNX in, engine file out, by TensorRT 10.13 and later or 11.

TensorRT 11 knows no weakly typed networks: what is to be computed in 16 bits must stand in the
ONNX file. 10 can do both. So `BuiltPrecision.TYPED` is the same on both, and ``fp16`` differs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engines.errors import InferenceError
from engines.models import checksum
from engines.runtimes.tensorrt.bindings import major_version, tensorrt
from engines.runtimes.tensorrt.cache import (
    BuiltPrecision,
    EngineKey,
    engine_path,
    timing_path,
)
from engines.runtimes.tensorrt.cuda import Cuda
from engines.runtimes.tensorrt.network import halved, network_bytes
from engines.runtimes.tensorrt.progress import Progress, Told
from engines.runtimes.tensorrt.shapes import Ranges
from engines.whole_files import write_atomically

if TYPE_CHECKING:
    import tensorrt as trt

WORKSPACE: Final = 1 << 30
"""Bytes that a layer may use while it computes; these networks need far less."""

_TYPED_FROM: Final = 11
"""The version from which on every network is strongly typed."""


class BuildStoppedError(InferenceError):
    """Somebody stopped the build; nothing was written."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to build.

    Attributes:
        model: an ONNX file.
        lanes: one profile each, see `engines.runtimes.tensorrt.shapes`.
        precision: see `BuiltPrecision`.
        device: which GPU, from 0.
    """

    model: Path
    lanes: Sequence[Ranges]
    precision: BuiltPrecision = BuiltPrecision.TYPED
    device: int = 0


def key_of(order: Order, cuda: Cuda) -> EngineKey:
    """What the engine of an order depends on."""
    version = str(tensorrt().__version__)
    sha256 = checksum(order.model)
    lanes = tuple(order.lanes)
    return EngineKey(order.model.stem, sha256, version, cuda.gpu(), order.precision, lanes)


def build_engine(order: Order, folder: Path, told: Told, stop: Callable[[], bool]) -> Path:
    """The engine of an order; it is built where it is not there yet.

    Args:
        order: what to build.
        folder: of engines.
        told: hears how far it is; from threads of TensorRT's own.
        stop: asked at every step; True ends the build.

    Returns:
        The engine file. It is there whole, its description beside it.

    Raises:
        MissingPackageError: a package of NVIDIA's, or onnx, is not installed.
        ModelFileError: the model is no ONNX file that can be used.
        InferenceError: there is no such GPU, or TensorRT refuses the network.
        BuildStoppedError: `stop` said so.
    """
    # Before anything of TensorRT is made, see `bindings.tensorrt`.
    cuda = Cuda(order.device)
    key = key_of(order, cuda)
    path = engine_path(folder, key)
    if path.is_file() and path.with_suffix(".json").is_file():
        return path
    progress = Progress(told, stop)
    content = _built(order, timing_path(folder, key.tensorrt, key.gpu), progress, stop)
    told_of = json.dumps(key.to_json(), indent=2) + "\n"
    write_atomically(path.with_suffix(".json"), told_of.encode())
    # Last: an engine without its description would be found by nobody.
    write_atomically(path, content)
    return path


def _built(order: Order, timings: Path, progress: Progress, stop: Callable[[], bool]) -> bytes:
    api: Any = tensorrt()
    typed = order.precision is BuiltPrecision.TYPED or major_version(api) >= _TYPED_FROM
    model = network_bytes(order.model)
    if typed and order.precision is not BuiltPrecision.FP32:
        model = halved(model)
    logger: trt.Logger = api.Logger(api.Logger.WARNING)
    builder: trt.Builder = api.Builder(logger)
    # Explicit batch is what both versions do; 10 warns where the old flag is given, 11 lost it.
    flags = 1 << int(api.NetworkDefinitionCreationFlag.STRONGLY_TYPED) if typed else 0
    network: trt.INetworkDefinition = builder.create_network(flags)
    parser: trt.OnnxParser = api.OnnxParser(network, logger)
    if not parser.parse(model):
        raise InferenceError(f"TensorRT cannot read {order.model.name}: {_faults(parser)}")
    config: trt.IBuilderConfig = builder.create_builder_config()
    config.set_memory_pool_limit(api.MemoryPoolType.WORKSPACE, WORKSPACE)
    if order.precision is BuiltPrecision.FP32:
        # TF32 keeps 10 bits of 23: not what somebody wants who asks for 32.
        config.clear_flag(api.BuilderFlag.TF32)
    elif not typed:
        config.set_flag(getattr(api.BuilderFlag, "FP16"))  # noqa: B009  # only 10 has it
    for lane in order.lanes:
        _add_profile(builder, config, lane)
    monitor = _monitor(api, progress)
    config.progress_monitor = monitor
    cache: trt.ITimingCache = _timing_cache(config, timings)
    blob: trt.IHostMemory = builder.build_serialized_network(network, config)
    if progress.fault is not None:
        raise progress.fault
    if blob is None and stop():
        raise BuildStoppedError(f"the build of {order.model.name} was stopped")
    if blob is None:
        raise InferenceError(
            f"TensorRT {api.__version__} built no engine of {order.model.name}; its words are on "
            "stderr"
        )
    write_atomically(timings, bytes(cache.serialize()))
    return bytes(blob)


def _faults(parser: trt.OnnxParser) -> str:
    faults: list[trt.ParserError] = [parser.get_error(i) for i in range(parser.num_errors)]
    return "; ".join(_said(fault) for fault in faults) or "no reason given"


def _said(fault: trt.ParserError) -> str:
    where = fault.node_name()
    return f"{fault.desc()} (at {where})" if where else str(fault.desc())


def _add_profile(builder: trt.Builder, config: trt.IBuilderConfig, lane: Ranges) -> None:
    profile: trt.IOptimizationProfile = builder.create_optimization_profile()
    for name, shapes in lane.items():
        profile.set_shape(name, shapes.least, shapes.usual, shapes.most)
    if config.add_optimization_profile(profile) < 0:
        raise InferenceError(f"TensorRT refuses the shapes {dict(lane)}")


def _timing_cache(config: trt.IBuilderConfig, path: Path) -> trt.ITimingCache:
    """What earlier builds measured; an empty one where there is none that fits."""
    known = path.read_bytes() if path.is_file() else b""
    cache: trt.ITimingCache = config.create_timing_cache(known)
    if cache is None or not config.set_timing_cache(cache, False):
        cache = config.create_timing_cache(b"")
        if cache is None or not config.set_timing_cache(cache, False):
            raise InferenceError("TensorRT makes no timing cache")
    return cache


def _monitor(api: Any, progress: Progress) -> trt.IProgressMonitor:
    """What TensorRT reports to."""

    class Monitor(api.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            api.IProgressMonitor.__init__(self)

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            progress.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            return progress.step(phase_name, step)

        def phase_finish(self, phase_name: str) -> None:
            progress.finish(phase_name)

    return Monitor()
