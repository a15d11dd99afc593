"""Photographed number lines: whose text is known, and where they lie."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from engines.errors import LabelError
from engines.train.bib_reader.real import labelled_lines, lines_of_ocr
from engines.train.labelled.data_set import LabelledBox, LabelledPicture
from engines.types import Box, Kind

LINE: Box = (50, 40, 90, 60)


def picture(folder: Path, *boxes: LabelledBox) -> LabelledPicture:
    image = np.zeros((100, 200, 3), np.uint8)
    image[40:60, 50:90] = 255
    cv2.imwrite(str(folder / "a.png"), image)
    return LabelledPicture(folder / "a.png", 200, 100, boxes, "")


def box(kind: Kind, at: Box, text: str | None = None, ignored: bool = False) -> LabelledBox:
    return LabelledBox(kind, at, text, ignored, "")


@pytest.mark.parametrize(
    ("situation", "boxes", "texts"),
    [
        ("its own text", [box(Kind.NUMBER, LINE, "7")], ["7"]),
        ("its bib's", [box(Kind.NUMBER, LINE), box(Kind.BIB, (40, 30, 99, 70), "8")], ["8"]),
        ("another bib's", [box(Kind.NUMBER, LINE), box(Kind.BIB, (0, 0, 20, 20), "8")], []),
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
        ("a bib without a line", [box(Kind.BIB, (40, 30, 99, 70), "8")], []),
    ],
)
def test_texts_of_labelled_lines(
    situation: str, boxes: list[LabelledBox], texts: list[str], tmp_path: Path
) -> None:
    lines = labelled_lines([picture(tmp_path, *boxes)])
    assert [line.text for line in lines] == texts, situation


def test_a_line_is_kept_with_what_is_around_it(tmp_path: Path) -> None:
    [line] = labelled_lines([picture(tmp_path, box(Kind.NUMBER, LINE, "7"))])
    assert line.levels[0].shape == (60, 80, 3)
    x0, y0, x1, y1 = (round(side) for side in line.box)
    assert line.levels[0][y0:y1, x0:x1].min() == 255
    assert line.levels[0].mean() < 60


def test_a_picture_that_changed_is_said(tmp_path: Path) -> None:
    made = picture(tmp_path, box(Kind.NUMBER, LINE, "7"))
    cv2.imwrite(str(made.path), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(LabelError, match=r"a\.png has changed"):
        labelled_lines([made])


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
