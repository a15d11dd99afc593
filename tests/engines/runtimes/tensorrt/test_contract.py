"""Every name of TensorRT and CUDA that we use is there, and takes what we give it."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from engines.errors import MissingPackageError
from engines.runtimes.tensorrt import bindings
from tests.engines.runtimes.tensorrt import fake_cuda, fake_objects, fake_tensorrt
from tests.engines.runtimes.tensorrt.names import PACKAGES, Names, path_of, real_names, signatures
from tests.engines.runtimes.tensorrt.uses import Use, all_uses

BOTH = pytest.mark.parametrize("major", PACKAGES)
USES = all_uses()

THE_FLOW = {
    "Builder.build_serialized_network",
    "Builder.create_network",
    "BuilderFlag.FP16",
    "IBuilderConfig.progress_monitor",
    "IBuilderConfig.set_timing_cache",
    "ICudaEngine.get_tensor_profile_shape",
    "IExecutionContext.execute_async_v3",
    "IExecutionContext.set_input_shape",
    "IExecutionContext.set_tensor_address",
    "IOptimizationProfile.set_shape",
    "IProgressMonitor.step_complete",
    "ITimingCache.serialize",
    "OnnxParser.parse",
    "Runtime.deserialize_cuda_engine",
    "cudaGraphLaunch",
    "cudaMallocHost",
    "cudaMemcpyAsync",
    "cudaStreamSynchronize",
}


def checked_in(major: int) -> Names:
    names: Names = json.loads(path_of(major).read_text(encoding="utf-8"))
    return names


def fault(use: Use, names: Names) -> str | None:
    """Why a use would fail; None where it would not."""
    root, _, member = use.name.partition(".")
    known = names[use.package]
    if root not in known:
        return f"{use.place}: {use.package} has no {root}"
    found = known[root]
    if member:
        if member not in found["members"]:
            return f"{use.place}: {root} has no {member}"
        found = found["members"][member]
    elif isinstance(found, dict):
        found = found["new"]
    if use.n_given is None or not found:
        return None
    fits = [
        sum(not name.endswith("?") for name in given) <= use.n_given <= len(given)
        for given in found
    ]
    return None if any(fits) else f"{use.place}: {use.name} takes {found}, not {use.n_given}"


@BOTH
def test_every_use_is_in_the_real_bindings(major: int) -> None:
    names = checked_in(major)
    assert names["versions"]["tensorrt"].startswith(f"{major}.")
    faults = [said for use in USES if not use.anywhere and (said := fault(use, names))]
    assert faults == []


def test_what_only_one_version_has_is_in_one_of_them() -> None:
    odd = [use for use in USES if use.anywhere]
    assert [use.name for use in odd] == ["BuilderFlag.FP16"]
    told = {major: fault(odd[0], checked_in(major)) for major in PACKAGES}
    assert told[10] is None
    assert told[11] is not None


def test_the_whole_flow_is_followed() -> None:
    assert {use.name for use in USES} >= THE_FLOW


@pytest.mark.parametrize(
    ("name", "n_given", "words"),
    [
        pytest.param("Builder.create_netwrok", 1, "Builder has no create_netwrok", id="misspelt"),
        pytest.param("Bilder", None, "tensorrt has no Bilder", id="no such class"),
        pytest.param("IExecutionContext.execute_async_v3", 0, "takes", id="too few"),
        pytest.param("IExecutionContext.set_tensor_address", 3, "takes", id="too many"),
        pytest.param("IExecutionContext.execute_async_v3", 1, None, id="right"),
        pytest.param("Builder.create_network", 0, None, id="a default"),
    ],
)
@BOTH
def test_a_wrong_use_is_noticed(
    major: int, name: str, n_given: int | None, words: str | None
) -> None:
    said = fault(Use("tensorrt", name, n_given, False, "x.py:1"), checked_in(major))
    assert (said is None) if words is None else (said is not None and words in said)


@pytest.mark.parametrize(
    ("name", "doc", "expected"),
    [
        pytest.param(
            "set",
            "set(self: a.b.C, name: str, of: dict[str, int] = {}) -> bool\n\n words",
            [["name", "of?"]],
            id="pybind11",
        ),
        pytest.param(
            "run",
            "run(*args, **kwargs)\nOverloaded function.\n\n1. run(self: C, a: int) -> int\n\n\n"
            "2. run(self: C) -> int",
            [["a"], []],
            id="overloads",
        ),
        pytest.param("cudaMalloc", "cudaMalloc(size_t size)\n\nAllocate", [["size"]], id="Cython"),
        pytest.param("gone", None, [], id="no words"),
    ],
)
def test_signatures(name: str, doc: str | None, expected: list[list[str]]) -> None:
    assert signatures(name, doc) == expected


@BOTH
def test_the_fakes_have_no_name_of_their_own(major: int, monkeypatch: pytest.MonkeyPatch) -> None:
    names = checked_in(major)
    fake = fake_tensorrt.install(monkeypatch, f"{major}.0")
    own = {"build", "cuda", "faults", "orders"}
    classes: dict[str, Any] = {n: v for n, v in vars(fake).items() if isinstance(v, type)}
    assert set(vars(fake)) - own - {n for n in vars(fake) if n.startswith("_")} == set(classes)
    shown = ("ITimingCache", "IOptimizationProfile", "IBuilderConfig")
    classes |= {name: getattr(fake_objects, name) for name in shown}
    classes |= {n: getattr(fake_tensorrt, n) for n in ("ICudaEngine", "IExecutionContext")}
    for name, faked in classes.items():
        real = names["tensorrt"][name]["members"]
        odd = {n for n in vars(faked) if not n.startswith("_")} - set(real)
        # Inside the fakes' own bookkeeping.
        assert odd <= {"cache", "flags", "pools", "profiles"}, name
    calls = {n for n in vars(fake_cuda.FakeCudaRuntime) if n.startswith("cuda")}
    assert calls <= set(names["cuda"])


@BOTH
def test_the_checked_in_names_are_those_of_the_real_bindings(major: int) -> None:
    folder = os.environ.get("FINISHLINE_TENSORRT_BINDINGS")
    if folder is None:
        pytest.skip("FINISHLINE_TENSORRT_BINDINGS=DIR names no folder to install the bindings in")
    assert real_names(Path(folder), major) == checked_in(major)


@pytest.mark.skipif(
    importlib.util.find_spec("tensorrt") is None, reason="TensorRT is not installed"
)
def test_the_installed_bindings_have_every_name() -> None:
    package = bindings.tensorrt()
    for use in USES:
        root, _, member = use.name.partition(".")
        if use.package == "tensorrt" and not use.anywhere:
            found = getattr(package, root)
            assert not member or hasattr(found, member), use


@pytest.mark.parametrize("package", ["tensorrt", "cuda_runtime"])
def test_a_missing_package_says_what_to_install(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tensorrt", "cuda", "cuda.bindings"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackageError, match=r"pip install 'finishline\[tensorrt\]'"):
        getattr(bindings, package)()
