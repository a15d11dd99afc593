from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from engines.train.detector import (  # noqa: E402
    TrainSettings,
    follow,
    load_average,
    rate_at,
    train_detector,
)
from engines.train.network import DetectorNetwork  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402
from tests.engines.train.test_pictures import _note, _pack  # noqa: E402


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


def test_a_run_ends_in_time_saves_and_goes_on(tmp_path: Path) -> None:
    settings = TrainSettings(
        coco=(_pack(tmp_path, [_note(1, 1), _note(2, 2)]),),
        out=tmp_path / "out",
        minutes=0.03,
        small=(64, 32),
        large=(96, 64),
        n_images=2,
        network=TINY,
        threads=1,
        save_every_s=0.2,
    )
    file = train_detector(settings)
    assert file.stat().st_size > 10_000
    seen = torch.load(tmp_path / "out" / "last.pt", weights_only=True)["n_seen"]
    assert seen > 0
    train_detector(replace(settings, minutes=0.06, resume=True))
    assert torch.load(tmp_path / "out" / "last.pt", weights_only=True)["n_seen"] > seen
    assert not load_average(tmp_path / "out" / "last.pt").training


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one COCO file or simulated race"):
        train_detector(TrainSettings(coco=(), out=tmp_path, minutes=1))
