"""Manifests: what lies beside a network's weights and says what they are and how to feed them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from engines import line_reader, reader
from engines.detector import Thresholds
from engines.errors import ModelFileError
from engines.models.files import DETECTOR, READER, checksum
from engines.types import ALPHABET, Kind


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
        scores: least score per label, 0..1; a person's after `engines.borne_out`, but in DeepStream
            the network's own.
        overlaps: largest intersection over union of two boxes of a label, 0..1.
        rounded: the same network with 8-bit convolutions, beside it, for processors that compute
            it quicker; "" where there is none.
        rounded_sha256: of that file.
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
    rounded: str = ""
    rounded_sha256: str = ""

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

    def rounded_beside(self, weights: Path) -> Path | None:
        """The rounded network of these weights; None where there is none."""
        return weights.with_name(self.rounded) if self.rounded else None

    def fault(self) -> str | None:
        """What cannot be; None where everything can."""
        kinds = tuple(kind.name.lower() for kind in Kind)
        if self.labels != kinds:
            return f"labels must be {list(kinds)}; got {list(self.labels)}"
        if self.colour != "RGB" or abs(self.scale - 1 / 255) > 1e-6:
            return f"input must be RGB times 1/255; got {self.colour} times {self.scale}"
        if any(side <= 0 or side % 32 for side in (*self.size, *self.torso_size)):
            return f"inputs are multiples of 32; got {self.size} and {self.torso_size}"
        for values in (self.scores, self.overlaps):
            if set(values) != set(kinds) or not all(0 <= value <= 1 for value in values.values()):
                return f"scores and overlaps are 0..1 for each of {list(kinds)}; got {dict(values)}"
        if Path(self.rounded).name != self.rounded or self.rounded == DETECTOR.name:
            return (
                f"rounded must be a file beside the manifest, and not {DETECTOR.name}; "
                f"got {self.rounded!r}"
            )
        return None


@dataclass(frozen=True, slots=True)
class ReaderManifest:
    """What `reader.json` says of a network for `engines.line_reader` or `engines.reader`.

    Attributes:
        name: what `finishline models list` shows.
        file: the weights, beside the manifest.
        sha256: of that file, hexadecimal.
        source: where the weights come from.
        licence: SPDX name.
        alphabet: the characters of the network's columns, column 1 first; 0 is blank.
        height: of the input in pixels; that tells the two kinds of network from each other.
    """

    name: str = "finishline reader"
    file: str = READER.name
    sha256: str = ""
    source: str = "trained by this project, see reader.md beside the file"
    licence: str = "Apache-2.0"
    alphabet: str = ALPHABET
    height: int = line_reader.HEIGHT

    @property
    def is_pp_ocr(self) -> bool:
        """Whether the network is of PP-OCR's plan, for `engines.reader`."""
        return self.height == reader.HEIGHT

    def fault(self) -> str | None:
        """What cannot be; None where everything can."""
        if self.alphabet != ALPHABET:
            return f"alphabet must be {ALPHABET!r}; got {self.alphabet!r}"
        heights = (line_reader.HEIGHT, reader.HEIGHT)
        if self.height not in heights:
            return f"height must be {heights[0]} or {heights[1]}; got {self.height}"
        return None


_MAY_LACK: Final = frozenset({"rounded", "rounded_sha256"})
"""Fields that manifests written by former versions do not have."""

Manifest: TypeAlias = DetectorManifest | ReaderManifest
M = TypeVar("M", bound=Manifest)


def read_manifest(kind: type[M], weights: Path) -> M:
    """The manifest beside `weights`, checked.

    Raises:
        ModelFileError: it is absent, not JSON, or has unknown, missing or impossible fields.
    """
    path = weights.with_suffix(".json")
    fields = _fields(weights)
    names = _names(kind)
    if not names - _MAY_LACK <= set(fields) <= names:
        raise ModelFileError(
            f"the manifest {path} needs the fields {sorted(names - _MAY_LACK)}; "
            f"has {sorted(fields)}"
        )
    example = json.loads(json.dumps(dataclasses.asdict(kind())))
    for name, value in fields.items():
        if type(value) is not type(example[name]):
            wanted = type(example[name]).__name__
            raise ModelFileError(f"the manifest {path}: {name} must be {wanted}; got {value!r}")
    tuples = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    manifest: M = kind(**{**fields, **tuples})
    fault = manifest.fault()
    if fault:
        raise ModelFileError(f"the manifest {path}: {fault}")
    return manifest


def any_manifest(weights: Path) -> Manifest:
    """The manifest beside `weights`, of whichever kind it is.

    Raises:
        ModelFileError: see `read_manifest`, or it is neither a detector's nor a reader's.
    """
    path = weights.with_suffix(".json")
    fields = set(_fields(weights))
    # What only one of them has, so that a broken manifest is still told what it lacks.
    if fields & (_names(ReaderManifest) - _names(DetectorManifest)):
        return read_manifest(ReaderManifest, weights)
    if fields & (_names(DetectorManifest) - _names(ReaderManifest)):
        return read_manifest(DetectorManifest, weights)
    raise ModelFileError(f"the manifest {path} is neither a detector's nor a reader's")


def write_manifest(manifest: Manifest, weights: Path) -> Path:
    """Writes the manifest beside `weights` and returns its path."""
    path = weights.with_suffix(".json")
    fields: dict[str, Any] = dataclasses.asdict(manifest)
    path.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    return path


def stamp(weights: Path, new: M) -> M:
    """Renews the checksums beside `weights`; everything else stays as it was.

    Without a manifest `new` is written, with the name and checksum of the file.

    Raises:
        ModelFileError: the weights or their rounded network are absent, or the old manifest is
            broken.
    """
    if not weights.is_file():
        raise ModelFileError(f"the model {weights} is absent")
    has_one = weights.with_suffix(".json").exists()
    old: M = read_manifest(type(new), weights) if has_one else new
    manifest: M = dataclasses.replace(old, file=weights.name, sha256=checksum(weights))
    if isinstance(manifest, DetectorManifest) and (rounded := manifest.rounded_beside(weights)):
        if not rounded.is_file():
            raise ModelFileError(f"the model {rounded} is absent")
        manifest = dataclasses.replace(manifest, rounded_sha256=checksum(rounded))
    write_manifest(manifest, weights)
    return manifest


def _fields(weights: Path) -> dict[str, Any]:
    path = weights.with_suffix(".json")
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelFileError(
            f"{weights} has no manifest {path.name} beside it; copy it from where the network is "
            "from"
            if weights.is_file()
            else f"{weights}: no such file; name an ONNX file with its manifest {path.name} "
            "beside it"
        ) from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"the manifest {path} cannot be read: {error}") from error
    if not isinstance(fields, dict):
        raise ModelFileError(f"the manifest {path} is no table of fields")
    return fields


def _names(kind: type[Any]) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}
