"""The files of the models: where they are, and whether they are the right ones."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engines.errors import MissingPackageError, ModelFileError

WEIGHTS: Final = Path(__file__).parents[1] / "weights"
DETECTOR: Final = WEIGHTS / "detector.onnx"
READER: Final = WEIGHTS / "reader.onnx"
PP_OCR_BIBS: Final = WEIGHTS / "pp_ocr_bibs.onnx"


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

    def is_intact(self, path: Path) -> bool:
        """Whether a file is the one that was measured."""
        return checksum(path) == self.sha256


PP_OCR: Final = PackagedModel(
    name="PP-OCRv6 recognition, small",
    package="rapidocr",
    path="models/PP-OCRv6_rec_small.onnx",
    sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    source="https://github.com/PaddlePaddle/PaddleOCR, as the rapidocr package ships it",
    licence="Apache-2.0",
    install="pip install 'rapidocr>=3.4'",
)


@dataclass(frozen=True, slots=True)
class DownloadedModel:
    """A model that a Python package downloads when it is first used; finishline never does.

    Attributes:
        folder: where the package keeps its files by default; ``~`` is the user's home.
        variables: environment variables that name another folder, the first one set counts.
        path: of the file in that folder.
        md5: of the file, hexadecimal: what the package itself checks.
        url: where the package takes the file from, packed.
    """

    name: str
    package: str
    folder: str
    variables: tuple[str, ...]
    path: str
    md5: str
    url: str
    source: str
    licence: str
    install: str

    def find(self) -> Path:
        """Where the file belongs; the package is found, not imported.

        Raises:
            MissingPackageError: the package is not installed.
        """
        package_folder(self.package, self.install)
        named = next((value for v in self.variables if (value := os.environ.get(v))), None)
        return Path(named or self.folder).expanduser() / self.path

    def is_intact(self, path: Path) -> bool:
        """Whether a file has the checksum that the package wants."""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest() == self.md5

    def verified(self) -> Path:
        """The file.

        Raises:
            MissingPackageError: the package is not installed.
            ModelFileError: the file is absent or another one.
        """
        path = self.find()
        where = (
            f"unpack {self.url} and put {path.name} into {path.parent}, or name the folder above "
            f"that one in {self.variables[0]}"
        )
        if not path.is_file():
            raise ModelFileError(f"{self.name}: {path} is absent. {self.package} downloads it "
                                 f"where there is a network; otherwise {where}")  # fmt: skip
        if not self.is_intact(path):
            raise ModelFileError(f"{self.name}: {path} is damaged or another file (its MD5 is not "
                                 f"{self.md5}); {where}")  # fmt: skip
        return path


EASYOCR: Final = DownloadedModel(
    name="EasyOCR recognition, English",
    package="easyocr",
    folder="~/.EasyOCR",
    variables=("EASYOCR_MODULE_PATH", "MODULE_PATH"),
    path="model/english_g2.pth",
    md5="5864788e1821be9e454ec108d61b887d",
    url="https://github.com/JaidedAI/EasyOCR/releases/download/v1.3/english_g2.zip",
    source="https://github.com/JaidedAI/EasyOCR",
    licence="Apache-2.0",
    install="pip install 'finishline[easyocr]'",
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
