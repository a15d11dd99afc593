import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from engines.train.plot import HEIGHT, MARGIN, WIDTH, plot_losses


def note(minutes: float, score: float, box: float) -> str:
    return json.dumps({"minutes": minutes, "score_loss": score, "box_loss": box})


def points(svg: Path) -> list[list[tuple[float, float]]]:
    lines = ET.fromstring(svg.read_text()).iter("{http://www.w3.org/2000/svg}polyline")
    return [[_point(pair) for pair in line.get("points", "").split()] for line in lines]


def _point(pair: str) -> tuple[float, float]:
    x, _, y = pair.partition(",")
    return float(x), float(y)


def test_losses_fall_down_the_picture(tmp_path: Path) -> None:
    progress = tmp_path / "progress.jsonl"
    progress.write_text("\n".join([note(1, 2.0, 1.0), note(2, 1.0, 0.5)]))
    scores, boxes = points(plot_losses(progress, tmp_path / "p.svg"))
    assert scores[0][1] < scores[1][1]
    assert scores[1][1] == pytest.approx(boxes[0][1])
    for x, y in scores + boxes:
        assert MARGIN <= x <= WIDTH - MARGIN
        assert MARGIN <= y <= HEIGHT - MARGIN


def test_a_run_without_a_note_is_an_empty_picture(tmp_path: Path) -> None:
    (tmp_path / "progress.jsonl").write_text("")
    assert points(plot_losses(tmp_path / "progress.jsonl", tmp_path / "p.svg")) == [[], []]
