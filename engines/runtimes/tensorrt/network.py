"""Rewrites an ONNX file into what TensorRT builds from.

`halved` writes 16-bit arithmetic into the network, which is the only way from TensorRT 11 on, and
keeps the boxes and scores in 32 bits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from engines.errors import MissingPackageError, ModelFileError
from engines.runtimes.tensorrt.bindings import INSTALL

_CARRIES: Final = frozenset({"Add", "Concat", "MaxPool", "Relu", "Resize"})
"""Operators that go on in 16 bits where all they are given is in 16 bits."""

_ROUNDED: Final = b"DequantizeLinear"


def network_bytes(model: Path) -> bytes:
    """The content of an ONNX file that TensorRT can build from.

    Raises:
        ModelFileError: it is absent, or rounded to 8 bits for processors, with steps that have a
            zero point and no sign: TensorRT takes neither.
    """
    try:
        content = model.read_bytes()
    except OSError as error:
        raise ModelFileError(f"the model {model} cannot be read: {error}") from error
    if _ROUNDED in content:
        raise ModelFileError(
            f"{model} is rounded to 8 bits for processors; give the network as it was before"
        )
    return content


def halved(model: bytes) -> bytes:
    """The same network with its convolutions, and what lies between them, in 16 bits.

    Inputs, outputs and all arithmetic of boxes and scores stay in 32 bits.

    Raises:
        MissingPackageError: the package onnx is not installed.
        ModelFileError: it is no ONNX file.
    """
    onnx = _onnx()
    proto = _parsed(onnx, model)
    constants = _constants(onnx, proto.graph)
    helper, types = onnx.helper, onnx.TensorProto
    half: set[str] = set()
    """Names that are there in 16 bits."""
    cast: dict[tuple[str, int], str] = {}
    nodes: list[Any] = []

    def as_type(name: str, wanted: int) -> str:
        """The name of a tensor in that type; a cast is added where there is none yet."""
        if (name, wanted) in cast:
            return cast[name, wanted]
        made = f"{name}/{'half' if wanted == types.FLOAT16 else 'float'}"
        cast[name, wanted] = made
        if name in constants:
            array = constants[name].astype(np.float16)
            proto.graph.initializer.append(onnx.numpy_helper.from_array(array, made))
        else:
            nodes.append(helper.make_node("Cast", [name], [made], name=made, to=wanted))
        return made

    for node in proto.graph.node:
        # Of a Resize only the picture; its scales and sizes are no pictures.
        n_given = 1 if node.op_type == "Resize" else len(node.input)
        given = [name for name in node.input[:n_given] if name]
        carried = [name in half for name in given if name not in constants]
        in_half = node.op_type == "Conv" or (
            node.op_type in _CARRIES and bool(carried) and all(carried)
        )
        for place, name in enumerate(node.input):
            if in_half and place < n_given and name and name not in half:
                node.input[place] = as_type(name, types.FLOAT16)
            elif name in half and not (in_half and place < n_given):
                node.input[place] = as_type(name, types.FLOAT)
        nodes.append(node)
        if in_half:
            half.update(node.output)
    for output in proto.graph.output:
        if output.name in half:
            _rename(nodes, output.name, f"{output.name}/inner")
            inner = f"{output.name}/inner"
            nodes.append(helper.make_node("Cast", [inner], [output.name], to=types.FLOAT))
    return _with_nodes(proto, nodes)


def _rename(nodes: list[Any], old: str, new: str) -> None:
    for node in nodes:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == old:
                    names[place] = new


def _constants(onnx: Any, graph: Any) -> dict[str, Any]:
    """Every constant by name, of initialisers and of Constant nodes."""
    found = {i.name: onnx.numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            found[node.output[0]] = onnx.numpy_helper.to_array(node.attribute[0].t)
    return found


def _with_nodes(proto: Any, nodes: list[Any]) -> bytes:
    """The model with other nodes, without constants that nobody uses any more."""
    graph = proto.graph
    used = {name for node in nodes for name in node.input} | {o.name for o in graph.output}
    nodes = [n for n in nodes if n.op_type != "Constant" or used & set(n.output)]
    kept = [initial for initial in graph.initializer if initial.name in used]
    for field, values in (("node", nodes), ("initializer", kept)):
        graph.ClearField(field)
        getattr(graph, field).extend(values)
    # Shapes and types noted for tensors in between may no longer be true.
    graph.ClearField("value_info")
    content: bytes = proto.SerializeToString()
    return content


def _parsed(onnx: Any, model: bytes) -> Any:
    # It comes with onnx.
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        return onnx.load_model_from_string(model)
    except DecodeError as error:
        raise ModelFileError(f"no readable ONNX file: {error}") from error


def _onnx() -> Any:
    try:
        import onnx  # noqa: PLC0415
        import onnx.numpy_helper  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingPackageError("onnx", INSTALL) from error
    return onnx
