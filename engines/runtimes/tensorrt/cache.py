"""Where engines lie, and which of them may be used on this machine.

An engine belongs to one network, one version of TensorRT and one kind of GPU. Each lies beside a
JSON file that says so; both names carry a digest of all of it, so nothing is ever mixed up. They
lie under ``$XDG_CACHE_HOME/finishline/engines`` (``~/.cache/finishline/engines``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engines.runtimes.cache_folder import cache_folder
from engines.runtimes.tensorrt.cuda import Gpu
from engines.runtimes.tensorrt.shapes import Range, Ranges


class BuiltPrecision(StrEnum):
    """The arithmetic of an engine."""

    TYPED = "typed"
    """Convolutions in 16 bits, boxes and scores in 32, written into the network itself."""
    FP16 = "fp16"
    """TensorRT chooses 16 or 32 bits layer by layer; TensorRT 10 only, on 11 as `TYPED`."""
    FP32 = "fp32"
    """32 bits throughout."""


@dataclass(frozen=True, slots=True)
class EngineKey:
    """All that an engine depends on.

    Attributes:
        network: the ONNX file's name without its suffix, for people.
        sha256: of that file, hexadecimal.
        tensorrt: its version, "10.13.3.9".
        gpu: see `Gpu`.
        precision: see `BuiltPrecision`.
        lanes: one profile each.
    """

    network: str
    sha256: str
    tensorrt: str
    gpu: Gpu
    precision: BuiltPrecision
    lanes: tuple[Ranges, ...]

    def stem(self) -> str:
        """The file's name without its suffix."""
        told = json.dumps(self.to_json(), sort_keys=True)
        digest = hashlib.sha256(told.encode()).hexdigest()[:16]
        return f"{self.network}-{self.precision}-{digest}"

    def to_json(self) -> dict[str, object]:
        """As the file beside the engine holds it."""
        lanes = [
            {name: [list(shape) for shape in dataclasses.astuple(range_)]}
            for lane in self.lanes
            for name, range_ in sorted(lane.items())
        ]
        return {
            "network": self.network,
            "sha256": self.sha256,
            "tensorrt": self.tensorrt,
            "gpu": self.gpu.name,
            "capability": self.gpu.capability,
            "precision": self.precision.value,
            "lanes": lanes,
        }

    def runs(self, sha256: str, tensorrt: str, gpu: Gpu) -> bool:
        """Whether such an engine computes that network on that machine."""
        return (self.sha256, self.tensorrt, self.gpu) == (sha256, tensorrt, gpu)


@dataclass(frozen=True, slots=True)
class BuiltEngine:
    """An engine that is there."""

    path: Path
    key: EngineKey


def engines_folder() -> Path:
    """Where engines and timing caches are kept; may not exist yet."""
    return cache_folder("engines")


def engine_path(folder: Path, key: EngineKey) -> Path:
    """Where the engine of a key belongs."""
    return folder / f"{key.stem()}.engine"


def timing_path(folder: Path, tensorrt: str, gpu: Gpu) -> Path:
    """The timings that builds share: of one version and one kind of GPU."""
    digest = hashlib.sha256(f"{tensorrt} {gpu.name} {gpu.capability}".encode()).hexdigest()[:12]
    return folder / f"timings-{digest}.cache"


def built_engines(folder: Path) -> list[BuiltEngine]:
    """Every engine with a readable description, the one built last first.

    What an interrupted build left, or a description of another release of finishline, is passed
    over: `stale` finds it.
    """
    found: list[tuple[float, BuiltEngine]] = []
    for path in sorted(folder.glob("*.engine")):
        key = _read_key(path.with_suffix(".json"))
        if key is not None and path == engine_path(folder, key):
            found.append((path.stat().st_mtime, BuiltEngine(path, key)))
    return [engine for _, engine in sorted(found, key=lambda pair: -pair[0])]


def usable(
    engines: Iterable[BuiltEngine],
    sha256: str,
    tensorrt: str,
    gpu: Gpu,
    precisions: Sequence[BuiltPrecision] = tuple(BuiltPrecision),
) -> BuiltEngine | None:
    """The first engine that computes a network on this machine; None where there is none."""
    fitting = (e for e in engines if e.key.runs(sha256, tensorrt, gpu))
    return next((e for e in fitting if e.key.precision in precisions), None)


def stale(folder: Path, tensorrt: str, gpus: Iterable[Gpu]) -> list[Path]:
    """Files that no session of this machine will open again, sorted.

    Args:
        folder: of engines.
        tensorrt: the version installed.
        gpus: of this machine.
    """
    there = set(gpus)
    kept = {timing_path(folder, tensorrt, gpu) for gpu in there}
    for engine in built_engines(folder):
        if engine.key.tensorrt == tensorrt and engine.key.gpu in there:
            kept |= {engine.path, engine.path.with_suffix(".json")}
    old = [path for end in ("engine", "json", "cache") for path in folder.glob(f"*.{end}")]
    return sorted(path for path in old if path not in kept)


def discard(engine: Path) -> None:
    """Removes an engine of no use and its description, so that it is built again.

    Raises:
        OSError: the folder refuses.
    """
    engine.unlink(missing_ok=True)
    engine.with_suffix(".json").unlink(missing_ok=True)


def _read_key(path: Path) -> EngineKey | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return EngineKey(
            told["network"],
            told["sha256"],
            told["tensorrt"],
            Gpu(told["gpu"], told["capability"]),
            BuiltPrecision(told["precision"]),
            tuple(
                {name: Range(*(tuple(shape) for shape in shapes)) for name, shapes in lane.items()}
                for lane in told["lanes"]
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
