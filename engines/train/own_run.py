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
from engines.train.run import CHECKPOINT, PROGRESS
from engines.whole_files import write_atomically

RUN_FILE: Final = "run.json"
REPORT_FILE: Final = "report.json"

_RESULTS: Final = (
    *(
        f"{network}.{kind}"
        for network in ("detector", "reader")
        for kind in ("onnx", "json", "npz")
    ),
    REPORT_FILE,
)
"""What a training leaves in its folder, beside the checkpoint."""

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
        LabelError: the folder holds another run or what came of one, or no run to go on with, or
            it cannot be written.
    """
    parts = {
        "train": [_noted(picture) for picture in split.train],
        "validation": [_noted(picture) for picture in split.validation],
        "test": [_noted(picture) for picture in split.test],
        # As JSON gives it back.
        "bibs": None if race is None else json.loads(json.dumps(asdict(race))),
    }
    try:
        _check_place(out, resume)
        if resume:
            parts = _begun(out, parts)
        else:
            # A run that was killed before its first checkpoint may have left notes.
            (out / PROGRESS).unlink(missing_ok=True)
        # A resumed run's, too: that the folder refuses is to be told before the training.
        write_atomically(out / RUN_FILE, (json.dumps(parts, indent=1) + "\n").encode())
    except OSError as error:
        raise LabelError(f"{out} cannot be made or written: {error}; name another --out") from error


def _check_place(out: Path, resume: bool) -> None:
    """A run that begins replaces nothing; one that goes on has a checkpoint."""
    has_checkpoint = (out / CHECKPOINT).exists()
    if resume and has_checkpoint:
        return
    if has_checkpoint:
        raise LabelError(f"{out} holds a run: go on with it (--resume) or name another --out")
    left = [name for name in _RESULTS if (out / name).exists()]
    if resume:
        mend = "leave out --resume" + (" and name another --out" if left else "")
        raise LabelError(f"{out} holds no checkpoint to go on from; {mend}")
    if left:
        raise LabelError(
            f"{out} holds {', '.join(left)}, which the training would replace: name another --out"
        )


def _begun(out: Path, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The note of the run to go on with, after a look at whether it is of these parts."""
    file = out / RUN_FILE
    try:
        begun = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise LabelError(
            f"{file} cannot be read, so what the run learnt from is not known ({error}): "
            "begin again with another --out"
        ) from error
    if not isinstance(begun, dict):
        raise LabelError(f"{file} is no note of a run: begin again with another --out")
    # Runs begun before bibs were noted may have had any.
    if begun.get("bibs", parts["bibs"]) != parts["bibs"]:
        raise LabelError(f"{out} was begun with other --bibs: give the same, or another --out")
    if any(begun.get(part) != noted for part, noted in parts.items() if part != "bibs"):
        raise LabelError(f"{out} was begun with other pictures: give the same, or another --out")
    return begun


def _noted(picture: LabelledPicture) -> str:
    """A picture and the numbers in it: a corrected label may move it to another part."""
    return " ".join([str(picture.path), *(box.text for box in picture.boxes if box.text)])


def write_report(report: Mapping[str, Any], out: Path) -> None:
    """Writes `report.json` into the folder of the run."""
    text = json.dumps(report, indent=2)
    (out / REPORT_FILE).write_text(text + "\n", encoding="utf-8")


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
