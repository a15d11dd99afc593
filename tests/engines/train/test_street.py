"""Cars, fences and boards: drawn where the mask says, and people behind bars keep their boxes."""

from collections.abc import Callable

import numpy as np
import pytest

from engines.train.clutter import hidden_shares
from engines.train.drawing import Mask, Pixels
from engines.train.pictures import Labels
from engines.train.street import draw_barrier, draw_car, draw_fence
from engines.types import Kind

Draw = Callable[[Pixels, Mask, np.random.Generator], None]


def drawn(draw: Draw, seed: int, size: tuple[int, int]) -> tuple[Pixels, Mask]:
    canvas, covered = np.full((*size, 3), 3, np.uint8), np.zeros(size, np.uint8)
    draw(canvas, covered, np.random.default_rng(seed))
    return canvas, covered


@pytest.mark.parametrize("draw", [draw_barrier, draw_car, draw_fence])
@pytest.mark.parametrize("size", [(40, 40), (96, 160), (384, 640)])
def test_what_is_drawn_is_what_is_covered(draw: Draw, size: tuple[int, int]) -> None:
    n_drawn = 0
    for seed in range(30):
        canvas, covered = drawn(draw, seed, size)
        changed = (canvas != 3).any(2)
        n_drawn += bool(changed.any())
        # Soft edges change a pixel round what is covered; glass may be of the canvas' colour.
        assert (changed & (covered == 0)).sum() <= 0.35 * changed.sum() + 40
    assert n_drawn >= 5


@pytest.mark.parametrize("draw", [draw_barrier, draw_car, draw_fence])
def test_the_seed_decides(draw: Draw) -> None:
    first, again, other = (drawn(draw, seed, (200, 300))[0] for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_who_stands_behind_bars_is_still_seen() -> None:
    shares = []
    for seed in range(60):
        _, covered = drawn(draw_fence, seed, (300, 400))
        ys, xs = covered.nonzero()
        if len(xs) < 200:
            continue
        x0, y0, x1, y1 = (float(v) for v in (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1))
        behind = Labels.of([(x0, y0, x1, y1, int(Kind.PERSON), False)])
        shares.append(float(hidden_shares(behind, covered)[0]))
    assert min(shares) < 0.4
    assert np.median(shares) < 0.7


def test_a_plate_has_print_on_a_light_sheet() -> None:
    n_light = 0
    for seed in range(40):
        canvas, _ = drawn(draw_car, seed, (300, 400))
        plate = (canvas.min(2) > 200) | ((canvas[..., 0] > 240) & (canvas[..., 2] < 80))
        n_light += plate.sum() > 30
    assert n_light > 5
