from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.evaluate.detector import above, evaluate_detector, is_line
from engines.evaluate.measures import Baseline
from engines.types import Box, Kind
from tests.engines.tiny_models import FakeDetector, detections

SCORES = dict.fromkeys(Kind, 0.5)


def annotation(image: int, category: int, bbox: list[float], ignore: int = 0) -> dict[str, Any]:
    return {"image_id": image, "category_id": category, "bbox": bbox, "ignore": ignore}


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """Two groups of one picture each; `road` has a table of true digits."""
    for group in ("road", "track"):
        (tmp_path / group).mkdir()
        cv2.imwrite(str(tmp_path / group / "1.png"), np.zeros((100, 200, 3), np.uint8))
    digits = [{"number": "12", "digits_xyxy": [40, 40, 60, 50]}]
    entry = {"file": "1.png", "set": "road", "bibs": digits}
    (tmp_path / "road" / "labels.json").write_text(json.dumps([entry]))
    path = tmp_path / "coco.json"
    path.write_text(
        json.dumps(
            {
                "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "bib"}],
                "images": [
                    {"id": 1, "file_name": "road/1.png"},
                    {"id": 2, "file_name": "track/1.png"},
                ],
                "annotations": [
                    annotation(1, 1, [10, 10, 80, 80]),
                    annotation(1, 2, [30, 30, 40, 30]),
                    annotation(2, 1, [100, 0, 50, 100], ignore=1),
                    annotation(2, 1, [0, 0, 50, 100]),
                ],
            }
        )
    )
    return path


def test_a_report_by_group(coco: Path) -> None:
    detector = FakeDetector(
        [
            detections(
                [
                    (10, 10, 90, 90, 0.9, Kind.PERSON),
                    (30, 30, 70, 60, 0.4, Kind.BIB),
                    (38, 38, 62, 52, 0.8, Kind.NUMBER),
                ]
            ),
            detections([(100, 0, 150, 100, 0.9, Kind.PERSON), (90, 0, 99, 9, 0.1, Kind.PERSON)]),
        ]
    )
    told: list[tuple[int, int]] = []
    report = evaluate_detector(coco, detector, SCORES, lambda done, n: told.append((done, n)))
    values = {(m.group, m.kind, m.overlap): m.value for m in report.measures}
    assert values == {
        ("road", "person", 0.5): 1.0,
        ("road", "large person", 0.5): 1.0,
        ("road", "bib", 0.5): 1.0,
        ("road", "bib", 0.4): 1.0,
        ("track", "person", 0.5): 0.0,
        ("track", "large person", 0.5): 0.0,
        ("all", "person", 0.5): 0.5,
        ("all", "large person", 0.5): 0.5,
        ("all", "bib", 0.5): 1.0,
        ("all", "bib", 0.4): 1.0,
    }
    [digits] = report.digits
    # The bib's score is below the threshold of use, the number's is not.
    assert (digits.group, digits.n_true, digits.n_in_number, digits.n_in_bib) == ("road", 1, 1, 0)
    assert told == [(1, 2), (2, 2)]
    assert "road person" in str(report)
    assert json.loads(json.dumps(report.to_json()))["n_pictures"] == 2


@pytest.mark.parametrize(
    ("number", "yes"),
    [
        ((40, 40, 60, 50), True),
        ((38, 38, 62, 52), True),
        ((45, 42, 60, 50), True),
        # Holds the centre but is a whole bib, or one stroke of it.
        ((20, 20, 90, 80), False),
        ((48, 44, 52, 46), False),
        ((60, 40, 80, 50), False),
    ],
)
def test_what_counts_as_the_line(number: Box, yes: bool) -> None:
    assert is_line(np.array(number, np.float32), (40, 40, 60, 50)) is yes


def test_a_baseline_is_measured_on_what_it_looks_for(coco: Path) -> None:
    nothing = FakeDetector([detections([]), detections([])])
    row = (0, 0, 50, 100, 0.9, Kind.PERSON)
    other = FakeDetector([detections([]), detections([row, (30, 30, 70, 60, 0.9, Kind.BIB)])])
    baseline = Baseline("other", other, (Kind.PERSON,), 0.3)
    report = evaluate_detector(coco, nothing, SCORES, lambda done, n: None, baseline)
    values = {(m.group, m.kind): m.value for m in report.baseline}
    assert values == {
        ("road", "person"): 0.0,
        ("road", "large person"): 0.0,
        ("track", "person"): 1.0,
        ("track", "large person"): 1.0,
        ("all", "person"): 0.5,
        ("all", "large person"): 0.5,
    }
    head, *rows = str(report).splitlines()
    assert head.split()[-2:] == ["AP", "other"]
    assert next(r for r in rows if r.startswith("track person")).split()[-2:] == ["0.000", "1.000"]
    assert {m.value for m in report.measures} == {0.0}


def test_thresholds_by_kind() -> None:
    found = detections([(0, 0, 1, 1, 0.4, Kind.BIB), (0, 0, 1, 1, 0.4, Kind.PERSON)])
    assert list(above(found, {**SCORES, Kind.BIB: 0.3}).kinds) == [Kind.BIB]
    assert len(above(detections([]), SCORES)) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("{}", "no COCO file"),
        ('{"categories": [{"id": 1, "name": "dog"}]}', "no COCO file"),
        ('{"categories": [], "annotations": [], "images": []}', "no picture"),
    ],
)
def test_unusable_labels(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "coco.json"
    path.write_text(text)
    with pytest.raises(LabelError, match=words):
        evaluate_detector(path, FakeDetector([]), SCORES, lambda done, n: None)


def test_a_lost_picture_is_an_error(coco: Path) -> None:
    (coco.parent / "road" / "1.png").unlink()
    with pytest.raises(LabelError, match=r"1\.png is no readable picture"):
        evaluate_detector(coco, FakeDetector([]), SCORES, lambda done, n: None)
