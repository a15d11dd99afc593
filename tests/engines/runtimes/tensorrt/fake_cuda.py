"""A CUDA runtime without a GPU: its device memory is memory of the process, its stream obeys."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import SimpleNamespace
from typing import Any


class FakeError(IntEnum):
    cudaSuccess = 0  # noqa: N815
    cudaErrorMemoryAllocation = 2  # noqa: N815
    cudaErrorInsufficientDriver = 35  # noqa: N815
    cudaErrorNoDevice = 100  # noqa: N815
    cudaErrorIllegalAddress = 700  # noqa: N815
    cudaErrorStreamCaptureUnsupported = 900  # noqa: N815


class FakeKind(IntEnum):
    cudaMemcpyHostToDevice = 1  # noqa: N815
    cudaMemcpyDeviceToHost = 2  # noqa: N815


class FakeMode(IntEnum):
    cudaStreamCaptureModeThreadLocal = 1  # noqa: N815


Work = Callable[[], None]


class FakeCudaRuntime:
    """`cuda.bindings.runtime`: what it does not have raises AttributeError, as a typo would.

    Attributes:
        calls: the names of the calls, in order.
        faults: a call's name to the error that it answers with from now on.
        left: addresses that nobody has freed.
        n_devices: GPUs of the machine.
    """

    cudaError_t = FakeError  # noqa: N815
    cudaMemcpyKind = FakeKind  # noqa: N815
    cudaStreamCaptureMode = FakeMode  # noqa: N815
    cudaStreamNonBlocking = 1  # noqa: N815
    cudaEventDefault = 0  # noqa: N815

    def __init__(self, n_devices: int = 1) -> None:
        self.calls: list[str] = []
        self.faults: dict[str, FakeError] = {}
        self.left: dict[int, Any] = {}
        self.n_devices = n_devices
        self.device = 0
        """The one in use."""
        self._captured: list[Work] | None = None
        self._next = 1

    def enqueue(self, work: Work) -> None:
        """A kernel: runs at once, or goes into the graph that is being captured."""
        if self._captured is None:
            work()
        else:
            self._captured.append(work)

    def address_is_known(self, address: int) -> bool:
        return address in self.left

    def cudaGetDeviceCount(self) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaGetDeviceCount", self.n_devices)

    def cudaSetDevice(self, device: int) -> tuple[Any, ...]:  # noqa: N802
        self.device = device
        return self._answer("cudaSetDevice")

    def cudaGetDeviceProperties(self, device: int) -> tuple[Any, ...]:  # noqa: N802
        name = f"NVIDIA Fake {device + 1}\0\0".encode()
        found = SimpleNamespace(name=name, major=8, minor=9)
        return self._answer("cudaGetDeviceProperties", found)

    def cudaDriverGetVersion(self) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaDriverGetVersion", 13020)

    def cudaRuntimeGetVersion(self) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaRuntimeGetVersion", 13000)

    def cudaMalloc(self, size: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaMalloc", lambda: self._taken(size))

    def cudaMallocHost(self, size: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaMallocHost", lambda: self._taken(size))

    def cudaFree(self, devPtr: int) -> tuple[Any, ...]:  # noqa: N802, N803
        del self.left[devPtr]
        return self._answer("cudaFree")

    def cudaFreeHost(self, ptr: int) -> tuple[Any, ...]:  # noqa: N802
        del self.left[ptr]
        return self._answer("cudaFreeHost")

    def cudaMemcpyAsync(  # noqa: N802
        self, dst: int, src: int, count: int, kind: FakeKind, stream: int
    ) -> tuple[Any, ...]:
        assert stream in self.left
        return self._answer("cudaMemcpyAsync", do=lambda: ctypes.memmove(dst, src, count))

    def cudaStreamCreateWithFlags(self, flags: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaStreamCreateWithFlags", self._handle)

    def cudaStreamSynchronize(self, stream: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaStreamSynchronize")

    def cudaStreamDestroy(self, stream: int) -> tuple[Any, ...]:  # noqa: N802
        del self.left[stream]
        return self._answer("cudaStreamDestroy")

    def cudaStreamBeginCapture(  # noqa: N802
        self, stream: int, mode: FakeMode
    ) -> tuple[Any, ...]:
        self._captured = []
        return self._answer("cudaStreamBeginCapture")

    def cudaStreamEndCapture(self, stream: int) -> tuple[Any, ...]:  # noqa: N802
        captured, self._captured = self._captured, None
        return self._answer("cudaStreamEndCapture", captured)

    def cudaGraphInstantiate(self, graph: list[Work], flags: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaGraphInstantiate", graph)

    def cudaGraphLaunch(  # noqa: N802
        self,
        graphExec: list[Work],  # noqa: N803
        stream: int,
    ) -> tuple[Any, ...]:
        return self._answer("cudaGraphLaunch", do=lambda: [work() for work in graphExec])

    def cudaGraphExecDestroy(self, graphExec: list[Work]) -> tuple[Any, ...]:  # noqa: N802, N803
        return self._answer("cudaGraphExecDestroy")

    def cudaGraphDestroy(self, graph: list[Work]) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaGraphDestroy")

    def cudaEventCreateWithFlags(self, flags: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaEventCreateWithFlags", self._handle)

    def cudaEventRecord(self, event: int, stream: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaEventRecord")

    def cudaEventElapsedTime(self, start: int, end: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer("cudaEventElapsedTime", 1.5)

    def cudaEventDestroy(self, event: int) -> tuple[Any, ...]:  # noqa: N802
        del self.left[event]
        return self._answer("cudaEventDestroy")

    def cudaGetErrorName(self, error: FakeError) -> tuple[Any, ...]:  # noqa: N802
        return FakeError.cudaSuccess, error.name.encode()

    def cudaGetErrorString(self, error: FakeError) -> tuple[Any, ...]:  # noqa: N802
        return FakeError.cudaSuccess, b"words of " + error.name.encode()

    def _answer(self, name: str, value: Any = None, do: Work | Any = None) -> tuple[Any, ...]:
        self.calls.append(name)
        if name in self.faults:
            return (self.faults[name], None)
        if do is not None:
            self.enqueue(do)
        if value is None:
            return (FakeError.cudaSuccess,)
        return FakeError.cudaSuccess, value() if callable(value) else value

    def _taken(self, size: int) -> int:
        memory = ctypes.create_string_buffer(size)
        self.left[ctypes.addressof(memory)] = memory
        return ctypes.addressof(memory)

    def _handle(self) -> int:
        self._next += 1
        self.left[self._next] = None
        return self._next


@contextmanager
def asked(cuda: FakeCudaRuntime) -> Iterator[list[str]]:
    """The calls made within."""
    before = len(cuda.calls)
    calls: list[str] = []
    yield calls
    calls += cuda.calls[before:]
