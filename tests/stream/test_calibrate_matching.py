"""The calibration is measured, not written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from engines.appearance import load_appearance_embedder
from engines.types import Floats
from stream.calibrate_matching import calibrate, main
from stream.matching.calibrated import APPEARANCE, FACE
from stream.store.templates import TemplateKind
from tests.stream.test_calibrate_photos import raced


def test_a_small_race_says_nearly_what_the_shipped_calibration_says() -> None:
    embedder = load_appearance_embedder()
    small = calibrate(embedder, seeds=(5,), runners=60)
    assert small.model == embedder.name == APPEARANCE.model
    # Of what is rarer, 60 runners cannot tell how rare it is.
    for score in (0.2, 0.6, 0.8):
        [one] = small.log_ratio(_row(score))
        [shipped] = APPEARANCE.log_ratio(_row(score))
        assert one == pytest.approx(shipped, abs=2.5)


def test_faces_need_no_model_of_clothes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unavailable(_: Path) -> NoReturn:
        pytest.fail("the model of clothes is loaded")

    monkeypatch.setattr("stream.calibrate_matching.load_appearance_embedder", unavailable)
    photos: list[list[str | None]] = [["1", "2", "3", "4"]] * 6
    folder = raced(tmp_path / "race", photos, kind=TemplateKind.FACE, model=FACE.model)
    main(["--photos", str(folder), "--faces"])
    told = capsys.readouterr().out
    assert told.startswith("# 60 pairs of one bib, 180 of two\nmodel='dlib'\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--faces"], "--faces are measured in --photos", id="faces of no photos"),
        pytest.param(
            ["--faces", "--photos", "race", "--model", "a.npz"],
            "--model is of clothes; --faces need none",
            id="faces by a model of clothes",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err


def _row(score: float) -> Floats:
    return np.array([score], np.float32)
