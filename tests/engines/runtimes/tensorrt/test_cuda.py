from __future__ import annotations

import numpy as np
import pytest

from engines.runtimes.tensorrt.cuda import Cuda, CudaError, Gpu
from tests.engines.runtimes.tensorrt import fake_tensorrt
from tests.engines.runtimes.tensorrt.fake_cuda import FakeCudaRuntime, FakeError


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCudaRuntime:
    return fake_tensorrt.install(monkeypatch).cuda


def test_what_goes_to_the_gpu_comes_back(fake: FakeCudaRuntime) -> None:
    cuda = Cuda()
    assert (cuda.gpu(), cuda.versions()) == (Gpu("NVIDIA Fake 1", "8.9"), (13020, 13000))
    host, far, stream = cuda.on_host(16), cuda.on_device(16), cuda.stream()
    numbers = host.array((2, 2))
    numbers[:] = [[1, 2], [3, 4]]
    cuda.upload(host, far, 16, stream)
    numbers[:] = 0
    cuda.download(far, host, 16, stream)
    cuda.wait(stream)
    assert numbers.tolist() == [[1, 2], [3, 4]]
    first, second = cuda.event(), cuda.event()
    cuda.note(first, stream)
    cuda.note(second, stream)
    assert cuda.between_ms(first, second) == 1.5
    for event in (first, second):
        cuda.free_event(event)
    cuda.free_host(host)
    cuda.free_device(far)
    cuda.free_stream(stream)
    assert fake.left == {}


def test_a_graph_runs_when_it_is_launched(fake: FakeCudaRuntime) -> None:
    cuda = Cuda()
    host, far, stream = cuda.on_host(4), cuda.on_device(4), cuda.stream()
    numbers = host.array((1,))
    numbers[:] = 5

    def there_and_back() -> None:
        cuda.upload(host, far, 4, stream)

    graph = cuda.captured(stream, there_and_back)
    assert far.array((1,))[0] == 0
    cuda.launch(graph, stream)
    assert far.array((1,))[0] == 5
    cuda.free_graph(graph)
    assert fake.calls[-1] == "cudaGraphExecDestroy"


def test_a_capture_that_fails_is_ended(fake: FakeCudaRuntime) -> None:
    cuda = Cuda()
    stream = cuda.stream()

    def fails() -> None:
        raise KeyError("why")

    with pytest.raises(KeyError, match="why"):
        cuda.captured(stream, fails)
    assert fake.calls[-1] == "cudaStreamEndCapture"


@pytest.mark.parametrize(
    "call",
    [
        "cudaMalloc", "cudaMallocHost", "cudaMemcpyAsync", "cudaStreamBeginCapture",
        "cudaStreamCreateWithFlags", "cudaStreamEndCapture", "cudaStreamSynchronize",
        "cudaGraphInstantiate", "cudaGraphLaunch", "cudaGraphDestroy", "cudaGraphExecDestroy",
        "cudaEventCreateWithFlags", "cudaEventRecord", "cudaEventElapsedTime", "cudaEventDestroy",
        "cudaFree", "cudaFreeHost", "cudaStreamDestroy", "cudaSetDevice",
        "cudaGetDeviceProperties", "cudaDriverGetVersion", "cudaRuntimeGetVersion",
    ],
)  # fmt: skip
def test_every_call_is_checked_and_named(fake: FakeCudaRuntime, call: str) -> None:
    cuda = Cuda()
    fake.faults[call] = FakeError.cudaErrorIllegalAddress
    with pytest.raises(CudaError, match=f"{call}: cudaErrorIllegalAddress, words of"):
        _everything(cuda)


def _everything(cuda: Cuda) -> None:
    cuda.use()
    cuda.gpu()
    cuda.versions()
    host, far, stream, event = cuda.on_host(4), cuda.on_device(4), cuda.stream(), cuda.event()
    cuda.upload(host, far, 4, stream)
    cuda.note(event, stream)
    cuda.wait(stream)
    cuda.between_ms(event, event)
    graph = cuda.captured(stream, lambda: None)
    cuda.launch(graph, stream)
    cuda.free_graph(graph)
    cuda.free_event(event)
    cuda.free_host(host)
    cuda.free_device(far)
    cuda.free_stream(stream)


@pytest.mark.parametrize(
    ("device", "n_devices", "error", "words"),
    [
        pytest.param(0, 0, None, "no NVIDIA GPU; use --runtime openvino", id="no GPU"),
        pytest.param(2, 1, None, "nvidia-smi -L", id="no such GPU"),
        pytest.param(-1, 1, None, "nvidia-smi -L", id="a negative GPU"),
        pytest.param(
            0, 1, FakeError.cudaErrorInsufficientDriver, "install NVIDIA's driver", id="no driver"
        ),
    ],
)
def test_a_machine_without_it_says_what_lacks(
    monkeypatch: pytest.MonkeyPatch,
    device: int,
    n_devices: int,
    error: FakeError | None,
    words: str,
) -> None:
    fake = fake_tensorrt.install(monkeypatch, n_devices=n_devices).cuda
    if error is not None:
        fake.faults["cudaGetDeviceCount"] = error
    with pytest.raises(CudaError, match=words):
        Cuda(device)


def test_memory_has_bounds(fake: FakeCudaRuntime) -> None:
    cuda = Cuda()
    host, far, stream = cuda.on_host(8), cuda.on_device(4), cuda.stream()
    with pytest.raises(ValueError, match="8 bytes do not fit"):
        cuda.upload(host, far, 8, stream)
    with pytest.raises(ValueError, match="3 numbers do not fit into 8 bytes"):
        host.array((3,))
    assert cuda.on_device(0).n_bytes == 1
    assert host.array((2,)).dtype == np.float32
