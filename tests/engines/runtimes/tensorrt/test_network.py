"""Rewritten networks, run by ONNX Runtime on the processor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from engines.detector import OnnxDetector, overlaps
from engines.errors import MissingPackageError, ModelFileError
from engines.models import DETECTOR, PP_OCR, READER, DetectorManifest, read_manifest
from engines.picture import RgbPicture
from engines.runtimes.tensorrt.network import halved, network_bytes
from engines.simulate.scene import scene
from engines.types import Bytes, Detections, Floats

onnx = pytest.importorskip("onnx")


class Bytewise:
    """A session over a network in memory that takes bytes."""

    def __init__(self, model: bytes) -> None:
        self._session: Any = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def run(self, tensors: Any) -> dict[str, Floats]:
        [(name, tensor)] = tensors.items()
        given: Bytes = tensor
        if given.dtype == np.uint8:
            tensor = given.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
        names = [output.name for output in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, {name: tensor}), strict=True))

    def close(self) -> None:
        pass


def sure_of(found: Detections, score: float) -> Detections:
    rows = found.scores >= score
    return Detections(found.boxes[rows], found.scores[rows], found.kinds[rows])


def matched(sure: Detections, others: Detections) -> float:
    """The least overlap of a sure box with its like among others."""
    same = sure.kinds[:, None] == others.kinds[None]
    return float((overlaps(sure.boxes, others.boxes) * same).max(axis=1).min())


def test_the_shipped_detector_finds_the_same_in_every_variant() -> None:
    manifest = read_manifest(DetectorManifest, DETECTOR)
    plain = network_bytes(DETECTOR)
    rounded_file = manifest.rounded_beside(DETECTOR)
    assert rounded_file is not None
    pictures = [RgbPicture(scene(np.random.default_rng(n), 640, 384).image) for n in range(4)]
    rounded, exact, half = (
        OnnxDetector(Bytewise(model), manifest.thresholds, manifest.size).detect(pictures)
        for model in (rounded_file.read_bytes(), plain, halved(plain))
    )
    assert sum(len(sure_of(one, 0.6)) for one in exact) > 20
    for by_processor, one, in_half in zip(rounded, exact, half, strict=True):
        assert matched(sure_of(one, 0.6), by_processor) > 0.5
        assert matched(sure_of(by_processor, 0.6), one) > 0.5
        assert matched(sure_of(one, 0.6), in_half) > 0.99


@pytest.mark.parametrize(
    ("path", "name", "shape"),
    [
        pytest.param(READER, "images", (2, 3, 32, 96), id="the reader"),
        pytest.param(PP_OCR.find(), "x", (2, 3, 48, 160), id="PP-OCR"),
    ],
)
def test_readers_in_16_bits(path: Path, name: str, shape: tuple[int, ...]) -> None:
    plain = network_bytes(path)
    assert plain == path.read_bytes()
    half = halved(plain)
    onnx.checker.check_model(onnx.load_model_from_string(half), full_check=True)
    noise = np.random.default_rng(1).uniform(0, 1, shape).astype(np.float32)
    smooth = cv2.GaussianBlur(noise.reshape(-1, shape[3]), (0, 0), 3).reshape(shape)
    [first] = Bytewise(plain).run({name: smooth}).values()
    [second] = Bytewise(half).run({name: smooth}).values()
    assert second.dtype == np.float32
    # In noise two symbols may be alike: what 16 bits say is, by 32 bits, as good as the best.
    said = np.take_along_axis(first, second.argmax(axis=2)[..., None], axis=2)[..., 0]
    assert (said > first.max(axis=2) - 0.05).all()
    likely = first > first.max(axis=2, keepdims=True) - 10
    assert np.abs(first - second)[likely].max() < 0.1


def made(nodes: list[Any], constants: dict[str, NDArray[Any]]) -> bytes:
    helper = onnx.helper
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("x", 1, ["n", 2, 4, 4])],
        [helper.make_tensor_value_info("y", 1, None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17)]
    content: bytes = helper.make_model(
        graph, opset_imports=opsets, ir_version=8
    ).SerializeToString()
    return content


def node(kind: str, given: list[str], out: str, **more: Any) -> Any:
    return onnx.helper.make_node(kind, given, [out], **more)


def test_an_output_of_a_convolution_stays_in_32_bits() -> None:
    weights = {"w": np.ones((1, 2, 1, 1), np.float32)}
    nodes = [node("Conv", ["x", "w"], "c"), node("Relu", ["c"], "y"), node("Neg", ["c"], "n")]
    y = Bytewise(halved(made(nodes, weights))).run({"x": np.ones((1, 2, 4, 4), np.float32)})["y"]
    assert y.dtype == np.float32
    assert float(y.max()) == 2.0


def test_files_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelFileError, match=r"none\.onnx cannot be read"):
        network_bytes(tmp_path / "none.onnx")
    with pytest.raises(ModelFileError, match="no readable ONNX"):
        halved(b"\xff\xff\xff")
    with pytest.raises(ModelFileError, match=r"detector_8bit\.onnx is rounded to 8 bits"):
        network_bytes(DETECTOR.with_name("detector_8bit.onnx"))
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingPackageError, match="finishline"):
        halved(DETECTOR.read_bytes())
