"""What was compiled is read at the next start; nothing that lies there can do harm."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.runtimes import compiled as kept
from engines.runtimes import openvino as runtime
from engines.runtimes.compiled import CompiledNetworks, digest_of
from engines.runtimes.openvino import OpenVinoSession
from engines.runtimes.session import Precision, SessionOptions
from engines.types import Kind
from tests.engines.tiny_models import write_detector

SEEN = np.full((1, 3, 32, 64), 0.5, np.float32)


class Counting:
    """OpenVINO's core, and how often it compiles."""

    def __init__(self) -> None:
        self.compiled = 0

    def compile_model(self, *told: Any) -> Any:
        self.compiled += 1
        return runtime._CORE.compile_model(*told)

    def import_model(self, *told: Any) -> Any:
        return runtime._CORE.import_model(*told)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    pytest.importorskip("onnx")
    boxes = np.array([(0.1, 0.2, 0.3, 0.4)], np.float32)
    return write_detector(tmp_path / "tiny.onnx", boxes, np.array([0.9], np.float32), [Kind.BIB])


@pytest.fixture
def core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Keeps even the smallest networks, in the folder `kept`."""
    core = Counting()
    monkeypatch.setattr(runtime, "LEAST_BYTES", 0)
    monkeypatch.setattr(runtime, "_COMPILED", CompiledNetworks(core, tmp_path / "kept"))
    return core


def opened(model: Path, **options: Any) -> OpenVinoSession:
    return OpenVinoSession(model, SessionOptions(threads=1, **options))


def test_the_second_start_compiles_nothing_and_says_the_same(
    model: Path, core: Counting, tmp_path: Path
) -> None:
    first = opened(model).run({"images": SEEN})
    again = opened(model).run({"images": SEEN})
    assert core.compiled == 1
    assert len([*(tmp_path / "kept").iterdir()]) == 1
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_every_way_to_compute_has_its_own(model: Path, core: Counting) -> None:
    ways: list[dict[str, Any]] = [{}, {"precision": Precision.F32}, {"bytes_in": True}]
    for options in ways:
        opened(model, **options)
    assert core.compiled == 3
    for options in ways:
        opened(model, **options)
    assert core.compiled == 3
    for shape in ((1, 3, 32, 64), (2, 3, 32, 64)):
        opened(model, static_shapes=True).run({"images": np.zeros(shape, np.float32)})
    assert core.compiled == 5


def test_a_network_that_was_trained_on_is_another_one(model: Path, core: Counting) -> None:
    opened(model)
    boxes = np.array([(0.1, 0.2, 0.3, 0.4)], np.float32)
    write_detector(model, boxes, np.array([0.7], np.float32), [Kind.BIB])
    scores = opened(model, precision=Precision.F32).run({"images": SEEN})["detection_scores"]
    assert scores == pytest.approx(0.35, abs=1e-6)
    opened(model)
    assert core.compiled == 3


@pytest.mark.parametrize(
    ("situation", "content"),
    [
        ("cut off", lambda blob: blob[:-9]),
        ("empty", lambda blob: b""),
        ("a bit flipped", lambda blob: blob[:50] + bytes([blob[50] ^ 1]) + blob[51:]),
        ("whole, and not of OpenVINO", lambda blob: hashlib.sha256(b"x").digest() + b"x"),
    ],
)
def test_what_is_damaged_is_compiled_and_kept_anew(
    model: Path, core: Counting, tmp_path: Path, situation: str, content: Any
) -> None:
    first = opened(model).run({"images": SEEN})
    [path] = (tmp_path / "kept").iterdir()
    path.write_bytes(content(path.read_bytes()))
    again = opened(model).run({"images": SEEN})
    assert core.compiled == 2, situation
    assert all(np.array_equal(first[name], again[name]) for name in first)
    opened(model)
    assert core.compiled == 2, situation


def test_without_a_folder_everything_is_compiled(
    model: Path, core: Counting, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kept").write_text("a file is in the way")
    with caplog.at_level("INFO"):
        for _ in range(2):
            opened(model).run({"images": SEEN})
    assert core.compiled == 2
    assert "not kept" in caplog.text


def test_without_a_home_everything_is_compiled(
    model: Path, core: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(runtime, "_COMPILED", CompiledNetworks(core))
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    for _ in range(2):
        opened(model).run({"images": SEEN})
    assert core.compiled == 2


def test_what_only_others_may_change_serves_all_the_same(
    model: Path, core: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(path)

    opened(model)
    monkeypatch.setattr("os.utime", refused)
    opened(model)
    assert core.compiled == 1


def test_a_network_replaced_while_it_is_read_is_not_kept(
    model: Path, core: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights_of = runtime._weights_of

    def replaced(network: Any) -> int:
        other = tmp_path / "other.onnx"
        other.write_bytes(model.read_bytes())
        other.replace(model)
        return weights_of(network)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(runtime, "_weights_of", replaced)
        opened(model).run({"images": SEEN})
    assert not (tmp_path / "kept").exists()
    opened(model)
    assert len([*(tmp_path / "kept").iterdir()]) == 1


@pytest.mark.parametrize(
    ("situation", "least", "weights"),
    [("compiles in no time", 1 << 20, 0), ("weights in other files", 0, 1 << 20)],
)
def test_what_is_not_kept(
    model: Path,
    core: Counting,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    situation: str,
    least: int,
    weights: int,
) -> None:
    monkeypatch.setattr(runtime, "LEAST_BYTES", least)
    if weights:
        monkeypatch.setattr(runtime, "_weights_of", lambda network: weights)
    opened(model)
    assert not (tmp_path / "kept").exists(), situation


def test_weights_are_counted_wherever_they_lie(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    weights = onnx.numpy_helper.from_array(np.ones((64, 3, 1, 1), np.float32), "weights")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Conv", ["images", "weights"], ["seen"])],
        "other",
        [helper.make_tensor_value_info("images", kind, ["b", 3, "h", "w"])],
        [helper.make_tensor_value_info("seen", kind, ["b", 64, "y", "x"])],
        [weights],
    )
    path = tmp_path / "far.onnx"
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, path, save_as_external_data=True, location="far.bin", size_threshold=0)
    assert runtime._weights_of(runtime._CORE.read_model(path)) > path.stat().st_size


def test_those_unused_for_longest_go_first(
    model: Path, core: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    opened(model)
    [used] = folder.glob("*.blob")
    for age in (3000, 2000):
        other = folder / f"{age}.blob"
        other.write_bytes(used.read_bytes())
        os.utime(other, (0, used.stat().st_mtime - age))
    os.utime(used, (0, used.stat().st_mtime - 9000))
    opened(model)
    monkeypatch.setattr(kept, "MOST_BYTES", round(3.5 * used.stat().st_size))
    # What a writer that was killed has left counts, and goes first.
    part = folder / "half.blob.1.2.part"
    part.write_bytes(b"0" * used.stat().st_size)
    os.utime(part, (0, 0))
    opened(model, precision=Precision.F32)
    assert not part.exists()
    left = {path.name for path in folder.glob("*.blob")}
    assert len(left) == 3
    assert used.name in left, "it was used again"
    assert "3000.blob" not in left


def test_the_key_is_of_the_content_and_not_of_the_name(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    a, b, c = (digest_of("way", file=tmp_path / name) for name in "abc")
    assert a == b != c
    assert a != digest_of("another way", file=tmp_path / "a")
