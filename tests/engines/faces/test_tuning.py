"""What makes a picture worse counts less; who it is counts more."""

from pathlib import Path

import numpy as np
import pytest

from engines.errors import ModelFileError
from engines.faces.dlib_embedder import TUNING
from engines.faces.tuning import Tuning, fit, load_tuning, save_tuning
from engines.types import Floats


def persons(n: int = 60, seed: int = 3) -> Floats:
    """Templates ``[n, 3, 8]``: all share a mean (axis 0), getting worse moves along axis 1, and
    who it is are axes 2 to 7."""
    chance = np.random.default_rng(seed)
    vectors = np.zeros((n, 3, 8))
    vectors[:, :, 0] = 3
    vectors[:, :, 1] = chance.normal(0, 1, (n, 3))
    vectors[:, :, 2:] = chance.normal(0, 0.5, (n, 1, 6))
    return vectors.astype(np.float32)


def parted(vectors: Floats) -> float:
    """How far likenesses of one person lie above those of two, in their own spread."""
    flat = vectors.reshape(-1, vectors.shape[-1])
    flat = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    who = np.arange(len(flat)) // 3
    likeness = flat @ flat.T
    off = ~np.eye(len(flat), dtype=bool)
    same, other = likeness[(who[:, None] == who) & off], likeness[who[:, None] != who]
    return float((same.mean() - other.mean()) / np.sqrt((same.var() + other.var()) / 2))


def test_persons_are_parted_better_who_were_not_learnt_from() -> None:
    tuning = fit(persons(), evenness=0.2)
    others = persons(seed=9)
    tuned = tuning.apply(others.reshape(-1, 8)).reshape(others.shape)
    assert parted(tuned) > parted(others) + 1


def test_tuned_templates_have_length_one() -> None:
    tuned = fit(persons()).apply(np.full((2, 8), 7, np.float32))
    assert tuned.dtype == np.float32
    assert np.linalg.norm(tuned, axis=1) == pytest.approx([1, 1])


def test_nothing_taken_and_nothing_shortened_changes_nothing() -> None:
    tuning = Tuning(np.zeros(2, np.float32), np.eye(2, dtype=np.float32))
    assert tuning.apply(np.array([[3, 4]], np.float32)) == pytest.approx(np.array([[0.6, 0.8]]))


@pytest.mark.parametrize("shape", [(5, 8), (1, 3, 8), (5, 1, 8)])
def test_what_nothing_can_be_learnt_from(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="P and K from 2"):
        fit(np.ones(shape, np.float32))


def test_a_tuning_is_written_and_read(tmp_path: Path) -> None:
    tuning = fit(persons())
    save_tuning(tuning, tmp_path / "own.npz")
    again = load_tuning(tmp_path / "own.npz")
    assert np.array_equal(again.taken, tuning.taken)
    assert np.array_equal(again.spread, tuning.spread)


@pytest.mark.parametrize("written", [None, b"no arrays", {"taken": np.zeros(3)}])
def test_another_file_is_no_tuning(
    written: bytes | dict[str, Floats] | None, tmp_path: Path
) -> None:
    path = tmp_path / "own.npz"
    if isinstance(written, bytes):
        path.write_bytes(written)
    elif written is not None:
        np.savez(path, taken=written["taken"])
    with pytest.raises(ModelFileError, match="no tuning of face templates"):
        load_tuning(path)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"needs \[D\] and \[D, D\]"):
        Tuning(np.zeros(3, np.float32), np.eye(2, dtype=np.float32))


def test_the_shipped_tuning_is_for_dlibs_templates() -> None:
    tuning = load_tuning(TUNING)
    assert tuning.taken.shape == (128,)
    assert 0.5 < np.linalg.norm(tuning.taken) < 1
