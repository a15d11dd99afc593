from __future__ import annotations

import json
from pathlib import Path

import pytest

from engines.errors import LabelError
from engines.evaluate.coco import as_boxes, read_coco
from engines.types import Kind


def test_boxes_are_corners_and_ignored_ones_lie_apart(tmp_path: Path) -> None:
    (tmp_path / "road").mkdir()
    digits = [{"number": "12", "digits_xyxy": [40, 40, 60, 50]}]
    entry = {"file": "1.png", "set": "road", "bibs": digits}
    (tmp_path / "road" / "labels.json").write_text(json.dumps([entry]))
    notes = [
        {"image_id": 1, "category_id": 2, "bbox": [30, 30, 40, 30]},
        {"image_id": 2, "category_id": 1, "bbox": [100, 0, 50, 100], "ignore": 1},
        {"image_id": 2, "category_id": 1, "bbox": [0, 0, 50, 100], "iscrowd": 1},
        {"image_id": 2, "category_id": 1, "bbox": [0, 0, 20, 40], "iscrowd": 0},
    ]
    path = tmp_path / "coco.json"
    images = [{"id": 1, "file_name": "road/1.png"}, {"id": 2, "file_name": "track/1.png"}]
    categories = [{"id": 1, "name": "person"}, {"id": 2, "name": "bib"}]
    path.write_text(json.dumps({"categories": categories, "images": images, "annotations": notes}))
    road, track = read_coco(path)
    assert (road.group, track.group) == ("road", "track")
    assert road.true[Kind.BIB].tolist() == [[30, 30, 70, 60]]
    assert road.true[Kind.FACE].shape == (0, 4)
    assert track.ignored[Kind.PERSON].tolist() == [[100, 0, 150, 100], [0, 0, 50, 100]]
    assert track.true[Kind.PERSON].tolist() == [[0, 0, 20, 40]]
    assert road.digits == ((40, 40, 60, 50),)
    assert track.digits == ()


COCO = {
    "categories": [{"id": 2, "name": "bib"}],
    "images": [{"id": 1, "file_name": "1.png"}],
    "annotations": [{"image_id": 1, "category_id": 2, "bbox": [30, 30, 40, 30]}],
}


@pytest.mark.parametrize(
    ("situation", "name", "beside"),
    [
        ("the COCO file itself", "labels.json", None),
        ("another COCO file", "coco.json", json.dumps(COCO)),
        ("something else", "coco.json", "{}"),
    ],
)
def test_labels_that_are_no_list_of_digits(
    situation: str, name: str, beside: str | None, tmp_path: Path
) -> None:
    if beside is not None:
        (tmp_path / "labels.json").write_text(beside)
    (tmp_path / name).write_text(json.dumps(COCO))
    [picture] = read_coco(tmp_path / name)
    assert picture.true[Kind.BIB].tolist() == [[30, 30, 70, 60]], situation
    assert picture.digits == ()


@pytest.mark.parametrize(
    ("situation", "beside", "words"),
    [
        ("a list of something else", "[1]", "no list of labelled photos"),
        ("without boxes", '[{"file": "1.png", "bibs": [{"number": 7}]}]', "digits_xyxy"),
        ("cut off", '[{"file": "1.png"', "cannot be read"),
    ],
)
def test_a_broken_list_of_digits(situation: str, beside: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "labels.json").write_text(beside)
    (tmp_path / "coco.json").write_text(json.dumps(COCO))
    with pytest.raises(LabelError, match=words):
        read_coco(tmp_path / "coco.json")


def test_no_boxes_are_an_empty_table() -> None:
    assert as_boxes([]).shape == (0, 4)
