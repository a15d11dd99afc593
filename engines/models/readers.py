"""The readers that can be asked for by name, and where the file of each is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

from engines.errors import ModelFileError
from engines.models.files import EASYOCR, PP_OCR, PP_OCR_BIBS, READER, verify
from engines.models.manifests import ReaderManifest, read_manifest


class ReaderName(StrEnum):
    """A reader that needs no path."""

    PP_OCR = "pp-ocr"
    """PP-OCR's recognition network, `engines.reader`."""
    PP_OCR_BIBS = "pp-ocr-bibs"
    """The same, trained on with bibs."""
    FINISHLINE = "finishline"
    """The project's own network, `engines.line_reader`."""
    EASYOCR = "easyocr"
    """EasyOCR's recognition network, `engines.easyocr_reader`."""


DEFAULT_READER: Final[ReaderName] = ReaderName.PP_OCR
"""The reader where nobody chose one."""

READERS_TOLD: Final = f"{', '.join(ReaderName)} or the path of an ONNX file"
"""What `reader_of` takes, for messages."""


def reader_of(text: str) -> ReaderName | Path:
    """What a race file or the command line asks for: a name or the path of an ONNX file.

    Raises:
        ModelFileError: it is neither.
    """
    if text in list(ReaderName):
        return ReaderName(text)
    if not text.endswith(".onnx"):
        raise ModelFileError(f"reader {text!r}: write {READERS_TOLD}")
    return Path(text)


def reader_file(reader: ReaderName | Path) -> Path:
    """The weights of a reader, verified.

    Raises:
        MissingPackageError: its package is not installed.
        ModelFileError: the file is absent, or is not the one that was measured or described.
    """
    if reader is ReaderName.PP_OCR:
        return verify(PP_OCR.find(), PP_OCR.sha256)
    if reader is ReaderName.EASYOCR:
        return EASYOCR.verified()
    if isinstance(reader, Path):
        return verify(reader, read_manifest(ReaderManifest, reader).sha256)
    file = PP_OCR_BIBS if reader is ReaderName.PP_OCR_BIBS else READER
    if not file.is_file():
        raise ModelFileError(f"the project's own reader {file} is absent; use pp-ocr")
    return reader_file(file)
