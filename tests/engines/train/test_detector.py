from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from engines.errors import TrainingError  # noqa: E402
from engines.train import detector  # noqa: E402
from engines.train.detector import (  # noqa: E402
    TrainSettings,
    load_average,
    train_detector,
)
from engines.train.loss import Losses  # noqa: E402
from engines.train.pictures import TrainingPicture, read_coco  # noqa: E402
from engines.train.run import Pace, Step  # noqa: E402
from tests.engines.train.resumed import longer  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402
from tests.engines.train.test_pictures import _note, _pack  # noqa: E402


def test_a_run_ends_in_time_saves_and_goes_on(tmp_path: Path) -> None:
    settings, pictures = _tiny_run(tmp_path)
    file = train_detector(settings, pictures)
    assert file.stat().st_size > 10_000
    seen = torch.load(tmp_path / "out" / "last.pt", weights_only=True)["n_seen"]
    assert seen > 0
    train_detector(replace(settings, pace=longer(settings.pace), resume=True), pictures)
    assert torch.load(tmp_path / "out" / "last.pt", weights_only=True)["n_seen"] > seen
    assert not load_average(tmp_path / "out" / "last.pt").training


def test_an_interrupted_run_can_be_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, pictures = _tiny_run(tmp_path)
    _after_steps(monkeypatch, 3, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        train_detector(replace(settings, pace=Pace(tmp_path / "out", 5)), pictures)
    assert torch.load(tmp_path / "out" / "last.pt", weights_only=True)["step"] == 3


def test_weights_that_have_blown_up_are_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, pictures = _tiny_run(tmp_path)
    nothing = torch.tensor(float("nan"))
    monkeypatch.setattr(detector, "detector_loss", lambda *_: Losses(nothing, nothing, nothing))
    with pytest.raises(TrainingError, match="lower learning rate"):
        train_detector(settings, pictures)
    assert not (tmp_path / "out" / "last.pt").exists()


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no picture to learn from"):
        train_detector(TrainSettings(Pace(tmp_path, 1)), [])


def _tiny_run(folder: Path) -> tuple[TrainSettings, list[TrainingPicture]]:
    settings = TrainSettings(
        Pace(folder / "out", 0.03, save_every_s=0.2),
        small=(64, 32),
        large=(96, 64),
        n_images=2,
        n_bibs=5,
        network=TINY,
        threads=1,
    )
    return settings, read_coco(_pack(folder, [_note(1, 1), _note(2, 2)]), {})


def _after_steps(monkeypatch: pytest.MonkeyPatch, n: int, error: BaseException) -> None:
    """The step after the n-th one raises."""
    steps = iter(range(n))
    real = detector.learn

    def step(*arguments: Any) -> Step:
        if next(steps, None) is None:
            raise error
        return real(*arguments)

    monkeypatch.setattr(detector, "learn", step)
