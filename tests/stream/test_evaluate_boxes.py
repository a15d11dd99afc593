"""Boxes held against a clip: a real video, a detector that knows the answer."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from engines.evaluate.measures import Baseline
from engines.simulate import SimulationSettings, plan, write
from engines.types import Detections, Kind, Picture
from stream.evaluate_boxes import evaluate_boxes, read_bystanders
from stream.truth import TruthError

SCORES = dict.fromkeys(Kind, 0.5)


class Knowing:
    """Answers with the truth, shifted by `off` widths, and so surely."""

    def __init__(self, truth: Path, every: int, off: float, score: float = 0.9) -> None:
        self._score = score
        self._runners = json.loads(truth.read_text())["runners"]
        self._frame = -every
        self._every = every
        self._off = off

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        self._frame += self._every
        rows: list[tuple[list[float], Kind]] = []
        for runner in self._runners:
            for frame, *box in runner["boxes"]:
                if frame == self._frame:
                    rows.append((box[:4], Kind.PERSON))
                    rows += [(box[4:], Kind.BIB)] if box[4] is not None else []
        boxes = np.array([box for box, _ in rows], np.float32).reshape(-1, 4)
        boxes[:, [0, 2]] += self._off * (boxes[:, 2:3] - boxes[:, 0:1])
        return [
            Detections(
                boxes,
                np.full(len(rows), self._score, np.float32),
                np.array([k for _, k in rows], np.int8),
            )
        ]

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boxes")
    settings = SimulationSettings(runners=3, minutes=4 / 60, seed=3, width=640, height=360)
    write(plan(settings), folder, lambda done, total: None, force=True)
    return folder


@pytest.mark.parametrize(("off", "precision"), [(0.0, 1.0), (0.9, 0.0)])
def test_precision_follows_the_boxes(off: float, precision: float, footage: Path) -> None:
    truth = footage / "truth.json"
    detector = Knowing(truth, 5, off)
    report = evaluate_boxes(
        footage / "video.mp4", truth, detector, SCORES, lambda done, total: None, 5
    )
    told = report.to_json()
    for n_true in ("persons", "bibs", "small_bibs", "large_persons"):
        assert cast(int, told[n_true]) > 0, n_true
    assert told["person_ap50"] == pytest.approx(precision, abs=0.02)
    assert told["bib_ap40"] == pytest.approx(precision, abs=0.02)
    assert told["large_person_ap50"] == pytest.approx(precision, abs=0.02)
    assert "other" not in told


def test_a_baseline_is_measured_on_the_same_frames(footage: Path) -> None:
    truth = footage / "truth.json"
    blind = Knowing(truth, 5, 0.9)
    baseline = Baseline("other", Knowing(truth, 5, 0.0), (Kind.PERSON,), 0.3)
    report = evaluate_boxes(
        footage / "video.mp4", truth, blind, SCORES, lambda done, total: None, 5, baseline
    )
    told = report.to_json()
    assert told["person_ap50"] == pytest.approx(0, abs=0.02)
    n_true = told["persons"]
    assert told["persons_found"] == 0
    assert cast(int, told["person_boxes"]) >= cast(int, n_true)
    found = {"persons_found": n_true, "person_boxes": n_true}
    assert told["other"] == {"person_ap50": 1.0, "large_person_ap50": 1.0, **found}


@pytest.mark.parametrize(("score", "is_used"), [(0.5, True), (0.49, False)])
def test_runners_are_found_by_boxes_that_are_used(
    score: float, is_used: bool, footage: Path
) -> None:
    truth = footage / "truth.json"
    told = evaluate_boxes(
        footage / "video.mp4",
        truth,
        Knowing(truth, 5, 0.0, score),
        SCORES,
        lambda done, total: None,
        5,
    ).to_json()
    assert told["person_ap50"] == 1.0
    assert told["persons_found"] == (told["persons"] if is_used else 0)
    assert told["person_boxes"] == told["persons_found"]


def test_a_clip_without_runners(footage: Path, tmp_path: Path) -> None:
    body = json.loads((footage / "truth.json").read_text())
    empty = tmp_path / "truth.json"
    empty.write_text(json.dumps({**body, "runners": []}))
    knowing = Knowing(empty, 5, 0.0)
    told = evaluate_boxes(
        footage / "video.mp4", empty, knowing, SCORES, lambda done, total: None
    ).to_json()
    assert (told["persons"], told["person_ap50"], told["small_bib_ap40"]) == (0, None, None)


@pytest.mark.parametrize("is_told", [False, True])
def test_whoever_finds_a_bystander_is_not_punished_where_it_is_told(
    is_told: bool, footage: Path, tmp_path: Path
) -> None:
    truth = footage / "truth.json"
    body = json.loads(truth.read_text())
    seen = [row for runner in body["runners"] for row in runner["boxes"]]
    bystanders = [tuple(row[1:5]) for row in seen]
    nobody = tmp_path / "truth.json"
    nobody.write_text(json.dumps({**body, "runners": body["runners"][:1]}))
    told = evaluate_boxes(
        footage / "video.mp4",
        nobody,
        Knowing(truth, 5, 0.0),
        SCORES,
        lambda done, total: None,
        bystanders=bystanders if is_told else (),
    ).to_json()
    assert told["persons_found"] == told["persons"]
    assert (told["person_boxes"] == told["persons"]) is is_told


def test_bystanders_are_those_of_the_video(tmp_path: Path) -> None:
    table = tmp_path / "bystanders.csv"
    table.write_text("video,who,x0,y0,x1,y1\na.mp4,steward,1,2,3,4.5\nb.mp4,,5,6,7,8\n")
    assert read_bystanders(table, "a.mp4") == ((1.0, 2.0, 3.0, 4.5),)
    assert read_bystanders(table, "c.mp4") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("video,x0,y0,x1\na.mp4,1,2,3\n", "row 2: needs video"),
        ("video,x0,y0,x1,y1\na.mp4,1,2,3,4\na.mp4,1,2,three,4\n", "row 3: needs video"),
        ("video,x0,y0,x1,y1\na.mp4,3,2,1,4\n", "row 2: x0 must be below x1"),
    ],
)
def test_a_table_of_bystanders_that_is_wrong_names_the_row(
    text: str, said: str, tmp_path: Path
) -> None:
    table = tmp_path / "bystanders.csv"
    table.write_text(text)
    with pytest.raises(TruthError, match=f"bystanders.csv, {said}"):
        read_bystanders(table, "a.mp4")


def test_a_table_of_bystanders_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match="cannot be read"):
        read_bystanders(tmp_path / "none.csv", "a.mp4")
