"""Training pictures in memory: pixels at three sizes and their boxes, read from a COCO file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.types import Kind

_KINDS = {"person": Kind.PERSON, "bib": Kind.BIB, "face": Kind.FACE, "number": Kind.NUMBER}


@dataclass(frozen=True)
class Labels:
    """Boxes of one picture.

    Attributes:
        boxes: float32 [N, 4], x0, y0, x1, y1 in pixels.
        kinds: int64 [N], values of `Kind`.
        ignored: bool [N]; neither examples nor counterexamples.
    """

    boxes: NDArray[np.float32]
    kinds: NDArray[np.int64]
    ignored: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: list[tuple[float, float, float, float, int, bool]]) -> "Labels":
        """From rows of x0, y0, x1, y1, kind, ignored."""
        table = np.array(rows, np.float64).reshape(-1, 6)
        return cls(
            table[:, :4].astype(np.float32), table[:, 4].astype(np.int64), table[:, 5].astype(bool)
        )

    def plus(self, other: "Labels") -> "Labels":
        """Both sets of boxes."""
        return Labels(
            np.concatenate((self.boxes, other.boxes)),
            np.concatenate((self.kinds, other.kinds)),
            np.concatenate((self.ignored, other.ignored)),
        )


@dataclass(frozen=True)
class TrainingPicture:
    """A picture and its boxes.

    Attributes:
        levels: uint8 RGB [h, w, 3] at full, half and quarter size; shrinking from the nearest
            larger one is cheap and does not alias.
        labels: boxes in pixels of the full size.
        stretched: made square by its publisher; widening it again gives natural shapes.
    """

    levels: tuple[NDArray[np.uint8], ...]
    labels: Labels
    stretched: bool

    @classmethod
    def of(
        cls, image: NDArray[np.uint8], labels: Labels, *, stretched: bool = False
    ) -> "TrainingPicture":
        """From RGB pixels."""
        return cls(shrinking_levels(image, 3), labels, stretched)


def shrinking_levels(image: NDArray[np.uint8], n: int) -> tuple[NDArray[np.uint8], ...]:
    """The image and its halves, `n` in all; fewer where it gets under 8 pixels."""
    levels = [image]
    while len(levels) < n and min(levels[-1].shape[:2]) >= 16:
        height, width = levels[-1].shape[:2]
        half = cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(half, np.uint8))
    return tuple(levels)


def read_coco(
    path: Path, lines: Mapping[int, tuple[float, float, float, float]]
) -> list[TrainingPicture]:
    """Reads a COCO detection file and its images (paths relative to the file).

    A bib whose line of characters is in `lines` (annotation id to box) gives a number box; any
    other bib, and any ignored one, silences the number class over its area.

    Raises:
        ValueError: if an image cannot be decoded or a category is unknown.
    """
    pack = json.loads(path.read_text())
    names = {int(c["id"]): str(c["name"]) for c in pack["categories"]}
    unknown = set(names.values()) - set(_KINDS)
    if unknown:
        raise ValueError(f"{path}: unknown categories {sorted(unknown)}")
    rows: dict[int, list[tuple[float, float, float, float, int, bool]]] = {}
    for a in pack["annotations"]:
        x, y, w, h = (float(v) for v in a["bbox"])
        kind, ignored = _KINDS[names[int(a["category_id"])]], bool(a.get("ignore", a["iscrowd"]))
        own = rows.setdefault(int(a["image_id"]), [])
        own.append((x, y, x + w, y + h, int(kind), ignored))
        if kind is Kind.BIB:
            line = None if ignored else lines.get(int(a["id"]))
            own.append(
                (x, y, x + w, y + h, int(Kind.NUMBER), True)
                if line is None
                else (*line, int(Kind.NUMBER), False)
            )
    pictures = []
    for entry in pack["images"]:
        pixels = cv2.imread(str(path.parent / entry["file_name"]), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ValueError(f"{path}: cannot decode {entry['file_name']}")
        labels = Labels.of(rows.get(int(entry["id"]), []))
        rgb = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
        pictures.append(
            TrainingPicture.of(rgb, labels, stretched=entry["width"] == entry["height"])
        )
    return pictures
