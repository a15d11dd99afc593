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

_SCALED_EVERY: Final = 8
"""Steps that probabilities of 1e-10 and more may be multiplied for and stay far from zero."""

_PAUSE: Final = -1e-4
"""Log-probability of blank from which a step says nothing after one that said nothing."""

_COLUMNS: Final = {character: column for column, character in enumerate(ALPHABET, start=1)}

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

    The forward algorithm (Graves et al. 2006), all texts at once, in probabilities that are
    scaled up every few steps: logarithms would take four times as long.

    Raises:
        ValueError: a text has a character outside `ALPHABET`.
    """
    if not texts:
        return np.zeros(0)
    labels, lengths = _labels(texts)
    # A character may follow the one before it without a blank, unless it is the same one.
    skips = np.zeros(labels.shape)
    skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    mass = np.zeros((len(texts), labels.shape[1] + 2))  # two empty states before the first
    mass[:, 2] = 1.0
    scale = np.zeros(len(texts))
    for step, row in enumerate(np.exp(log_probs.astype(np.float64))[:, labels], start=1):
        after = mass[:, :-2] * skips
        after += mass[:, 2:]
        after += mass[:, 1:-1]
        after *= row
        mass[:, 2:] = after
        if step % _SCALED_EVERY == 0:
            scale += _scaled(mass)
    rows = np.arange(len(texts))
    spoken = np.where(lengths > 0, mass[rows, 2 * lengths + 1], 0.0)
    with np.errstate(divide="ignore"):
        result: Doubles = np.log(mass[rows, 2 * lengths + 2] + spoken) + scale
    return result


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
    is_pause = log_probs[:, 0] >= _PAUSE
    log_probs = log_probs[~(is_pause & np.concatenate([[False], is_pause[:-1]]))]
    beams: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    probabilities = np.exp(log_probs.astype(np.float64))
    # Numbers and lists of Python's own: that is three times as quick here as NumPy's.
    for row, possible in zip(
        probabilities.tolist(), (probabilities >= least).tolist(), strict=True
    ):
        symbols = [symbol for symbol, is_possible in enumerate(possible) if is_possible and symbol]
        grown = _grown(beams, row, symbols)
        best = sorted(grown.items(), key=_mass_of, reverse=True)[:beam]
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
    beams: dict[str, tuple[float, float]], row: Sequence[float], symbols: Sequence[int]
) -> dict[str, tuple[float, float]]:
    """One step of the search: per text, the mass of paths that end in blank, in its last symbol."""
    grown: dict[str, tuple[float, float]] = {}
    nothing = (0.0, 0.0)
    # The best of the old ones has a mass of one, and goes on with the likeliest symbol or another.
    hopeless = _HOPELESS * max(row) / 10
    for text, (blank, ends) in beams.items():
        whole = blank + ends
        last = _COLUMNS[text[-1]] if text else 0
        old = grown.get(text, nothing)
        again = ends * row[last] if last else 0.0
        grown[text] = (old[0] + whole * row[0], old[1] + again)
        for symbol in symbols:
            # A symbol said twice needs a blank between.
            mass = (blank if symbol == last else whole) * row[symbol]
            if mass >= hopeless:
                longer = text + ALPHABET[symbol - 1]
                old = grown.get(longer, nothing)
                grown[longer] = (old[0], old[1] + mass)
    return grown


def _mass_of(entry: tuple[str, tuple[float, float]]) -> float:
    blank, ends = entry[1]
    return blank + ends


def _scaled(mass: Doubles) -> Doubles:
    """Scale every row so that its greatest entry is 1; gives the logarithms of what was taken."""
    greatest = mass.max(axis=1)
    greatest[greatest == 0.0] = 1.0  # impossible, and stays so
    mass /= greatest[:, None]
    logs: Doubles = np.log(greatest)
    return logs


def _labels(texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns of ``blank c1 blank c2 ... blank``, padded with blank ``[N, S]``; lengths ``[N]``."""
    lengths = np.array([len(text) for text in texts], np.intp)
    labels = np.zeros((len(texts), 2 * max(int(lengths.max()), 1) + 1), np.intp)
    for row, text in zip(labels, texts, strict=True):
        for place, character in enumerate(text):
            column = _COLUMNS.get(character)
            if column is None:
                raise ValueError(f"{character!r} of {text!r} is not in the bib alphabet")
            row[2 * place + 1] = column
    return labels, lengths
