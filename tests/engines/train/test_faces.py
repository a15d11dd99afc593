"""Learning the tuning of templates: which faces, how they are made worse, what is refused."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import LabelError
from engines.faces.port import FaceCrop, FaceTemplate, unit
from engines.train.faces import LARGEST_PX, SMALLEST_PX, learn, read_faces, worse


def labelled(folder: Path, *marks: dict[str, object], n_images: int = 3) -> Path:
    for n in range(n_images):
        picture = np.random.default_rng(n).integers(0, 255, (200, 200, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f"{n}.png"), cv2.GaussianBlur(picture, (0, 0), 3))
    images = [{"id": n, "file_name": f"{n}.png"} for n in range(n_images)]
    path = folder / "coco.json"
    path.write_text(json.dumps({"images": images, "annotations": marks}), encoding="utf-8")
    return path


def mark(image: int, height: float, **more: object) -> dict[str, object]:
    return {"image_id": image, "category_id": 3, "bbox": [50, 40, 60, height]} | more


class MeanEmbedder:
    """The mean colour of a face; sees none in the pictures whose number is in `blind`."""

    def __init__(self, blind: Sequence[int] = ()) -> None:
        self.calls = 0
        self.blind = blind

    def embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        self.calls += 1
        if self.calls - 1 in self.blind:
            return [None] * len(faces)
        means = [face.image.reshape(-1, 3).mean(axis=0).astype(np.float32) for face in faces]
        return [FaceTemplate(unit(mean), 1.0) for mean in means]

    def close(self) -> None:
        pass


def untold(done: int, total: int) -> None:
    assert done <= total


def test_the_largest_good_face_of_each_photo(tmp_path: Path) -> None:
    path = labelled(
        tmp_path,
        mark(0, 60),
        mark(0, 80),
        mark(0, 70),
        mark(1, 30),
        mark(2, 90, iscrowd=1),
        mark(2, 55),
        mark(2, 99, category_id=1),
    )
    faces = sorted(read_faces(path, seed=1))
    assert [(file.name, box) for file, box in faces] == [
        ("0.png", (50, 40, 110, 120)),
        ("2.png", (50, 40, 110, 95)),
    ]


def test_labels_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(LabelError, match="no COCO file with faces"):
        read_faces(path, seed=1)


def test_a_worse_face_is_as_small_as_at_a_finish_line() -> None:
    image = np.full((300, 300, 3), 120, np.uint8)
    sizes = [worse(image, (100, 90, 190, 200), np.random.default_rng(n)).size_px for n in range(20)]
    # The box is 90 to 110, so its size is 0.9 of its height; its sides shake by some percent.
    assert min(sizes) > 0.7 * SMALLEST_PX
    assert max(sizes) < 1.1 * LARGEST_PX
    assert np.std(sizes) > 3


def test_what_is_learnt(tmp_path: Path) -> None:
    path = labelled(tmp_path, mark(0, 60), mark(1, 60), mark(2, 60))
    tuning = learn(read_faces(path, 1), MeanEmbedder(), 1, untold)
    assert tuning.spread.shape == (3, 3)


def test_faces_that_cannot_be_aligned_are_left_out(tmp_path: Path) -> None:
    path = labelled(tmp_path, mark(0, 60), mark(1, 60), mark(2, 60))
    with pytest.raises(LabelError, match="of 3 faces 1 could be aligned"):
        learn(read_faces(path, 1), MeanEmbedder(blind=(0, 2)), 1, untold)
