from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.ctc import (
    greedy,
    log_likelihood,
    log_likelihood_more_after,
    log_likelihood_more_before,
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


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("text", ["1", "2", "11", "12", "121", "221", "1111"])
def test_more_before_and_after_equal_the_sum_over_longer_texts(seed: int, text: str) -> None:
    log_probs = random_steps(seed, 6, "12")
    texts = all_texts(log_probs)
    longer = {t: p for t, p in texts.items() if len(t) > len(text)}
    before = sum(p for t, p in longer.items() if t.endswith(text))
    after = sum(p for t, p in longer.items() if t.startswith(text))
    assert np.exp(log_likelihood_more_before(log_probs, [text])) == pytest.approx([before])
    assert np.exp(log_likelihood_more_after(log_probs, [text])) == pytest.approx([after])


def test_texts_of_different_length_do_not_disturb_each_other() -> None:
    log_probs = steps("_1_2_2_3_", 0.8)
    texts = ["1223", "123", "", "7", "122345678901234567890"]
    for function in (log_likelihood, log_likelihood_more_before, log_likelihood_more_after):
        asked = [t for t in texts if t] if function is not log_likelihood else texts
        alone = [function(log_probs, [text])[0] for text in asked]
        assert function(log_probs, asked) == pytest.approx(alone)
    assert log_likelihood(log_probs, [])[:].shape == (0,)
    assert log_likelihood(log_probs, texts)[-1] == -np.inf  # longer than there are steps


def test_a_covered_left_end_is_seen_in_the_likelihoods() -> None:
    log_probs = steps("_1_2_4_3_")
    [short] = log_likelihood(log_probs, ["43"])
    [more] = log_likelihood_more_before(log_probs, ["43"])
    assert more > short + 5


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


@pytest.mark.parametrize("text", ["a", "4 3", "é"])
def test_a_character_outside_the_alphabet_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="not in the bib alphabet"):
        log_likelihood(steps("_1_"), [text])


def test_more_round_an_empty_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty text"):
        log_likelihood_more_before(steps("_1_"), [""])
