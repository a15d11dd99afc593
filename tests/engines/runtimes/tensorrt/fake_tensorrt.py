"""A TensorRT that builds engines of JSON: each output is the mean of the first input per row.

Its names are those of the real bindings of 10 or 11, which a test compares.
"""

from __future__ import annotations

import ctypes
import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.engines.runtimes.tensorrt.fake_cuda import FakeCudaRuntime
from tests.engines.runtimes.tensorrt.fake_objects import (
    BuilderFlag10,
    BuilderFlag11,
    DataType,
    Dims,
    IBuilderConfig,
    IHostMemory,
    IOptimizationProfile,
    IProgressMonitor,
    Logger,
    MemoryPoolType,
    NetworkDefinitionCreationFlag,
    TensorIOMode,
    TensorLocation,
)

OUTPUT = "means"


class FakeTensorRt(ModuleType):
    """The module ``tensorrt``.

    Attributes:
        faults: "parse", "build", "deserialise", "context", "execute", "dtype", "endless".
        orders: what `build_serialized_network` was asked for.
    """

    def __init__(self, version: str, cuda: FakeCudaRuntime) -> None:
        super().__init__("tensorrt")
        self.__version__ = version
        self.cuda = cuda
        self.faults: set[str] = set()
        self.orders: list[dict[str, Any]] = []
        ten = version.startswith("10.")
        fake = self

        class Builder:
            def __init__(self, logger: Logger) -> None:
                assert "cudaGetDeviceCount" in fake.cuda.calls

            def create_network(self, flags: int = 0) -> Any:
                return SimpleNamespace(flags=flags, model=b"")

            def create_builder_config(self) -> IBuilderConfig:
                return IBuilderConfig()

            def create_optimization_profile(self) -> IOptimizationProfile:
                return IOptimizationProfile()

            def build_serialized_network(self, network: Any, config: IBuilderConfig) -> Any:
                return fake.build(network, config)

        class OnnxParser:
            def __init__(self, network: Any, logger: Logger) -> None:
                self.network = network

            def parse(self, model: bytes, path: str | None = None) -> bool:
                self.network.model = model
                return "parse" not in fake.faults

            @property
            def num_errors(self) -> int:
                return 1

            def get_error(self, index: int) -> Any:
                return SimpleNamespace(desc=lambda: "no such operator", node_name=lambda: "Odd_1")

        class Runtime:
            def __init__(self, logger: Logger) -> None:
                assert "cudaGetDeviceCount" in fake.cuda.calls

            def deserialize_cuda_engine(self, serialized_engine: bytes) -> Any:
                try:
                    told = json.loads(serialized_engine)
                except ValueError:
                    return None
                return ICudaEngine(fake, told)

        self.Builder, self.OnnxParser, self.Runtime = Builder, OnnxParser, Runtime
        self.BuilderFlag = BuilderFlag10 if ten else BuilderFlag11
        self.DataType, self.TensorLocation, self.TensorIOMode = (
            DataType,
            TensorLocation,
            TensorIOMode,
        )
        self.MemoryPoolType, self.Logger = MemoryPoolType, Logger
        self.NetworkDefinitionCreationFlag = NetworkDefinitionCreationFlag
        self.IProgressMonitor = IProgressMonitor

    def build(self, network: Any, config: IBuilderConfig) -> IHostMemory | None:
        monitor: Any = config.progress_monitor
        assert monitor.made
        monitor.phase_start("build", None, 2)
        for step in range(2):
            if not monitor.step_complete("build", step):
                return None
        monitor.phase_finish("build")
        order = {
            "typed": bool(network.flags & 2),
            "flags": sorted(config.flags),
            "half": b"/half" in network.model,
            "profiles": [profile.shapes for profile in config.profiles],
            "timings": None if config.cache is None else config.cache.content.decode(),
        }
        self.orders.append(order)
        return None if "build" in self.faults else IHostMemory(json.dumps(order).encode())


class ICudaEngine:
    def __init__(self, fake: FakeTensorRt, told: dict[str, Any]) -> None:
        self.fake, self.profiles = fake, told["profiles"]
        self.names = [*self.profiles[0], OUTPUT]

    @property
    def num_io_tensors(self) -> int:
        return len(self.names)

    @property
    def num_optimization_profiles(self) -> int:
        return len(self.profiles)

    def get_tensor_name(self, index: int) -> str:
        return str(self.names[index])

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return TensorIOMode.OUTPUT if name == OUTPUT else TensorIOMode.INPUT

    def get_tensor_dtype(self, name: str) -> DataType:
        return DataType.HALF if "dtype" in self.fake.faults else DataType.FLOAT

    def get_tensor_location(self, name: str) -> TensorLocation:
        return TensorLocation.HOST if "location" in self.fake.faults else TensorLocation.DEVICE

    def get_tensor_profile_shape(self, name: str, profile_index: int) -> list[Dims]:
        return [Dims(shape) for shape in self.profiles[profile_index][name]]

    def create_execution_context(self) -> Any:
        return None if "context" in self.fake.faults else IExecutionContext(self)


class IExecutionContext:
    def __init__(self, engine: ICudaEngine) -> None:
        self.engine, self.fake = engine, engine.fake
        self.profile: int | None = None
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.addresses: dict[str, int] = {}

    def set_optimization_profile_async(self, profile_index: int, stream_handle: int) -> bool:
        self.profile = profile_index
        return True

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        assert self.profile is not None
        least, _, most = self.engine.profiles[self.profile][name]
        self.fake.cuda.calls.append("set_input_shape")
        self.shapes[name] = tuple(shape)
        return all(low <= n <= high for low, n, high in zip(least, shape, most, strict=True))

    def infer_shapes(self) -> list[str]:
        return [name for name in self.engine.names[:-1] if name not in self.shapes]

    def get_tensor_shape(self, name: str) -> Dims:
        rows = -1 if "endless" in self.fake.faults else self.shapes[self.engine.names[0]][0]
        return Dims((rows,)) if name == OUTPUT else Dims(self.shapes[name])

    def set_tensor_address(self, name: str, memory: int) -> bool:
        assert self.fake.cuda.address_is_known(memory)
        self.addresses[name] = memory
        return "address" not in self.fake.faults

    def execute_async_v3(self, stream_handle: int) -> bool:
        assert self.addresses.keys() == set(self.engine.names)
        assert self.fake.cuda.address_is_known(stream_handle)
        self.fake.cuda.calls.append("execute_async_v3")
        if "execute" in self.fake.faults:
            return False
        self.fake.cuda.enqueue(self._compute)
        return True

    def _compute(self) -> None:
        shape = self.shapes[self.engine.names[0]]
        n = int(np.prod(shape))
        given = (ctypes.c_float * n).from_address(self.addresses[self.engine.names[0]])
        rows = np.ctypeslib.as_array(given).reshape(shape[0], -1).mean(axis=1)
        out = (ctypes.c_float * shape[0]).from_address(self.addresses[OUTPUT])
        np.ctypeslib.as_array(out)[:] = rows


def install(
    monkeypatch: pytest.MonkeyPatch, version: str = "10.13.3.9", n_devices: int = 1
) -> FakeTensorRt:
    """Puts both packages in place for one test."""
    cuda = FakeCudaRuntime(n_devices)
    fake = FakeTensorRt(version, cuda)
    bindings = ModuleType("cuda.bindings")
    bindings.runtime = cuda  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cuda", ModuleType("cuda"))
    monkeypatch.setitem(sys.modules, "cuda.bindings", bindings)
    monkeypatch.setitem(sys.modules, "tensorrt", fake)
    return fake
