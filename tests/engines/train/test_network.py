import pytest

torch = pytest.importorskip("torch")

from engines.train.network import (  # noqa: E402
    N_CLASSES,
    DetectorNetwork,
    NetworkSize,
    cell_centres,
    decode,
)

TINY = NetworkSize(stem=8, widths=(8, 16, 16), depths=(1, 1, 1), neck=8, head_depth=1)


@pytest.mark.parametrize(("height", "width", "n_cells"), [(64, 96, 126), (32, 32, 21)])
def test_every_cell_has_a_score_and_a_box_per_class(height: int, width: int, n_cells: int) -> None:
    raw = DetectorNetwork(TINY).eval()(torch.zeros(2, 3, height, width))
    assert raw.logits.shape == (2, n_cells, N_CLASSES)
    assert raw.boxes.shape == (2, n_cells, N_CLASSES, 4)
    assert (raw.boxes[..., 2:] > raw.boxes[..., :2]).all()


def test_centres_go_row_by_row() -> None:
    centres = cell_centres(2, 3, 8, torch.device("cpu"))
    assert centres.tolist() == [[4, 4], [12, 4], [20, 4], [4, 12], [12, 12], [20, 12]]


def test_decode_shifts_the_centre_and_scales_the_size() -> None:
    numbers = torch.tensor([[0.5, -1.0, 0.0, torch.log(torch.tensor(2.0))]])
    box = decode(numbers, torch.tensor([[20.0, 20.0]]), 8.0)
    assert box[0].tolist() == pytest.approx([20.0, 4.0, 28.0, 20.0])


def test_a_wild_number_stays_finite() -> None:
    box = decode(torch.full((1, 4), 1e4), torch.zeros(1, 2), 32.0)
    assert torch.isfinite(box).all()


def test_untrained_scores_are_low() -> None:
    raw = DetectorNetwork(TINY).eval()(torch.rand(1, 3, 64, 64))
    assert raw.logits.sigmoid().max() < 0.05
