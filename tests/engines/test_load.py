from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from engines.errors import MissingPackageError, ModelFileError
from engines.load import (
    ON_PROCESSOR,
    EngineSettings,
    Runtime,
    live_readers,
    load_bib_picture_reader,
    load_detector,
    load_looker,
    load_photo_tagger,
    load_reader,
    photo_readers,
)
from engines.models import DetectorManifest, ReaderManifest, ReaderName, stamp, write_manifest
from engines.picture import RgbPicture
from engines.runtimes import openvino
from engines.runtimes.session import Precision
from engines.types import Kind, View
from tests.engines.tiny_models import FakeReader, reading, write_detector, write_line_reader

WHITE = RgbPicture(np.full((384, 640, 3), 255, np.uint8))


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    pytest.importorskip("onnx")
    boxes = np.array([(0.25, 0.5, 0.5, 0.75), (0.1, 0.1, 0.2, 0.2)], np.float32)
    scores = np.array((0.9, 0.05), np.float32)
    path = write_detector(tmp_path / "d.onnx", boxes, scores, [Kind.BIB, Kind.NUMBER])
    stamp(path, DetectorManifest())
    return path


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
def test_a_detector_from_its_files(detector: Path, runtime: Runtime) -> None:
    settings = EngineSettings(runtime, threads=1, detector=detector)
    [found] = load_detector(settings).detect([WHITE])
    assert found.boxes == pytest.approx(np.array([(320, 96, 480, 192)]), abs=0.5)
    assert list(found.kinds) == [Kind.BIB]
    [weak] = load_detector(settings, least_score=0.01).detect([WHITE])
    assert len(weak) == 2


def test_a_looker_from_its_files(detector: Path) -> None:
    looker = load_looker(EngineSettings(threads=1, detector=detector))
    [finding] = looker.look_at_torsos(WHITE, [(100, 100, 292, 292)], [View.TIGHT])
    assert finding.bib == pytest.approx((196, 148, 244, 196), abs=0.5)
    assert finding.reading is not None
    assert finding.reading.text == ""
    looker.close()


def test_a_tagger_from_its_files(detector: Path) -> None:
    tagger = load_photo_tagger(EngineSettings(threads=1, detector=detector))
    tagged = tagger.tag(WHITE)
    assert (tagged.tags, list(tagged.detections.kinds)) == ((), [Kind.BIB])
    tagger.close()


@pytest.mark.parametrize(
    ("situation", "asked", "chosen", "photos", "live"),
    [
        ("nobody chose one", None, ReaderName.PP_OCR,
         ("finishline", "pp-ocr", "pp-ocr-bibs"), ("pp-ocr", "finishline")),
        ("one was asked for", "pp-ocr", ReaderName.PP_OCR, ("pp-ocr",), ("pp-ocr",)),
        ("another one is in use", None, ReaderName.FINISHLINE, ("finishline",), ("finishline",)),
        ("that of a file is", None, Path("own.onnx"), (Path("own.onnx"),), (Path("own.onnx"),)),
    ],
)  # fmt: skip
def test_who_reads(
    situation: str, asked: str | None, chosen: ReaderName | Path,
    photos: tuple[str | Path, ...], live: tuple[str | Path, ...], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("engines.load.chosen_reader", lambda: chosen)
    settings = EngineSettings(reader=asked)
    assert (photo_readers(settings), live_readers(settings)) == (photos, live), situation


def test_the_reader_of_pictures_of_bibs_is_loaded_with_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx")
    # In the middle of either ground.
    boxes = np.array([(0.4, 0.4, 0.6, 0.6)], np.float32)
    path = write_detector(tmp_path / "d.onnx", boxes, np.array([0.2], np.float32), [Kind.NUMBER])
    stamp(path, DetectorManifest())
    reader = FakeReader([reading("815")] * 4)
    opened: list[str | None] = []

    def load(settings: EngineSettings) -> FakeReader:
        opened.append(settings.reader)
        return reader

    monkeypatch.setattr("engines.load.load_reader", load)
    bibs = load_bib_picture_reader(EngineSettings(threads=1, detector=path))
    assert opened == []
    # What the detector is so unsure of counts where there is a bib.
    assert [one.text for one in bibs.read(WHITE.image)] == ["815"] * 4
    assert opened == ["pp-ocr-bibs"]
    bibs.close()
    assert reader.closed


def test_a_tagger_for_all_sizes_has_one_detector(
    detector: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = EngineSettings(threads=1, detector=detector)
    one = load_detector(settings, any_size=True)
    monkeypatch.delattr("engines.load.load_detector")
    tagger = load_photo_tagger(settings, detector=one)
    assert list(tagger.tag(WHITE).detections.kinds) == [Kind.BIB]
    tagger.close()


def test_changed_weights_are_refused(detector: Path) -> None:
    detector.write_bytes(detector.read_bytes() + b" ")
    with pytest.raises(ModelFileError, match="is not the one described"):
        load_detector(EngineSettings(detector=detector))


@pytest.mark.parametrize(
    ("runtime", "has_bfloat16", "precision", "kind"),
    [
        pytest.param(Runtime.OPENVINO, False, Precision.DEFAULT, Kind.FACE, id="8 bits"),
        pytest.param(Runtime.OPENVINO, True, Precision.DEFAULT, Kind.BIB, id="bfloat16"),
        pytest.param(Runtime.OPENVINO, False, Precision.F32, Kind.BIB, id="full precision"),
        pytest.param(Runtime.ONNXRUNTIME, True, Precision.DEFAULT, Kind.FACE, id="ONNX Runtime"),
    ],
)
def test_the_rounded_network_serves_where_it_is_quicker(
    detector: Path,
    runtime: Runtime,
    has_bfloat16: bool,
    precision: Precision,
    kind: Kind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openvino, "_computes_in_bfloat16", lambda: has_bfloat16)
    box = np.array([(0.25, 0.5, 0.5, 0.75)], np.float32)
    write_detector(detector.with_name("r.onnx"), box, np.array([0.9], np.float32), [Kind.FACE])
    write_manifest(DetectorManifest(rounded="r.onnx"), detector)
    stamp(detector, DetectorManifest())
    settings = EngineSettings(runtime, threads=1, precision=precision, detector=detector)
    [found] = load_detector(settings).detect([WHITE])
    assert list(found.kinds) == [kind]


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
def test_a_changed_rounded_network_is_refused(detector: Path, runtime: Runtime) -> None:
    rounded = detector.with_name("r.onnx")
    rounded.write_bytes(detector.read_bytes())
    write_manifest(DetectorManifest(rounded="r.onnx"), detector)
    stamp(detector, DetectorManifest())
    rounded.write_bytes(rounded.read_bytes() + b" ")
    with pytest.raises(ModelFileError, match=r"r\.onnx is not the one described"):
        load_detector(EngineSettings(runtime, detector=detector))


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
def test_a_reader_from_its_files(runtime: Runtime, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    path = write_line_reader(tmp_path / "own.onnx", "4-Z")
    stamp(path, ReaderManifest())
    reader = load_reader(EngineSettings(runtime, threads=1, reader=str(path)))
    crops = [np.full((h, w, 3), 255, np.uint8) for h, w in ((20, 40), (30, 300), (64, 100))]
    readings = reader.read([*crops, np.zeros((20, 40, 3), np.uint8)])
    reader.close()
    assert [reading.text for reading in readings] == ["4-Z", "4-Z", "4-Z", ""]
    assert [len(reading.log_probs) for reading in readings] == [16, 56, 16, 16]
    assert np.exp(readings[0].log_probs).sum(axis=1) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("situation", "reader", "words"),
    [
        (
            "a name that nobody has",
            "pp-orc",
            "'pp-orc': write pp-ocr, pp-ocr-bibs, finishline, easyocr or",
        ),
        ("no such file", "none.onnx", r"none\.onnx: no such file; name an ONNX file with its"),
    ],
)
def test_a_reader_that_is_not_there(situation: str, reader: str, words: str) -> None:
    with pytest.raises(ModelFileError, match=words):
        load_reader(EngineSettings(reader=reader))


def test_changed_weights_of_a_reader_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.onnx"
    path.write_bytes(b"weights")
    stamp(path, ReaderManifest())
    path.write_bytes(b"others")
    with pytest.raises(ModelFileError, match="is not the one described"):
        load_reader(EngineSettings(reader=str(path)))


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
def test_a_missing_runtime_says_what_to_install(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, f"engines.runtimes.{runtime}", raising=False)
    monkeypatch.setitem(sys.modules, runtime.value, None)
    with pytest.raises(MissingPackageError, match=f"pip install '{runtime}>="):
        load_reader(EngineSettings(runtime, reader="pp-ocr"))
