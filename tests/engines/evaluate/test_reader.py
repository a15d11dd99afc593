from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.evaluate.reader import evaluate_reader
from tests.engines.tiny_models import FakeReader, reading


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((50, 80, 3), np.uint8))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "shapes"),
    [
        ("labels.csv", "file,text\na.png,12\nb.png,A7\n", [(80, 50), (80, 50)]),
        ("labels.csv", "file,text,x0,y0,x1,y1\na.png,12,1,2,31,12\nb.png,A7,0,0,9,9\n",
         [(30, 10), (9, 9)]),
        ("labels.json", json.dumps([
            {"file": "a.png", "bibs": [{"number": 12, "digits_xyxy": [1, 2, 31, 12]}]},
            {"file": "b.png", "bibs": [{"number": "A7", "digits_xyxy": [0, 0, 9, 9]}]}]),
         [(30, 10), (9, 9)]),
    ],
)  # fmt: skip
def test_both_kinds_of_labels(
    folder: Path, name: str, text: str, shapes: list[tuple[int, int]]
) -> None:
    (folder / name).write_text(text)
    reader = FakeReader([reading("12"), reading("AT")])
    told: list[tuple[int, int]] = []
    report = evaluate_reader(folder / name, reader, lambda done, n: told.append((done, n)))
    assert reader.seen == shapes
    assert (report.n_crops, report.n_right, report.accuracy) == (2, 1, 0.5)
    [error] = report.errors
    assert (error.file, error.text, error.read, error.score) == ("b.png", "A7", "AT", 0.98)
    assert told == [(2, 2)]
    assert "AT" in str(report)
    assert json.loads(json.dumps(report.to_json()))["accuracy"] == 0.5


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("labels.csv", "file,text\n", "no labelled crop"),
        ("labels.csv", "name,text\na.png,1\n", "no table"),
        ("labels.csv", "file,text,x0,y0,x1,y1\na.png,1,0,0,x,1\n", "no table"),
        ("labels.csv", "file,text\nlost.png,1\n", r"lost\.png is no readable picture"),
        ("labels.json", '[{"bibs": []}]', "no list of labelled photos"),
        ("labels.json", "[", "cannot be read"),
    ],
)
def test_unusable_labels(folder: Path, name: str, text: str, words: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(LabelError, match=words):
        evaluate_reader(folder / name, FakeReader([reading("1")]), lambda done, n: None)


def test_absent_labels(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no table"):
        evaluate_reader(tmp_path / "none.csv", FakeReader([]), lambda done, n: None)
