"""ONNX Runtime: on the processor, where it runs wherever Python does, or on an NVIDIA GPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from engines.errors import InferenceError
from engines.runtimes.onnx_providers import (
    Provider,
    ProviderSettings,
    require_active,
    require_compiled,
)
from engines.runtimes.session import SessionOptions
from engines.types import Bytes, Floats

_SILENT_BELOW_ERROR: Final = 3

# ONNX Runtime's own exceptions share no base class but Exception.
_REFUSALS: Final = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoSuchFile,
    ort_errors.RuntimeException,
    RuntimeError,
    ValueError,
)


class OnnxRuntimeSession:
    """A model run by ONNX Runtime; any input shape, float32 throughout."""

    def __init__(
        self,
        model: Path,
        options: SessionOptions,
        computes: ProviderSettings | None = None,
    ) -> None:
        """Loads `model` (ONNX).

        Args:
            model: the file.
            options: see `SessionOptions`.
            computes: what with; None is the processor.

        Raises:
            InferenceError: ONNX Runtime cannot load it, or cannot compute with that.
        """
        computes = computes or ProviderSettings()
        if computes.wanted is not Provider.CPU:
            require_compiled(computes.wanted, onnxruntime.get_available_providers())
        self._name = model.name
        self._bytes_in = options.bytes_in
        settings: Any = onnxruntime.SessionOptions()
        settings.log_severity_level = _SILENT_BELOW_ERROR
        if options.threads is not None:
            settings.intra_op_num_threads = options.threads
        # Spinning threads would take the cores from the decoder and the race.
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(model), settings, providers=computes.chain()
            )
        except _REFUSALS as error:
            raise InferenceError(f"ONNX Runtime cannot load {model.name}: {error}") from error
        require_active(computes.wanted, self._session.get_providers())
        if computes.wanted is not Provider.CPU:
            # Else a call that fails is quietly done again by the processor.
            self._session.disable_fallback()
        self._inputs: frozenset[str] = frozenset(i.name for i in self._session.get_inputs())
        self._outputs: list[str] = [output.name for output in self._session.get_outputs()]

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        """See `Session.run`."""
        if self._session is None:
            raise InferenceError(f"the session of {self._name} is closed")
        if tensors.keys() != self._inputs:
            raise InferenceError(
                f"{self._name} takes {sorted(self._inputs)}; got {sorted(tensors)}"
            )
        try:
            fed = {name: self._fed(tensor) for name, tensor in tensors.items()}
            arrays = self._session.run(self._outputs, fed)
        except _REFUSALS as error:
            shapes = {name: tensor.shape for name, tensor in tensors.items()}
            raise InferenceError(f"{self._name} failed on {shapes}: {error}") from error
        return {
            name: np.asarray(array, np.float32)
            for name, array in zip(self._outputs, arrays, strict=True)
        }

    def _fed(self, tensor: Floats | Bytes) -> Floats | Bytes:
        if not self._bytes_in or tensor.dtype != np.uint8:
            return tensor
        return np.multiply(tensor.transpose(0, 3, 1, 2), np.float32(1 / 255), order="C")

    def close(self) -> None:
        """See `Session.close`."""
        self._session = None
