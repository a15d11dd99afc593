"""insightface's networks: what they are shown, and what is said when they are absent."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from engines.errors import InferenceError, ModelFileError
from engines.faces.insightface_embedder import (
    SIDE,
    TARGETS,
    VARIABLE,
    InsightfaceEmbedder,
    find_pack,
)
from engines.faces.port import FaceCrop
from engines.types import Bytes, Floats

FACE = FaceCrop(np.full((200, 200, 3), 255, np.uint8), (50, 50, 150, 150))


class FixedPoints:
    """Finds the same points in every face, or none."""

    def __init__(self, points: Floats | None) -> None:
        self.points = points
        self.closed = False

    def find(self, face: FaceCrop) -> Floats | None:
        return self.points

    def close(self) -> None:
        self.closed = True


class MeanColour:
    """A recognition network whose vector is the mean of each channel, and one."""

    def __init__(self, shape: tuple[int, ...] = (-1, 4)) -> None:
        self.shape = shape
        self.shown: list[Floats] = []
        self.closed = False

    def run(self, tensors: Mapping[str, Floats | Bytes]) -> dict[str, Floats]:
        [tensor] = tensors.values()
        self.shown.append(np.asarray(tensor, np.float32))
        means = tensor.mean(axis=(2, 3))
        rows = np.hstack([means, np.ones((len(means), 1))])
        return {"683": np.asarray(rows, np.float32).reshape(self.shape)}

    def close(self) -> None:
        self.closed = True


def targets(scale: float = 1.0) -> Floats:
    return np.asarray(TARGETS, np.float32) * scale


def test_a_face_is_aligned_and_embedded() -> None:
    image = np.zeros((224, 224, 3), np.uint8)
    image[..., 0] = 255
    network = MeanColour()
    embedder = InsightfaceEmbedder(network, FixedPoints(targets(2)))
    [template] = embedder.embed([FaceCrop(image, (40, 40, 180, 200))])
    assert template is not None
    assert template.vector == pytest.approx([0.5, -0.5, -0.5, 0.5], abs=1e-3)
    [tensor] = network.shown
    assert tensor.shape == (1, 3, SIDE, SIDE)
    assert (tensor[0, 0].min(), tensor[0, 1].max()) == (1, -1)
    assert 0 < template.quality <= 1


def test_a_face_without_points_has_no_template() -> None:
    network = MeanColour()
    assert InsightfaceEmbedder(network, FixedPoints(None)).embed([FACE]) == [None]
    assert network.shown == []


def test_many_faces_go_in_batches() -> None:
    network = MeanColour()
    found = InsightfaceEmbedder(network, FixedPoints(targets())).embed([FACE] * 20)
    assert [len(tensor) for tensor in network.shown] == [16, 4]
    assert all(template is not None for template in found)


def test_another_kind_of_network_is_refused() -> None:
    embedder = InsightfaceEmbedder(MeanColour((1, 2, 2)), FixedPoints(targets()))
    with pytest.raises(InferenceError, match=r"gives \[1, D\]"):
        embedder.embed([FACE])


def test_closing_frees_both_networks() -> None:
    network, points = MeanColour(), FixedPoints(None)
    InsightfaceEmbedder(network, points).close()
    assert network.closed
    assert points.closed


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        pytest.param((), "det_*.onnx", id="an empty folder"),
        pytest.param(("det_10g.onnx",), "w600k_*.onnx", id="no recognition"),
        pytest.param(("w600k_r50.onnx",), "det_*.onnx", id="no detector"),
    ],
)
def test_a_pack_that_is_not_whole(files: tuple[str, ...], missing: str, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(ModelFileError) as told:
        find_pack(str(tmp_path))
    for part in (missing, str(tmp_path), "insightface-cli model.download", "non-commercial"):
        assert part in str(told.value)


def test_a_pack_is_named_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("det_10g.onnx", "w600k_r50.onnx", "genderage.onnx"):
        (tmp_path / name).touch()
    named = find_pack(str(tmp_path))
    assert (named.points.name, named.recognition.name) == ("det_10g.onnx", "w600k_r50.onnx")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert find_pack("") == named
