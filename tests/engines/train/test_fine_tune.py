"""From a user's data set to a detector and a report, small but whole."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from engines.errors import LabelError  # noqa: E402
from engines.evaluate.labels import Progress  # noqa: E402
from engines.models import DetectorManifest, checksum, read_manifest, verify  # noqa: E402
from engines.simulate.bib import render_bib  # noqa: E402
from engines.simulate.race_bibs import RaceBibs  # noqa: E402
from engines.train.detector import TrainSettings  # noqa: E402
from engines.train.fine_tune import (  # noqa: E402
    FineTuneReport,
    Gain,
    fine_tune,
)
from engines.train.labelled.data_set import DataSet, LabelledBox, LabelledPicture, Problem  # noqa: E402
from engines.train.own_run import DataSetError  # noqa: E402
from engines.train.run import Pace  # noqa: E402
from engines.types import Kind  # noqa: E402
from tests.engines.train.resumed import longer  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402

FAULT = Problem("b.jpg", "the picture is missing", "put it there")


def silent(what: str) -> Progress:
    return lambda done, total: None


def bibs(folder: Path, n: int = 12) -> DataSet:
    """Pictures of one large bib each, all of different runners."""
    rng = np.random.default_rng(1)
    pictures = []
    for i in range(n):
        sheet = render_bib(str(100 + i), rng, 96).image[..., :3]
        image = np.full((160, 240, 3), 90, np.uint8)
        height, width = sheet.shape[:2]
        image[30 : 30 + height, 40 : 40 + width] = sheet
        path = folder / f"{i:02}.png"
        cv2.imwrite(str(path), image)
        box = LabelledBox(Kind.BIB, (40, 30, 40 + width, 30 + height), str(100 + i), False, "")
        pictures.append(LabelledPicture(path, 240, 160, (box,), "city"))
    return DataSet(tuple(pictures), ())


def settings(out: Path) -> TrainSettings:
    return TrainSettings(
        Pace(out, 0.03),
        small=(96, 64),
        large=(128, 96),
        n_images=2,
        n_bibs=5,
        network=TINY,
        threads=1,
    )


def test_a_data_set_becomes_a_detector_and_a_report(tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = fine_tune(bibs(tmp_path), settings(out), silent)
    verify(report.detector, read_manifest(DetectorManifest, report.detector).sha256)
    assert (report.n_train, report.n_validation, report.n_test) == (10, 1, 1)
    assert {gain.part for gain in report.gains} == {"validation", "test"}
    # What nobody labelled is not measured.
    assert {gain.kind for gain in report.gains} == {"bib"}
    # One that learnt for two seconds knows nothing.
    assert all(gain.before >= gain.after for gain in report.gains)
    assert "NOT better" in str(report)
    assert "models use" not in str(report)
    assert json.loads((out / "report.json").read_text())["is_better"] is False
    assert (out / "progress.svg").read_text().startswith("<svg")


def test_faults_are_told_and_nothing_is_trained(tmp_path: Path) -> None:
    faulty = DataSet(bibs(tmp_path, 2).pictures, (FAULT,) * 25)
    with pytest.raises(DataSetError) as raised:
        fine_tune(faulty, settings(tmp_path / "out"), silent)
    told = str(raised.value)
    assert "25 faults" in told
    assert "b.jpg: the picture is missing; put it there" in told
    assert "... and 5 more" in told
    assert "--leave-out-faulty" in told
    assert not (tmp_path / "out").exists()


def test_what_is_faulty_can_be_left_out(tmp_path: Path) -> None:
    faulty = DataSet(bibs(tmp_path, 2).pictures, (FAULT,))
    report = fine_tune(faulty, settings(tmp_path / "out"), silent, leave_out_faulty=True)
    assert report.n_train == 2
    assert "is not known" in str(report)


def test_a_run_is_gone_on_with_and_never_mixed_up(tmp_path: Path) -> None:
    data, once = bibs(tmp_path, 3), settings(tmp_path / "out")
    fine_tune(data, once, silent)
    with pytest.raises(LabelError, match="--resume"):
        fine_tune(data, once, silent)
    seen = torch.load(tmp_path / "out" / "last.pt", weights_only=True)["n_seen"]
    again = replace(once, resume=True, pace=longer(once.pace))
    with pytest.raises(LabelError, match="other pictures"):
        fine_tune(DataSet(data.pictures[:2], ()), again, silent)
    with pytest.raises(LabelError, match="other --bibs"):
        fine_tune(data, replace(again, race=RaceBibs(title="City")), silent)
    fine_tune(data, again, silent)
    assert torch.load(tmp_path / "out" / "last.pt", weights_only=True)["n_seen"] > seen


def test_a_run_interrupted_before_its_first_note_is_finished(tmp_path: Path) -> None:
    data, once = bibs(tmp_path, 3), settings(tmp_path / "out")
    fine_tune(data, once, silent)
    for name in ("progress.jsonl", "progress.svg", "report.json"):
        (tmp_path / "out" / name).unlink()
    # What lies there is renewed whole, whatever it says.
    (tmp_path / "out" / "detector.json").write_text("{}")
    report = fine_tune(data, replace(once, resume=True), silent)
    manifest = read_manifest(DetectorManifest, report.detector)
    assert manifest == DetectorManifest(sha256=checksum(report.detector))
    assert (tmp_path / "out" / "report.json").is_file()
    assert (tmp_path / "out" / "progress.svg").is_file()


@pytest.mark.parametrize(
    ("situation", "change", "message"),
    [
        ("no picture at all", {}, "no usable picture"),
        ("nothing to go on from", {"resume": True}, "no checkpoint"),
    ],
)
def test_bad_requests(
    situation: str, change: dict[str, bool], message: str, tmp_path: Path
) -> None:
    data = bibs(tmp_path, 2) if change else DataSet((), ())
    with pytest.raises(LabelError, match=message):
        fine_tune(data, replace(settings(tmp_path / "out"), **change), silent)  # type: ignore[arg-type]


def test_a_better_detector_is_recommended() -> None:
    gains = (Gain("test", "bib", 0.5, 9, 0.5, 0.7), Gain("test", "face", 0.5, 9, 0.6, 0.55))
    report = FineTuneReport(Path("d.onnx"), 80, 10, 5, gains)
    assert report.is_better
    assert "it is better" in str(report)
    assert "finishline models use d.onnx" in str(report)
