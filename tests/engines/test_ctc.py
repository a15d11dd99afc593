from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.ctc import (
    greedy,
    log_likelihood,
    n_best,
    reading,
)
from engines.types import ALPHABET

COLUMNS = len(ALPHABET) + 1


def steps(symbols: str, certain: float = 0.99) -> NDArray[np.float32]:
    """One step per character, `_` for blank."""
    probs = np.full((len(symbols), COLUMNS), (1 - certain) / (COLUMNS - 1))
    for row, symbol in zip(probs, symbols, strict=True):
        row[0 if symbol == "_" else ALPHABET.index(symbol) + 1] = certain
    log_probs: NDArray[np.float32] = np.log(probs).astype(np.float32)
    return log_probs


def random_steps(seed: int, n_steps: int, symbols: str) -> NDArray[np.float64]:
    """Probabilities over blank and a few symbols only, so that all paths can be listed."""
    rng = np.random.default_rng(seed)
    columns = [0, *(ALPHABET.index(s) + 1 for s in symbols)]
    probs = np.zeros((n_steps, COLUMNS))
    probs[:, columns] = rng.dirichlet(np.ones(len(columns)), n_steps)
    with np.errstate(divide="ignore"):
        return np.log(probs)


def all_texts(log_probs: NDArray[np.float64]) -> dict[str, float]:
    """Every text with its probability, by listing every path."""
    texts: dict[str, float] = defaultdict(float)
    columns = np.flatnonzero(np.isfinite(log_probs).any(axis=0))
    for path in itertools.product(columns, repeat=len(log_probs)):
        text = "".join(ALPHABET[c - 1] for c, _ in itertools.groupby(path) if c)
        texts[text] += float(np.exp(sum(log_probs[t, c] for t, c in enumerate(path))))
    return texts


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        ("", ""),
        ("____", ""),
        ("_4_3_", "43"),
        ("44_3333", "43"),
        ("4_4", "44"),
        ("44", "4"),
        ("A-1_7", "A-17"),
    ],
)
def test_greedy_collapses_runs_and_drops_blanks(symbols: str, text: str) -> None:
    read, scores, _ = greedy(steps(symbols))
    assert read == text
    assert scores == pytest.approx([0.99] * len(text), abs=1e-5)


def test_the_score_of_a_character_is_its_best_step() -> None:
    log_probs = steps("777")
    log_probs[0] = steps("7", 0.5)[0]
    assert greedy(log_probs)[1] == pytest.approx([0.99], abs=1e-5)


def test_a_character_is_where_its_best_step_is() -> None:
    log_probs = steps("_777__1_")
    log_probs[1] = steps("7", 0.5)[0]
    log_probs[3] = steps("7", 0.5)[0]
    assert greedy(log_probs)[2] == (2, 6)
    assert reading(log_probs, 1.0).places == pytest.approx((2.5 / 8, 6.5 / 8))
    assert reading(log_probs, 0.875).places == pytest.approx((2.5 / 7, 6.5 / 7))


@pytest.mark.parametrize("seed", range(4))
def test_likelihood_equals_the_sum_over_all_paths(seed: int) -> None:
    log_probs = random_steps(seed, 5, "123")
    texts = all_texts(log_probs)
    measured = np.exp(log_likelihood(log_probs, list(texts)))
    assert measured == pytest.approx(list(texts.values()), rel=1e-9)
    assert measured.sum() == pytest.approx(1.0)


def test_texts_of_different_length_do_not_disturb_each_other() -> None:
    log_probs = steps("_1_2_2_3_", 0.8)
    texts = ["1223", "123", "", "7", "122345678901234567890"]
    alone = [log_likelihood(log_probs, [text])[0] for text in texts]
    assert log_likelihood(log_probs, texts) == pytest.approx(alone)
    assert log_likelihood(log_probs, [])[:].shape == (0,)
    assert log_likelihood(log_probs, texts)[-1] == -np.inf  # longer than there are steps


@pytest.mark.parametrize("seed", range(6))
def test_n_best_finds_the_most_likely_texts_in_order(seed: int) -> None:
    log_probs = random_steps(seed, 5, "123")
    texts = all_texts(log_probs)
    expected = sorted(texts.items(), key=lambda entry: -entry[1])[:3]
    found = n_best(log_probs, 3, beam=30, least=0.0)
    assert [text for text, _ in found] == [text for text, _ in expected]
    assert np.exp([weight for _, weight in found]) == pytest.approx([p for _, p in expected])


def test_n_best_of_a_certain_crop() -> None:
    assert n_best(steps("_1_2_2_", 0.999))[0][0] == "122"
    assert len(n_best(steps("_1_2_2_"), 2)) == 2


def test_a_long_crop_does_not_underflow() -> None:
    log_probs = steps("_1" * 200, 0.05)
    assert np.isfinite(n_best(log_probs, 1)[0][1])
    sure = steps("_1" * 200, 1 - 1e-9)
    assert log_likelihood(sure, ["1" * 200, "9" * 200]) == pytest.approx([0, -4867], abs=1)


@pytest.mark.parametrize("text", ["a", "4 3", "é"])
def test_a_character_outside_the_alphabet_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="not in the bib alphabet"):
        log_likelihood(steps("_1_"), [text])
