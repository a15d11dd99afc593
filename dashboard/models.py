"""The commands `finishline models list` and `use`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from dashboard.console import print_json
from engines.chosen import choose_default, choose_detector, chosen_detector
from engines.evaluate.labels import table
from engines.models import ModelRow, listed_models


def list_models(as_json: bool) -> None:
    """Print the networks that finishline uses."""
    rows = listed_models(chosen_detector())
    if as_json:
        print_json([dataclasses.asdict(row) | {"file": row.file and str(row.file)} for row in rows])
        return
    head = ["name", "job", "size", "state", "licence", "file"]
    print(table(head, [_model_cells(row) for row in rows]))


def _model_cells(row: ModelRow) -> list[str]:
    states = {True: "intact", False: "NOT the expected file", None: "missing"}
    size = "" if row.size is None else f"{row.size / 1e6:.1f} MB"
    file = "(its package is not installed)" if row.file is None else str(row.file)
    return [row.name, row.job, size, states[row.verified], row.licence, file]


def use_detector(name: str) -> None:
    """Use the detector of a file, or the shipped one where `name` is "default"."""
    if name == "default":
        choose_default()
        print("the shipped detector is in use")
        return
    copy = choose_detector(Path(name))
    print(f"{name} is in use from now on (a copy of it: {copy})")
    print("a race file that names a detector keeps its own; back: finishline models use default")
