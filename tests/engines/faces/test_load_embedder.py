"""Which embedder a name asks for, and that a licence is told first."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.errors import InferenceError, ModelFileError
from engines.faces.insightface_embedder import LICENCE
from engines.faces.port import FaceCrop
from engines.load import ON_PROCESSOR, EngineSettings, Runtime, load_face_embedder


def untold(text: str) -> None:
    raise AssertionError(text)


def write_mean(path: Path) -> None:
    """A network with insightface's input that gives the mean of each channel."""
    from onnx import TensorProto, helper, save

    value: Any = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["input.1"], ["683"], axes=[2, 3], keepdims=0)],
        "mean",
        [value("input.1", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [value("683", TensorProto.FLOAT, ["n", 3])],
    )
    opset = helper.make_opsetid("", 17)
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), str(path))


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
def test_insightface_tells_its_licence_and_refuses_another_network(
    runtime: Runtime, tmp_path: Path
) -> None:
    for name in ("det_10g.onnx", "w600k_r50.onnx"):
        write_mean(tmp_path / name)
    told: list[str] = []
    settings = EngineSettings(runtime, threads=1)
    embedder = load_face_embedder(f"insightface:{tmp_path}", settings, told.append)
    assert told == [LICENCE]
    assert "non-commercial" in LICENCE
    with pytest.raises(InferenceError, match="no SCRFD network"):
        embedder.embed([FaceCrop(np.zeros((60, 60, 3), np.uint8), (10, 10, 50, 50))])
    embedder.close()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("facenet", "write dlib, insightface or insightface:FOLDER", id="unknown"),
        pytest.param("dlib:x", "write dlib, insightface or insightface:FOLDER", id="dlib, folder"),
        pytest.param("insightface:/nowhere", "/nowhere has no det_", id="no pack there"),
    ],
)
def test_embedders_that_are_not_there(name: str, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        load_face_embedder(name, EngineSettings(), untold)
