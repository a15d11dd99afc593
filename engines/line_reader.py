"""Reads the line of characters of a bib with the project's own network.

It knows the bib alphabet and nothing else, so it is small and its output is used as it is. How it
was trained is told in `engines.train.bib_reader`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from engines.batched import read_batched
from engines.ctc import reading
from engines.detector import batch_rows
from engines.errors import InferenceError
from engines.runtimes.session import Session
from engines.types import ALPHABET, Bytes, Image, Reading

INPUT: Final = "images"
OUTPUT: Final = "log_probs"
HEIGHT: Final = 32
WIDTHS: Final = (64, 96, 128, 160, 224)
"""Widths of the input; a crop takes the next one that holds it, wider crops are squeezed."""
MAX_BATCH: Final = 16


class LineReader:
    """The port `Reader` over any runtime. Belongs to one thread."""

    def __init__(self, session: Session) -> None:
        """Takes ownership of `session`, which takes bytes: ``images`` ``[B, 32, W, 3]``."""
        self._session = session

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """See `engines.types.Reader.read`. Crops of similar shape share a batch.

        Raises:
            InferenceError: the network failed or its output is not that of a line reader.
        """
        return read_batched(crops, input_width, self._batch, MAX_BATCH)

    def close(self) -> None:
        """Frees the session."""
        self._session.close()

    def _batch(self, crops: Sequence[Image], width: int) -> list[Reading]:
        tensor = np.zeros((batch_rows(len(crops)), HEIGHT, width, 3), np.uint8)
        for row, crop in zip(tensor, crops, strict=False):
            fill(row, crop)
        outputs = self._session.run({INPUT: tensor})
        log_probs = outputs.get(OUTPUT)
        if log_probs is None or log_probs.ndim != 3 or log_probs.shape[2] != 1 + len(ALPHABET):
            shapes = {name: value.shape for name, value in outputs.items()}
            raise InferenceError(
                f"a line reader gives {OUTPUT} [B, steps, {1 + len(ALPHABET)}]; got {shapes}"
            )
        return [
            reading(own, min(own_width(crop), width) / width)
            for own, crop in zip(log_probs[: len(crops)], crops, strict=True)
        ]


def input_width(crop: Image) -> int:
    """The input width for a crop."""
    needed = own_width(crop)
    return next((w for w in WIDTHS if w >= needed), WIDTHS[-1])


def own_width(crop: Image) -> int:
    """Columns that a crop takes at the network's height, at least 8."""
    height, width = crop.shape[:2]
    return max(round(int(width) * HEIGHT / int(height)), 8)


def fill(row: Bytes, crop: Image) -> None:
    """Puts an RGB crop at the left of ``[32, W, 3]``; the rest stays as it is."""
    own = min(own_width(crop), row.shape[1])
    way = cv2.INTER_AREA if crop.shape[0] > HEIGHT else cv2.INTER_LINEAR
    row[:, :own] = cv2.resize(crop, (own, HEIGHT), interpolation=way)
