"""The clock, the learning rate and the running average of a training run."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from engines.errors import TrainingError  # noqa: E402
from engines.train.network import DetectorNetwork  # noqa: E402
from engines.train.run import Pace, Run, follow, rate_at  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402


@pytest.mark.parametrize(
    ("share", "step", "expected"),
    [(0, 0, 1 / 300), (0, 1000, 1.0), (0.5, 1000, 0.505), (1, 1000, 0.01), (2, 1000, 0.01)],
)
def test_the_rate_warms_up_and_falls(share: float, step: int, expected: float) -> None:
    assert rate_at(share, step) == pytest.approx(expected)


def test_the_average_follows() -> None:
    average, live = DetectorNetwork(TINY), DetectorNetwork(TINY)
    with torch.no_grad():
        for one, two in zip(average.parameters(), live.parameters(), strict=True):
            one.zero_()
            two.fill_(1.0)
    follow(average, live, 0)
    assert all(float(p.detach().mean()) == pytest.approx(0.95) for p in average.parameters())
    follow(average, live, 10**6)
    assert all(float(p.detach().mean()) == pytest.approx(0.950025) for p in average.parameters())


def test_a_checkpoint_of_another_size_is_refused(tmp_path: Path) -> None:
    pace = Pace(tmp_path, 1, 1e-3)
    begun = Run.of(DetectorNetwork(TINY), asdict(TINY), pace)
    begun.step = 7
    begun.save(tmp_path / "last.pt")
    again = Run.of(DetectorNetwork(TINY), asdict(TINY), pace)
    again.load(tmp_path / "last.pt")
    assert again.step == 7
    wider = replace(TINY, neck=TINY.neck * 2)
    other = Run.of(DetectorNetwork(wider), asdict(wider), pace)
    with pytest.raises(TrainingError, match="another size"):
        other.load(tmp_path / "last.pt")
    assert other.step == 0
