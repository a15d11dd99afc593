import numpy as np
import pytest

from engines.train.pictures import Labels, TrainingPicture
from engines.train.sprites import cut_out, paste


def _runner(ground: int) -> TrainingPicture:
    """A dark figure with a white shirt on a plain ground."""
    image = np.full((120, 100, 3), ground, np.uint8)
    image[10:110, 35:65] = 40
    image[40:60, 40:60] = 255
    return TrainingPicture.of(image, Labels.of([(35, 10, 65, 110, 0, False)]))


@pytest.mark.parametrize(("ground", "is_cut"), [(255, True), (250, True), (200, False)])
def test_only_white_grounds_are_cut(ground: int, is_cut: bool) -> None:
    assert (cut_out(_runner(ground)) is not None) is is_cut


def test_the_shirt_stays_and_the_ground_goes() -> None:
    sprite = cut_out(_runner(255))
    assert sprite is not None
    alpha = sprite.levels[0][..., 3]
    assert alpha[50, 50] == 255
    assert alpha[5, 5] == 0
    assert sprite.person_px == 100


@pytest.mark.parametrize("seed", range(6))
def test_pasting_adds_the_runner_and_drops_who_is_hidden(seed: int) -> None:
    sprite = cut_out(_runner(255))
    assert sprite is not None
    canvas = np.full((200, 300, 3), 128, np.uint8)
    everywhere = [
        (float(x), float(y), x + 6.0, y + 12.0, 0, False)
        for x in range(0, 290, 8)
        for y in range(0, 180, 14)
    ]
    labels = paste(canvas, Labels.of(everywhere), sprite, 120, np.random.default_rng(seed))
    hit = (canvas != 128).any(2)
    if hit.sum() < 2000:  # landed at the edge
        return
    assert len(labels.kinds) < len(everywhere) + 1
    own = labels.boxes[-1]
    ys, xs = np.nonzero(hit)
    found = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    assert np.abs(found - own).max() <= 4
