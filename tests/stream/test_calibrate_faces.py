"""What the likeness of faces says is measured on persons apart, in the sizes of a race."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.evaluate.faces import FacePair, FacePlace
from engines.faces.port import FaceCrop, FaceTemplate, unit
from engines.types import Detections, Floats, Kind, Picture
from stream.calibrate_faces import (
    LEAST_LOG,
    SIZES_PX,
    calibrate_faces,
    pairs_of_persons,
    read_neighbours,
    shrunk,
)
from stream.matching.calibrated import FACE
from tests.engines.tiny_models import FakeDetector, detections


def pair(one: str, other: str, same: bool = True) -> FacePair:
    return FacePair(FacePlace(Path(one), None), FacePlace(Path(other), None), same)


def test_whoever_has_many_portraits_does_not_speak_for_everybody() -> None:
    names = "abcdefgh"
    many = [pair(one, other) for k, one in enumerate(names) for other in names[k + 1 :]]
    found = pairs_of_persons([*many, pair("x", "y"), pair("x", "a", same=False)])
    assert len(found) == 6 + 1
    assert found[-1] == pair("x", "y")


@pytest.mark.parametrize(
    ("size_px", "side"),
    [pytest.param(30.0, 60, id="smaller"), pytest.param(400.0, 200, id="as is")],
)
def test_a_face_is_shrunk_and_never_enlarged(size_px: float, side: int) -> None:
    face = FaceCrop(np.zeros((200, 200, 3), np.uint8), (50.0, 50.0, 150.0, 150.0))
    small = shrunk(face, size_px)
    assert small.image.shape == (side, side, 3)
    assert small.size_px == pytest.approx(min(size_px, 100.0))


def coco(folder: Path, boxes: Sequence[tuple[str, float, int]]) -> Path:
    """Photos with square faces: file, side, ignored."""
    files = sorted({file for file, _, _ in boxes})
    told = {
        "categories": [{"id": 1, "name": "person"}, {"id": 3, "name": "face"}],
        "images": [{"id": n, "file_name": file} for n, file in enumerate(files)],
        "annotations": [
            {
                "image_id": files.index(file),
                "category_id": 3,
                "bbox": [100 * k, 0, side, side],
                "ignore": ignore,
            }
            for k, (file, side, ignore) in enumerate(boxes)
        ],
    }
    path = folder / "coco.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_neighbours_are_the_largest_faces_of_one_photo(tmp_path: Path) -> None:
    listed = [("a", s, 0) for s in (30, 60, 20, 50, 40)] + [("b", 50, 0), ("b", 50, 1)]
    [photo] = read_neighbours(coco(tmp_path, listed))
    assert photo.path == tmp_path / "a"
    assert [box[2] - box[0] for box in photo.boxes] == [60, 50, 40]


def test_another_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"images": []}', encoding="utf-8")
    with pytest.raises(LabelError, match="no COCO file of boxes"):
        read_neighbours(path)


class ByShade:
    """A face is as light as its person."""

    def embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        return [FaceTemplate(unit(self._vector(face)), 0.5) for face in faces]

    def close(self) -> None:
        pass

    def _vector(self, face: FaceCrop) -> Floats:
        shade = float(face.inside.mean()) / 255
        return np.array([np.cos(shade), np.sin(shade)], np.float32)


def test_one_person_and_two_are_told_apart(tmp_path: Path) -> None:
    """Twelve persons with two portraits each, thirty photos of three persons each."""
    rows = ["file_x,file_y,same", "0.png,2.png,0"]
    for person in range(12):
        for n in (0, 1):
            _write(tmp_path / f"{2 * person + n}.png", [20 * person])
        rows.append(f"{2 * person}.png,{2 * person + 1}.png,1")
    (tmp_path / "pairs.csv").write_text("\n".join(rows), encoding="utf-8")
    listed = [(f"p{n}.png", 60.0 - k, 0) for n in range(30) for k in range(3)]
    for n in range(30):
        _write(tmp_path / f"p{n}.png", [10, 120, 240])
    photos = coco(tmp_path, listed)
    told = json.loads(photos.read_text(encoding="utf-8"))
    for k, one in enumerate(told["annotations"]):
        one["bbox"][0] = 100 * (k % 3)
    photos.write_text(json.dumps(told), encoding="utf-8")
    # Where the first of a photo is looked for, and the others.
    heads = detections([(10, 10, 50, 50, 0.9, Kind.FACE), (100, 10, 140, 50, 0.8, Kind.FACE)])
    done: list[tuple[int, int]] = []
    measured, scores = calibrate_faces(
        "m", tmp_path / "pairs.csv", photos, ByShade(), _Everywhere(heads),
        lambda a, b: done.append((a, b)),
    )  # fmt: skip
    assert (len(scores.same), len(scores.different)) == (12 * len(SIZES_PX), 90)
    assert scores.same.min() > scores.different.max()
    assert measured.model == "m"
    assert measured.log_ratios[0] == LEAST_LOG
    assert measured.log_ratios[-1] > 3
    assert done[-1] == (42, 42)


def test_the_shipped_figures_say_no_more_against_than_they_may() -> None:
    assert FACE.log_ratios[0] == LEAST_LOG
    assert FACE.model == "dlib"


def _write(path: Path, shades: Sequence[int]) -> None:
    image = np.concatenate([np.full((192, 100, 3), shade, np.uint8) for shade in shades], axis=1)
    if len(shades) == 1:
        image = np.full((192, 192, 3), shades[0], np.uint8)
    assert cv2.imwrite(str(path), image)


class _Everywhere(FakeDetector):
    """Finds the same faces in every picture."""

    def __init__(self, found: Detections) -> None:
        super().__init__([])
        self._found = found

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        return [self._found for _ in pictures]
