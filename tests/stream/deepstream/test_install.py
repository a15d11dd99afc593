"""What has to be there, what is said where it is not, and the files that are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.models import DETECTOR, DetectorManifest, read_manifest
from stream.deepstream.choose import Asked, batch_camera, open_batch
from stream.deepstream.install import (
    Binding,
    choose_binding,
    detector_folder,
    installation,
    write_files,
)
from stream.deepstream.nvinfer_config import InferPlan
from stream.sources.port import SourceError, Speed
from tests.stream.deepstream.test_tracker_config import INSTALLED


def asked(source: str) -> Asked:
    return Asked("a", source, None, 150, True)


@pytest.mark.parametrize(
    ("pyds", "servicemaker", "chosen"),
    [(True, True, Binding.PYDS), (True, False, Binding.PYDS), (False, True, Binding.SERVICEMAKER)],
)
def test_the_binding(pyds: bool, servicemaker: bool, chosen: Binding) -> None:
    assert choose_binding(pyds, servicemaker) is chosen


def test_without_deepstream_it_says_what_to_do() -> None:
    with pytest.raises(SourceError, match=r"neither pyds .* nor pyservicemaker; run finishline in"):
        open_batch([asked("rtsp://a/1")], DETECTOR, Speed.REAL_TIME, exact=False)


def install(root: Path) -> None:
    """An installation of empty files."""
    for path in ("lib/libnvds_infercustomparser.so", "lib/libnvds_nvmultiobjecttracker.so"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    config = root / "samples/configs/deepstream-app/config_tracker_NvDCF_perf.yml"
    config.parent.mkdir(parents=True)
    config.write_text(INSTALLED)


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    install(tmp_path)
    assert installation(tmp_path, {}).parser.is_file()
    (tmp_path / "lib/libnvds_nvmultiobjecttracker.so").unlink()
    with pytest.raises(SourceError, match=r"libnvds_nvmultiobjecttracker\.so: no such file"):
        installation(tmp_path, {})


def test_the_other_mux_is_refused(tmp_path: Path) -> None:
    install(tmp_path)
    with pytest.raises(SourceError, match="unset the variable"):
        installation(tmp_path, {"USE_NEW_NVSTREAMMUX": "yes"})


def test_the_files_for_nvinfer_and_nvtracker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path)
    manifest = read_manifest(DetectorManifest, DETECTOR)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = detector_folder(manifest)
    installed = installation(tmp_path, {})
    plan = InferPlan(folder, installed.parser, 3, gpu=1)
    files = write_files(manifest, DETECTOR.read_bytes(), installed, plan)
    text = files.infer_config.read_text()
    assert f"onnx-file={folder}/detector.onnx\n" in text
    assert f"labelfile-path={folder}/labels.txt\n" in text
    assert "batch-size=3\n" in text
    assert "gpu-id=1\n" in text
    assert (folder / "detector.onnx").read_bytes() == DETECTOR.read_bytes()
    assert (folder / "labels.txt").read_text().split() == ["person", "bib", "face", "number"]
    assert "probationAge: 0" in files.tracker_config.read_text()
    assert manifest.sha256[:16] in folder.name


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    install(tmp_path)
    (tmp_path / "file").touch()
    manifest = read_manifest(DetectorManifest, DETECTOR)
    with pytest.raises(SourceError, match="cannot be written"):
        plan = InferPlan(tmp_path / "file" / "x", tmp_path / "parser.so", 1)
        write_files(manifest, b"", installation(tmp_path, {}), plan)


@pytest.mark.parametrize("source", ["sim://?seed=1", "test://smpte", "/dev/video0"])
def test_what_deepstream_does_not_take(source: str) -> None:
    with pytest.raises(SourceError, match="DeepStream takes rtsp cameras and video files"):
        batch_camera(asked(source), Speed.REAL_TIME)


def test_a_network_camera_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    network = batch_camera(asked("rtsp://me:secret@cam/1"), Speed.REAL_TIME)
    film = batch_camera(asked(str(tmp_path / "a.mp4")), Speed.MAXIMUM)
    assert (network.live, network.feed.live, network.feed.latency_ms) == (True, True, 150)
    assert network.label == "rtsp://me:***@cam/1"
    assert (film.live, film.feed.live, film.feed.uri) == (
        False,
        False,
        (tmp_path / "a.mp4").as_uri(),
    )
