"""The port between model families and runtimes, and what every runtime can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from engines.types import Bytes, Floats


class Precision(StrEnum):
    """The arithmetic of a session."""

    DEFAULT = "default"
    """What the runtime thinks best for the machine: bfloat16 where the processor has it."""
    F32 = "f32"
    """Full precision: for tests and wherever numbers of two runtimes are compared."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a session computes.

    Attributes:
        threads: how many threads one `run` may use; None leaves it to the runtime.
        precision: see `Precision`.
        static_shapes: compile once more for each input shape that comes along. Faster per run
            where shapes are few (a camera's detector); a new shape costs a fraction of a second.
            ONNX Runtime and TensorRT have no such step and ignore it.
        own_copy_after: with static shapes: so many times a shape is left to a copy for all of them,
            compiled at once, before it gets its own.
        bytes_in: feed pictures as they are, uint8 ``[B, H, W, 3]``; the session makes the
            model's float32 ``[B, 3, H, W]`` 0..1 of them. For models with one input.
        columns: of the last axis of the model's only output, those that are wanted, in this order;
            None takes all. OpenVINO gives no others, the other runtimes give all.
        rounded: the same model in 8 bits, which a processor takes instead where that is quicker.
        gpu: which NVIDIA GPU, from 0, as ``nvidia-smi -L`` counts; of runtimes that take one.
    """

    threads: int | None = None
    precision: Precision = Precision.DEFAULT
    static_shapes: bool = False
    own_copy_after: int = 0
    bytes_in: bool = False
    columns: tuple[int, ...] | None = None
    rounded: Path | None = None
    gpu: int = 0

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"a session needs at least one thread; got {self.threads}")

    def on_processor(self, model: Path, *, has_bfloat16: bool) -> Path:
        """The file that a processor takes for `model`.

        Where it computes in bfloat16 that is quicker than 8 bits, and OpenVINO (2026.4) has no
        code there for networks in which both meet.
        """
        if self.rounded is None or has_bfloat16 or self.precision is Precision.F32:
            return model
        return self.rounded


class Session(Protocol):
    """One loaded model. Belongs to one thread at a time."""

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        """Computes every output from all inputs, by name. The arrays returned are the caller's.

        Inputs are float32, or bytes where `SessionOptions.bytes_in` says so.

        Raises:
            InferenceError: a name or shape does not fit the model, or the runtime failed.
        """

    def close(self) -> None:
        """Frees the model; `run` raises afterwards. Closing twice is allowed."""
