"""Readings for tests, made from short strings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engines import ctc
from engines.types import ALPHABET, Reading

SECOND_NS = 1_000_000_000


def reading(
    text: str, sure: float = 0.95, doubts: Mapping[int, Mapping[str, float]] | None = None
) -> Reading:
    """What a reader answers to `text`.

    Args:
        text: what it reads.
        sure: probability of each character; the rest goes to blank and all other characters.
        doubts: by place in `text`, characters that it could be instead, with probabilities.
    """
    steps = np.full((4 * len(text) + 6, len(ALPHABET) + 1), 1e-4)
    steps[:, 0] = 1.0
    for place, character in enumerate(text):
        row = steps[4 * place + 4]
        row[:] = (1 - sure) / (len(ALPHABET) + 1)
        row[ALPHABET.index(character) + 1] = sure
        for other, probability in (doubts or {}).get(place, {}).items():
            row[ALPHABET.index(other) + 1] = probability
            row[ALPHABET.index(character) + 1] -= probability
    log_probs = np.log(steps / steps.sum(axis=1, keepdims=True)).astype(np.float32)
    return ctc.reading(log_probs, 1.0)
