"""Which detector and which reader are in use: the shipped ones, or those that the user chose.

A chosen file is copied, so that a cleaned-up training folder stops no race. Copies and choices
lie under ``$XDG_DATA_HOME/finishline`` (``~/.local/share/finishline``).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from engines.errors import ModelFileError
from engines.models import (
    DEFAULT_READER,
    DETECTOR,
    READER,
    DetectorManifest,
    ReaderName,
    any_manifest,
    reader_file,
    verify,
)

_BACK: Final = "`finishline models use default` goes back to the usual one"
_JOBS: Final = (DETECTOR.stem, READER.stem)


def models_folder() -> Path:
    """Where chosen models and the choices are kept; may not exist yet."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "finishline" / "models"


def chosen_detector() -> Path:
    """The detector's weights in use.

    Raises:
        ModelFileError: a detector was chosen and its copy is gone.
    """
    name = _choice(DETECTOR.stem)
    return DETECTOR if name is None else _copy(name, DETECTOR)


def chosen_reader() -> ReaderName | Path:
    """The reader in use: its name, or weights of the user's own.

    Raises:
        ModelFileError: a reader was chosen and its copy is gone.
    """
    name = _choice(READER.stem)
    if name is None:
        return DEFAULT_READER
    return ReaderName(name) if name in list(ReaderName) else _copy(name, READER)


def choose_model(weights: Path) -> Path:
    """Copies a network and its manifest and uses it from now on; the manifest says for what.

    Returns:
        The copy, ``detector.onnx`` or ``reader.onnx``.

    Raises:
        ModelFileError: the weights or the manifest beside them are absent, broken or do not
            belong together; what was in use stays so.
    """
    if weights.suffix != ".onnx":
        raise ModelFileError(
            f"{weights} is no ONNX file; name the one that a training wrote, its manifest beside "
            f"it, or a reader ({', '.join(ReaderName)}), or 'default'"
        )
    manifest = any_manifest(weights)
    verify(weights, manifest.sha256)
    file, rounded = READER, None
    if isinstance(manifest, DetectorManifest):
        file, rounded = DETECTOR, manifest.rounded_beside(weights)
        if rounded is not None:
            verify(rounded, manifest.rounded_sha256)
    name = manifest.sha256[:12]
    folder, part = models_folder() / name, models_folder() / f"{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    shutil.copyfile(weights, part / file.name)
    shutil.copyfile(weights.with_suffix(".json"), part / file.with_suffix(".json").name)
    if rounded is not None:
        shutil.copyfile(rounded, part / rounded.name)
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
    _choose(file.stem, name)
    return folder / file.name


def choose_reader(name: ReaderName) -> None:
    """Uses a reader that has a name from now on.

    Raises:
        MissingPackageError, ModelFileError: it is not there; what was in use stays so.
    """
    reader_file(name)
    _choose(READER.stem, name.value)


def choose_default() -> None:
    """Goes back to the shipped detector and the usual reader; the copies stay."""
    for job in _JOBS:
        (models_folder() / f"{job}.chosen").unlink(missing_ok=True)


def _choice(job: str) -> str | None:
    """The folder or the name that was chosen; None where nothing was."""
    try:
        return (models_folder() / f"{job}.chosen").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _choose(job: str, name: str) -> None:
    """Last, and at once: a choice never names half a copy."""
    models_folder().mkdir(parents=True, exist_ok=True)
    choice = models_folder() / f"{job}.chosen.part"
    choice.write_text(name + "\n", encoding="utf-8")
    choice.replace(models_folder() / f"{job}.chosen")


def _copy(name: str, file: Path) -> Path:
    weights = models_folder() / name / file.name
    if not weights.is_file():
        raise ModelFileError(f"the chosen {file.stem} {weights} is absent; {_BACK}")
    return weights
