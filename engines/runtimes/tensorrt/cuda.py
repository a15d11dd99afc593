"""The part of CUDA that a session needs: memory, copies, a stream, events and graphs.

Every call of the CUDA runtime returns an error code first; every code is looked at, and an error
names the call. One `Cuda` belongs to one device; what it hands out is freed by whoever took it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from engines.errors import InferenceError
from engines.runtimes.tensorrt.bindings import cuda_runtime

if TYPE_CHECKING:
    from cuda.bindings import runtime

_MENDS: Final = {
    "cudaErrorInsufficientDriver": "install NVIDIA's driver, or a newer one (nvidia-smi shows it)",
    "cudaErrorNoDevice": "this machine shows no NVIDIA GPU; use --runtime openvino",
    "cudaErrorInvalidDevice": "there is no such GPU; `nvidia-smi -L` lists them",
    "cudaErrorMemoryAllocation": "the GPU's memory is full; build with a smaller --batch or end "
    "other programs that use it",
}


class CudaError(InferenceError):
    """A call of the CUDA runtime failed.

    Attributes:
        code: the error's name, such as ``cudaErrorNoDevice``.
    """

    def __init__(self, call: str, code: str, words: str) -> None:
        mend = _MENDS.get(code)
        super().__init__(f"{call}: {code}, {words}" + (f"; {mend}" if mend else ""))
        self.code = code


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU as an engine sees it: an engine of one runs on no other kind.

    Attributes:
        name: "NVIDIA GeForce RTX 4070".
        capability: compute capability, "8.9".
    """

    name: str
    capability: str


@dataclass(frozen=True, slots=True)
class Block:
    """Memory of the GPU, or of the host where the GPU reaches it directly.

    Attributes:
        address: of the first byte.
        n_bytes: at least 1.
    """

    address: int
    n_bytes: int

    def array(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The start of a block of the host as float32 of that shape; lives as long as the block.

        Raises:
            ValueError: the block is too small.
        """
        n = int(np.prod(shape, dtype=np.int64))
        if n * 4 > self.n_bytes:
            raise ValueError(f"{n} numbers do not fit into {self.n_bytes} bytes")
        memory = (ctypes.c_float * n).from_address(self.address)
        numbers: NDArray[np.float32] = np.ctypeslib.as_array(memory).reshape(shape)
        return numbers


class Cuda:
    """One device. The calls belong to the thread that called `use` last."""

    def __init__(self, device: int = 0) -> None:
        """Finds the device.

        Raises:
            MissingPackageError: cuda-bindings is not installed.
            CudaError: there is no driver or no such device.
        """
        self._api: runtime = cuda_runtime()
        self._device = device
        # Asked first: without a driver this fails and nothing of TensorRT is touched.
        self.n_devices = int(self._done(self._api.cudaGetDeviceCount))
        """GPUs of the machine."""
        if self.n_devices == 0:
            raise CudaError("cudaGetDeviceCount", "cudaErrorNoDevice", "no GPU")
        if not 0 <= device < self.n_devices:
            raise CudaError("cudaSetDevice", "cudaErrorInvalidDevice", f"GPU {device}")
        self.use()

    def use(self) -> None:
        """The calling thread works with this device from here on."""
        self._done(self._api.cudaSetDevice, self._device)

    def gpu(self) -> Gpu:
        """Which GPU it is."""
        found: runtime.cudaDeviceProp = self._done(self._api.cudaGetDeviceProperties, self._device)
        name = found.name.decode() if isinstance(found.name, bytes) else str(found.name)
        return Gpu(name.rstrip("\0"), f"{found.major}.{found.minor}")

    def versions(self) -> tuple[int, int]:
        """CUDA of the driver and of the runtime, as NVIDIA counts: 13020 is 13.2."""
        driver = self._done(self._api.cudaDriverGetVersion)
        return int(driver), int(self._done(self._api.cudaRuntimeGetVersion))

    def on_device(self, n_bytes: int) -> Block:
        """New memory of the GPU."""
        n_bytes = max(n_bytes, 1)
        return Block(int(self._done(self._api.cudaMalloc, n_bytes)), n_bytes)

    def on_host(self, n_bytes: int) -> Block:
        """New pinned memory of the host: copies from and to it run beside other work."""
        n_bytes = max(n_bytes, 1)
        return Block(int(self._done(self._api.cudaMallocHost, n_bytes)), n_bytes)

    def free_device(self, block: Block) -> None:
        """Gives back what `on_device` gave."""
        self._done(self._api.cudaFree, block.address)

    def free_host(self, block: Block) -> None:
        """Gives back what `on_host` gave."""
        self._done(self._api.cudaFreeHost, block.address)

    def stream(self) -> Any:
        """A new stream, which does not wait for the default one; ``int()`` gives its handle."""
        return self._done(self._api.cudaStreamCreateWithFlags, int(self._api.cudaStreamNonBlocking))

    def free_stream(self, stream: Any) -> None:
        """Ends a stream."""
        self._done(self._api.cudaStreamDestroy, stream)

    def upload(self, host: Block, device: Block, n_bytes: int, stream: Any) -> None:
        """Puts a copy to the GPU into the stream."""
        kind = self._api.cudaMemcpyKind.cudaMemcpyHostToDevice
        self._copy(device, host, n_bytes, kind, stream)

    def download(self, device: Block, host: Block, n_bytes: int, stream: Any) -> None:
        """Puts a copy from the GPU into the stream."""
        kind = self._api.cudaMemcpyKind.cudaMemcpyDeviceToHost
        self._copy(host, device, n_bytes, kind, stream)

    def _copy(self, to: Block, source: Block, n_bytes: int, kind: Any, stream: Any) -> None:
        if n_bytes > min(to.n_bytes, source.n_bytes):
            raise ValueError(f"{n_bytes} bytes do not fit {source.n_bytes} to {to.n_bytes}")
        self._done(self._api.cudaMemcpyAsync, to.address, source.address, n_bytes, kind, stream)

    def wait(self, stream: Any) -> None:
        """Waits until all that was put into the stream is done; its errors come out here."""
        self._done(self._api.cudaStreamSynchronize, stream)

    def captured(self, stream: Any, work: Callable[[], None]) -> Any:
        """What `work` puts into the stream, as one graph; nothing of it runs yet.

        Raises:
            CudaError: something in it cannot be captured; the stream can be used as before.
        """
        # Of this thread alone: other threads of the process allocate as they like meanwhile.
        mode = self._api.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._done(self._api.cudaStreamBeginCapture, stream, mode)
        try:
            work()
        except BaseException:
            # The stream must leave capture mode; the error that counts is the one of `work`.
            self._api.cudaStreamEndCapture(stream)
            raise
        graph = self._done(self._api.cudaStreamEndCapture, stream)
        try:
            return self._done(self._api.cudaGraphInstantiate, graph, 0)
        finally:
            self._done(self._api.cudaGraphDestroy, graph)

    def launch(self, graph: Any, stream: Any) -> None:
        """Puts a captured graph into the stream."""
        self._done(self._api.cudaGraphLaunch, graph, stream)

    def free_graph(self, graph: Any) -> None:
        """Gives back what `captured` gave."""
        self._done(self._api.cudaGraphExecDestroy, graph)

    def event(self) -> Any:
        """A new event that notes the time."""
        return self._done(self._api.cudaEventCreateWithFlags, int(self._api.cudaEventDefault))

    def note(self, event: Any, stream: Any) -> None:
        """Puts an event into the stream."""
        self._done(self._api.cudaEventRecord, event, stream)

    def between_ms(self, first: Any, second: Any) -> float:
        """Milliseconds between two events that have happened."""
        return float(self._done(self._api.cudaEventElapsedTime, first, second))

    def free_event(self, event: Any) -> None:
        """Gives back what `event` gave."""
        self._done(self._api.cudaEventDestroy, event)

    def _done(self, call: Callable[..., tuple[Any, ...]], *arguments: object) -> Any:
        """Calls, looks at the code, and returns what came behind it: one value or None."""
        code, *values = call(*arguments)
        if code != self._api.cudaError_t.cudaSuccess:
            raise CudaError(call.__name__, *self._words(code))
        return values[0] if values else None

    def _words(self, code: Any) -> tuple[str, str]:
        """An error's name and what it means."""
        said = (self._api.cudaGetErrorName(code)[1], self._api.cudaGetErrorString(code)[1])
        name, words = (s.decode() if isinstance(s, bytes) else str(s) for s in said)
        return name, words
