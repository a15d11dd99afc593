from collections.abc import Sequence

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from engines.train.loss import (  # noqa: E402
    Cells,
    Targets,
    assign,
    detector_loss,
    iou,
    size_weight,
)
from engines.train.network import N_CLASSES, DetectorNetwork, Raw  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402

CPU = torch.device("cpu")
CELLS = Cells.of(64, 64, CPU)
N_CELLS = len(CELLS.strides)


def _targets(rows: Sequence[tuple[tuple[float, float, float, float], int, bool]]) -> Targets:
    return Targets(
        torch.tensor([row[0] for row in rows], dtype=torch.float32).reshape(-1, 4),
        torch.tensor([row[1] for row in rows], dtype=torch.int64),
        torch.tensor([row[2] for row in rows], dtype=torch.bool),
    )


def _answers(box: tuple[float, float, float, float]) -> Tensor:
    """Every cell says the same box for every class."""
    same: Tensor = torch.tensor(box).expand(N_CELLS, N_CLASSES, 4).clone()
    return same


@pytest.mark.parametrize(
    ("first", "second", "overlap", "generalised"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0, 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3, 1 / 3),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0, 0.0),
        ((0, 0, 10, 10), (20, 0, 30, 10), 0.0, -1 / 3),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0.0, 0.0),
    ],
)
def test_iou(
    first: tuple[float, ...], second: tuple[float, ...], overlap: float, generalised: float
) -> None:
    one, two = torch.tensor(first).float(), torch.tensor(second).float()
    assert float(iou(one, two)) == pytest.approx(overlap, abs=1e-5)
    assert float(iou(one, two, generalised=True)) == pytest.approx(generalised, abs=1e-5)


@pytest.mark.parametrize(
    ("rows", "n_boxes"),
    [
        ([], 0),
        ([((8, 8, 40, 56), 0, True)], 0),
        ([((8, 8, 40, 56), 0, False)], 1),
        ([((8, 8, 40, 56), 0, False), ((8, 8, 40, 56), 1, False)], 2),
        ([((21, 21, 23, 23), 3, False)], 1),  # smaller than a cell, no centre inside
        ([((8, 8, 40, 56), 0, False), ((10, 8, 42, 56), 0, False)], 2),
    ],
)
def test_every_counted_box_gets_cells(
    rows: list[tuple[tuple[float, float, float, float], int, bool]], n_boxes: int
) -> None:
    targets = _targets(rows)
    scores = torch.full((N_CELLS, N_CLASSES), 0.1)
    found = assign(scores, _answers((8, 8, 42, 56)), targets, CELLS)
    assert len(set(found.box.tolist())) == n_boxes
    assert ((found.score >= 0) & (found.score <= 1)).all()
    assert not targets.ignored[found.box].any()


def test_a_cell_answers_for_one_box_of_a_class() -> None:
    targets = _targets([((8, 8, 40, 56), 0, False), ((12, 8, 44, 56), 0, False)])
    scores = torch.full((N_CELLS, N_CLASSES), 0.1)
    found = assign(scores, _answers((8, 8, 42, 56)), targets, CELLS)
    assert len(set(found.cell.tolist())) == len(found.cell)


def test_the_number_line_does_not_take_the_bibs_cells() -> None:
    targets = _targets([((8, 8, 40, 40), 1, False), ((12, 20, 36, 30), 3, False)])
    boxes = torch.zeros(N_CELLS, N_CLASSES, 4)
    boxes[:, 1] = targets.boxes[0]
    boxes[:, 3] = targets.boxes[1]
    found = assign(torch.full((N_CELLS, N_CLASSES), 0.1), boxes, targets, CELLS)
    best = [float(found.score[found.box == i].max()) for i in range(2)]
    assert best == pytest.approx([1.0, 1.0])


def _raw(logits: Tensor) -> Raw:
    return Raw(logits[None], _answers((8, 8, 40, 56))[None])


@pytest.mark.parametrize(("ignored", "cheaper"), [(True, True), (False, False)])
def test_an_ignored_box_makes_no_counterexample(ignored: bool, cheaper: bool) -> None:
    logits = torch.full((N_CELLS, N_CLASSES), -6.0)
    logits[:, 2] = 2.0
    everywhere = _targets([((0, 0, 64, 64), 2 if ignored else 1, True)])
    loss = detector_loss(_raw(logits), [everywhere], CELLS)
    assert (float(loss.score) < 1.0) is cheaper


def test_the_right_answer_is_cheap_and_the_wrong_one_is_not() -> None:
    targets = _targets([((8, 8, 40, 56), 0, False)])
    right = torch.full((N_CELLS, N_CLASSES), -8.0)
    right[assign(right.sigmoid(), _answers((8, 8, 40, 56)), targets, CELLS).cell, 0] = 8.0
    good = detector_loss(_raw(right), [targets], CELLS)
    bad = detector_loss(_raw(-right), [targets], CELLS)
    assert float(good.total) < 0.05
    assert float(bad.total) > 1.0
    assert float(good.box) == pytest.approx(0.0, abs=1e-5)


def test_a_few_steps_lower_the_loss() -> None:
    torch.manual_seed(0)
    network = DetectorNetwork(TINY).train()
    images = torch.rand(2, 3, 64, 64)
    targets = [
        _targets([((8, 8, 40, 56), 0, False), ((16, 20, 30, 30), 1, False)]),
        _targets([((4, 4, 60, 60), 0, False), ((20, 8, 34, 24), 2, False)]),
    ]
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    history = []
    for _ in range(40):
        loss = detector_loss(network(images), targets, CELLS).total
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        history.append(loss.item())
    assert sum(history[-5:]) < 0.7 * sum(history[:5])


@pytest.mark.parametrize(
    ("box", "weight"),
    [
        ((0, 0, 64, 64), 1.0),
        ((0, 0, 300, 300), 1.0),
        ((0, 0, 32, 32), 2.0),
        ((0, 0, 8, 8), 2.5),
        ((5, 5, 5, 5), 2.5),  # no area at all
    ],
)
def test_small_boxes_pay_more_for_their_place(box: tuple[float, ...], weight: float) -> None:
    assert float(size_weight(torch.tensor([box]).float())) == pytest.approx(weight)
