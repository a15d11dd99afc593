"""Builds very small ONNX files and fakes for the tests of the engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.types import ALPHABET, Bytes, Detections, Floats, Image, Kind, Picture, Reading

SHARED = Path(__file__).resolve().parents[3] / "shared"

Row = tuple[float, float, float, float, float, Kind]
"""x0, y0, x1, y1, score, kind."""


def detections(rows: Sequence[Row]) -> Detections:
    return Detections(
        np.array([row[:4] for row in rows], np.float32).reshape(-1, 4),
        np.array([row[4] for row in rows], np.float32),
        np.array([row[5] for row in rows], np.int8),
    )


def reading(text: str, certain: float = 0.98) -> Reading:
    """A reading of one step per character with a blank after each."""
    n_columns = len(ALPHABET) + 1
    probs = np.full((2 * len(text) + 1, n_columns), (1 - certain) / (n_columns - 1))
    probs[::2, 0] = certain
    for place, character in enumerate(text):
        probs[2 * place + 1, ALPHABET.index(character) + 1] = certain
    return Reading(text, (certain,) * len(text), np.log(probs).astype(np.float32))


class FakeDetector:
    """Answers with what it was given, in order; remembers the sizes of the pictures it saw."""

    def __init__(self, answers: Sequence[Detections]) -> None:
        self.answers = list(answers)
        self.seen: list[tuple[int, int]] = []
        self.sizes: list[tuple[int, int] | None] = []
        self.closed = False

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        self.seen += [(p.width, p.height) for p in pictures]
        self.sizes.append(size)
        return [self.answers.pop(0) for _ in pictures]

    def close(self) -> None:
        self.closed = True


class FakeReader:
    """Answers with what it was given, in order; remembers the shapes of the crops."""

    def __init__(self, answers: Sequence[Reading]) -> None:
        self.answers = list(answers)
        self.seen: list[tuple[int, int]] = []
        self.closed = False

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        self.seen += [(crop.shape[1], crop.shape[0]) for crop in crops]
        return [self.answers.pop(0) for _ in crops]

    def close(self) -> None:
        self.closed = True


class FakeSession:
    """Gives the same outputs at every call, cut to the batch; remembers the inputs."""

    def __init__(self, outputs: Mapping[str, Floats]) -> None:
        self.outputs = outputs
        self.inputs: list[Mapping[str, Floats | Bytes]] = []
        self.closed = False

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        self.inputs.append(tensors)
        [tensor] = tensors.values()
        return {
            name: np.broadcast_to(array, (len(tensor), *array.shape[1:]))
            for name, array in self.outputs.items()
        }

    def close(self) -> None:
        self.closed = True


def write_detector(
    path: Path, boxes: NDArray[np.float32], scores: NDArray[np.float32], kinds: Sequence[Kind]
) -> Path:
    """An ONNX file of the detector contract that finds the same boxes in every picture.

    Scores are multiplied by the picture's mean, so a white picture gives them unchanged.
    """
    from onnx import TensorProto, helper, numpy_helper, save

    k = len(boxes)
    constants: dict[str, NDArray[Any]] = {
        "boxes": boxes[None].astype(np.float32),
        "scores": scores[None].astype(np.float32),
        "classes": np.array(kinds, np.float32)[None],
        "four": np.array([k, 4], np.int64),
        "flat": np.array([k], np.int64),
        "first": np.array([0], np.int64),
        "second": np.array([1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Shape", ["images"], ["shape"]),
        node("Slice", ["shape", "first", "second"], ["batch"]),
        node("Concat", ["batch", "four"], ["shape4"], axis=0),
        node("Concat", ["batch", "flat"], ["shape1"], axis=0),
        node("Expand", ["boxes", "shape4"], ["detection_boxes"]),
        node("ReduceMean", ["images"], ["light4"], axes=[1, 2, 3], keepdims=0),
        node("Unsqueeze", ["light4", "second"], ["light"]),
        node("Mul", ["scores", "light"], ["detection_scores"]),
        node("Expand", ["classes", "shape1"], ["detection_classes"]),
    ]
    value, float_ = helper.make_tensor_value_info, TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "tiny",
        [value("images", float_, ["batch", 3, "height", "width"])],
        [
            value("detection_boxes", float_, ["batch", k, 4]),
            value("detection_scores", float_, ["batch", k]),
            value("detection_classes", float_, ["batch", k]),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"character": "0\n1\n2", "note": "tiny"})
    save(model, str(path))
    return path


def write_line_reader(path: Path, text: str) -> Path:
    """An ONNX file for `LineReader` that reads `text` in every white crop and nothing in a black.

    A step is the mean over four columns of the input, and every other step of the text is blank.
    """
    from onnx import TensorProto, helper, numpy_helper, save

    # As many steps as the smallest input has: the text, then blanks, over and over.
    n_steps, sure = 16, 20.0
    said = np.zeros((1, n_steps, 1 + len(ALPHABET)), np.float32)
    for place, character in enumerate(text):
        said[0, 2 * place, ALPHABET.index(character) + 1] = sure
    blank = np.zeros((1, 1, 1 + len(ALPHABET)), np.float32)
    blank[0, 0, 0] = sure / 4
    constants: dict[str, NDArray[Any]] = {
        "said": np.concatenate([said, np.zeros((1, 224, 38), np.float32)], 1),
        "blank": blank,
        "start": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "last": np.array([3], np.int64),
        "behind": np.array([4], np.int64),
        "four": np.array([4], np.int64),
        "channel": np.array([1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Shape", ["images"], ["shape"]),
        node("Slice", ["shape", "last", "behind"], ["width"]),
        node("Div", ["width", "four"], ["steps"]),
        node("Slice", ["said", "start", "steps", "one"], ["heard"]),
        node("ReduceMax", ["images"], ["light4"], axes=[1, 2, 3], keepdims=1),
        node("Squeeze", ["light4", "channel"], ["light"]),
        node("Mul", ["heard", "light"], ["loud"]),
        node("Add", ["loud", "blank"], ["logits"]),
        node("LogSoftmax", ["logits"], ["log_probs"], axis=2),
    ]
    value, float_ = helper.make_tensor_value_info, TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "tiny reader",
        [value("images", float_, ["batch", 3, 32, "width"])],
        [value("log_probs", float_, ["batch", "step", 1 + len(ALPHABET)])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    return path
