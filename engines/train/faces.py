"""Learns the tuning of dlib's templates: ``python -m engines.train.faces COCO.json OUT.npz``.

Every person is one labelled face of a photo, shown as it is and twice made worse: shrunk to what a
finish line shows, blurred, noisy, compressed, lit otherwise, its box a little off, once mirrored.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from engines.errors import LabelError
from engines.evaluate.labels import Progress, read_image, read_json
from engines.faces.dlib_embedder import DlibEmbedder
from engines.faces.port import FaceCrop, FaceEmbedder, face_crop
from engines.faces.tuning import Tuning, fit, save_tuning
from engines.picture import RgbPicture
from engines.types import Box, Floats, Image

PERSONS: Final = 76
LEAST_PX: Final = 48.0
"""Least height of a face's box."""
SMALLEST_PX, LARGEST_PX = 22.0, 60.0
"""Heights that a face is shrunk to."""

_FACE: Final = 3
_SEED: Final = 5

Face = tuple[Path, Box]


def learn(faces: Sequence[Face], embedder: FaceEmbedder, seed: int, progress: Progress) -> Tuning:
    """The tuning of an embedder whose templates are not tuned.

    Raises:
        LabelError: a picture cannot be read, or too few faces can be aligned.
    """
    chance = np.random.default_rng(seed)
    persons: list[list[Floats]] = []
    for n, (path, box) in enumerate(faces, start=1):
        image = read_image(path)
        views = [_view(image, box), worse(image, box, chance), _mirrored(worse(image, box, chance))]
        templates = [t.vector for t in embedder.embed(views) if t is not None]
        if len(templates) == len(views):
            persons.append(templates)
        progress(n, len(faces))
    if len(persons) < 2:
        raise LabelError(f"of {len(faces)} faces {len(persons)} could be aligned; 2 are needed")
    return fit(np.array(persons, np.float32))


def read_faces(labels: Path, seed: int) -> list[Face]:
    """The largest labelled face of each photo, shuffled.

    Raises:
        LabelError: the labels are no COCO file with faces (category 3).
    """
    told: Any = read_json(labels)
    best: dict[int, tuple[float, float, float, float]] = {}
    try:
        files = {image["id"]: labels.parent / image["file_name"] for image in told["images"]}
        for mark in told["annotations"]:
            if mark["category_id"] != _FACE or mark.get("ignore") or mark.get("iscrowd"):
                continue
            x, y, w, h = mark["bbox"]
            if h >= max(LEAST_PX, best.get(mark["image_id"], (0, 0, 0, 0))[3]):
                best[mark["image_id"]] = x, y, w, h
        faces = [(files[key], best[key]) for key in sorted(best)]
    except (KeyError, TypeError, ValueError) as error:
        raise LabelError(f"{labels} is no COCO file with faces: {error!r}") from error
    order = np.random.default_rng(seed).permutation(len(faces))
    return [(faces[i][0], _corners(faces[i][1])) for i in order]


def worse(image: Image, box: Box, chance: np.random.Generator) -> FaceCrop:
    """A face as a camera far away would have it."""
    height = box[3] - box[1]
    scale = chance.uniform(SMALLEST_PX, min(height, LARGEST_PX)) / height
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    if chance.random() < 0.7:
        small = np.asarray(cv2.GaussianBlur(small, (0, 0), chance.uniform(0.3, 1.1)))
    lit = small * chance.uniform(0.7, 1.25) + chance.normal(0, 4, small.shape)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(70, 92))]
    _, packed = cv2.imencode(".jpg", np.clip(lit, 0, 255).astype(np.uint8), quality)
    seen = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    sides = np.array(box) * scale
    width, height = sides[2] - sides[0], sides[3] - sides[1]
    x0, y0, x1, y1 = (sides + chance.normal(0, 0.06, 4) * [width, height, width, height]).tolist()
    return _view(seen, (x0, y0, x1, y1))


def _view(image: Image, box: Box) -> FaceCrop:
    return face_crop(RgbPicture(image), box)


def _mirrored(face: FaceCrop) -> FaceCrop:
    width = face.image.shape[1]
    x0, y0, x1, y1 = face.box
    mirrored = np.ascontiguousarray(face.image[:, ::-1])
    return dataclasses.replace(face, image=mirrored, box=(width - x1, y0, width - x0, y1))


def _corners(bbox: tuple[float, float, float, float]) -> Box:
    x, y, w, h = bbox
    return x, y, x + w, y + h


def main(arguments: Sequence[str] | None = None) -> None:
    """Learns from labelled faces and writes the tuning."""
    parser = argparse.ArgumentParser(prog="python -m engines.train.faces", description=__doc__)
    parser.add_argument("labels", type=Path, metavar="COCO.json")
    parser.add_argument("out", type=Path, metavar="OUT.npz")
    options = parser.parse_args(arguments)
    embedder = DlibEmbedder(tuned=False)
    try:
        faces = read_faces(options.labels, _SEED)[:PERSONS]
        tuning = learn(faces, embedder, _SEED, lambda done, total: print(f"{done}/{total}"))
    finally:
        embedder.close()
    save_tuning(tuning, options.out)


if __name__ == "__main__":
    main()
