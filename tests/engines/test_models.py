from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from engines.errors import MissingPackageError, ModelFileError
from engines.models import (
    DETECTOR,
    PP_OCR,
    PP_OCR_BIBS,
    READER,
    DetectorManifest,
    PackagedModel,
    ReaderManifest,
    ReaderName,
    any_manifest,
    checksum,
    listed_models,
    read_manifest,
    stamp,
    verify,
    write_manifest,
)
from engines.models.__main__ import main
from engines.types import Kind


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "detector.onnx"
    path.write_bytes(b"weights")
    return path


def test_a_manifest_survives_writing(weights: Path) -> None:
    manifest = DetectorManifest(width=960, scores={k.name.lower(): 0.1 for k in Kind})
    write_manifest(manifest, weights)
    assert read_manifest(DetectorManifest, weights) == manifest
    assert any_manifest(weights) == manifest
    assert manifest.size == (960, 384)
    assert manifest.thresholds.score[Kind.NUMBER] == 0.1


def test_stamping_renews_the_checksum_only(
    weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = stamp(weights, DetectorManifest())
    assert first == DetectorManifest(sha256=checksum(weights))
    write_manifest(dataclasses.replace(first, width=320), weights)
    weights.write_bytes(b"better weights")
    main(["stamp", str(weights)])
    now = read_manifest(DetectorManifest, weights)
    assert now == dataclasses.replace(first, width=320, sha256=checksum(weights))
    assert checksum(weights) in capsys.readouterr().out


def test_stamping_renews_the_rounded_networks_checksum_too(weights: Path) -> None:
    write_manifest(DetectorManifest(rounded="small.onnx"), weights)
    with pytest.raises(ModelFileError, match=r"small\.onnx is absent"):
        stamp(weights, DetectorManifest())
    rounded = weights.with_name("small.onnx")
    rounded.write_bytes(b"rounded")
    assert stamp(weights, DetectorManifest()).rounded_sha256 == checksum(rounded)


def test_a_manifest_of_before_there_were_rounded_networks(weights: Path) -> None:
    path = write_manifest(DetectorManifest(), weights)
    fields = json.loads(path.read_text())
    del fields["rounded"], fields["rounded_sha256"]
    path.write_text(json.dumps(fields))
    assert any_manifest(weights) == DetectorManifest()


def test_stamping_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"detector\.onnx is absent"):
        stamp(tmp_path / "detector.onnx", DetectorManifest())


def test_verify(weights: Path) -> None:
    assert verify(weights, checksum(weights)) == weights
    with pytest.raises(ModelFileError, match="is not the one described"):
        verify(weights, "00")
    weights.unlink()
    with pytest.raises(ModelFileError, match="is absent"):
        verify(weights, "00")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": "BGR"}, "input must be RGB"),
        ({"scale": 1.0}, "input must be RGB"),
        ({"width": 600}, "multiples of 32"),
        ({"torso_height": 0}, "multiples of 32"),
        ({"labels": ["bib", "person", "face", "number"]}, "labels must be"),
        ({"scores": {"person": 0.3}}, "scores and overlaps"),
        ({"overlaps": {"person": 2, "bib": 0, "face": 0, "number": 0}}, "scores and overlaps"),
        ({"width": "640"}, "width must be int"),
        ({"scores": 3}, "scores must be dict"),
        ({"speed": 1}, "needs the fields"),
        ({"rounded": "../d.onnx"}, "a file beside the manifest"),
        ({"rounded": "detector.onnx"}, "a file beside the manifest"),
    ],
)
def test_a_manifest_that_would_mislead_is_refused(
    weights: Path, change: dict[str, Any], words: str
) -> None:
    path = write_manifest(DetectorManifest(), weights)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ModelFileError, match=words):
        any_manifest(weights)


def test_a_network_without_its_manifest_is_an_error(weights: Path) -> None:
    with pytest.raises(ModelFileError, match=r"has no manifest detector\.json beside it; copy it"):
        read_manifest(DetectorManifest, weights)


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_a_damaged_manifest_is_an_error(weights: Path, text: str) -> None:
    weights.with_suffix(".json").write_text(text)
    with pytest.raises(ModelFileError, match="the manifest"):
        read_manifest(DetectorManifest, weights)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alphabet": "0123456789"}, "alphabet must be"),
        ({"height": 40}, "height must be 32 or 48; got 40"),
        ({"height": "32"}, "height must be int"),
        ({"labels": []}, "needs the fields"),
    ],
)
def test_a_readers_manifest(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    weights = tmp_path / "mine.onnx"
    weights.write_bytes(b"weights")
    main(["stamp", str(weights), "--kind", "reader"])
    stamped = ReaderManifest(file="mine.onnx", sha256=checksum(weights))
    assert any_manifest(weights) == stamped
    main(["stamp", str(weights)])
    assert any_manifest(weights) == stamped
    path = weights.with_suffix(".json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ModelFileError, match=words):
        any_manifest(weights)


def test_a_manifest_of_something_else(weights: Path) -> None:
    weights.with_suffix(".json").write_text('{"name": "a", "speed": 3}')
    with pytest.raises(ModelFileError, match="neither a detector's nor a reader's"):
        any_manifest(weights)


def test_listing(weights: Path, tmp_path: Path) -> None:
    stamp(weights, DetectorManifest())
    rows = {row.choose: row for row in listed_models(weights, ReaderName.PP_OCR)}
    own, pp_ocr = rows[str(weights)], rows["pp-ocr"]
    assert list(rows)[:2] == ["default", str(weights)]
    assert (own.file, own.size, own.verified) == (weights, 7, True)
    assert (pp_ocr.verified, pp_ocr.licence) == (True, "Apache-2.0")
    assert {name for name, row in rows.items() if row.in_use} == {str(weights), "pp-ocr"}
    weights.write_bytes(b"other")
    assert listed_models(weights, ReaderName.PP_OCR)[1].verified is False
    absent = listed_models(tmp_path / "none.onnx", ReaderName.PP_OCR)[1]
    assert (absent.size, absent.verified) == (None, None)


@pytest.mark.parametrize(
    ("situation", "content", "intact"),
    [("there", b"rounded", True), ("another one", b"else", False), ("absent", None, False)],
)
def test_the_rounded_network_is_listed_along(
    situation: str, content: bytes | None, intact: bool, weights: Path
) -> None:
    rounded = weights.with_name("small.onnx")
    rounded.write_bytes(b"rounded")
    write_manifest(DetectorManifest(rounded="small.onnx"), weights)
    stamp(weights, DetectorManifest())
    rounded.unlink()
    if content is not None:
        rounded.write_bytes(content)
    assert listed_models(weights, ReaderName.PP_OCR)[1].verified is intact, situation


def test_a_reader_of_ones_own_is_listed(tmp_path: Path) -> None:
    reader = tmp_path / "mine.onnx"
    reader.write_bytes(b"weights")
    stamp(reader, ReaderManifest())
    rows = listed_models(DETECTOR, reader)
    assert [row.choose for row in rows if row.in_use] == ["default", str(reader)]
    assert {row.choose for row in rows} >= {"finishline", "pp-ocr", "pp-ocr-bibs"}


def test_a_package_that_is_not_there() -> None:
    model = PackagedModel("m", "no_such_package_here", "m.onnx", "", "", "", "pip install m")
    with pytest.raises(MissingPackageError, match="install it with: pip install m"):
        model.find()
    assert PP_OCR.find().is_file()


@pytest.mark.skipif(not DETECTOR.exists(), reason="no trained weights yet")
def test_the_shipped_weights_are_those_of_their_manifest() -> None:
    assert read_manifest(DetectorManifest, DETECTOR).sha256 == checksum(DETECTOR)
    for file, is_pp_ocr in ((PP_OCR_BIBS, True), (READER, False)):
        manifest = read_manifest(ReaderManifest, file)
        assert (manifest.sha256, manifest.is_pp_ocr) == (checksum(file), is_pp_ocr)
