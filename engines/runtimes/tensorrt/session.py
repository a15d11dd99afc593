"""The port `Session` over an engine of TensorRT."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engines.errors import InferenceError
from engines.runtimes.session import SessionOptions
from engines.runtimes.tensorrt.bindings import tensorrt
from engines.runtimes.tensorrt.cache import discard
from engines.runtimes.tensorrt.cuda import Cuda
from engines.runtimes.tensorrt.lane import Lane
from engines.runtimes.tensorrt.shapes import Shape, lane_of
from engines.types import Bytes, Floats

if TYPE_CHECKING:
    import tensorrt as trt

_REBUILD = "build it again: finishline models build"


class DamagedEngineError(InferenceError):
    """An engine file cannot be loaded. It has been removed, so that it can be built again."""


class TensorRtSession:
    """A model as an engine, one context per profile, pinned memory for all that goes in and out.

    Inputs and outputs are float32 whatever the engine computes in. Belongs to one thread at a
    time, which may change.
    """

    def __init__(self, engine: Path, options: SessionOptions) -> None:
        """Loads `engine`, which was built on a GPU of this kind by this version of TensorRT.

        Raises:
            MissingPackageError: TensorRT or cuda-bindings is not installed.
            InferenceError: there is no such GPU, or the engine cannot be used.
            DamagedEngineError: TensorRT cannot load the file, which is removed.
        """
        self._name = engine.name
        self._options = options
        # Before anything of TensorRT is made, see `bindings.tensorrt`.
        self._cuda = Cuda(options.gpu)
        self._lanes: list[Lane] = []
        self._stream: Any = None
        self._engine: trt.ICudaEngine = self._deserialised(engine)
        try:
            self._inputs, self._outputs = self._tensors()
            self._stream = self._cuda.stream()
            for number in range(self._engine.num_optimization_profiles):
                self._lanes.append(
                    Lane(
                        self._engine, number, self._inputs, self._outputs, self._cuda, self._stream
                    )
                )
        except BaseException:
            self.close()
            raise

    def _deserialised(self, path: Path) -> trt.ICudaEngine:
        api: Any = tensorrt()
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InferenceError(f"the engine {path} cannot be read: {error}") from error
        logger: trt.Logger = api.Logger(api.Logger.WARNING)
        runtime: trt.Runtime = api.Runtime(logger)
        # Both live as long as the engine does.
        self._logger, self._runtime = logger, runtime
        engine = runtime.deserialize_cuda_engine(content)
        if engine is None:
            # As long as the file is there, its place is taken and nobody builds it again.
            try:
                discard(path)
            except OSError as error:
                raise DamagedEngineError(
                    f"TensorRT {api.__version__} cannot load {path}, and it cannot be removed "
                    f"({error.strerror or error}); remove it by hand, then {_REBUILD}"
                ) from error
            raise DamagedEngineError(
                f"TensorRT {api.__version__} cannot load {path.name}: damaged, or of another "
                f"version or GPU. It has been removed; {_REBUILD}"
            )
        return engine

    def _tensors(self) -> tuple[list[str], list[str]]:
        """The names of inputs and outputs.

        Raises:
            InferenceError: one of them is not float32 in the GPU's memory.
        """
        api: Any = tensorrt()
        engine = self._engine
        names = [engine.get_tensor_name(number) for number in range(engine.num_io_tensors)]
        for name in names:
            dtype = engine.get_tensor_dtype(name)
            if dtype != api.DataType.FLOAT:
                raise InferenceError(f"{self._name}: {name!r} is {dtype}, not float32; {_REBUILD}")
            if engine.get_tensor_location(name) != api.TensorLocation.DEVICE:
                raise InferenceError(f"{self._name}: {name!r} does not lie on the GPU; {_REBUILD}")
        inputs = [n for n in names if engine.get_tensor_mode(n) == api.TensorIOMode.INPUT]
        if self._options.bytes_in and len(inputs) != 1:
            raise InferenceError(f"{self._name} takes {inputs}; bytes fit one input only")
        return inputs, [name for name in names if name not in inputs]

    def fits(self, tensors: Mapping[str, Floats | Bytes]) -> bool:
        """Whether the engine was built for inputs of those shapes."""
        lanes = [lane.ranges for lane in self._lanes]
        return lane_of(lanes, self._shapes(tensors)) is not None

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        """See `Session.run`. Only shapes that the engine was built for, see `fits`."""
        if self._engine is None:
            raise InferenceError(f"the session of {self._name} is closed")
        if sorted(tensors) != sorted(self._inputs):
            raise InferenceError(f"{self._name} takes {self._inputs}; got {sorted(tensors)}")
        shapes = self._shapes(tensors)
        number = lane_of([lane.ranges for lane in self._lanes], shapes)
        if number is None:
            built = [dict(lane.ranges) for lane in self._lanes]
            raise InferenceError(f"{self._name} was built for {built}; got {shapes}")
        for name, tensor in tensors.items():
            if tensor.dtype != np.float32 and not self._as_bytes(tensor):
                raise InferenceError(f"{self._name}: {name!r} must be float32; got {tensor.dtype}")
        fills = {name: partial(self._fill, tensor) for name, tensor in tensors.items()}
        self._cuda.use()
        try:
            return self._lanes[number].run(shapes, fills)
        except InferenceError as error:
            raise InferenceError(f"{self._name} failed on {shapes}: {error}") from error

    def close(self) -> None:
        """See `Session.close`."""
        if self._engine is None:
            return
        self._cuda.use()
        for lane in self._lanes:
            lane.close()
        self._lanes.clear()
        if self._stream is not None:
            self._cuda.free_stream(self._stream)
            self._stream = None
        # In this order: each lives in the next one.
        self._engine = None
        self._runtime = None
        self._logger = None

    def _as_bytes(self, tensor: Floats | Bytes) -> bool:
        return self._options.bytes_in and tensor.dtype == np.uint8 and tensor.ndim == 4

    def _shapes(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Shape]:
        """As the model has them: pictures as bytes come with their channels last."""
        return {
            name: tuple(tensor.shape[place] for place in (0, 3, 1, 2))
            if self._as_bytes(tensor)
            else tuple(tensor.shape)
            for name, tensor in tensors.items()
        }

    def _fill(self, tensor: Floats | Bytes, pinned: Floats) -> None:
        """Writes an input into pinned memory, bytes as 0..1 with their channels first."""
        if self._as_bytes(tensor):
            np.multiply(tensor.transpose(0, 3, 1, 2), np.float32(1 / 255), out=pinned)
        else:
            np.copyto(pinned, tensor)
