"""What ONNX Runtime computes with, and proof that it does.

Where a provider cannot be loaded ONNX Runtime goes on with the processor and says so in its log
only. A race would be slow and nobody would know why. Pure: takes and returns names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from engines.errors import InferenceError


class Provider(StrEnum):
    """What computes, by ONNX Runtime's own name."""

    CPU = "CPUExecutionProvider"
    CUDA = "CUDAExecutionProvider"
    TENSORRT = "TensorrtExecutionProvider"


INSTALL_GPU: Final = "pip uninstall onnxruntime; pip install 'onnxruntime-gpu>=1.22'"
"""Both packages hold the same module: one must go before the other comes."""

_MENDS: Final = {
    Provider.CUDA: "install CUDA 13, cuDNN 9 and NVIDIA's driver (nvidia-smi shows it)",
    Provider.TENSORRT: "it needs TensorRT 10 (libnvinfer.so.10); 11 does not do: "
    "pip install 'finishline[tensorrt]'",
}


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Which provider, and its options.

    Attributes:
        wanted: the one that must compute.
        device: which GPU, from 0.
        cache: where TensorRT's engines and timings are kept; None keeps none.
        full_precision: 32 bits, for comparisons.
    """

    wanted: Provider = Provider.CPU
    device: int = 0
    cache: Path | None = field(default=None)
    full_precision: bool = False

    def chain(self) -> list[tuple[str, dict[str, str]]]:
        """Providers with their options, in order of preference, as ONNX Runtime takes them."""
        device = {"device_id": str(self.device)}
        cuda = device | ({"use_tf32": "0"} if self.full_precision else {})
        chain: list[tuple[str, dict[str, str]]] = []
        if self.wanted is Provider.TENSORRT:
            options = device | {"trt_fp16_enable": "0" if self.full_precision else "1"}
            if self.cache is not None:
                options |= {
                    "trt_engine_cache_enable": "1",
                    "trt_engine_cache_path": str(self.cache),
                    "trt_timing_cache_enable": "1",
                    "trt_timing_cache_path": str(self.cache),
                }
            chain.append((Provider.TENSORRT.value, options))
        if self.wanted is not Provider.CPU:
            chain.append((Provider.CUDA.value, cuda))
        # Single nodes, those that work out shapes, belong on the processor in any case.
        chain.append((Provider.CPU.value, {}))
        return chain


def require_compiled(wanted: Provider, available: Sequence[str]) -> None:
    """Looks whether the installed package knows the provider at all.

    Args:
        wanted: the provider.
        available: what ``onnxruntime.get_available_providers()`` says.

    Raises:
        InferenceError: it does not; the words say what to install.
    """
    if wanted not in available:
        raise InferenceError(
            f"this ONNX Runtime has no {wanted} (it has {', '.join(available)}); "
            f"install the one for GPUs: {INSTALL_GPU}"
        )


def require_active(wanted: Provider, active: Sequence[str]) -> None:
    """Looks whether a session that was opened computes with what it was asked for.

    Args:
        wanted: the provider.
        active: what ``InferenceSession.get_providers()`` says, in order.

    Raises:
        InferenceError: another one took its place.
    """
    if not active or active[0] != wanted:
        mend = _MENDS.get(wanted, "")
        raise InferenceError(
            f"ONNX Runtime could not load {wanted} and would compute with "
            f"{', '.join(active) or 'nothing'}; {mend}"
        )
