import json
from pathlib import Path
from typing import TypedDict

import cv2
import numpy as np
import pytest

from engines.train.pictures import Labels, TrainingPicture, read_coco, shrinking_levels
from engines.types import Kind


class _Note(TypedDict):
    id: int
    image_id: int
    category_id: int
    bbox: list[float]
    iscrowd: int
    ignore: int


def _note(number: int, category: int, ignore: int = 0) -> _Note:
    box = [10.0, 8.0, 20.0, 12.0]
    return _Note(
        id=number, image_id=1, category_id=category, bbox=box, iscrowd=ignore, ignore=ignore
    )


def _pack(folder: Path, notes: list[_Note], category: str = "bib") -> Path:
    cv2.imwrite(str(folder / "a.png"), np.full((40, 60, 3), (0, 0, 255), np.uint8))
    pack = {
        "images": [{"id": 1, "file_name": "a.png", "width": 60, "height": 40}],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": category}],
        "annotations": notes,
    }
    file = folder / "pack.json"
    file.write_text(json.dumps(pack))
    return file


@pytest.mark.parametrize(
    ("note", "lines", "kinds", "ignored"),
    [
        (_note(5, 1), {}, [Kind.PERSON], [False]),
        (_note(5, 1, ignore=1), {}, [Kind.PERSON], [True]),
        (_note(5, 2), {}, [Kind.BIB, Kind.NUMBER], [False, True]),
        (_note(5, 2, ignore=1), {}, [Kind.BIB, Kind.NUMBER], [True, True]),
        (_note(5, 2), {5: (12, 10, 20, 16)}, [Kind.BIB, Kind.NUMBER], [False, False]),
        (_note(5, 2, ignore=1), {5: (12, 10, 20, 16)}, [Kind.BIB, Kind.NUMBER], [True, True]),
    ],
)
def test_a_bib_without_a_known_line_silences_the_number(
    tmp_path: Path,
    note: _Note,
    lines: dict[int, tuple[float, float, float, float]],
    kinds: list[Kind],
    ignored: list[bool],
) -> None:
    (picture,) = read_coco(_pack(tmp_path, [note]), lines)
    assert picture.labels.kinds.tolist() == kinds
    assert picture.labels.ignored.tolist() == ignored
    assert picture.labels.boxes[0].tolist() == [10, 8, 30, 20]
    assert picture.levels[0][0, 0].tolist() == [255, 0, 0]  # RGB


def test_an_unknown_category_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown categories \['boat'\]"):
        read_coco(_pack(tmp_path, [], category="boat"), {})


def test_a_broken_image_is_named(tmp_path: Path) -> None:
    file = _pack(tmp_path, [])
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"cannot decode a\.png"):
        read_coco(file, {})


def test_levels_halve_and_stop() -> None:
    levels = shrinking_levels(np.zeros((20, 40, 3), np.uint8), 4)
    assert [level.shape[:2] for level in levels] == [(20, 40), (10, 20)]


def test_labels_join() -> None:
    one = Labels.of([(0, 0, 4, 4, 0, False)])
    both = one.plus(Labels.of([])).plus(Labels.of([(1, 1, 2, 2, 3, True)]))
    assert both.kinds.tolist() == [0, 3]
    assert both.ignored.tolist() == [False, True]


def test_a_picture_keeps_its_shape_note() -> None:
    picture = TrainingPicture.of(np.zeros((8, 8, 3), np.uint8), Labels.of([]), stretched=True)
    assert picture.stretched
