"""Finds persons, bibs, faces and number lines with any network of the detector contract.

Contract: input ``images`` ``[B, 3, H, W]`` RGB 0..1, letterboxed (the session makes it of bytes
``[B, H, W, 3]``); outputs ``detection_boxes``
``[B, K, 4]`` y0, x0, y1, x1 as shares of the input, ``detection_scores`` ``[B, K]`` and
``detection_classes`` ``[B, K]`` (values of `Kind`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.borne_out import LEAST_FACE, LEAST_PERSON, borne_out
from engines.errors import InferenceError
from engines.letterbox import Placement, letterbox
from engines.runtimes.session import Session
from engines.types import Detections, Floats, Kind, Picture

INPUT: Final = "images"
OUTPUTS: Final = ("detection_boxes", "detection_scores", "detection_classes")
MAX_BATCH: Final = 8


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as found, per kind.

    Attributes:
        score: least score, 0..1; a person's is compared after `borne_out`. Lower finds more and
            errs more.
        overlap: of two boxes of a kind with a larger intersection over union, 0..1, only the
            better one stays. Higher keeps runners of a dense pack apart and doubles more boxes.
    """

    score: Mapping[Kind, float]
    overlap: Mapping[Kind, float]


class OnnxDetector:
    """The port `Detector` over any runtime. Belongs to one thread."""

    def __init__(self, session: Session, thresholds: Thresholds, size: tuple[int, int]) -> None:
        """Takes ownership of `session`, which takes bytes.

        `size` is the usual (width, height); pictures that are higher than wide, as phones film, are
        searched in the same input turned. Laid into the wide one they would lose two thirds of
        their pixels.
        """
        self._session = session
        self._thresholds = thresholds
        self._size = size

    def detect(
        self, pictures: Sequence[Picture], size: tuple[int, int] | None = None
    ) -> list[Detections]:
        """See `engines.types.Detector.detect`. More than eight pictures make several batches.

        Raises:
            InferenceError: the network failed or its outputs break the contract.
            ValueError: `size` is not made of multiples of 32.
        """
        places: dict[tuple[int, int], list[int]] = {}
        for place, picture in enumerate(pictures):
            places.setdefault(size or self._size_for(picture), []).append(place)
        found: dict[int, Detections] = {}
        for chosen, alike in places.items():
            for start in range(0, len(alike), MAX_BATCH):
                batch = alike[start : start + MAX_BATCH]
                told = self._batch([pictures[place] for place in batch], chosen)
                found.update(zip(batch, told, strict=True))
        return [found[place] for place in range(len(pictures))]

    def keeping(self, least_score: float) -> OnnxDetector:
        """The same network, which keeps boxes of all kinds from this score on, 0..1. Whichever is
        closed closes both."""
        thresholds = Thresholds(dict.fromkeys(Kind, least_score), self._thresholds.overlap)
        return OnnxDetector(self._session, thresholds, self._size)

    def close(self) -> None:
        """Frees the session."""
        self._session.close()

    def _size_for(self, picture: Picture) -> tuple[int, int]:
        return self._size if picture.width >= picture.height else turned(self._size)

    def _batch(self, pictures: Sequence[Picture], size: tuple[int, int]) -> list[Detections]:
        tensor, placements = letterbox(pictures, size, batch_rows(len(pictures)))
        outputs = self._session.run({INPUT: tensor})
        missing = [name for name in OUTPUTS if name not in outputs]
        if missing:
            raise InferenceError(f"the detector lacks the outputs {missing}; has {sorted(outputs)}")
        boxes, scores, classes = (outputs[name] for name in OUTPUTS)
        return [
            decode(boxes[i], scores[i], classes[i], placement, self._thresholds)
            for i, placement in enumerate(placements)
        ]


def turned(size: tuple[int, int]) -> tuple[int, int]:
    """The input for pictures that are higher than wide."""
    return min(size), max(size)


def batch_rows(n: int) -> int:
    """The next power of two: few batch sizes, so few compiled copies of a network."""
    return 1 << (n - 1).bit_length()


def decode(
    boxes: Floats, scores: Floats, classes: Floats, placement: Placement, thresholds: Thresholds
) -> Detections:
    """One picture's rows of the contract's outputs to detections in its own pixels.

    Args:
        boxes: ``[K, 4]`` y0, x0, y1, x1, shares of the input.
        scores: ``[K]``.
        classes: ``[K]``; rows of unknown classes are left out.
        placement: where the picture lay in the input.
        thresholds: what to keep.

    Returns:
        Kind by kind in the order of `Kind`, best score first, no box without an area. The scores
        are the network's, persons' after `borne_out`.
    """
    least = _by_kind(thresholds.score)
    before = least.copy()
    before[Kind.PERSON] = min(before[Kind.PERSON], LEAST_PERSON)
    before[Kind.FACE] = min(before[Kind.FACE], LEAST_FACE)
    # Most rows are far below every threshold: drop them before anything is worked out.
    likely = scores >= before.min()
    boxes, scores, kinds = boxes[likely], scores[likely], np.rint(classes[likely]).astype(np.intp)
    width, height = placement.size
    pixels = boxes[:, [1, 0, 3, 2]] * np.array([width, height, width, height], np.float32)
    placed = placement.restore(pixels)
    wanted = (placed[:, 2] > placed[:, 0]) & (placed[:, 3] > placed[:, 1])
    wanted &= (kinds >= 0) & (kinds < len(Kind))
    kept = np.flatnonzero(wanted)
    kept = kept[scores[kept] >= before[kinds[kept]]]
    kept = kept[np.lexsort((-scores[kept], kinds[kept]))]
    # All kinds at once: pictures of torsos have few boxes, and many calls of NumPy for each cost
    # more than the pairs of two kinds.
    most = _by_kind(thresholds.overlap)[kinds[kept], None]
    clash = (overlaps(placed[kept], placed[kept]) > most) & (kinds[kept, None] == kinds[kept])
    kept = kept[_survivors(clash)]
    found = borne_out(
        Detections(placed[kept], scores[kept].astype(np.float32), kinds[kept].astype(np.int8))
    )
    sure = found.scores >= least[found.kinds]
    return Detections(found.boxes[sure], found.scores[sure], found.kinds[sure])


def _by_kind(values: Mapping[Kind, float]) -> NDArray[np.float32]:
    return np.array([values[kind] for kind in Kind], np.float32)


def overlaps(boxes: Floats, others: Floats) -> Floats:
    """Intersection over union of every pair: ``[N, 4]`` and ``[M, 4]`` to ``[N, M]``, 0..1."""
    x0, y0, x1, y1 = boxes.T[:, :, None]
    other_x0, other_y0, other_x1, other_y1 = others.T[:, None]
    across = np.minimum(x1, other_x1) - np.maximum(x0, other_x0)
    along = np.minimum(y1, other_y1) - np.maximum(y0, other_y0)
    shared = np.maximum(across, 0) * np.maximum(along, 0)
    union = (x1 - x0) * (y1 - y0) + (other_x1 - other_x0) * (other_y1 - other_y0) - shared
    shares: Floats = np.divide(
        shared, union, out=np.zeros_like(shared), where=union > 0, dtype=np.float32
    )
    return shares


def nms(boxes: Floats, scores: Floats, overlap: float) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: rows to keep of boxes ``[N, 4]``, best score first.

    Equal scores keep their order.
    """
    order = np.argsort(-scores, kind="stable")
    return order[_survivors(overlaps(boxes[order], boxes[order]) > overlap)]


def _survivors(clash: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of so many boxes stay, best first, where two that clash cannot both: ``[N, N]`` to
    ``[N]``."""
    alive = np.ones(len(clash), dtype=bool)
    for row in np.flatnonzero(clash.sum(axis=1) > 1):  # each clashes with itself
        if alive[row]:
            alive[row + 1 :] &= ~clash[row, row + 1 :]
    return alive
