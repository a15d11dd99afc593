"""What stands about: it hides boxes, never adds any, and is drawn where the mask says."""

import numpy as np
import pytest

from engines.train.clutter import background, clutter, hidden_shares
from engines.train.pictures import Labels, TrainingPicture


def picture(boxes: list[tuple[float, float, float, float, int, bool]]) -> TrainingPicture:
    image = np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    return TrainingPicture.of(image, Labels.of(boxes))


@pytest.mark.parametrize("seed", range(20))
def test_no_box_is_added_and_none_is_left_behind_a_board(seed: int) -> None:
    rng = np.random.default_rng(seed)
    canvas = np.full((96, 160, 3), 3, np.uint8)
    grid = [
        (float(x), float(y), x + 8.0, y + 8.0, 0, False)
        for x in range(0, 152, 8)
        for y in range(0, 88, 8)
    ]
    labels = Labels.of(grid)
    left = clutter(canvas, labels, picture([]), rng)
    changed = (canvas != 3).any(2)
    assert changed.any() or len(left.kinds) == len(grid)
    kept = {tuple(box) for box in left.boxes.tolist()}
    for x0, y0, x1, y1, _, _ in grid:
        hidden = changed[int(y0) : int(y1), int(x0) : int(x1)].mean()
        if hidden == 0:
            assert (x0, y0, x1, y1) in kept
    counted = left.boxes[~left.ignored].astype(int)
    shares = [changed[y0:y1, x0:x1].mean() for x0, y0, x1, y1 in counted]
    assert max(shares, default=0) < 0.6


def test_shares_that_are_hidden() -> None:
    mask = np.zeros((10, 10), np.uint8)
    mask[:5] = 255
    labels = Labels.of([(0, 0, 10, 10, 0, False), (0, 0, 4, 4, 1, False), (2, 6, 9, 9, 2, True)])
    assert hidden_shares(labels, mask) == pytest.approx([0.5, 1.0, 0.0])


def test_a_background_has_no_labelled_box_in_it() -> None:
    rng = np.random.default_rng(2)
    marked = picture([(60, 0, 100, 120, 0, False), (0, 0, 30, 60, 1, True)])
    marked.levels[0][:, 60:100] = 255
    marked.levels[0][:60, :30] = 255
    for _ in range(30):
        piece = background(marked, rng)
        assert piece is None or (piece.min(2) < 255).mean() > 0.9


def test_a_picture_full_of_runners_has_no_background() -> None:
    full = picture([(0, 0, 160, 120, 0, True)])
    assert background(full, np.random.default_rng(3)) is None
