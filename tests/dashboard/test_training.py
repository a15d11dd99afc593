"""`finishline train` and `models use` as their user meets them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

from dashboard.cli import main


def coco(folder: Path, box: tuple[float, float, float, float], name: str = "bib") -> Path:
    cv2.imwrite(str(folder / "a.png"), np.full((60, 80, 3), 90, np.uint8))
    labels = {
        "images": [{"id": 1, "file_name": "a.png", "width": 80, "height": 60}],
        "categories": [{"id": 1, "name": name}],
        "annotations": [{"id": 7, "image_id": 1, "category_id": 1, "bbox": box}],
    }
    path = folder / "labels.json"
    path.write_text(json.dumps(labels))
    return path


GOOD = (10, 10, 30, 20)


@pytest.mark.parametrize(
    ("situation", "box", "name", "options", "message"),
    [
        ("a box outside the picture", (70, 10, 30, 20), "bib", [], "labels.json"),
        ("a class that nobody knows", GOOD, "zebra", [], "--class zebra=bib"),
        ("a class explained badly", GOOD, "bib", ["--class", "zebra=horse"], "NAME=KIND"),
        ("no time to learn", GOOD, "bib", ["--minutes", "0"], "--minutes 0"),
        ("nothing to go on from", GOOD, "bib", ["--resume"], "no checkpoint"),
        ("pictures elsewhere", GOOD, "bib", ["--pictures", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_is_told_and_nothing_is_trained(
    situation: str,
    box: tuple[float, float, float, float],
    name: str,
    options: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    labels, out = coco(tmp_path, box, name), tmp_path / "out"
    assert main(["train", "detector", str(labels), "--out", str(out), *options]) == 2, situation
    told = capsys.readouterr().err
    assert message in told, situation
    assert "Traceback" not in told
    assert not (out / "last.pt").exists()


def test_a_data_set_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "detector", str(tmp_path / "no"), "--out", str(tmp_path / "o")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_detector_that_is_none_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "use", str(tmp_path / "detector.onnx")]) == 2
    assert "detector.json" in capsys.readouterr().err
    assert main(["models", "use", "default"]) == 0
    assert "shipped" in capsys.readouterr().out
