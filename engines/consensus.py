"""What several readings of one number line say together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from engines.ctc import log_likelihood, n_best
from engines.number_range import NumberRange
from engines.patterns import Patterns
from engines.types import Reading

_SURE: Final = 0.9
_CLEAR: Final = 0.98
"""Probability of a reading's best path from which no other text is looked for."""
_ROUNDS: Final = 2
_BIB: Final = re.compile(r"(?![0-]+$)[A-Z]{0,2}-?\d{1,5}-?[A-Z]?")


def is_bib(text: str) -> bool:
    """Whether a text read in a photo may be a bib: 1 to 5 digits, with letters or a dash before or
    behind. Zeros alone never are: what is read in a photo is not held against the start list here.
    For videos see `stream.votes.is_bib`."""
    return _BIB.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def likely_texts(reading: Reading) -> Mapping[str, float]:
    """Probability of each of a reading's likeliest texts, 0..1; kept, for it takes a millisecond
    and is asked again whenever more of the race is known. A clear reading has one text."""
    log_probs = reading.log_probs
    if float(np.exp(log_probs.max(axis=1).sum(dtype=np.float64))) >= _CLEAR:
        [log] = log_likelihood(log_probs, [reading.text])
        return MappingProxyType({reading.text: float(np.exp(log))})
    return MappingProxyType(
        {text: float(np.exp(log)) for text, log in n_best(log_probs, beam=6, least=1e-3)}
    )


def mean_probability(
    readings: Sequence[Reading], trusts: Sequence[float] | None = None
) -> dict[str, float]:
    """Mean over the readings of the probability of each of their likeliest texts, 0..1.

    A mean and no product: one view that cut a character off must not veto the others.

    Args:
        readings: of one line.
        trusts: how much the word of each weighs, above 0; alike where none are given.
    """
    weights = trusts if trusts is not None else [1.0] * len(readings)
    total = sum(weights)
    mean: dict[str, float] = {}
    for reading, weight in zip(readings, weights, strict=True):
        for text, probability in likely_texts(reading).items():
            mean[text] = mean.get(text, 0.0) + probability * weight / total
    return mean


def likeliest_bib(probability: Mapping[str, float], patterns: Patterns) -> tuple[str, float]:
    """The text that is a bib and most likely in this race, and its probability among all texts.

    Args:
        probability: of each text, 0..1; texts that are no bib keep theirs.
        patterns: of the race's bibs.

    Returns:
        Text and probability 0..1; the empty text and 0 where no text is a bib.
    """
    weighed = {
        text: p * float(np.exp(patterns.log(text) if is_bib(text) else 0.0))
        for text, p in probability.items()
    }
    bibs = [text for text in weighed if is_bib(text)]
    if not bibs:
        return "", 0.0
    best = max(bibs, key=lambda text: (weighed[text], text))
    # What the readers left out of their few best texts is neither more nor less likely than before.
    rest = max(1.0 - sum(probability.values()), 0.0)
    return best, weighed[best] / (sum(weighed.values()) + rest)


def learnt_patterns(
    probabilities: Sequence[Mapping[str, float]], numbers: Sequence[NumberRange] = ()
) -> Patterns:
    """What the bibs of one race look like, from what was read of all of them.

    Sure bibs say what the others look like, and that makes more of them sure, or fewer.

    Args:
        probabilities: of the texts of each bib, see `mean_probability`.
        numbers: the bibs that were given out; empty where nobody said.
    """
    patterns = Patterns(numbers)
    for _ in range(_ROUNDS):
        told = [likeliest_bib(one, patterns) for one in probabilities]
        patterns = Patterns(numbers)
        for text, probability in told:
            if text and probability >= _SURE:
                patterns.note(text)
    return patterns
