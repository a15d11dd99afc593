"""A user's labels as training pictures: what they say, and what the first detector adds."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.train.labelled.data_set import LabelledBox, LabelledPicture
from engines.train.labelled.own_pictures import LONGEST_SIDE, training_pictures
from engines.types import Box, Detections, Kind
from tests.engines.tiny_models import FakeDetector, detections

BIB: Box = (20, 30, 60, 60)
LINE: Box = (25, 38, 55, 52)
NOTHING = Detections.empty()


def picture(
    folder: Path, boxes: list[tuple[Kind, Box, bool]], size: tuple[int, int] = (100, 80)
) -> LabelledPicture:
    path = folder / "a.png"
    cv2.imwrite(str(path), np.zeros((size[1], size[0], 3), np.uint8))
    labelled = tuple(LabelledBox(kind, box, None, ignored, "row") for kind, box, ignored in boxes)
    return LabelledPicture(path, *size, labelled, "")


def rows(made: LabelledPicture, known: set[Kind], found: Detections) -> list[tuple[int, Box, bool]]:
    detector = FakeDetector([found])
    made = replace(made, known=frozenset(known))
    [done] = training_pictures([made], detector, lambda *_: None)
    boxes = [(float(a), float(b), float(c), float(d)) for a, b, c, d in done.labels.boxes]
    kinds, ignored = done.labels.kinds.tolist(), done.labels.ignored.tolist()
    return list(zip(kinds, boxes, ignored, strict=True))


def test_known_kinds_are_taken_as_they_are(tmp_path: Path) -> None:
    made = picture(tmp_path, [(Kind.BIB, BIB, False), (Kind.PERSON, (0, 0, 90, 80), True)])
    found = detections([(1, 1, 9, 9, 0.9, Kind.BIB), (1, 1, 9, 9, 0.9, Kind.PERSON)])
    assert rows(made, {Kind.BIB, Kind.PERSON}, found) == [
        (Kind.BIB, BIB, False),
        (Kind.PERSON, (0, 0, 90, 80), True),
    ]


def test_the_detector_labels_the_other_kinds(tmp_path: Path) -> None:
    found = detections([(1, 1, 9, 9, 0.9, Kind.FACE), (30, 1, 39, 9, 0.3, Kind.FACE)])
    assert rows(picture(tmp_path, [(Kind.BIB, BIB, False)]), {Kind.BIB}, found) == [
        (Kind.BIB, BIB, False),
        (Kind.FACE, (1, 1, 9, 9), False),
        (Kind.FACE, (30, 1, 39, 9), True),
    ]


@pytest.mark.parametrize(
    ("situation", "boxes", "silenced"),
    [
        ("its line is known", [(Kind.BIB, BIB, False), (Kind.NUMBER, LINE, False)], False),
        ("its line is unknown", [(Kind.BIB, BIB, False)], True),
        (
            "another bib has a line",
            [(Kind.BIB, BIB, False), (Kind.NUMBER, (70, 10, 90, 20), False)],
            True,
        ),
    ],
)
def test_a_bib_without_its_line_says_nothing_about_lines(
    situation: str, boxes: list[tuple[Kind, Box, bool]], silenced: bool, tmp_path: Path
) -> None:
    found = rows(picture(tmp_path, boxes), {Kind.BIB, Kind.NUMBER}, NOTHING)
    assert ((Kind.NUMBER, BIB, True) in found) is silenced, situation


def test_large_pictures_are_shrunk_with_their_boxes(tmp_path: Path) -> None:
    made = picture(tmp_path, [(Kind.BIB, (200, 400, 600, 800), False)], (2560, 1440))
    made = replace(made, known=frozenset({Kind.BIB}))
    [done] = training_pictures([made], FakeDetector([NOTHING]), lambda *_: None)
    assert done.levels[0].shape == (LONGEST_SIDE * 9 // 16, LONGEST_SIDE, 3)
    assert done.labels.boxes.tolist() == [[100, 200, 300, 400]]


def test_a_picture_that_changed_is_said(tmp_path: Path) -> None:
    made = picture(tmp_path, [])
    cv2.imwrite(str(made.path), np.zeros((5, 5, 3), np.uint8))
    with pytest.raises(LabelError, match=r"a\.png has changed"):
        training_pictures([made], FakeDetector([NOTHING]), lambda *_: None)


def test_a_very_flat_picture_keeps_a_row(tmp_path: Path) -> None:
    made = picture(tmp_path, [], (4000, 1))
    [done] = training_pictures([made], FakeDetector([NOTHING]), lambda *_: None)
    assert done.levels[0].shape == (1, LONGEST_SIDE, 3)
