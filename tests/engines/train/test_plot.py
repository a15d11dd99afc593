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


@pytest.mark.parametrize("has_file", [True, False])
def test_a_run_without_a_note_is_an_empty_picture(has_file: bool, tmp_path: Path) -> None:
    if has_file:
        (tmp_path / "progress.jsonl").write_text("")
    assert points(plot_losses(tmp_path / "progress.jsonl", tmp_path / "p.svg")) == [[], []]


@pytest.mark.parametrize(
    ("situation", "notes", "n_points"),
    [
        ("two notes in one moment", [note(1, 2.0, 1.0), note(1, 1.0, 0.5)], 2),
        ("the last one cut off", [note(1, 2.0, 1.0), note(2, 1.0, 0.5)[:20]], 1),
        (
            "learnt again from the checkpoint",
            [note(1, 2.0, 1.0), note(1.5, 1.8, 0.9), note(2, 1.6, 0.8), note(1.2, 1.9, 0.9)],
            2,
        ),
    ],
)
def test_the_clock_of_a_run_goes_forward(
    situation: str, notes: list[str], n_points: int, tmp_path: Path
) -> None:
    progress = tmp_path / "progress.jsonl"
    progress.write_text("\n".join(notes))
    for line in points(plot_losses(progress, tmp_path / "p.svg")):
        assert len(line) == n_points, situation
        assert line == sorted(line)
