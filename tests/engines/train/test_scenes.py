import numpy as np
import pytest

from engines.train.pictures import Labels, TrainingPicture
from engines.train.scenes import SceneMix, Stock, make_scene


def small_stock() -> Stock:
    """Two scenes and a cut-out."""
    rng = np.random.default_rng(0)
    pictures = []
    for ground in (90, 120, 255):
        image = np.full((120, 160, 3), ground, np.uint8)
        image[20:110, 60:90] = rng.integers(0, 200, (90, 30, 3))
        rows = [(60.0, 20.0, 90.0, 110.0, 0, False), (68.0, 22.0, 80.0, 36.0, 2, False)]
        pictures.append(TrainingPicture.of(image, Labels.of(rows)))
    return Stock.of(pictures, seed=1, n_bibs=4)


def test_cut_outs_are_told_from_scenes() -> None:
    stock = small_stock()
    assert (len(stock.scenes), len(stock.cut_outs), len(stock.sprites)) == (2, 1, 1)


def test_a_stock_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        Stock.of([], seed=0)


@pytest.mark.parametrize(
    "mix",
    [
        SceneMix(),
        SceneMix(mosaic_share=1),
        SceneMix(0, 1, 1),
        SceneMix(0, 0, 0, 0, 0, (0.5, 2)),
        SceneMix(clutter_share=1, ground_share=1),
    ],
)
def test_scenes_have_the_size_and_boxes_inside(mix: SceneMix) -> None:
    stock, rng = small_stock(), np.random.default_rng(2)
    n_boxes = 0
    for _ in range(8):
        image, labels = make_scene(stock, 96, 64, mix, rng)
        assert image.shape == (64, 96, 3)
        assert (labels.boxes >= 0).all()
        assert (labels.boxes[:, 2:] <= [96, 64]).all()
        assert (labels.boxes[:, 2:] > labels.boxes[:, :2]).all()
        n_boxes += len(labels.kinds)
    assert n_boxes


def test_the_same_seed_makes_the_same_scene() -> None:
    stock = small_stock()
    first, _ = make_scene(stock, 96, 64, SceneMix(), np.random.default_rng(9))
    again, _ = make_scene(stock, 96, 64, SceneMix(), np.random.default_rng(9))
    assert np.array_equal(first, again)
