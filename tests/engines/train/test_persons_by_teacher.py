"""What a teacher's boxes become, with a teacher that finds bright rectangles."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.train.persons_by_teacher import as_coco, distinct, persons
from engines.train.pictures import read_coco
from engines.types import Detections, Floats, Image, Kind, Picture

SIZE = (320, 200)
SMALL_PX = 40
"""The teacher sees what is smaller than this in a view only where the view is a part."""


class _SeesBright:
    """Finds every bright rectangle; small ones surely only where the picture is a part of one."""

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        return [self._one(picture) for picture in pictures]

    def close(self) -> None:
        pass

    def _one(self, picture: Picture) -> Detections:
        grey = picture.resized(picture.width, picture.height)[..., 0]
        _, _, stats, _ = cv2.connectedComponentsWithStats((grey > 128).astype(np.uint8))
        boxes = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in stats[1:]], np.float32)
        boxes = boxes.reshape(-1, 4)
        whole = (picture.width, picture.height) == SIZE
        small = boxes[:, 3] - boxes[:, 1] < SMALL_PX
        scores = np.where(small & whole, 0.2, 0.9).astype(np.float32)
        return Detections(boxes, scores, np.full(len(boxes), Kind.PERSON, np.int8))


def _picture(*boxes: tuple[int, int, int, int]) -> Image:
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for x0, y0, x1, y1 in boxes:
        image[y0:y1, x0:x1] = 255
    return image


@pytest.mark.parametrize(
    ("boxes", "found"),
    [
        pytest.param([], [], id="nobody"),
        pytest.param([(20, 20, 34, 50)], [((20, 20, 34, 50), 0.9)], id="small, in a quarter"),
        pytest.param([(150, 90, 164, 120)], [((150, 90, 164, 120), 0.9)], id="small, in all"),
        pytest.param([(100, 10, 180, 190)], [((100, 10, 180, 190), 0.9)], id="cut by all four"),
        pytest.param(
            [(20, 20, 34, 50), (240, 100, 300, 180)],
            [((20, 20, 34, 50), 0.9), ((240, 100, 300, 180), 0.9)],
            id="two",
        ),
    ],
)
def test_everybody_is_found_once(
    boxes: list[tuple[int, int, int, int]], found: list[tuple[tuple[int, int, int, int], float]]
) -> None:
    where, scores = persons(_SeesBright(), _picture(*boxes))
    seen = sorted(
        (tuple(int(v) for v in box), round(float(score), 2))
        for box, score in zip(where, scores, strict=True)
    )
    assert seen == found


def test_weak_boxes_are_ignored_and_weaker_ones_left_out(tmp_path: Path) -> None:
    path = tmp_path / "pictures" / "street.png"
    path.parent.mkdir()
    cv2.imwrite(str(path), _picture())
    boxes: Floats = np.array([(0, 0, 30, 90), (50, 0, 80, 90), (90, 0, 99, 9)], np.float32)
    out = tmp_path / "labels" / "streets.json"
    out.parent.mkdir()
    out.write_text(json.dumps(as_coco([(path, SIZE, boxes, np.array([0.8, 0.2, 0.1]))], out)))
    (picture,) = read_coco(out, {})
    assert picture.levels[0].shape == (SIZE[1], SIZE[0], 3)
    assert picture.labels.boxes.tolist() == [[0, 0, 30, 90], [50, 0, 80, 90]]
    assert picture.labels.ignored.tolist() == [False, True]
    assert set(picture.labels.kinds.tolist()) == {int(Kind.PERSON)}


def test_a_street_seen_twice_is_taken_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    street, other = rng.integers(0, 255, (2, 40, 60, 3), np.uint8)
    files = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    for file, image in zip(files, (street, np.clip(street + 3, 0, 255), other), strict=True):
        cv2.imwrite(str(file), image)
    assert distinct(files, 30) == [files[0], files[2]]
    files[1].write_bytes(b"no picture")
    with pytest.raises(LabelError, match=r"b\.png"):
        distinct(files, 30)
