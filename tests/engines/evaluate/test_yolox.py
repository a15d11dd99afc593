"""Rows made by hand, a session that plays the file, and the file itself where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engines.errors import InferenceError, ModelFileError
from engines.evaluate.labels import read_image
from engines.evaluate.yolox import SIDE, YoloxPersons, decode, letterboxed, load_baseline
from engines.load import EngineSettings
from engines.picture import RgbPicture
from engines.types import Floats, Kind
from tests.engines.tiny_models import SHARED, FakeSession

N_CELLS = 52 * 52 + 26 * 26 + 13 * 13
Cell = tuple[int, float, float, float, float, float, float]
"""Row; x, y and w, h as the network gives them; the object's probability, the person's."""


def table(cells: Sequence[Cell]) -> Floats:
    rows = np.zeros((N_CELLS, 85), np.float32)
    for row, x, y, w, h, thing, person in cells:
        rows[row, :6] = x, y, np.log(w), np.log(h), thing, person
    return rows


@pytest.mark.parametrize(
    ("cell", "box"),
    [
        # Stride 8: column 3, row 2 of 52. Centre (3.5, 2.5) * 8, 2 by 4 cells.
        ((2 * 52 + 3, 0.5, 0.5, 2, 4, 0.9, 1), (20, 4, 36, 36)),
        # Stride 16: column 1, row 1 of 26.
        ((52 * 52 + 27, 0.0, 0.5, 1, 1, 0.9, 1), (8, 16, 24, 32)),
        # Stride 32: the last cell, clipped to the picture.
        ((N_CELLS - 1, 0.5, 0.5, 4, 4, 0.9, 1), (336, 336, 416, 416)),
    ],
)
def test_where_a_cell_sees_a_person(cell: Cell, box: tuple[float, ...]) -> None:
    found = decode(table([cell]), 1.0, (SIDE, SIDE))
    assert found.boxes[0] == pytest.approx(box, abs=1e-3)
    assert found.scores[0] == pytest.approx(0.9)
    assert found.kinds.tolist() == [Kind.PERSON]


@pytest.mark.parametrize(
    ("situation", "cells", "scores"),
    [
        ("nothing", [], []),
        ("another class", [(9, 0.5, 0.5, 2, 4, 0.9, 0.001)], []),
        ("no object", [(9, 0.5, 0.5, 2, 4, 0.001, 0.9)], []),
        ("a weak one is kept", [(9, 0.5, 0.5, 2, 4, 0.2, 0.1)], [0.02]),
        ("one seen twice", [(9, 0.5, 0.5, 2, 9, 0.8, 1), (9 + 52, 0.5, -0.4, 2, 9, 0.9, 1)], [0.9]),
        ("two, the better first", [(9, 0, 0, 1, 1, 0.5, 1), (30, 0, 0, 1, 1, 0.9, 1)], [0.9, 0.5]),
        ("outside of the picture", [(51, 0.5, 0.5, 0.5, 0.5, 0.9, 1)], []),
    ],
)
def test_what_is_kept(situation: str, cells: Sequence[Cell], scores: Sequence[float]) -> None:
    found = decode(table(cells), 1.0, (400, 416))
    assert found.scores.tolist() == pytest.approx(scores), situation


def test_boxes_are_in_pixels_of_the_picture() -> None:
    found = decode(table([(2 * 52 + 3, 0.5, 0.5, 2, 4, 0.9, 1)]), 0.25, (1664, 900))
    assert found.boxes[0] == pytest.approx((80, 16, 144, 144), abs=1e-2)


def test_the_picture_lies_top_left_in_blue_green_red() -> None:
    image = np.full((100, 208, 3), (10, 20, 30), np.uint8)
    tensor, scale = letterboxed(RgbPicture(image))
    assert tensor.shape == (1, 3, SIDE, SIDE)
    assert scale == 2.0
    assert tensor[0, :, 0, 0].tolist() == tensor[0, :, 199, 415].tolist() == [30, 20, 10]
    assert tensor[0, :, 200, 0].tolist() == [114] * 3


def test_the_port() -> None:
    cells: list[Cell] = [(2 * 52 + 3, 0.5, 0.5, 2, 4, 0.9, 1)]
    session = FakeSession({"output": table(cells)[None]})
    detector = YoloxPersons(session, "nano.onnx")
    pictures = [RgbPicture(np.zeros((416, 416, 3), np.uint8))] * 2
    assert [len(found) for found in detector.detect(pictures)] == [1, 1]
    assert session.inputs[0]["images"].dtype == np.float32
    with pytest.raises(ValueError, match=r"nano\.onnx takes 416x416; got \(640, 384\)"):
        detector.detect(pictures, (640, 384))
    detector.close()
    assert session.closed


def test_another_network_is_told() -> None:
    detector = YoloxPersons(FakeSession({"output": np.zeros((1, 10, 85), np.float32)}), "a.onnx")
    with pytest.raises(InferenceError, match=r"a\.onnx gives .*is it YOLOX's export"):
        detector.detect([RgbPicture(np.zeros((40, 40, 3), np.uint8))])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("nano.onnx", "write yolox=PATH"),
        ("ssd=nano.onnx", "write yolox=PATH"),
        ("yolox=", "write yolox=PATH"),
        ("yolox=nowhere.onnx", "there is no file nowhere"),
    ],
)
def test_a_baseline_named_wrongly(given: str, words: str) -> None:
    with pytest.raises(ModelFileError, match=words):
        load_baseline(given, EngineSettings())


def test_the_file_itself_finds_a_runner() -> None:
    model: Path = SHARED / "models" / "yolox_nano.onnx"
    photo = SHARED / "data" / "rbnr" / "set1_01.jpg"
    if not (model.is_file() and photo.is_file()):
        pytest.skip("no YOLOX file here")
    baseline = load_baseline(f"yolox={model}", EngineSettings(threads=1))
    picture = RgbPicture(read_image(photo))
    [found] = baseline.detector.detect([picture])
    baseline.detector.close()
    best = found.boxes[0]
    assert found.scores[0] > 0.7
    # A whole runner: higher than wide.
    assert best[3] - best[1] > 1.2 * (best[2] - best[0])
    assert best[3] - best[1] > 0.3 * picture.height
