"""`finishline train` and `models use` as their user meets them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

from dashboard.cli import main


def coco(folder: Path, box: tuple[float, float, float, float], name: str = "bib") -> Path:
    cv2.imwrite(str(folder / "a.png"), np.full((60, 80, 3), 90, np.uint8))
    labels = {
        "images": [{"id": 1, "file_name": "a.png", "width": 80, "height": 60}],
        "categories": [{"id": 1, "name": name}],
        "annotations": [{"id": 7, "image_id": 1, "category_id": 1, "bbox": box}],
    }
    path = folder / "labels.json"
    path.write_text(json.dumps(labels))
    return path


GOOD = (10, 10, 30, 20)


@pytest.mark.parametrize(
    ("situation", "box", "name", "options", "message"),
    [
        ("a box outside the picture", (70, 10, 30, 20), "bib", [], "labels.json"),
        ("a class that nobody knows", GOOD, "zebra", [], "--class zebra=bib"),
        ("a class explained badly", GOOD, "bib", ["--class", "zebra=horse"], "NAME=KIND"),
        ("nothing to go on from", GOOD, "bib", ["--resume"], "no checkpoint"),
        ("no race file", GOOD, "bib", ["--bibs", "no.toml"], "no.toml: no such file"),
        ("pictures elsewhere", GOOD, "bib", ["--pictures", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_is_told_and_nothing_is_trained(
    situation: str,
    box: tuple[float, float, float, float],
    name: str,
    options: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    labels, out = coco(tmp_path, box, name), tmp_path / "out"
    assert main(["train", "detector", str(labels), "--out", str(out), *options]) == 2, situation
    told = capsys.readouterr().err
    assert message in told, situation
    assert "Traceback" not in told
    assert not (out / "last.pt").exists()


@pytest.mark.parametrize("what", ["detector", "reader"])
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--minutes", "0"),
        ("--minutes", "-1"),
        ("--minutes", "nan"),
        ("--minutes", "inf"),
        ("--minutes", "long"),
        ("--learning-rate", "0"),
        ("--learning-rate", "-1"),
        ("--learning-rate", "nan"),
        ("--learning-rate", "inf"),
        ("--seed", "-1"),
        ("--seed", "1.5"),
        ("--seed", str(2**63)),
    ],
)
def test_a_number_that_cannot_be_is_refused_before_anything_is_read(
    what: str, option: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["train", what, str(tmp_path / "no"), "--out", str(tmp_path / "o"), option, value]
    with pytest.raises(SystemExit) as ended:
        main(asked)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert f"argument {option}: must be a " in told
    assert f"not '{value}'" in told


@pytest.mark.parametrize(
    ("situation", "files", "options", "message"),
    [
        ("an alien manifest", {"detector.json": "{}"}, [], "holds detector.json"),
        ("an earlier result", {"detector.onnx": ""}, [], "holds detector.onnx"),
        ("a note that is cut off", {"last.pt": "", "run.json": "{"}, ["--resume"], "run.json"),
    ],
)
def test_a_folder_that_holds_something_is_refused_before_the_training(
    situation: str,
    files: dict[str, str],
    options: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    labels, out = coco(tmp_path, GOOD), tmp_path / "out"
    out.mkdir()
    for name, text in files.items():
        (out / name).write_text(text)
    assert main(["train", "detector", str(labels), "--out", str(out), *options]) == 2, situation
    assert message in capsys.readouterr().err, situation
    assert {file.name: file.read_text() for file in out.iterdir()} == files


@pytest.mark.parametrize("what", ["detector", "reader"])
def test_a_data_set_that_is_not_there(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", what, str(tmp_path / "no"), "--out", str(tmp_path / "o")]) == 2
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("situation", "rows", "options", "message"),
    [
        ("a picture that is missing", "b.png,12\n", [], "crops.csv:2: the picture 'b.png'"),
        ("no text", "a.png,\n", [], "crops.csv:2: the row has no text"),
        ("no row is left", "a.png,\n", ["--leave-out-faulty"], "no usable picture"),
        ("no race file", "a.png,12\n", ["--bibs", "no.toml"], "no.toml: no such file"),
        (
            "no reader to train on from",
            "a.png,12\n",
            ["--network", "finishline"],
            "no reader to train on from",
        ),
    ],
)
def test_bad_crops_are_told_and_nothing_is_trained(
    situation: str,
    rows: str,
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("engines.models.READER", tmp_path / "reader.onnx")
    cv2.imwrite(str(tmp_path / "a.png"), np.full((60, 80, 3), 90, np.uint8))
    (tmp_path / "crops.csv").write_text("file,text\n" + rows)
    out = tmp_path / "out"
    asked = ["train", "reader", str(tmp_path / "crops.csv"), "--out", str(out), *options]
    assert main(asked) == 2, situation
    told = capsys.readouterr().err
    assert message in told, situation
    assert "Traceback" not in told
    assert not out.exists()


def test_labels_without_a_number_teach_no_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, out = coco(tmp_path, GOOD), tmp_path / "out"
    assert main(["train", "reader", str(labels), "--out", str(out)]) == 2
    assert "no number line of the data set has a text" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(("network", "height"), [("finishline", 32), ("pp-ocr", 48)])
def test_a_reader_is_trained_from_the_command_line(
    network: str,
    height: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("onnx")
    from engines.models import ReaderManifest, read_manifest, stamp
    from engines.train.bib_reader.network import ReaderNetwork, ReaderSize, write_reader_onnx
    from engines.train.weights import write_weights

    first = tmp_path / "first" / "reader.onnx"
    small = ReaderNetwork(ReaderSize((8, 8, 8, 16), 1)).eval()
    write_weights(small, first.with_suffix(".npz"))
    stamp(write_reader_onnx(small, first), ReaderManifest())
    monkeypatch.setattr("engines.models.READER", first)
    monkeypatch.setattr("engines.train.bib_reader.fine_tune.N_DRAWN", 3)
    crops = tmp_path / "crops"
    crops.mkdir()
    for n in range(10):
        cv2.imwrite(str(crops / f"{n}.png"), np.full((30, 60, 3), 20 * n, np.uint8))
    table = "".join(f"{n}.png,{100 + n}\n" for n in range(10))
    (crops / "crops.csv").write_text("file,text\n" + table)
    out = tmp_path / "out"
    asked = ["train", "reader", str(crops), "--out", str(out), "--network", network, "--json"]
    pace = ["--minutes", "0.02", "--threads", "1", "--device", "cpu"]
    assert main([*asked, *pace]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["n_train"], report["n_validation"], report["n_test"]) == (8, 1, 1)
    assert report["reader"] == str(out / "reader.onnx")
    assert read_manifest(ReaderManifest, out / "reader.onnx").height == height
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert main(["models", "use", report["reader"]]) == 0
    assert "is the reader in use" in capsys.readouterr().out
    assert main(["models", "list"]) == 0
    assert "own reader" in capsys.readouterr().out


def test_a_detector_that_is_none_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "use", str(tmp_path / "detector.onnx")]) == 2
    assert "detector.json" in capsys.readouterr().err
    assert main(["models", "use", "default"]) == 0
    assert "shipped" in capsys.readouterr().out
