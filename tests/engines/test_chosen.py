"""Which detector and reader are in use: chosen, gone, gone back to."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.chosen import (
    choose_default,
    choose_model,
    choose_reader,
    chosen_detector,
    chosen_reader,
    models_folder,
)
from engines.errors import ModelFileError
from engines.load import EngineSettings
from engines.models import (
    DEFAULT_READER,
    DETECTOR,
    DetectorManifest,
    ReaderManifest,
    ReaderName,
    stamp,
    write_manifest,
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    yield


def trained(folder: Path, content: bytes = b"weights") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "detector.onnx"
    path.write_bytes(content)
    stamp(path, DetectorManifest())
    return path


def trained_reader(folder: Path, content: bytes = b"reader") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mine.onnx"
    path.write_bytes(content)
    stamp(path, ReaderManifest())
    return path


def test_the_shipped_one_is_in_use_at_first() -> None:
    assert chosen_detector() == DETECTOR
    assert EngineSettings().weights == DETECTOR
    assert EngineSettings().reads_with == chosen_reader() == DEFAULT_READER


def test_the_chosen_one_outlives_its_training_folder(tmp_path: Path) -> None:
    choose_model(trained(tmp_path / "run"))
    shutil.rmtree(tmp_path / "run")
    assert chosen_detector().read_bytes() == b"weights"
    assert EngineSettings().weights == chosen_detector()
    assert EngineSettings(detector=tmp_path / "x.onnx").weights == tmp_path / "x.onnx"


def test_the_rounded_network_is_chosen_along(tmp_path: Path) -> None:
    weights = trained(tmp_path / "run")
    rounded = weights.with_name("small.onnx")
    rounded.write_bytes(b"rounded")
    write_manifest(DetectorManifest(rounded="small.onnx"), weights)
    stamp(weights, DetectorManifest())
    choose_model(weights)
    rounded.write_bytes(b"another one")
    assert chosen_detector().with_name("small.onnx").read_bytes() == b"rounded"
    with pytest.raises(ModelFileError, match=r"small\.onnx is not the one described"):
        choose_model(weights)


def test_the_last_choice_counts_and_can_be_taken_back(tmp_path: Path) -> None:
    choose_model(trained(tmp_path / "1", b"one"))
    choose_model(trained(tmp_path / "2", b"two"))
    assert chosen_detector().read_bytes() == b"two"
    choose_model(trained(tmp_path / "1", b"one"))
    assert chosen_detector().read_bytes() == b"one"
    choose_default()
    choose_default()
    assert chosen_detector() == DETECTOR


@pytest.mark.parametrize("fault", ["absent", "no manifest", "other weights"])
def test_a_broken_one_leaves_the_choice_as_it_was(fault: str, tmp_path: Path) -> None:
    choose_model(trained(tmp_path / "good", b"good"))
    bad = trained(tmp_path / "bad", b"bad")
    if fault == "absent":
        bad.unlink()
    elif fault == "no manifest":
        bad.with_suffix(".json").unlink()
    else:
        bad.write_bytes(b"changed since")
    with pytest.raises(ModelFileError, match="bad/detector"):
        choose_model(bad)
    assert chosen_detector().read_bytes() == b"good"


def test_the_manifest_says_what_a_file_is(tmp_path: Path) -> None:
    copy = choose_model(trained_reader(tmp_path / "run"))
    choose_model(trained(tmp_path / "run"))
    assert (copy.name, copy.read_bytes()) == ("reader.onnx", b"reader")
    assert EngineSettings().reads_with == chosen_reader() == copy
    assert chosen_detector().read_bytes() == b"weights"
    assert EngineSettings(reader="pp-ocr").reads_with is ReaderName.PP_OCR
    assert EngineSettings(reader="x.onnx").reads_with == Path("x.onnx")


def test_a_reader_is_chosen_by_name_and_default_goes_back_for_both(tmp_path: Path) -> None:
    choose_model(trained_reader(tmp_path / "run"))
    choose_reader(ReaderName.PP_OCR)
    assert chosen_reader() is ReaderName.PP_OCR
    choose_model(trained_reader(tmp_path / "run"))
    choose_model(trained(tmp_path / "run"))
    choose_default()
    assert (chosen_detector(), chosen_reader()) == (DETECTOR, DEFAULT_READER)


def test_a_reader_that_is_not_there_leaves_the_choice_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = choose_model(trained_reader(tmp_path / "run"))
    monkeypatch.setattr("engines.models.readers.READER", tmp_path / "reader.onnx")
    with pytest.raises(ModelFileError, match=r"own reader .* is absent"):
        choose_reader(ReaderName.FINISHLINE)
    assert chosen_reader() == copy
    shutil.rmtree(copy.parent)
    with pytest.raises(ModelFileError, match=r"chosen reader .* models use default"):
        chosen_reader()


def test_a_copy_that_is_gone_is_said(tmp_path: Path) -> None:
    choose_model(trained(tmp_path / "run"))
    [copy] = [path for path in models_folder().iterdir() if path.is_dir()]
    shutil.rmtree(copy)
    with pytest.raises(ModelFileError, match="models use default"):
        chosen_detector()


def test_what_is_no_network_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"notes\.md is no ONNX file; .*pp-ocr.*'default'"):
        choose_model(tmp_path / "notes.md")
