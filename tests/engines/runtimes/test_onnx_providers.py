from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest

from engines.errors import InferenceError
from engines.models import READER
from engines.runtimes.onnx_providers import (
    Provider,
    ProviderSettings,
    require_active,
    require_compiled,
)
from engines.runtimes.onnxruntime import OnnxRuntimeSession
from engines.runtimes.session import SessionOptions

CPU, CUDA, TENSORRT = (provider.value for provider in Provider)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        pytest.param(ProviderSettings(), [CPU], id="the processor"),
        pytest.param(ProviderSettings(Provider.CUDA), [CUDA, CPU], id="CUDA"),
        pytest.param(ProviderSettings(Provider.TENSORRT), [TENSORRT, CUDA, CPU], id="TensorRT"),
    ],
)
def test_the_chain(settings: ProviderSettings, names: list[str]) -> None:
    assert [name for name, _ in settings.chain()] == names


def test_options() -> None:
    settings = ProviderSettings(Provider.TENSORRT, 1, Path("/c"), full_precision=True)
    [(_, tensorrt), (_, cuda), (_, cpu)] = settings.chain()
    assert cuda == {"device_id": "1", "use_tf32": "0"}
    assert cpu == {}
    assert tensorrt["trt_fp16_enable"] == "0"
    assert tensorrt["trt_engine_cache_path"] == tensorrt["trt_timing_cache_path"] == "/c"
    assert ProviderSettings(Provider.TENSORRT).chain()[0][1]["trt_fp16_enable"] == "1"


@pytest.mark.parametrize(
    ("wanted", "active", "words"),
    [
        pytest.param(Provider.CUDA, [CPU], "cuDNN 9", id="fell back"),
        pytest.param(Provider.TENSORRT, [CUDA, CPU], r"libnvinfer\.so\.10", id="fell halfway"),
        pytest.param(Provider.CUDA, [], "nothing", id="none"),
        pytest.param(Provider.CUDA, [CPU, CUDA], "cuDNN", id="the wrong order"),
        pytest.param(Provider.CUDA, [CUDA, CPU], None, id="CUDA"),
        pytest.param(Provider.CPU, [CPU], None, id="the processor"),
    ],
)
def test_a_silent_fallback_is_an_error(
    wanted: Provider, active: list[str], words: str | None
) -> None:
    if words is None:
        require_active(wanted, active)
        return
    with pytest.raises(InferenceError, match=f"could not load {wanted}.*{words}"):
        require_active(wanted, active)


def test_a_package_without_the_provider_says_what_to_install() -> None:
    with pytest.raises(InferenceError, match="pip install 'onnxruntime-gpu"):
        require_compiled(Provider.CUDA, [CPU])
    require_compiled(Provider.CUDA, [CUDA, CPU])


@pytest.mark.skipif(
    CUDA in onnxruntime.get_available_providers(), reason="this ONNX Runtime knows CUDA"
)
def test_a_session_that_cannot_have_its_gpu_is_refused() -> None:
    with pytest.raises(InferenceError, match=f"has no {CUDA}"):
        OnnxRuntimeSession(READER, SessionOptions(), ProviderSettings(Provider.CUDA))
