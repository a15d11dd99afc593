"""What trainings on a user's own data share: faults, the note of the run, the end of the report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from engines.errors import LabelError
from engines.simulate.race_bibs import RaceBibs
from engines.train.labelled.data_set import DataSet, LabelledPicture, Problem
from engines.train.labelled.split import Split
from engines.train.run import CHECKPOINT

RUN_FILE: Final = "run.json"

_SHOWN: Final = 20


class DataSetError(LabelError):
    """A data set with faults; nothing was trained.

    Attributes:
        problems: every one of them.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        shown = [f"  {problem}" for problem in problems[:_SHOWN]]
        if len(problems) > len(shown):
            shown.append(f"  ... and {len(problems) - len(shown)} more")
        super().__init__(
            f"{len(problems)} {'fault' if len(problems) == 1 else 'faults'} in the data set, "
            "nothing was trained:\n"
            + "\n".join(shown)
            + "\nmend them, or leave the faulty ones out with --leave-out-faulty"
        )
        self.problems = tuple(problems)


def usable(data: DataSet, leave_out_faulty: bool) -> tuple[LabelledPicture, ...]:
    """The pictures of a data set.

    Raises:
        DataSetError: it has faults, and they are not to be left out.
        LabelError: it has no picture.
    """
    if data.problems and not leave_out_faulty:
        raise DataSetError(data.problems)
    if not data.pictures:
        raise LabelError("the data set has no usable picture")
    return data.pictures


def note_run(out: Path, split: Split, race: RaceBibs | None, *, resume: bool) -> None:
    """Writes what this run learns from; a resumed run must have the same pictures, texts and bibs.

    Raises:
        LabelError: the folder holds another run, or none to go on with.
    """
    file, checkpoint = out / RUN_FILE, out / CHECKPOINT
    parts = {
        "train": [_noted(picture) for picture in split.train],
        "validation": [_noted(picture) for picture in split.validation],
        "test": [_noted(picture) for picture in split.test],
        # As JSON gives it back.
        "bibs": None if race is None else json.loads(json.dumps(asdict(race))),
    }
    if not resume:
        if checkpoint.exists():
            raise LabelError(f"{out} holds a run: go on with it (--resume) or name another --out")
        out.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")
        return
    if not checkpoint.is_file():
        raise LabelError(f"{out} holds no checkpoint to go on from; leave out --resume")
    begun = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    # Runs begun before bibs were noted may have had any.
    bibs = parts.pop("bibs")
    if begun.get("bibs", bibs) != bibs:
        raise LabelError(f"{out} was begun with other --bibs: give the same, or another --out")
    if any(begun.get(part) != noted for part, noted in parts.items()):
        raise LabelError(f"{out} was begun with other pictures: give the same, or another --out")


def _noted(picture: LabelledPicture) -> str:
    """A picture and the numbers in it: a corrected label may move it to another part."""
    return " ".join([str(picture.path), *(box.text for box in picture.boxes if box.text)])


def write_report(report: Mapping[str, Any], out: Path) -> None:
    """Writes `report.json` into the folder of the run."""
    text = json.dumps(report, indent=2)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")


def parts_told(what: str, n_train: int, n_validation: int, n_test: int) -> str:
    """The line of a report that says how many there are in each part."""
    split = f"{n_train} to learn from, {n_validation} validation, {n_test} test"
    return f"{what}: {split}; no runner is in two of them"


def advice(weights: Path, is_better: bool | None, than: str) -> list[str]:
    """The last lines of a report: whether to use the result.

    Args:
        weights: the ONNX file.
        is_better: on what was held out; None where nothing could be.
        than: what it was compared with.
    """
    use = f"use it: finishline models use {weights}"
    if is_better is None:
        return ["too few pictures to hold any out: whether it got better is not known", use]
    if is_better:
        return [f"on held-out pictures it is better than {than}", use]
    return [f"on held-out pictures it is NOT better than {than}"]
