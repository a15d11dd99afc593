"""PP-OCR's recognition network as something that learns: read from an ONNX file, written back.

PyTorch runs the graph node by node, so that every weight keeps its name and the trained ones go
back into the same graph, which all runtimes know. Of its 18 709 characters those that stand for one
of a bib are kept, and some of the others: what looks like these is no character of a bib. Without
them the edge of a logo beside a number became an F.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np
import onnx
import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import Tensor, nn

from engines.errors import ModelFileError
from engines.reader import INPUT, folding
from engines.train.bib_reader.crop_input import PP_OCR, CropInput
from engines.types import ALPHABET

CHARACTERS: Final = "character"
"""The note of an ONNX file that lists the network's characters, one a line, column 1 first."""

_MOST_KEPT: Final = 5000
"""A network with more characters than these is PP-OCR's own."""

_LEAST: Final = 1e-10

_NARROW: Final = "_16"
"""What the name of a weight ends with that was written in 16 bits."""

_GELU: Final = ("Div", "Erf", "Add", "Mul", "Mul")

Attributes: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[Sequence[Tensor], Attributes], Tensor]
Model: TypeAlias = Any
"""An ``onnx.ModelProto``."""


N_OTHERS: Final = 2000
"""Characters that no bib has and that are kept: those that the network expects most."""


def bib_model(file: Path, n_others: int = N_OTHERS) -> Model:
    """PP-OCR's network with the columns that `engines.reader.folding` names and `n_others` more.

    Raises:
        ModelFileError: the file is no such network.
    """
    model = _loaded(file)
    characters = _characters(model)
    try:
        meant, _ = folding(characters)
    except ModelFileError as error:
        raise ModelFileError(f"{file}: {error}") from error
    _pass_identities(model.graph)
    product, bias, softmax = model.graph.node[-3:]
    if [node.op_type for node in (product, bias, softmax)] != ["MatMul", "Add", "Softmax"]:
        raise ModelFileError(f"{file}: the network does not end as PP-OCR's does")
    arrays = {tensor.name: tensor for tensor in model.graph.initializer}
    expected = np.argsort(-_array(arrays[bias.input[1]])[: 1 + len(characters)], kind="stable")
    others = expected[~np.isin(expected, meant)][:n_others]
    columns = np.sort(np.concatenate((meant, others)))
    for name in (product.input[1], bias.input[1]):
        kept = np.ascontiguousarray(_array(arrays[name])[..., columns])
        arrays[name].CopyFrom(numpy_helper.from_array(kept, name))
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(columns)
    del model.graph.value_info[:]
    kept_characters = "\n".join(characters[column - 1] for column in columns[1:])
    helper.set_model_props(model, {CHARACTERS: kept_characters})
    return model


@dataclass(frozen=True)
class _Step:
    """A node of the graph: what it does with which values, and what the result is called."""

    kind: str
    given: tuple[str, ...]
    gives: str
    attributes: Attributes

    @classmethod
    def of(cls, node: Any) -> "_Step":
        attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        return cls(node.op_type, tuple(node.input), node.output[0], attributes)


def _with_gelus(steps: Sequence[_Step]) -> list[_Step]:
    """The steps with each Gaussian error unit in one: learning takes three fifths of the time."""
    joined: list[_Step] = []
    place = 0
    while place < len(steps):
        some = steps[place : place + len(_GELU)]
        if tuple(step.kind for step in some) == _GELU and some[0].given[0] == some[3].given[0]:
            joined.append(_Step("Gelu", some[0].given[:1], some[-1].gives, {}))
            place += len(_GELU)
        else:
            joined.append(steps[place])
            place += 1
    return joined


class PpOcrNetwork(nn.Module):
    """Crops [B, 3, 48, W] (BGR, -1..1, W a multiple of 8) to log-probabilities [B, W / 8, 38].

    Column 0 is blank, column i + 1 is `ALPHABET[i]`, folded as `engines.reader.fold` does it. What
    the normalisations have gathered stays as it is; all other weights learn.

    Args:
        model: of `bib_model`, or one that was written by `write`.

    Raises:
        ModelFileError: a character of a bib is missing, or there is a kind of node that is not
            known here.
    """

    input: ClassVar[CropInput] = PP_OCR

    def __init__(self, model: Model) -> None:
        super().__init__()
        graph = model.graph
        unknown = sorted({node.op_type for node in graph.node} - set(_RUNS))
        if unknown:
            raise ModelFileError(f"the network has nodes that cannot be trained: {unknown}")
        self._model = model
        characters = _characters(model)
        columns, starts = folding(characters)
        symbols = torch.zeros(1 + len(characters), dtype=torch.int64)
        for symbol, meant in enumerate(np.split(columns, starts[1:])):
            symbols[torch.from_numpy(meant)] = symbol
        # What no bib has counts as blank.
        one_hot = F.one_hot(symbols, 1 + len(ALPHABET)).float()
        self.register_buffer("symbols", one_hot, persistent=False)
        self._steps = _with_gelus([_Step.of(node) for node in graph.node])
        gathered = {
            name for n in graph.node if n.op_type == "BatchNormalization" for name in n.input[3:]
        }
        self.weights = nn.ParameterDict()
        self._shapes: dict[str, Tensor] = {}
        for tensor in graph.initializer:
            key, value = _key(tensor.name), torch.from_numpy(_array(tensor))
            if not value.is_floating_point():
                self._shapes[key] = value
            elif value.numel() == 1 or tensor.name in gathered:
                self.register_buffer(key, value, persistent=False)
            else:
                self.weights[key] = nn.Parameter(value.float())

    @classmethod
    def of(cls, file: Path) -> "PpOcrNetwork":
        """The network of a file: PP-OCR's own, or one that was written by `write`.

        Raises:
            ModelFileError: the file holds no such network.
        """
        model = _loaded(file)
        return cls(bib_model(file) if len(_characters(model)) > _MOST_KEPT else model)

    def forward(self, crops: Tensor) -> Tensor:
        """See the class."""
        values = {INPUT: crops}
        *steps, softmax = self._steps
        for step in steps:
            given = [self._value(name, values) for name in step.given]
            values[step.gives] = _RUNS[step.kind](given, step.attributes)
        probabilities = values[softmax.given[0]].float().softmax(-1) @ self.get_buffer("symbols")
        return probabilities.clamp_min(_LEAST).log()

    def _value(self, name: str, values: Mapping[str, Tensor]) -> Tensor:
        if name in values:
            return values[name]
        key = _key(name)
        if key in self.weights:
            weight: Tensor = self.weights[key]
            return weight
        return self._shapes[key] if key in self._shapes else self.get_buffer(key)

    def write(self, file: Path) -> Path:
        """Writes the network as it is now, its weights in 16 bits."""
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        widened = []
        for tensor in model.graph.initializer:
            key, name = _key(tensor.name), tensor.name
            if key not in self.weights:
                continue
            value = self.weights[key].detach().cpu().numpy().astype(np.float16)
            if tensor.data_type != onnx.TensorProto.FLOAT16:
                name += _NARROW
                to = onnx.TensorProto.FLOAT
                widened.append(helper.make_node("Cast", [name], [tensor.name], to=to))
            tensor.CopyFrom(numpy_helper.from_array(value, name))
        nodes = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend([*widened, *nodes])
        onnx.checker.check_model(model)
        file.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, file)
        return file


def _key(name: str) -> str:
    """A weight's name as a module can have it, the same in either width."""
    return name.removesuffix(_NARROW).replace(".", "_")


def _array(tensor: Any) -> NDArray[Any]:
    """A copy that may be written to."""
    return np.array(numpy_helper.to_array(tensor))


def _loaded(file: Path) -> Model:
    try:
        return onnx.load(file)
    except (OSError, ValueError, DecodeError) as error:
        raise ModelFileError(f"{file} is no readable ONNX file: {error}") from error


def _pass_identities(graph: Any) -> None:
    """Takes out the nodes that hand on what they get."""
    came_from: dict[str, str] = {}
    kept = []
    for node in graph.node:
        node.input[:] = [came_from.get(name, name) for name in node.input]
        if node.op_type == "Identity":
            came_from[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    if came_from.get(graph.output[0].name) == kept[-1].output[0]:
        kept[-1].output[0] = graph.output[0].name
    del graph.node[:]
    graph.node.extend(kept)


def _characters(model: Model) -> list[str]:
    notes = {note.key: note.value for note in model.metadata_props}
    return str(notes.get(CHARACTERS, "")).splitlines()


def _convolution(given: Sequence[Tensor], attributes: Attributes) -> Tensor:
    image, weight = given[:2]
    bias = given[2] if len(given) > 2 else None
    image, padding = _padded(image, attributes, 0.0)
    return F.conv2d(image, weight, bias, attributes["strides"], padding, groups=attributes["group"])


def _greatest(given: Sequence[Tensor], attributes: Attributes) -> Tensor:
    image, padding = _padded(given[0], attributes, -torch.inf)
    return F.max_pool2d(image, attributes["kernel_shape"], attributes["strides"], padding)


def _padded(image: Tensor, attributes: Attributes, value: float) -> tuple[Tensor, tuple[int, int]]:
    """The image, and how much is still to be added above and left of it, below and right of it."""
    if attributes.get("auto_pad") == b"SAME_UPPER":
        # With steps of one pixel, all that is missing is one less than the kernel: more at the end.
        rows, columns = (size - 1 for size in attributes["kernel_shape"])
        sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        return F.pad(image, sides, value=value), (0, 0)
    top, left, *_ = attributes["pads"]
    return image, (top, left)


def _normalised(given: Sequence[Tensor], attributes: Attributes) -> Tensor:
    image, scale, shift, mean, variance = given
    return F.batch_norm(image, mean, variance, scale, shift, eps=attributes["epsilon"])


def _reshaped(given: Sequence[Tensor], _: Attributes) -> Tensor:
    value, shape = given
    sizes = [value.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())]
    return value.reshape(sizes)


def _sliced(given: Sequence[Tensor], _: Attributes) -> Tensor:
    value, start, end, axis = given[:4]
    dim, first = int(axis), int(start)
    return value.narrow(dim, first, min(int(end), value.shape[dim]) - first)


def _alike(join: Callable[[Tensor, Tensor], Tensor]) -> Run:
    """An operation of two values, in the type of the first: the weights' own would double it."""
    return lambda given, _: join(given[0], given[1].to(given[0].dtype))


_RUNS: Final[Mapping[str, Run]] = {
    "Add": _alike(torch.add),
    "AveragePool": lambda x, a: F.avg_pool2d(x[0], a["kernel_shape"], a["strides"]),
    "BatchNormalization": _normalised,
    "Cast": lambda x, _: x[0],
    "Concat": lambda x, a: torch.cat(list(x), a["axis"]),
    "Conv": _convolution,
    "Div": _alike(torch.div),
    "Erf": lambda x, _: torch.erf(x[0]),
    "Gelu": lambda x, _: F.gelu(x[0]),
    "HardSigmoid": lambda x, a: (x[0] * a["alpha"] + a["beta"]).clamp(0, 1),
    "MatMul": lambda x, _: x[0] @ x[1],
    "MaxPool": _greatest,
    "Mul": _alike(torch.mul),
    "Pow": _alike(torch.pow),
    "ReduceMean": lambda x, a: x[0].mean(a["axes"], keepdim=bool(a.get("keepdims", 1))),
    "Relu": lambda x, _: F.relu(x[0]),
    "Reshape": _reshaped,
    "Shape": lambda x, _: torch.tensor(x[0].shape),
    "Sigmoid": lambda x, _: torch.sigmoid(x[0]),
    "Slice": _sliced,
    "Softmax": lambda x, a: x[0].softmax(a["axis"]),
    "Sqrt": lambda x, _: torch.sqrt(x[0]),
    "Squeeze": lambda x, a: x[0].squeeze(a["axes"][0]),
    "Sub": _alike(torch.sub),
    "Transpose": lambda x, a: x[0].permute(a["perm"]),
    "Unsqueeze": lambda x, a: x[0].unsqueeze(a["axes"][0]),
}
