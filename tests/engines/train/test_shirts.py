import numpy as np
import pytest

from engines.train.drawing import Pixels
from engines.train.pictures import Labels
from engines.train.shirts import print_shirts
from engines.types import Kind

Row = tuple[float, float, float, float, int, bool]
PERSON: Row = (60, 10, 140, 210, int(Kind.PERSON), False)
FACE: Row = (90, 16, 110, 40, int(Kind.FACE), False)
BIB: Row = (80, 70, 120, 100, int(Kind.BIB), False)
MAYBE_A_BIB: Row = (80, 70, 120, 100, int(Kind.BIB), True)
FAR_BIB: Row = (0, 190, 20, 205, int(Kind.BIB), False)
SMALL: Row = (60, 10, 72, 38, int(Kind.PERSON), False)


def runner(shirt: int) -> Pixels:
    """A shirt of one grey on a green ground."""
    canvas = np.full((240, 200, 3), (20, 160, 40), np.uint8)
    canvas[40:140, 70:130] = shirt
    return canvas


@pytest.mark.parametrize(
    ("situation", "rows", "share", "n"),
    [
        ("a bare chest", [PERSON, FACE], 1.0, 1),
        ("nobody", [], 1.0, 0),
        ("never", [PERSON, FACE], 0.0, 0),
        ("a bib", [PERSON, FACE, BIB], 1.0, 0),
        ("perhaps a bib", [PERSON, FACE, MAYBE_A_BIB], 1.0, 0),
        ("somebody else's bib", [PERSON, FACE, FAR_BIB], 1.0, 1),
        ("an ignored person", [(*PERSON[:5], True)], 1.0, 0),
        ("too far away", [SMALL], 1.0, 0),
    ],
)
def test_who_is_printed_on(situation: str, rows: list[Row], share: float, n: int) -> None:
    canvas = runner(90)
    before = canvas.copy()
    printed = print_shirts(canvas, Labels.of(rows), np.random.default_rng(6), share)
    assert printed == n, situation
    assert bool((canvas != before).any()) is bool(n), situation


@pytest.mark.parametrize("shirt", [10, 90, 200, 250])
@pytest.mark.parametrize("seed", range(6))
def test_print_is_on_the_cloth_and_can_be_told_from_it(shirt: int, seed: int) -> None:
    canvas = runner(shirt)
    before = canvas.copy()
    assert print_shirts(canvas, Labels.of([PERSON, FACE]), np.random.default_rng(seed), 1.0)
    changed = np.abs(canvas.astype(int) - before).max(2)
    xs = (changed > 2).nonzero()[1]
    assert len(xs) > 10
    assert xs.min() >= 70
    assert xs.max() < 130
    assert changed.max() > 40


def test_folds_show_through_the_print() -> None:
    canvas = runner(120)
    canvas[40:140, 70:130] = np.where(np.arange(60) % 6 < 3, 100, 140)[None, :, None]
    before = canvas.copy()
    assert print_shirts(canvas, Labels.of([PERSON, FACE]), np.random.default_rng(6), 1.0)
    inked = (np.abs(canvas.astype(int) - before).max(2) > 30)[40:140, 70:130]
    shirt = canvas[40:140, 70:130].astype(int).mean(2)
    in_fold = np.broadcast_to(np.arange(60) % 6 < 3, shirt.shape)
    assert shirt[inked & in_fold].mean() < shirt[inked & ~in_fold].mean()
