"""What one look says about each candidate: whole, and with an edge of it hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from engines import ctc
from engines.types import Reading


@dataclass(slots=True)
class Likelihoods:
    """Natural logarithms of probabilities, by candidate.

    Attributes:
        whole: of reading exactly the candidate.
        cut_right, cut_left: of reading it without its last or first one or two characters, mean.
        choice: the candidate that the look itself prefers.
    """

    choice: str
    whole: dict[str, float] = field(default_factory=dict)
    cut_right: dict[str, float] = field(default_factory=dict)
    cut_left: dict[str, float] = field(default_factory=dict)

    def extend(self, reading: Reading, texts: Sequence[str]) -> None:
        """Work out what `reading` says about `texts` as well."""
        if not texts:
            return
        parts = [part for text in texts for part in parts_of(text)]
        both = [*texts, *dict.fromkeys(parts)]
        known = dict(zip(both, ctc.log_likelihood(reading.log_probs, both).tolist(), strict=True))
        for text in texts:
            self.whole[text] = known[text]
            self.cut_right[text] = _mean([known[t] for t in _heads(text)])
            self.cut_left[text] = _mean([known[t] for t in _tails(text)])


def parts_of(text: str) -> tuple[str, ...]:
    """What is left of a text whose first or last one or two characters are hidden."""
    return tuple(dict.fromkeys((*_heads(text), *_tails(text))))


def _heads(text: str) -> tuple[str, ...]:
    return tuple(text[:-n] for n in (1, 2) if len(text) > n)


def _tails(text: str) -> tuple[str, ...]:
    return tuple(text[n:] for n in (1, 2) if len(text) > n)


def _mean(logs: Sequence[float]) -> float:
    """Logarithm of the mean of probabilities; of nothing it is impossible."""
    finite = float(np.logaddexp.reduce(np.array(logs))) if logs else -np.inf
    return finite - float(np.log(max(len(logs), 1)))
