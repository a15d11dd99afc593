"""OpenVINO on the processor: the default runtime of a machine without a GPU."""

from __future__ import annotations

import os
import sys
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from engines.errors import InferenceError
from engines.runtimes.compiled import LEAST_BYTES, CompiledNetworks, code_digest, digest_of
from engines.runtimes.session import Precision, SessionOptions
from engines.types import Bytes, Floats

# Importing OpenVINO forks a process that reports the import to its makers. Where the package that
# does it cannot be imported, OpenVINO goes without: nothing leaves a race's machine unasked.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
import openvino  # noqa: E402
import openvino.opset13 as opset  # noqa: E402
from openvino.preprocess import PrePostProcessor  # noqa: E402

MAX_SHAPES: Final = 16
"""Compiled copies kept per model with static shapes; the one unused for longest goes first."""

Shapes = tuple[tuple[str, tuple[int, ...]], ...]

_CORE: Final[Any] = openvino.Core()
"""One for the process, never destroyed while it works. The CPU plugin gives the thread that loads
it an alternate signal stack and gives back the former one when its core goes: of two cores that
end in the order of their birth, the second gives back memory that the first has unmapped, and the
next signal (SIGINT, SIGCHLD) ends the process with SIGSEGV (OpenVINO 2026.4)."""

_COMPILED: Final = CompiledNetworks(_CORE)
_OWN_CODE: Final = code_digest(Path(__file__))
"""What this file does to a network before it is compiled belongs to what is kept of it."""
_MACHINE: Final = (
    openvino.get_version(),
    _CORE.get_property("CPU", "FULL_DEVICE_NAME"),
    sorted(_CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES")),
)

# With the first array it is given OpenVINO looks NumPy up. Two threads that do so at once wait for
# each other for ever: one has the interpreter, the other the lock of that look (2026.4).
openvino.Tensor(np.zeros(1, np.float32), shared_memory=True)


class OpenVinoSession:
    """A model compiled by OpenVINO, once per input shape or once for all.

    Every compiled copy keeps its own repacked weights, hence the bound on their number.
    """

    def __init__(self, model: Path, options: SessionOptions) -> None:
        """Reads `model` (ONNX).

        Raises:
            InferenceError: OpenVINO cannot read it.
        """
        model = options.on_processor(model, has_bfloat16=_computes_in_bfloat16())
        self._path = model
        self._digest: str | None = None
        self._options = options
        self._requests: OrderedDict[Shapes, Any] = OrderedDict()
        self._asked: Counter[Shapes] = Counter()
        try:
            was = model.stat()
            self._model: Any = _CORE.read_model(model)
            if was.st_size >= LEAST_BYTES and _weights_of(self._model) <= was.st_size:
                self._digest = self._key_of(model, was)
            if options.bytes_in:
                self._model = _fed_with_bytes(self._model)
            if options.columns is not None:
                self._model = _with_columns(self._model, options.columns)
        except (RuntimeError, OSError) as error:
            raise InferenceError(f"OpenVINO cannot read {model.name}: {error}") from error
        self._inputs: dict[str, Any] = {i.any_name: i.partial_shape for i in self._model.inputs}
        # Compiling for a shape may give an output the name of a folded constant: go by place.
        self._outputs: list[str] = [output.any_name for output in self._model.outputs]
        if not options.static_shapes or options.own_copy_after:
            # The one copy for all shapes: seconds beside other work, and a camera or a client
            # waits for the first call.
            try:
                self._request({})
            except RuntimeError as error:
                raise InferenceError(f"OpenVINO cannot compile {model.name}: {error}") from error

    def _key_of(self, model: Path, was: os.stat_result) -> str | None:
        """What its compiled copies are kept under; None where they are not.

        `was` is the file's state before it was read: of one replaced meanwhile nobody knows
        which of the two was.
        """
        asked = self._options.bytes_in, self._options.columns
        key = digest_of(_OWN_CODE, asked, _MACHINE, file=model)
        now = model.stat()
        same = os.path.samestat(was, now) and was.st_mtime_ns == now.st_mtime_ns
        return key if same and _OWN_CODE is not None else None

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        """See `Session.run`."""
        if self._model is None:
            raise InferenceError(f"the session of {self._path.name} is closed")
        shapes = {name: tensor.shape for name, tensor in tensors.items()}
        fits = shapes.keys() == self._inputs.keys() and all(
            self._inputs[name].compatible(openvino.PartialShape(list(shape)))
            for name, shape in shapes.items()
        )
        if not fits:
            raise InferenceError(f"{self._path.name} takes {self._inputs}; got {shapes}")
        try:
            request = self._request(tensors)
            request.infer(dict(tensors), share_inputs=True)
            return {
                name: np.array(request.get_output_tensor(place).data, np.float32)
                for place, name in enumerate(self._outputs)
            }
        except RuntimeError as error:
            raise InferenceError(f"{self._path.name} failed on {shapes}: {error}") from error

    def close(self) -> None:
        """See `Session.close`."""
        self._requests.clear()
        self._model = None

    def _request(self, tensors: Mapping[str, Floats | Bytes]) -> Any:
        key = self._copy_for(tensors)
        if key in self._requests:
            self._requests.move_to_end(key)
            return self._requests[key]
        model = self._model
        if key:
            model = self._model.clone()
            model.reshape({name: list(shape) for name, shape in key})
        settings = self._settings()
        kept_as = self._digest and digest_of(self._digest, key, settings)
        request = _COMPILED.compiled(model, kept_as, settings).create_infer_request()
        self._requests[key] = request
        if len(self._requests) > MAX_SHAPES:
            self._requests.popitem(last=False)
        return request

    def _copy_for(self, tensors: Mapping[str, Floats | Bytes]) -> Shapes:
        """The shapes of the copy that computes these: empty is the one for all shapes."""
        if not tensors or not self._options.static_shapes:
            return ()
        key = tuple((name, tensor.shape) for name, tensor in sorted(tensors.items()))
        if key in self._requests or not self._options.own_copy_after:
            return key
        self._asked[key] += 1
        # Where the copies are full, more shapes than that come often: none waits for a compiler.
        is_often = self._asked[key] > self._options.own_copy_after
        return key if is_often and len(self._requests) < MAX_SHAPES else ()

    def _settings(self) -> dict[str, str | int]:
        # Pinned, sessions of few threads all sit on the same processor and wait for each other.
        settings: dict[str, str | int] = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,
        }
        if self._options.threads is not None:
            settings["INFERENCE_NUM_THREADS"] = self._options.threads
        if self._options.precision is Precision.F32:
            settings["INFERENCE_PRECISION_HINT"] = "f32"
        # Without the hint OpenVINO chooses bfloat16 only where the processor computes in it:
        # asking for it elsewhere was seven times slower.
        return settings


def _computes_in_bfloat16() -> bool:
    """Whether this processor does, and OpenVINO therefore lets it."""
    return "BF16" in _CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _weights_of(model: Any) -> int:
    """Bytes. More than its file has: they lie in other files, whose changes nobody would see."""
    constants = (node for node in model.get_ops() if node.get_type_name() == "Constant")
    return sum(int(constant.get_byte_size()) for constant in constants)


def _fed_with_bytes(model: Any) -> Any:
    """The model with uint8 ``[B, H, W, 3]`` in place of float32 ``[B, 3, H, W]`` 0..1."""
    images = model.inputs[0]
    # In a copy for all shapes OpenVINO divides very slowly: a quarter of the detector's time.
    in_weights = _scale_weights(images, 1 / 255)
    changed = PrePostProcessor(model)
    pictures = changed.input()
    pictures.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    pictures.model().set_layout(openvino.Layout("NCHW"))
    pictures.preprocess().convert_element_type(openvino.Type.f32)
    if not in_weights:
        pictures.preprocess().scale(255.0)
    return changed.build()


def _with_columns(model: Any, columns: Sequence[int]) -> Any:
    """The model with these columns of its output's last axis: PP-OCR has a hundred times as many,
    and they take time to copy.

    Raises:
        InferenceError: it has several outputs, or not so many columns.
    """
    shapes = {output.any_name: output.partial_shape for output in model.outputs}
    [shape, *others] = shapes.values()
    known = shape.rank.is_static and len(shape) > 0 and shape[-1].is_static
    if others or not known or shape[-1].get_length() <= max(columns):
        raise InferenceError(
            f"one output of {max(columns) + 1} columns or more is needed; there are {shapes}"
        )
    every = model.get_results()[0].input_value(0)
    wanted = opset.gather(every, opset.constant(list(columns)), opset.constant(-1)).output(0)
    wanted.get_tensor().set_names(every.get_names())
    return openvino.Model([wanted], model.get_parameters())


def _scale_weights(images: Any, scale: float) -> bool:
    """Let the first convolutions multiply what they see; False where something else sees it too."""
    shown = [(to.get_index(), to.get_node()) for to in images.get_target_inputs()]
    shown = [(place, node) for place, node in shown if node.get_type_name() != "ShapeOf"]
    if any(
        node.get_type_name() != "Convolution"
        or place != 0
        or node.get_input_element_type(1) != openvino.Type.f32
        for place, node in shown
    ):
        return False
    for _, convolution in shown:
        weights = opset.multiply(convolution.input_value(1), np.float32(scale))
        convolution.input(1).replace_source_output(weights.output(0))
    return True
