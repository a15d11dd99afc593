"""What has to be on the machine, and the files that nvinfer and nvtracker are given."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType

from engines.models import DetectorManifest
from engines.runtimes.cache_folder import cache_folder
from stream.deepstream.graph import Files
from stream.deepstream.nvinfer_config import LABELS, ONNX, InferPlan, infer_config, labels
from stream.deepstream.tracker_config import NAME, tracker_config
from stream.sources.port import SourceError
from stream.whole_files import put_whole

ROOT = Path("/opt/nvidia/deepstream/deepstream")
TEGRA = Path("/etc/nv_tegra_release")
"""Only Jetson has this file."""
MEND = (
    "run finishline inside NVIDIA's DeepStream container (8 or newer), or leave out "
    '--deepstream and pipeline = "deepstream"'
)


class Binding(StrEnum):
    """How Python reaches DeepStream."""

    PYDS = "pyds"
    SERVICEMAKER = "pyservicemaker"


def choose_binding(has_pyds: bool, has_servicemaker: bool) -> Binding:
    """pyds where it is NVIDIA's, which tells more; else pyservicemaker.

    Raises:
        SourceError: there is neither.
    """
    if has_pyds:
        return Binding.PYDS
    if has_servicemaker:
        return Binding.SERVICEMAKER
    raise SourceError(
        "DeepStream cannot be used here: this Python has neither pyds (with PyGObject) nor "
        f"pyservicemaker; {MEND}"
    )


def real_pyds() -> ModuleType | None:
    """NVIDIA's pyds; None where there is none. A package of that name in the index is another."""
    if importlib.util.find_spec("pyds") is None or importlib.util.find_spec("gi") is None:
        return None
    module = importlib.import_module("pyds")
    return module if hasattr(module, "gst_buffer_get_nvds_batch_meta") else None


def servicemaker() -> ModuleType | None:
    """NVIDIA's pyservicemaker; None where there is none."""
    if importlib.util.find_spec("pyservicemaker") is None:
        return None
    return importlib.import_module("pyservicemaker")


@dataclass(frozen=True, slots=True)
class Installation:
    """Parts of DeepStream that are named by their path."""

    parser: Path
    tracker: Path
    tracker_config: Path


def installation(root: Path = ROOT, environment: Mapping[str, str] = os.environ) -> Installation:
    """Where DeepStream's parts are.

    Raises:
        SourceError: one is not there, or the other nvstreammux is asked for.
    """
    found = Installation(
        root / "lib" / "libnvds_infercustomparser.so",
        root / "lib" / "libnvds_nvmultiobjecttracker.so",
        root / "samples" / "configs" / "deepstream-app" / NAME,
    )
    for path in (found.parser, found.tracker, found.tracker_config):
        if not path.is_file():
            raise SourceError(f"{path}: no such file, so DeepStream is not installed; {MEND}")
    if environment.get("USE_NEW_NVSTREAMMUX") == "yes":
        raise SourceError("USE_NEW_NVSTREAMMUX=yes: the new mux does not scale; unset the variable")
    return found


def detector_folder(manifest: DetectorManifest) -> Path:
    """Where the files of one detector lie: TensorRT takes minutes for what is kept there."""
    return cache_folder("deepstream") / manifest.sha256[:16]


def write_files(
    manifest: DetectorManifest,
    network: bytes,
    installed: Installation,
    plan: InferPlan,
) -> Files:
    """Render the configurations of nvinfer and nvtracker into the plan's folder, for the network.

    nvinfer writes the engine beside the ONNX file, so that is copied to where one may write.

    Args:
        manifest: of the detector.
        network: content of its ONNX file.
        installed: see `installation`.
        plan: what else nvinfer is told.

    Raises:
        SourceError: the folder cannot be written, or nvtracker's configuration is another one.
    """
    folder = plan.folder
    # Two races on one machine may have another batch or GPU; each has a file of its own.
    infer = folder / f"nvinfer_b{plan.batch}_gpu{plan.gpu}.txt"
    tracker = folder / "tracker.yml"
    source = installed.tracker_config.read_text(encoding="utf-8")
    tracked = tracker_config(source, str(installed.tracker_config))
    try:
        put_whole(folder / ONNX, lambda file: file.write(network))
        put_whole(folder / LABELS, lambda file: file.write(labels(manifest).encode()))
        put_whole(infer, lambda file: file.write(infer_config(manifest, plan).encode()))
        put_whole(tracker, lambda file: file.write(tracked.encode()))
    except OSError as error:
        raise SourceError(f"{folder}: cannot be written: {error.strerror}") from error
    return Files(infer, installed.tracker, tracker)
