"""One optimisation profile of an engine at work: a context, its memory, and perhaps a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from engines.errors import InferenceError
from engines.runtimes.tensorrt.cuda import Block, Cuda, CudaError
from engines.runtimes.tensorrt.shapes import Range, Ranges, Shape
from engines.types import Floats

if TYPE_CHECKING:
    import tensorrt as trt

Fill = Callable[[Floats], None]
"""Writes an input into the float32 array that it is given, of the input's shape."""


class Lane:
    """Runs inputs of one range of shapes; a fixed shape is captured once and replayed."""

    def __init__(
        self,
        engine: trt.ICudaEngine,
        number: int,
        inputs: list[str],
        outputs: list[str],
        cuda: Cuda,
        stream: Any,
    ) -> None:
        """Takes memory for the largest shapes of profile `number`.

        Raises:
            InferenceError: the context cannot be made, or an output has no bound on its size.
        """
        self._cuda, self._stream = cuda, stream
        self._inputs, self._outputs = inputs, outputs
        self._device: dict[str, Block] = {}
        self._host: dict[str, Block] = {}
        self._graph: Any = None
        self._known: dict[str, Shape] = {}
        self._capturable = True
        context: trt.IExecutionContext = engine.create_execution_context()
        self._context: trt.IExecutionContext = context
        if context is None:
            raise InferenceError("TensorRT made no context; the GPU's memory may be full")
        try:
            if not context.set_optimization_profile_async(number, int(stream)):
                raise InferenceError(f"TensorRT refuses profile {number}")
            cuda.wait(stream)
            self.ranges: Ranges = {name: _range(engine, name, number) for name in inputs}
            self._take_memory()
        except BaseException:
            self.close()
            raise

    def _take_memory(self) -> None:
        largest = self._shaped({name: range_.most for name, range_ in self.ranges.items()})
        for name, shape in largest.items():
            n_bytes = 4 * int(np.prod(shape, dtype=np.int64))
            self._device[name] = self._cuda.on_device(n_bytes)
            self._host[name] = self._cuda.on_host(n_bytes)
            if not self._context.set_tensor_address(name, self._device[name].address):
                raise InferenceError(f"TensorRT refuses the memory of {name!r}")

    def _shaped(self, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
        """Sets the inputs' shapes; returns those of all tensors."""
        context = self._context
        for name, shape in shapes.items():
            if not context.set_input_shape(name, shape):
                raise InferenceError(f"TensorRT refuses {shape} for {name!r}")
        unknown = context.infer_shapes()
        if unknown:
            raise InferenceError(f"TensorRT misses the shape or the value of {list(unknown)}")
        out = {name: tuple(context.get_tensor_shape(name)) for name in self._outputs}
        endless = [name for name, shape in out.items() if any(n < 0 for n in shape)]
        if endless:
            raise InferenceError(f"the sizes of {endless} depend on what is in the picture")
        return {**shapes, **out}

    def run(self, shapes: Mapping[str, Shape], fills: Mapping[str, Fill]) -> dict[str, Floats]:
        """Computes the outputs; a fixed shape from the second time on as a CUDA graph.

        Args:
            shapes: of the inputs, within the lane's ranges.
            fills: what writes each input.

        Raises:
            InferenceError: TensorRT or CUDA failed.
        """
        if self._graph is None:
            self._known = self._shaped(shapes)
        all_shapes = self._known
        for name in self._inputs:
            fills[name](self._host[name].array(all_shapes[name]))
            n_bytes = _n_bytes(all_shapes[name])
            self._cuda.upload(self._host[name], self._device[name], n_bytes, self._stream)
        if self._graph is None:
            self._execute()
        else:
            self._cuda.launch(self._graph, self._stream)
        for name in self._outputs:
            n_bytes = _n_bytes(all_shapes[name])
            self._cuda.download(self._device[name], self._host[name], n_bytes, self._stream)
        self._cuda.wait(self._stream)
        if self._graph is None:
            self._capture()
        return {name: self._host[name].array(all_shapes[name]).copy() for name in self._outputs}

    def _execute(self) -> None:
        if not self._context.execute_async_v3(int(self._stream)):
            raise InferenceError("TensorRT could not start; its words are on stderr")

    def _capture(self) -> None:
        """After a first run, which does what a shape needs only once."""
        if not self._capturable or not all(range_.fixed for range_ in self.ranges.values()):
            return
        self._capturable = False
        try:
            self._graph = self._cuda.captured(self._stream, self._execute)
        except (CudaError, InferenceError):
            # Not everything can be captured. The lane goes on as it ran just now: a fault of the
            # GPU itself comes out at the next call.
            self._graph = None

    def close(self) -> None:
        """Gives everything back. Closing twice is allowed."""
        graph, self._graph = self._graph, None
        if graph is not None:
            self._cuda.free_graph(graph)
        # The context first: it holds the addresses.
        self._context = None
        for block in self._take(self._device):
            self._cuda.free_device(block)
        for block in self._take(self._host):
            self._cuda.free_host(block)

    @staticmethod
    def _take(blocks: dict[str, Block]) -> list[Block]:
        taken = list(blocks.values())
        blocks.clear()
        return taken


def _range(engine: trt.ICudaEngine, name: str, number: int) -> Range:
    least, usual, most = engine.get_tensor_profile_shape(name, number)
    return Range(tuple(least), tuple(usual), tuple(most))


def _n_bytes(shape: Shape) -> int:
    return 4 * int(np.prod(shape, dtype=np.int64))
