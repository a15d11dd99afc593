"""Which detector is in use: the shipped one, or one that the user chose.

The chosen one is copied, so that a cleaned-up training folder stops no race. Both copy and choice
lie under ``$XDG_DATA_HOME/finishline`` (``~/.local/share/finishline``).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from engines.errors import ModelFileError
from engines.models import DETECTOR, read_manifest, verify

_BACK = "`finishline models use default` goes back to the shipped one"


def models_folder() -> Path:
    """Where chosen models and the choice are kept; may not exist yet."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "finishline" / "models"


def chosen_detector() -> Path:
    """The weights in use.

    Raises:
        ModelFileError: a detector was chosen and its copy is gone.
    """
    choice = models_folder() / "detector.chosen"
    try:
        name = choice.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return DETECTOR
    weights = models_folder() / name / DETECTOR.name
    if not weights.is_file():
        raise ModelFileError(f"the chosen detector {weights} is absent; {_BACK}")
    return weights


def choose_detector(weights: Path) -> Path:
    """Copies a detector and its manifest and uses it from now on; returns the copy.

    Raises:
        ModelFileError: the weights or the manifest beside them are absent, broken or do not
            belong together; what was in use stays so.
    """
    manifest = read_manifest(weights)
    verify(weights, manifest.sha256)
    name = manifest.sha256[:12]
    folder = models_folder() / name
    part = models_folder() / f"{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    shutil.copyfile(weights, part / DETECTOR.name)
    shutil.copyfile(weights.with_suffix(".json"), part / DETECTOR.with_suffix(".json").name)
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
    # Last, and at once: a choice never names half a copy.
    choice = models_folder() / "detector.chosen.part"
    choice.write_text(name + "\n", encoding="utf-8")
    choice.replace(models_folder() / "detector.chosen")
    return folder / DETECTOR.name


def choose_default() -> None:
    """Goes back to the shipped detector; the copies stay."""
    (models_folder() / "detector.chosen").unlink(missing_ok=True)
