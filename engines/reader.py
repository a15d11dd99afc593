"""Reads the line of characters of a bib with PP-OCR's recognition network.

The network comes with the RapidOCR package, which is not run: the bib alphabet, the probabilities
per step and the batches are ours. Its own 18 709 characters are folded into `ALPHABET`: lower
case, full width and circled digits count for the character they stand for.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.batched import read_batched
from engines.ctc import reading
from engines.detector import batch_rows
from engines.errors import InferenceError, ModelFileError
from engines.runtimes.session import Session
from engines.types import ALPHABET, Floats, Image, Reading

INPUT: Final = "x"
HEIGHT: Final = 48
WIDTHS: Final = (96, 160, 240, 320, 480)
"""Widths of the input; a crop takes the next one that holds it, wider crops are squeezed."""
MAX_BATCH: Final = 8

_DASHES: Final = "‐‑‒–—―−－"
_LEAST: Final = 1e-10


class PpOcrReader:
    """The port `Reader` over any runtime. Belongs to one thread."""

    def __init__(self, session: Session, characters: Sequence[str]) -> None:
        """Takes ownership of `session`.

        Args:
            session: PP-OCR recognition: ``x`` ``[B, 3, 48, W]`` to probabilities ``[B, W / 8, C]``
                of all characters, or of the columns that `folding` names.
            characters: the network's characters, column 1 first; blank is column 0.

        Raises:
            ModelFileError: a character of `ALPHABET` is missing.
        """
        self._session = session
        self._columns, self._starts = folding(characters)
        # The network may have one more, a blank that its list of characters ends with.
        self._least_all = 1 + len(characters)

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """See `engines.types.Reader.read`. Crops of similar shape share a batch.

        Raises:
            InferenceError: the network failed or its output is not what PP-OCR gives.
        """
        return read_batched(
            crops, lambda crop: input_width(crop.shape[1], crop.shape[0]), self._batch, MAX_BATCH
        )

    def close(self) -> None:
        """Frees the session."""
        self._session.close()

    def _batch(self, crops: Sequence[Image], width: int) -> list[Reading]:
        tensor = np.zeros((batch_rows(len(crops)), 3, HEIGHT, width), np.float32)
        for channels, crop in zip(tensor, crops, strict=False):
            fill(channels, crop)
        outputs = self._session.run({INPUT: tensor})
        if len(outputs) != 1:
            raise InferenceError(f"PP-OCR has one output; this model has {sorted(outputs)}")
        [probabilities] = outputs.values()
        given = probabilities.shape[2] if probabilities.ndim == 3 else 0
        is_chosen = given == len(self._columns) < self._least_all
        if not is_chosen and given < self._least_all:
            raise InferenceError(
                f"PP-OCR gives [B, steps, characters]; this model gave {probabilities.shape}"
            )
        if not is_chosen:
            probabilities = probabilities[:, :, self._columns]
        folded = fold(probabilities[: len(crops)], self._starts)
        return [
            reading(log_probs, own_width(crop, width) / width)
            for log_probs, crop in zip(folded, crops, strict=True)
        ]


def input_width(width: int, height: int) -> int:
    """The input width of a crop of that size. Tall crops (a single 1) are read upright."""
    needed = math.ceil(HEIGHT * width / height)
    return next((w for w in WIDTHS if w >= needed), WIDTHS[-1])


def own_width(crop: Image, width: int) -> int:
    """Columns that a crop takes of an input `width` columns wide."""
    own: int = math.ceil(HEIGHT * crop.shape[1] / crop.shape[0])
    return min(max(own, 1), width)


def fill(channels: Floats, crop: Image) -> None:
    """Puts an RGB crop at the left of ``[3, 48, W]``, in BGR from -1 to 1; the rest stays 0."""
    own = own_width(crop, channels.shape[2])
    way = cv2.INTER_AREA if crop.shape[0] > 2 * HEIGHT else cv2.INTER_LINEAR
    image = cv2.resize(crop, (own, HEIGHT), interpolation=way)
    for channel, plane in zip(channels, reversed(cv2.split(image)), strict=True):
        np.multiply(plane, np.float32(2 / 255), out=channel[:, :own])
        channel[:, :own] -= 1


def folding(characters: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which columns of the network stand for which symbol.

    Returns:
        columns ordered by symbol (blank, then `ALPHABET`), and where each symbol's run starts.
    """
    columns: list[list[int]] = [[0], *([] for _ in ALPHABET)]
    for column, character in enumerate(characters, start=1):
        plain = unicodedata.normalize("NFKC", character).upper()
        symbol = "-" if character in _DASHES else plain
        if len(symbol) == 1 and symbol in ALPHABET:
            columns[ALPHABET.index(symbol) + 1].append(column)
    missing = [ALPHABET[i - 1] for i, found in enumerate(columns) if not found]
    if missing:
        raise ModelFileError(f"the reader's network has no {''.join(missing)!r}")
    starts = np.cumsum([0, *(len(found) for found in columns[:-1])])
    return np.concatenate([np.array(found, np.intp) for found in columns]), starts


def fold(probabilities: Floats, starts: NDArray[np.intp]) -> Floats:
    """Probabilities ``[B, T, C]`` of the columns that `folding` names, where each symbol's run
    starts, to log-probabilities over blank and `ALPHABET` ``[B, T, 38]``.

    What the network gives to characters that no bib carries counts as blank: it was sure to see
    something else there, and scaling up the rest would make digits of logos. (On RBNR's true
    number boxes both ways read the same.)
    """
    kept = np.add.reduceat(probabilities, starts, axis=2)
    kept[:, :, 0] += 1 - kept.sum(axis=2)
    kept = np.maximum(kept, _LEAST)
    result: Floats = np.log(kept / kept.sum(axis=2, keepdims=True)).astype(np.float32)
    return result
