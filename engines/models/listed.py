"""Every model with its state, as `finishline models list` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engines.errors import MissingPackageError
from engines.models.files import (
    DETECTOR,
    EASYOCR,
    PP_OCR,
    PP_OCR_BIBS,
    READER,
    DownloadedModel,
    PackagedModel,
    checksum,
)
from engines.models.manifests import DetectorManifest, Manifest, ReaderManifest, read_manifest
from engines.models.readers import ReaderName

_FINDS: Final = "find persons, bibs, faces, numbers"
_READS: Final = "read numbers"
_SHIPPED: Final = {PP_OCR_BIBS: ReaderName.PP_OCR_BIBS, READER: ReaderName.FINISHLINE}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of `finishline models list`.

    Attributes:
        name, job, source, licence: words.
        file: where it is, or should be; None where its package is not installed.
        size: bytes; None where the file is absent.
        verified: whether the file's checksum is the expected one; None where it is absent.
        in_use: whether a race takes it that names none.
        choose: what `finishline models use` calls it.
    """

    name: str
    job: str
    file: Path | None
    size: int | None
    source: str
    licence: str
    verified: bool | None
    in_use: bool
    choose: str


def listed_models(detector: Path, reader: ReaderName | Path) -> list[ModelRow]:
    """Every model, found or not: detectors, then readers, the shipped ones first.

    EasyOCR is among them where its package is installed.

    Args:
        detector: the one in use.
        reader: the one in use.

    Raises:
        ModelFileError: a detector or reader is there and its manifest is broken.
    """
    rows = [
        _own_row(path, DetectorManifest(), path == detector)
        for path in dict.fromkeys((DETECTOR, detector))
    ]
    for path, name in _SHIPPED.items():
        rows.append(_own_row(path, ReaderManifest(), reader is name))
    rows.append(_packaged_row(PP_OCR, ReaderName.PP_OCR, reader is ReaderName.PP_OCR))
    easyocr = _packaged_row(EASYOCR, ReaderName.EASYOCR, reader is ReaderName.EASYOCR)
    if easyocr.file is not None or easyocr.in_use:
        rows.append(easyocr)
    if isinstance(reader, Path):
        rows.append(_own_row(reader, ReaderManifest(), in_use=True))
    return rows


def _own_row(path: Path, absent: Manifest, in_use: bool) -> ModelRow:
    """A network with a manifest beside it; where it is absent `absent` tells its name."""
    manifest = read_manifest(type(absent), path) if path.is_file() else absent
    job = _FINDS if isinstance(absent, DetectorManifest) else _READS
    return ModelRow(
        manifest.name,
        job,
        path,
        path.stat().st_size if path.is_file() else None,
        manifest.source,
        manifest.licence,
        _is_intact(path, manifest) if path.is_file() else None,
        in_use,
        "default" if path == DETECTOR else str(_SHIPPED.get(path, path)),
    )


def _is_intact(path: Path, manifest: Manifest) -> bool:
    """Whether a network, and the rounded one that belongs to it, are those of the manifest."""
    if checksum(path) != manifest.sha256:
        return False
    if not isinstance(manifest, DetectorManifest):
        return True
    rounded = manifest.rounded_beside(path)
    if rounded is None:
        return True
    return rounded.is_file() and checksum(rounded) == manifest.rounded_sha256


def _packaged_row(
    model: PackagedModel | DownloadedModel, name: ReaderName, in_use: bool
) -> ModelRow:
    try:
        path: Path | None = model.find()
    except MissingPackageError:
        path = None
    present = path is not None and path.is_file()
    return ModelRow(
        model.name,
        _READS,
        path,
        path.stat().st_size if path is not None and present else None,
        model.source,
        model.licence,
        model.is_intact(path) if path is not None and present else None,
        in_use,
        name.value,
    )
