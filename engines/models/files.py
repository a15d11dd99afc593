"""The files of the models: where they are, and whether they are the right ones."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engines.errors import MissingPackageError, ModelFileError

WEIGHTS: Final = Path(__file__).parents[1] / "weights"
DETECTOR: Final = WEIGHTS / "detector.onnx"
READER: Final = WEIGHTS / "reader.onnx"


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
        return package_folder(self.package, self.install) / self.path


PP_OCR: Final = PackagedModel(
    name="PP-OCRv6 recognition, small",
    package="rapidocr",
    path="models/PP-OCRv6_rec_small.onnx",
    sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    source="https://github.com/PaddlePaddle/PaddleOCR, as the rapidocr package ships it",
    licence="Apache-2.0",
    install="pip install 'rapidocr>=3.4'",
)


def package_folder(package: str, install: str) -> Path:
    """The folder of an installed package, which is found and not imported.

    Raises:
        MissingPackageError: it is not installed; `install` is the command that mends that.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingPackageError(package, install)
    return Path(spec.submodule_search_locations[0])


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
