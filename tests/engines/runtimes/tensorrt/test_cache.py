from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engines.runtimes.tensorrt.cache import (
    BuiltPrecision,
    EngineKey,
    built_engines,
    engine_path,
    engines_folder,
    stale,
    timing_path,
    usable,
)
from engines.runtimes.tensorrt.cuda import Gpu
from engines.runtimes.tensorrt.shapes import Range
from engines.whole_files import write_atomically

GPU = Gpu("NVIDIA L4", "8.9")
LANES = ({"images": Range((1, 3), (1, 3), (8, 3))},)
KEY = EngineKey("detector", "ab" * 32, "10.13.3.9", GPU, BuiltPrecision.TYPED, LANES)


def build(folder: Path, key: EngineKey, age_s: int = 0) -> Path:
    path = engine_path(folder, key)
    write_atomically(path.with_suffix(".json"), json.dumps(key.to_json()).encode())
    write_atomically(path, b"engine")
    os.utime(path, (1e9 - age_s, 1e9 - age_s))
    return path


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"sha256": "cd" * 32}, id="another network"),
        pytest.param({"tensorrt": "11.4.0.106"}, id="another TensorRT"),
        pytest.param({"gpu": Gpu("NVIDIA L40", "8.9")}, id="another GPU"),
        pytest.param({"gpu": Gpu("NVIDIA L4", "9.0")}, id="another capability"),
        pytest.param({"precision": BuiltPrecision.FP32}, id="another precision"),
        pytest.param({"lanes": ({"images": Range((1, 3), (1, 3), (4, 3))},)}, id="other shapes"),
    ],
)
def test_whatever_an_engine_depends_on_names_another_file(change: dict[str, Any]) -> None:
    assert replace(KEY, **change).stem() != KEY.stem()
    assert replace(KEY).stem() == KEY.stem()


def test_an_engine_is_found_again(tmp_path: Path) -> None:
    path = build(tmp_path, KEY)
    [found] = built_engines(tmp_path)
    assert (found.path, found.key) == (path, KEY)
    assert usable([found], KEY.sha256, KEY.tensorrt, GPU) == found
    assert usable([found], KEY.sha256, KEY.tensorrt, GPU, [BuiltPrecision.FP32]) is None
    assert usable([found], KEY.sha256, "11.0", GPU) is None
    assert usable([found], "cd", KEY.tensorrt, GPU) is None
    assert usable([found], KEY.sha256, KEY.tensorrt, Gpu("other", "8.9")) is None


def test_the_last_built_comes_first(tmp_path: Path) -> None:
    build(tmp_path, KEY, age_s=9)
    late = build(tmp_path, replace(KEY, precision=BuiltPrecision.FP16), age_s=1)
    found = usable(built_engines(tmp_path), KEY.sha256, KEY.tensorrt, GPU)
    assert found is not None
    assert found.path == late


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(None, id="no description"),
        pytest.param("no JSON", id="no JSON"),
        pytest.param("[]", id="no table"),
        pytest.param('{"network": "detector"}', id="fields missing"),
        pytest.param(
            json.dumps(KEY.to_json() | {"precision": "int8"}), id="another release's precision"
        ),
        pytest.param(json.dumps(KEY.to_json() | {"tensorrt": "10.16"}), id="of another engine"),
    ],
)
def test_an_engine_without_a_true_description_is_passed_over(
    tmp_path: Path, told: str | None
) -> None:
    path = build(tmp_path, KEY)
    path.with_suffix(".json").unlink()
    if told is not None:
        path.with_suffix(".json").write_text(told, encoding="utf-8")
    assert built_engines(tmp_path) == []
    assert path in stale(tmp_path, KEY.tensorrt, [GPU])


def test_what_is_stale(tmp_path: Path) -> None:
    build(tmp_path, KEY)
    timing_path(tmp_path, KEY.tensorrt, GPU).write_bytes(b"")
    timing_path(tmp_path, "10.0", GPU).write_bytes(b"")
    old = build(tmp_path, replace(KEY, tensorrt="10.0"))
    far = build(tmp_path, replace(KEY, gpu=Gpu("NVIDIA T4", "7.5")))
    expected = [timing_path(tmp_path, "10.0", GPU)]
    expected += [p for e in (old, far) for p in (e, e.with_suffix(".json"))]
    assert stale(tmp_path, KEY.tensorrt, [GPU]) == sorted(expected)
    assert built_engines(tmp_path / "absent") == []
    assert stale(tmp_path / "absent", "10", []) == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    with pytest.raises(OSError, match="engine"):
        write_atomically(tmp_path / "engine", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["engine"]


def test_a_write_outlives_a_power_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content is on the disk before the name, and the name before anybody goes on."""
    path = tmp_path / "a.engine"
    synced: list[tuple[int, bool]] = []

    def fsync(file: int) -> None:
        synced.append((os.fstat(file).st_ino, path.is_file()))

    monkeypatch.setattr("os.fsync", fsync)
    write_atomically(path, b"engine")
    assert synced == [(path.stat().st_ino, False), (tmp_path.stat().st_ino, True)]


def test_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert engines_folder() == tmp_path / "finishline" / "engines"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert engines_folder() == Path.home() / ".cache" / "finishline" / "engines"
