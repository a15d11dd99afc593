"""Parts of photographs: which are taken, and which nothing may learn from."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from engines.errors import LabelError
from engines.train.bib_reader.photographs import is_held_out, read_photographs
from engines.train.bib_reader.stock import Photographs
from engines.types import Kind
from tests.engines.tiny_models import FakeDetector, detections
from tests.engines.train.bib_reader.lines import HELD_OUT, LEARNT

Place = tuple[int, int, int, int]
"""Left, top, width and height."""

PERSON: Place = (100, 50, 80, 200)


def pack(folder: Path, name: str, *notes: tuple[int, Place]) -> Path:
    image = np.zeros((300, 300, 3), np.uint8)
    image[90:130, 120:160] = 255
    cv2.imwrite(str(folder / name), image)
    coco = folder / "coco.json"
    content = {
        "images": [{"id": 1, "file_name": name}],
        "categories": [
            {"id": 1, "name": "person"},
            {"id": 2, "name": "bib"},
            {"id": 3, "name": "face"},
        ],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": kind, "bbox": place}
            for n, (kind, place) in enumerate(notes)
        ],
    }
    coco.write_text(json.dumps(content))
    return coco


def read(coco: Path, *found: tuple[float, float, float, float, float]) -> Photographs:
    detector = FakeDetector([detections([(*row, Kind.NUMBER) for row in found])])
    return read_photographs(coco, detector, (192, 160), np.random.default_rng(1))


@pytest.mark.parametrize(
    ("situation", "notes", "found", "n_lines", "n_cloths"),
    [
        # One part of every person is taken anywhere.
        ("a person", [(1, PERSON)], [], 1, 1),
        ("with a number", [(1, PERSON)], [(20, 20, 60, 40, 0.3)], 2, 1),
        ("with what is hardly one", [(1, PERSON)], [(20, 20, 60, 40, 0.1)], 1, 1),
        ("with too small a one", [(1, PERSON)], [(20, 20, 60, 24, 0.9)], 1, 1),
        ("with a bib", [(1, PERSON), (2, (120, 90, 40, 40))], [], 2, 0),
        ("a small person", [(1, (100, 50, 20, 50))], [], 0, 0),
        ("a bib alone", [(2, (120, 90, 40, 40))], [], 1, 0),
        ("a face", [(3, (120, 90, 40, 40))], [], 0, 0),
        ("nobody", [], [], 0, 0),
    ],
)
def test_parts_that_are_taken(
    situation: str,
    notes: list[tuple[int, Place]],
    found: list[tuple[float, float, float, float, float]],
    n_lines: int,
    n_cloths: int,
    tmp_path: Path,
) -> None:
    parts = read(pack(tmp_path, LEARNT, *notes), *found)
    assert (len(parts.lines), len(parts.cloths)) == (n_lines, n_cloths), situation


def test_a_number_is_cut_where_it_was_found(tmp_path: Path) -> None:
    # The torso begins at (100, 70).
    parts = read(pack(tmp_path, LEARNT, (1, PERSON)), (20, 20, 60, 60, 0.9))
    line = parts.lines[0]
    x0, y0, x1, y1 = (round(side) for side in line.box)
    assert line.levels[0][y0:y1, x0:x1].min() == 255
    assert line.text == ""


def test_a_held_out_picture_is_left_alone(tmp_path: Path) -> None:
    assert read(pack(tmp_path, HELD_OUT, (1, PERSON))) == Photographs()
    share = np.mean([is_held_out(f"photos/{n:04}.jpg") for n in range(1000)])
    assert 0.15 < share < 0.25


def test_a_picture_that_is_gone_is_said(tmp_path: Path) -> None:
    coco = pack(tmp_path, LEARNT, (1, PERSON))
    (tmp_path / LEARNT).unlink()
    with pytest.raises(LabelError, match=LEARNT):
        read(coco)
