"""Pairs of faces: both formats, faces that are missing, and the report."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.evaluate.faces import (
    evaluate_faces,
    labelled_boxes,
    own_boxes,
    read_pairs,
    reports_text,
)
from engines.faces.port import FaceCrop, FaceTemplate, unit
from engines.types import Detections, Kind, Picture
from tests.engines.tiny_models import detections

COLOURS = {"red": (250, 10, 10), "pink": (250, 60, 60), "blue": (10, 10, 250), "black": (0, 0, 0)}


class ColourEmbedder:
    """A face is its mean colour; a black one cannot be aligned."""

    def __init__(self) -> None:
        self.boxes: list[tuple[float, ...]] = []

    def embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        self.boxes += [face.box for face in faces]
        means = [face.image.reshape(-1, 3).mean(axis=0).astype(np.float32) for face in faces]
        return [FaceTemplate(unit(mean), 1.0) if mean.any() else None for mean in means]

    def close(self) -> None:
        pass


class MiddleDetector:
    """Finds a face in the middle half of every picture, unless it is blue."""

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        return [self._found(picture) for picture in pictures]

    def _found(self, picture: Picture) -> Detections:
        w, h = picture.width, picture.height
        if picture.resized(1, 1)[0, 0, 2] > 200:
            return Detections.empty()
        return detections([(w / 4, h / 4, 3 * w / 4, 3 * h / 4, 0.8, Kind.FACE)])

    def close(self) -> None:
        pass


def pictures(folder: Path) -> None:
    for name, colour in COLOURS.items():
        cv2.imwrite(str(folder / f"{name}.png"), np.full((80, 80, 3), colour[::-1], np.uint8))


def listed(folder: Path, text: str) -> Path:
    pictures(folder)
    path = folder / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def untold(done: int, total: int) -> None:
    assert 0 <= done <= total


PORTRAITS = "file_x,file_y,same\nred.png,pink.png,1\nred.png,black.png,0\nred.png,blue.png,0\n"
BOXES = (
    "file1,box1,file2,box2,same\n"
    "red.png,10 10 30 40,pink.png,20 20 50.5 60,1\n"
    "red.png,10 10 30 40,blue.png,20 20 40 60,0\n"
)


def test_portraits_are_found_and_the_missing_count_as_not_the_same(tmp_path: Path) -> None:
    path = listed(tmp_path, PORTRAITS)
    detector = MiddleDetector()
    report = evaluate_faces(path, ColourEmbedder(), labelled_boxes(detector), untold)
    assert (report.n_pairs, report.n_faces) == (3, 4)
    assert (report.n_not_found, report.n_not_embedded, report.n_pairs_without) == (1, 1, 2)
    assert report.separation.auc == 1
    # Red is of the person in pink: with red itself the second one is compared, not combined.
    assert report.n_combined == 2
    assert report.separation.threshold == -1
    assert report.size_px == (40, 40, 40)
    text = reports_text([report, report])
    assert text.count("2 pairs could not be compared and count as not the same") == 2
    assert json.loads(json.dumps(report.to_json()))["separation"]["n_same"] == 1


def test_labelled_boxes_are_taken_as_they_are(tmp_path: Path) -> None:
    embedder = ColourEmbedder()
    path = listed(tmp_path, BOXES)
    report = evaluate_faces(path, embedder, labelled_boxes(MiddleDetector()), untold)
    assert (report.n_faces, report.n_pairs_without) == (3, 0)
    widths = [box[2] - box[0] for box in embedder.boxes]
    assert widths == pytest.approx([20, 30.5, 20])


def test_our_own_boxes_are_found_anew(tmp_path: Path) -> None:
    embedder = ColourEmbedder()
    path = listed(tmp_path, BOXES)
    report = evaluate_faces(path, embedder, own_boxes(MiddleDetector()), untold)
    assert report.n_not_found == 1
    # Cut out from 0, 0 to 60, 80: half of that.
    assert embedder.boxes[0][2] - embedder.boxes[0][0] == pytest.approx(30)


def test_more_pictures_of_the_first_person_are_combined(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "rose.png"), np.full((80, 80, 3), (20, 90, 250), np.uint8))
    boxes = ",10 10 30 40,"
    rows = (("red", "pink", 1), ("pink", "rose", 1), ("red", "blue", 0), ("blue", "rose", 0))
    text = "".join(f"{one}.png{boxes}{other}.png{boxes}{same}\n" for one, other, same in rows)
    path = listed(tmp_path, "file1,box1,file2,box2,same\n" + text)
    report = evaluate_faces(path, ColourEmbedder(), labelled_boxes(MiddleDetector()), untold)
    # Red with rose to pink, pink with red to rose, and red with its two others to blue.
    assert report.n_combined == 3
    assert report.combined is not None
    assert report.combined.auc == 1
    assert "first combined" in str(report)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a,b\n1,2\n", "row 2: KeyError('same')", id="other columns"),
        pytest.param("file_x,file_y,same\nred.png,pink.png,yes\n", "row 2", id="same is a word"),
        pytest.param(BOXES + "red.png,1 2 3,pink.png,1 2 3 4,0\n", "row 4", id="three sides"),
        pytest.param(BOXES + "red.png,5 5 5 9,pink.png,1 2 3 4,0\n", "no area", id="no area"),
        pytest.param("file_x,file_y,same\na,b,1\n", "of two (same 0)", id="one kind of pair"),
        pytest.param("file_x,file_y,same\n", "of two (same 0)", id="nothing"),
    ],
)
def test_broken_pairs_name_row_and_mend(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(LabelError) as told:
        read_pairs(listed(tmp_path, text))
    assert message in str(told.value)
    assert "pairs.csv" in str(told.value)


def test_a_file_or_picture_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="cannot be read"):
        read_pairs(tmp_path / "no.csv")
    path = listed(tmp_path, PORTRAITS.replace("blue", "green"))
    with pytest.raises(LabelError, match="no readable picture"):
        evaluate_faces(path, ColourEmbedder(), labelled_boxes(MiddleDetector()), untold)
