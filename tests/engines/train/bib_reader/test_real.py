"""Photographed number lines: whose text is known, and where they lie."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from engines.errors import LabelError
from engines.looking import middle_band
from engines.train.bib_reader.real import (
    LineOnBib,
    has_text,
    labelled_lines,
    line_finder,
    lines_of_ocr,
)
from engines.train.bib_reader.stock import NumberLine
from engines.train.labelled.data_set import LabelledBox, LabelledPicture
from engines.types import Box, Image, Kind
from tests.engines.tiny_models import FakeDetector, detections

LINE: Box = (50, 40, 90, 60)


def picture(folder: Path, *boxes: LabelledBox) -> LabelledPicture:
    image = np.zeros((100, 200, 3), np.uint8)
    image[40:60, 50:90] = 255
    cv2.imwrite(str(folder / "a.png"), image)
    return LabelledPicture(folder / "a.png", 200, 100, boxes, "")


def box(kind: Kind, at: Box, text: str | None = None, ignored: bool = False) -> LabelledBox:
    return LabelledBox(kind, at, text, ignored, "")


def middle(image: Image, bib: Box) -> Box:
    return middle_band(bib)


def read(pictures: list[LabelledPicture], line_on: LineOnBib = middle) -> list[NumberLine]:
    return labelled_lines(pictures, line_on, lambda done, total: None)


@pytest.mark.parametrize(
    ("situation", "boxes", "texts"),
    [
        ("its own text", [box(Kind.NUMBER, LINE, "7")], ["7"]),
        ("its bib's", [box(Kind.NUMBER, LINE), box(Kind.BIB, (40, 30, 99, 70), "8")], ["8"]),
        ("another bib's", [box(Kind.NUMBER, LINE), box(Kind.BIB, (0, 0, 20, 20))], []),
        (
            "one of two bibs'",
            [
                box(Kind.NUMBER, LINE),
                box(Kind.BIB, (40, 30, 99, 70), "8"),
                box(Kind.BIB, (30, 30, 95, 70), "9"),
            ],
            [],
        ),
        ("an ignored line", [box(Kind.NUMBER, LINE, "7", ignored=True)], []),
        ("a bib without a line", [box(Kind.BIB, (40, 30, 99, 70), "8")], ["8"]),
        ("an ignored bib", [box(Kind.BIB, (40, 30, 99, 70), "8", ignored=True)], []),
        ("a bib without a text", [box(Kind.BIB, (40, 30, 99, 70))], []),
        (
            "a bib whose line is ignored",
            [box(Kind.NUMBER, LINE, ignored=True), box(Kind.BIB, (40, 30, 99, 70), "8")],
            [],
        ),
        ("a line too low to be read", [box(Kind.NUMBER, (50, 40, 90, 43), "7")], []),
        ("a runner's text alone", [box(Kind.PERSON, (0, 0, 99, 99), "7")], []),
    ],
)
def test_texts_of_labelled_lines(
    situation: str, boxes: list[LabelledBox], texts: list[str], tmp_path: Path
) -> None:
    made = picture(tmp_path, *boxes)
    assert [line.text for line in read([made])] == texts, situation
    # Only what is too low is found out later.
    assert has_text(made) == bool(texts) or "low" in situation


def test_a_line_is_kept_with_what_is_around_it(tmp_path: Path) -> None:
    [line] = read([picture(tmp_path, box(Kind.NUMBER, LINE, "7"))])
    assert line.levels[0].shape == (60, 80, 3)
    x0, y0, x1, y1 = (round(side) for side in line.box)
    assert line.levels[0][y0:y1, x0:x1].min() == 255
    assert line.levels[0].mean() < 60


def test_a_picture_that_changed_is_said(tmp_path: Path) -> None:
    made = picture(tmp_path, box(Kind.NUMBER, LINE, "7"))
    cv2.imwrite(str(made.path), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(LabelError, match=r"a\.png has changed"):
        read([made])


def test_lines_that_the_ocr_was_sure_of(tmp_path: Path) -> None:
    picture(tmp_path)
    coco, lines = tmp_path / "coco.json", tmp_path / "lines.json"
    coco.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.png"}],
                "annotations": [{"id": n, "image_id": 1} for n in range(4)],
            }
        )
    )
    read = {
        "0": [["417b", 0.95, *LINE]],
        "1": [["418", 0.7, *LINE]],
        "2": [["41ß", 0.99, *LINE]],
        "3": [],
    }
    lines.write_text(json.dumps(read))
    assert [line.text for line in lines_of_ocr(coco, lines)] == ["417B"]


@pytest.mark.parametrize(
    ("situation", "found", "expected"),
    [
        # The torso reaches from (100, 80) to (220, 200).
        ("the best line on it", [(40, 40, 80, 60, 0.4), (42, 50, 78, 70, 0.8)],
         (142, 130, 178, 150)),
        ("another bib's line is better", [(40, 40, 80, 60, 0.4), (0, 0, 30, 10, 0.9)],
         (140, 120, 180, 140)),
        ("none", [], (130, 127.2, 190, 155.2)),
    ],
)  # fmt: skip
def test_the_line_of_a_bib_is_looked_for(
    situation: str, found: list[tuple[float, float, float, float, float]], expected: Box
) -> None:
    detector = FakeDetector([detections([(*row, Kind.NUMBER) for row in found])])
    line_on = line_finder(detector, (192, 160))
    line = line_on(np.zeros((300, 400, 3), np.uint8), (130, 120, 190, 160))
    assert line == pytest.approx(expected), situation
    assert (detector.seen, detector.sizes) == ([(120, 120)], [(192, 160)])


def test_near_the_corner_of_a_picture_the_line_is_found_as_well() -> None:
    detector = FakeDetector([detections([(10, 12, 30, 22, 0.9, Kind.NUMBER)])])
    line = line_finder(detector, (192, 192))(np.zeros((90, 90, 3), np.uint8), (5, 5, 45, 35))
    assert line == (10, 12, 30, 22)
