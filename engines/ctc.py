"""What a CTC output says about strings.

A CTC network gives, per step, the probability of every symbol and of *blank*. A path is one
symbol per step; the text of a path is what remains when runs of one symbol are collapsed and
blanks dropped (Graves et al. 2006). The probability of a text is the sum over all its paths,
which the forward algorithm adds up.

Everywhere here: ``log_probs`` is float ``[T, 1 + len(ALPHABET)]``, natural logarithms, blank in
column 0, symbol ``ALPHABET[i]`` in column ``i + 1``. Results are natural logarithms in float64;
impossible is ``-inf``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engines.types import ALPHABET, Floats, Reading

_HOPELESS: Final = 1e-6
"""Prefixes this much less likely than the best are given up: sure crops leave hardly any others,
and take a third of the time."""

Array = NDArray[np.floating[Any]]
Doubles = NDArray[np.float64]


def greedy(log_probs: Array) -> tuple[str, tuple[float, ...], tuple[int, ...]]:
    """The text of the single best path; per character its probability at its best step, and that
    step."""
    best = log_probs.argmax(axis=1)
    text: list[str] = []
    scores: list[float] = []
    steps: list[int] = []
    previous = 0
    for step, symbol in enumerate(best):
        probability = min(float(np.exp(log_probs[step, symbol])), 1.0)
        if symbol and symbol == previous:
            if probability > scores[-1]:
                scores[-1], steps[-1] = probability, step
        elif symbol:
            text.append(ALPHABET[symbol - 1])
            scores.append(probability)
            steps.append(step)
        previous = symbol
    return "".join(text), tuple(scores), tuple(steps)


def reading(log_probs: Floats, share: float) -> Reading:
    """What a reader's log-probabilities say: the greedy text and where its characters are.

    Args:
        log_probs: see the module.
        share: of the steps, from the first on, that the crop took; padding took the rest.
    """
    text, scores, steps = greedy(log_probs)
    taken = len(log_probs) * share
    return Reading(text, scores, log_probs, tuple(min((s + 0.5) / taken, 1.0) for s in steps))


def log_likelihood(log_probs: Array, texts: Sequence[str]) -> Doubles:
    """``log P(text)`` for each of `texts`: float64 ``[N]``. The empty text is allowed.

    Raises:
        ValueError: a text has a character outside `ALPHABET`.
    """
    log_p = log_probs.astype(np.float64)
    start = np.full((len(log_p) + 1, log_p.shape[1]), -np.inf)
    # Before the first step nothing was said; after it, only blanks may have been.
    start[0] = 0.0
    start[1:] = np.cumsum(log_p[:, 0])[:, None]
    return _forward(log_p, texts, start[:, 0], start)


def log_likelihood_more_before(log_probs: Array, texts: Sequence[str]) -> Doubles:
    """``log P(any text that ends with this one and is longer)`` for each: float64 ``[N]``.

    The evidence for a number whose left end is covered or outside the crop: 43 of 1243.

    Raises:
        ValueError: a text is empty or has a character outside `ALPHABET`.
    """
    if not all(texts):
        raise ValueError("more before an empty text is any text; ask for a text with characters")
    log_p = log_probs.astype(np.float64)
    blank, entry = _anything(log_p)
    return _forward(log_p, texts, blank, entry)


def log_likelihood_more_after(log_probs: Array, texts: Sequence[str]) -> Doubles:
    """``log P(any text that begins with this one and is longer)`` for each: float64 ``[N]``.

    The evidence for a number whose right end is covered or outside the crop: 43 of 4312.

    Raises:
        ValueError: a text is empty or has a character outside `ALPHABET`.
    """
    # CTC knows no direction: paths collapse to the same text from either end.
    return log_likelihood_more_before(log_probs[::-1], [text[::-1] for text in texts])


def n_best(
    log_probs: Array, n: int = 5, beam: int = 10, least: float = 1e-4
) -> list[tuple[str, float]]:
    """The `n` most likely texts with their log-likelihoods, best first.

    Prefix beam search (Graves 2012, Hannun et al. 2014), its survivors weighed exactly.

    Args:
        log_probs: see the module.
        n: at most so many texts; fewer come back where fewer are possible.
        beam: prefixes kept per step. More finds rarer texts and takes longer.
        least: symbols below this probability are not tried at a step.
    """
    beams: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for row in np.exp(log_probs.astype(np.float64)):
        symbols = [int(s) for s in np.flatnonzero(row >= least) if s]
        grown = _grown(beams, row, symbols)
        best = sorted(grown.items(), key=lambda entry: -sum(entry[1]))[:beam]
        total = sum(best[0][1]) or 1.0  # rescaled, or long crops would underflow
        beams = {
            text: (blank / total, ends / total)
            for text, (blank, ends) in best
            if blank + ends >= _HOPELESS * total
        }
    texts = list(beams)
    weights = log_likelihood(log_probs, texts)
    order = np.argsort(-weights, kind="stable")[:n]
    return [(texts[i], float(weights[i])) for i in order if np.isfinite(weights[i])]


def _grown(
    beams: dict[str, tuple[float, float]], row: Doubles, symbols: list[int]
) -> dict[str, tuple[float, float]]:
    """One step of the search: per text, the mass of paths that end in blank, in its last symbol."""
    grown: dict[str, tuple[float, float]] = {}

    def add(text: str, blank: float, ends: float) -> None:
        old = grown.get(text, (0.0, 0.0))
        grown[text] = (old[0] + blank, old[1] + ends)

    for text, (blank, ends) in beams.items():
        last = ALPHABET.index(text[-1]) + 1 if text else 0
        add(text, (blank + ends) * row[0], ends * row[last] if last else 0.0)
        for symbol in symbols:
            # A symbol said twice needs a blank between.
            mass = blank if symbol == last else blank + ends
            add(text + ALPHABET[symbol - 1], 0.0, mass * row[symbol])
    return grown


def _anything(log_p: Doubles) -> tuple[Doubles, Doubles]:
    """The mass of paths that have said at least one symbol, whatever it was.

    Returns:
        ``[T + 1]`` after t steps, the last of them blank; and ``[T + 1, C]`` after t steps, the
        last being anything but symbol c, so that a path may say c next.
    """
    n_steps, n_columns = log_p.shape
    blank = np.full(n_steps + 1, -np.inf)
    entry = np.full((n_steps + 1, n_columns), -np.inf)
    silent = 0.0  # only blanks so far
    every = -np.inf  # at least one symbol so far
    for t, row in enumerate(log_p, start=1):
        symbols = row[1:] + np.logaddexp(silent, every)
        blank[t] = row[0] + every
        left = np.logaddexp.accumulate(np.concatenate(([blank[t]], symbols)))
        right = np.concatenate((np.logaddexp.accumulate(symbols[::-1])[::-1], [-np.inf]))
        # All but symbol c, added up without subtraction: c may hold nearly everything.
        entry[t, 1:] = np.logaddexp(left[:-1], right[1:])
        every = left[-1]
        silent += row[0]
    return blank, entry


def _forward(log_p: Doubles, texts: Sequence[str], blank: Doubles, entry: Doubles) -> Doubles:
    """The forward algorithm over all texts at once.

    Args:
        log_p: ``[T, C]``.
        texts: N texts.
        blank: ``[T + 1]``, mass standing before the text after t steps, ending in blank.
        entry: ``[T + 1, C]``, mass after t steps from which symbol c may be said as the first.
    """
    if not texts:
        return np.zeros(0)
    labels, lengths = _labels(texts)
    n_texts, n_states = labels.shape
    again = np.zeros_like(labels, dtype=bool)  # states that may be entered from two before
    again[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    mass = np.full((n_texts, n_states), -np.inf)
    mass[:, 0] = blank[0]
    for t, row in enumerate(log_p, start=1):
        step = np.full_like(mass, -np.inf)
        step[:, 1:] = np.logaddexp(mass[:, 1:], mass[:, :-1])
        step[:, 1:2] = np.logaddexp(mass[:, 1:2], entry[t - 1, labels[:, 1:2]])
        skips = np.where(again[:, 2:], mass[:, :-2], -np.inf)
        step[:, 2:] = np.logaddexp(step[:, 2:], skips) + row[labels[:, 2:]]
        step[:, 1:2] += row[labels[:, 1:2]]
        step[:, 0] = blank[t]
        mass = step
    rows = np.arange(n_texts)
    ends = mass[rows, 2 * lengths]
    spoken = mass[rows, np.maximum(2 * lengths - 1, 0)]
    result: Doubles = np.where(lengths > 0, np.logaddexp(ends, spoken), ends)
    return result


def _labels(texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns of ``blank c1 blank c2 ... blank``, padded with blank ``[N, S]``; lengths ``[N]``."""
    lengths = np.array([len(text) for text in texts], np.intp)
    labels = np.zeros((len(texts), 2 * max(int(lengths.max()), 1) + 1), np.intp)
    for row, text in zip(labels, texts, strict=True):
        for place, character in enumerate(text):
            column = ALPHABET.find(character) + 1
            if column == 0:
                raise ValueError(f"{character!r} of {text!r} is not in the bib alphabet")
            row[2 * place + 1] = column
    return labels, lengths
