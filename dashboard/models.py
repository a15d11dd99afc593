"""The commands `finishline models list` and `use`."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import numpy as np

from dashboard.console import print_json
from engines.chosen import (
    choose_default,
    choose_model,
    choose_reader,
    chosen_detector,
    chosen_reader,
)
from engines.errors import InferenceError, ModelFileError
from engines.evaluate.labels import table
from engines.load import EngineSettings, load_detector, load_reader
from engines.models import DetectorManifest, ModelRow, ReaderName, any_manifest, listed_models
from engines.picture import RgbPicture


def list_models(as_json: bool) -> None:
    """Print the networks that finishline uses."""
    rows = listed_models(chosen_detector(), chosen_reader())
    if as_json:
        print_json([dataclasses.asdict(row) | {"file": row.file and str(row.file)} for row in rows])
        return
    head = ["name", "in use", "job", "size", "state", "licence", "choose it as", "file"]
    print(table(head, [_model_cells(row) for row in rows]))


def _model_cells(row: ModelRow) -> list[str]:
    states = {True: "intact", False: "NOT the expected file", None: "missing"}
    size = "" if row.size is None else f"{row.size / 1e6:.1f} MB"
    file = "(its package is not installed)" if row.file is None else str(row.file)
    in_use = "yes" if row.in_use else ""
    state = states[row.verified]
    choose = "the file" if row.choose == file else row.choose
    return [row.name, in_use, row.job, size, state, row.licence, choose, file]


def use_model(name: str) -> None:
    """Use a reader by its name, the network of a file, or the usual ones ("default").

    Raises:
        MissingPackageError, ModelFileError: it cannot be used; what was in use stays so.
    """
    if name == "default":
        choose_default()
        print("the shipped detector and the usual reader are in use")
        return
    if name in list(ReaderName):
        choose_reader(ReaderName(name))
        print(f"{name} is the reader in use from now on")
        job = "reader"
    else:
        _try(Path(name))
        copy = choose_model(Path(name))
        job = copy.stem
        print(f"{name} is the {job} in use from now on (a copy of it: {copy})")
    print(f"a race file that names a {job} keeps its own; back: finishline models use default")


def _try(weights: Path) -> None:
    """Looks at a grey picture with a network: what fails there would fail at the start of a race.

    Raises:
        MissingPackageError: what computes is not installed.
        ModelFileError: it has no manifest, or is not what that says.
    """
    grey = np.full((384, 640, 3), 114, np.uint8)
    manifest = any_manifest(weights)
    try:
        if isinstance(manifest, DetectorManifest):
            with closing(load_detector(EngineSettings(detector=weights))) as detector:
                detector.detect([RgbPicture(grey)])
            return
        with closing(load_reader(EngineSettings(reader=str(weights)))) as reader:
            reader.read([grey[:48, :160]])
    except (InferenceError, ModelFileError) as error:
        raise ModelFileError(
            f"{weights} is not what {weights.with_suffix('.json').name} beside it says: {error}"
        ) from error
