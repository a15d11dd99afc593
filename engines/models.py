"""The models: what each file is, where it comes from, and whether it is the right one.

The detector's manifest lies beside its weights as ``detector.json`` and drives everything that
feeds the network: our own pre-processing, the thresholds, the configuration of nvinfer. Its
fields are those of `DetectorManifest`; `python -m engines.models stamp` renews the checksum after
a training run has written new weights.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engines.detector import Thresholds
from engines.errors import MissingPackageError, ModelFileError
from engines.types import Kind

WEIGHTS: Final = Path(__file__).parent / "weights"
DETECTOR: Final = WEIGHTS / "detector.onnx"


@dataclass(frozen=True, slots=True)
class DetectorManifest:
    """What `detector.json` says. The defaults are those of the project's own network.

    Attributes:
        name: what `finishline models list` shows.
        file: the weights, beside the manifest.
        sha256: of that file, hexadecimal.
        source: where the weights come from.
        licence: SPDX name.
        width, height: usual input in pixels, multiples of 32.
        torso_width, torso_height: input for a torso cut from the full picture.
        scale: factor from 0..255 to the input's range.
        colour: order of the channels; only RGB is understood.
        labels: name of each class id, lower case names of `Kind`.
        scores: least score per label, 0..1.
        overlaps: largest intersection over union of two boxes of a label, 0..1.
    """

    name: str = "finishline detector"
    file: str = DETECTOR.name
    sha256: str = ""
    source: str = "trained by this project, see detector.md beside the file"
    licence: str = "Apache-2.0"
    width: int = 640
    height: int = 384
    torso_width: int = 192
    torso_height: int = 192
    scale: float = 1 / 255
    colour: str = "RGB"
    labels: tuple[str, ...] = tuple(kind.name.lower() for kind in Kind)
    scores: Mapping[str, float] = dataclasses.field(
        default_factory=lambda: {"person": 0.35, "bib": 0.3, "face": 0.35, "number": 0.25}
    )
    overlaps: Mapping[str, float] = dataclasses.field(
        default_factory=lambda: {"person": 0.55, "bib": 0.4, "face": 0.4, "number": 0.3}
    )

    @property
    def size(self) -> tuple[int, int]:
        """Usual input, (width, height)."""
        return self.width, self.height

    @property
    def torso_size(self) -> tuple[int, int]:
        """Input for torsos, (width, height)."""
        return self.torso_width, self.torso_height

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds by `Kind`."""
        return Thresholds(
            {kind: self.scores[kind.name.lower()] for kind in Kind},
            {kind: self.overlaps[kind.name.lower()] for kind in Kind},
        )


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of `finishline models list`.

    Attributes:
        name, job, source, licence: words.
        file: where it is, or should be; None where its package is not installed.
        size: bytes; None where the file is absent.
        verified: whether the file's checksum is the expected one; None where it is absent.
    """

    name: str
    job: str
    file: Path | None
    size: int | None
    source: str
    licence: str
    verified: bool | None


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model inside an installed Python package."""

    name: str
    package: str
    path: str
    sha256: str
    source: str
    licence: str
    install: str

    def find(self) -> Path:
        """Where the file is; the package is found, not imported.

        Raises:
            MissingPackageError: the package is not installed.
        """
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise MissingPackageError(self.package, self.install)
        return Path(spec.submodule_search_locations[0]) / self.path


PP_OCR: Final = PackagedModel(
    name="PP-OCRv6 recognition, small",
    package="rapidocr",
    path="models/PP-OCRv6_rec_small.onnx",
    sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    source="https://github.com/PaddlePaddle/PaddleOCR, as the rapidocr package ships it",
    licence="Apache-2.0",
    install="pip install 'rapidocr>=3.4'",
)


def checksum(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, sha256: str) -> Path:
    """Returns `path` when it is there and has that checksum.

    Raises:
        ModelFileError: it is absent or another file.
    """
    if not path.is_file():
        raise ModelFileError(f"the model {path} is absent")
    found = checksum(path)
    if found != sha256:
        raise ModelFileError(
            f"the model {path} is not the one described: SHA-256 {found}, expected {sha256}"
        )
    return path


def read_manifest(weights: Path = DETECTOR) -> DetectorManifest:
    """The manifest beside `weights`, checked.

    Raises:
        ModelFileError: it is absent, not JSON, or has unknown, missing or impossible fields.
    """
    path = weights.with_suffix(".json")
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"the manifest {path} cannot be read: {error}") from error
    names = {field.name for field in dataclasses.fields(DetectorManifest)}
    if not isinstance(fields, dict) or set(fields) != names:
        found = sorted(fields) if isinstance(fields, dict) else type(fields).__name__
        raise ModelFileError(f"the manifest {path} needs the fields {sorted(names)}; has {found}")
    example = json.loads(json.dumps(dataclasses.asdict(DetectorManifest())))
    for name, value in fields.items():
        if type(value) is not type(example[name]):
            wanted = type(example[name]).__name__
            raise ModelFileError(f"the manifest {path}: {name} must be {wanted}; got {value!r}")
    manifest = DetectorManifest(**{**fields, "labels": tuple(fields["labels"])})
    fault = _fault(manifest)
    if fault:
        raise ModelFileError(f"the manifest {path}: {fault}")
    return manifest


def write_manifest(manifest: DetectorManifest, weights: Path = DETECTOR) -> Path:
    """Writes the manifest beside `weights` and returns its path."""
    path = weights.with_suffix(".json")
    fields: dict[str, Any] = dataclasses.asdict(manifest)
    path.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    return path


def stamp(weights: Path = DETECTOR) -> DetectorManifest:
    """Renews the checksum beside `weights`; thresholds and sizes stay as they were.

    Without a manifest one is written with the defaults of `DetectorManifest`.

    Raises:
        ModelFileError: the weights are absent, or the old manifest is broken.
    """
    if not weights.is_file():
        raise ModelFileError(f"the model {weights} is absent")
    has_one = weights.with_suffix(".json").exists()
    old = read_manifest(weights) if has_one else DetectorManifest()
    manifest = dataclasses.replace(old, file=weights.name, sha256=checksum(weights))
    write_manifest(manifest, weights)
    return manifest


def listed_models(weights: Path = DETECTOR) -> list[ModelRow]:
    """Every model, found or not, in the order of their work.

    Raises:
        ModelFileError: the detector is there and its manifest is broken.
    """
    manifest = read_manifest(weights) if weights.is_file() else DetectorManifest()
    try:
        reader: Path | None = PP_OCR.find()
    except MissingPackageError:
        reader = None
    return [
        _row(manifest.name, "find persons, bibs, faces, numbers", weights, manifest),
        _row(PP_OCR.name, "read numbers", reader, PP_OCR),
    ]


def _row(
    name: str, job: str, path: Path | None, model: DetectorManifest | PackagedModel
) -> ModelRow:
    present = path is not None and path.is_file()
    size = path.stat().st_size if path is not None and present else None
    verified = checksum(path) == model.sha256 if path is not None and present else None
    return ModelRow(name, job, path, size, model.source, model.licence, verified)


def _fault(manifest: DetectorManifest) -> str | None:
    """What is wrong with a manifest whose fields are all there."""
    kinds = tuple(kind.name.lower() for kind in Kind)
    if manifest.labels != kinds:
        return f"labels must be {list(kinds)}; got {list(manifest.labels)}"
    if manifest.colour != "RGB" or abs(manifest.scale - 1 / 255) > 1e-6:
        return f"input must be RGB times 1/255; got {manifest.colour} times {manifest.scale}"
    if any(side <= 0 or side % 32 for side in (*manifest.size, *manifest.torso_size)):
        return f"inputs are multiples of 32; got {manifest.size} and {manifest.torso_size}"
    for values in (manifest.scores, manifest.overlaps):
        if set(values) != set(kinds) or not all(0 <= value <= 1 for value in values.values()):
            return f"scores and overlaps are 0..1 for each of {list(kinds)}; got {dict(values)}"
    return None


def main(arguments: list[str] | None = None) -> None:
    """`python -m engines.models stamp [WEIGHTS]`."""
    parser = argparse.ArgumentParser(prog="python -m engines.models", description=main.__doc__)
    parser.add_argument("command", choices=["stamp"])
    parser.add_argument("weights", nargs="?", type=Path, default=DETECTOR)
    weights: Path = parser.parse_args(arguments).weights
    print(f"{weights.with_suffix('.json')}: {stamp(weights).sha256}")


if __name__ == "__main__":
    main()
