"""Trains the shipped detector on with a user's own pictures, and says what it gained.

What is wrong with the data set is said before anything is trained. The report compares the new
detector with the one it began with, on runners that neither has learnt from here.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engines.errors import LabelError
from engines.evaluate.detector import LabelledPicture as Measured
from engines.evaluate.detector import Measure, measured
from engines.evaluate.labels import Progress, read_image, table
from engines.load import EngineSettings, load_detector
from engines.models import DETECTOR, DetectorManifest, stamp
from engines.picture import RgbPicture
from engines.train.detector import TrainSettings, train_detector
from engines.train.labelled.data_set import DataSet, LabelledPicture, Problem
from engines.train.labelled.own_pictures import labelled_kinds, training_pictures
from engines.train.labelled.split import Split, split_by_runner
from engines.train.plot import plot_losses
from engines.train.races import read_race
from engines.train.run import CHECKPOINT, PROGRESS
from engines.types import Floats, Kind

LEAST_LOOKED_AT: Final = 0.15
"""Weaker boxes of the first detector say nothing about kinds that are not labelled."""

RUN_FILE: Final = "run.json"


class DataSetError(LabelError):
    """A data set with faults; nothing was trained.

    Attributes:
        problems: every one of them.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        shown = [f"  {problem}" for problem in problems[:20]]
        if len(problems) > len(shown):
            shown.append(f"  ... and {len(problems) - len(shown)} more")
        super().__init__(
            f"{len(problems)} faults in the data set, nothing was trained:\n"
            + "\n".join(shown)
            + "\nmend them, or leave the faulty ones out with --leave-out-faulty"
        )
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Gain:
    """Average precision of one kind on held-out pictures, 0..1, before and after."""

    part: str
    kind: str
    overlap: float
    n_true: int
    before: float
    after: float


@dataclass(frozen=True)
class FineTuneReport:
    """What came of a run.

    Attributes:
        detector: the new ONNX file, its manifest beside it.
        n_train, n_validation, n_test: pictures in each part.
        gains: on the held-out parts.
    """

    detector: Path
    n_train: int
    n_validation: int
    n_test: int
    gains: tuple[Gain, ...]

    @property
    def is_better(self) -> bool:
        """Whether the kinds gained on the whole; False where nothing could be measured."""
        return sum(gain.after - gain.before for gain in self.gains) > 0

    def to_json(self) -> dict[str, Any]:
        """Everything, for `json.dumps`."""
        return {**asdict(self), "detector": str(self.detector), "is_better": self.is_better}

    def __str__(self) -> str:
        split = f"{self.n_train} to learn from, {self.n_validation} validation, {self.n_test} test"
        lines = [f"pictures: {split}; no runner is in two of them"]
        rows = [
            [
                f"{g.part} {g.kind}",
                f"{g.overlap:.1f}",
                str(g.n_true),
                f"{g.before:.3f}",
                f"{g.after:.3f}",
            ]
            for g in self.gains
        ]
        if rows:
            lines.append(table(["part and kind", "overlap", "boxes", "AP before", "after"], rows))
        if not rows:
            lines.append("too few pictures to hold any out: whether it got better is not known")
        elif self.is_better:
            lines.append("on held-out pictures it is better than the shipped one")
        else:
            lines.append("on held-out pictures it is NOT better than the shipped one")
            return "\n".join(lines)
        lines.append(f"use it: finishline models use {self.detector}")
        return "\n".join(lines)


def fine_tune(
    data: DataSet,
    settings: TrainSettings,
    progress_of: Callable[[str], Progress],
    *,
    simulated: Sequence[Path] = (),
    leave_out_faulty: bool = False,
) -> FineTuneReport:
    """Trains on from the shipped weights; see the module.

    Args:
        data: the user's pictures.
        settings: `start_from` names the weights; its folder gets the network, its manifest, the
            checkpoint, the losses as `progress.svg` and `report.json`.
        progress_of: gives a progress function for a named part of the work.
        simulated: folders of simulated races that are learnt from as well.
        leave_out_faulty: train although the data set has faults, without what is faulty.

    Raises:
        DataSetError: the data set has faults.
        LabelError: there is no picture, a simulated race is none, or the folder holds the run of
            another data set.
        ModelFileError: see `load_detector`.
    """
    if data.problems and not leave_out_faulty:
        raise DataSetError(data.problems)
    if not data.pictures:
        raise LabelError("the data set has no usable picture")
    drawn = [picture for folder in simulated for picture in read_race(folder)]
    split = split_by_runner(data.pictures)
    _note_run(settings, split)
    known = labelled_kinds(data.pictures)
    first = load_detector(
        EngineSettings(threads=settings.threads), least_score=LEAST_LOOKED_AT, any_size=True
    )
    try:
        pictures = training_pictures(split.train, known, first, progress_of("reading pictures"))
    finally:
        first.close()
    detector = train_detector(settings, pictures + drawn)
    stamp(detector, DetectorManifest())
    plot_losses(settings.pace.out / PROGRESS, settings.pace.out / "progress.svg")
    gains = _gains(split, known, detector, progress_of("measuring"))
    report = FineTuneReport(
        detector, len(split.train), len(split.validation), len(split.test), gains
    )
    text = json.dumps(report.to_json(), indent=2)
    (settings.pace.out / "report.json").write_text(text + "\n", encoding="utf-8")
    return report


def _note_run(settings: TrainSettings, split: Split) -> None:
    """Writes which pictures this run learns from; a resumed run must have the same ones."""
    out = settings.pace.out
    file, checkpoint = out / RUN_FILE, out / CHECKPOINT
    parts = {
        "train": [str(picture.path) for picture in split.train],
        "validation": [str(picture.path) for picture in split.validation],
        "test": [str(picture.path) for picture in split.test],
    }
    if not settings.resume:
        if checkpoint.exists():
            raise LabelError(f"{out} holds a run: go on with it (--resume) or name another --out")
        out.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")
        return
    if not checkpoint.is_file():
        raise LabelError(f"{out} holds no checkpoint to go on from; leave out --resume")
    if not file.is_file() or json.loads(file.read_text(encoding="utf-8")) != parts:
        raise LabelError(f"{out} was begun with other pictures: give the same, or another --out")


def _gains(
    split: Split, known: frozenset[Kind], detector: Path, progress: Progress
) -> tuple[Gain, ...]:
    """Both detectors on the held-out parts, kinds of the data set only."""
    parts = (("validation", split.validation), ("test", split.test))
    n_all = 2 * sum(len(pictures) for _, pictures in parts)
    done = 0
    found: dict[Path, dict[tuple[str, str, float], Measure]] = {DETECTOR: {}, detector: {}}
    for weights, measures in found.items():
        session = load_detector(EngineSettings(detector=weights), least_score=0.01)
        try:
            for part, pictures in parts:
                boxes = []
                for picture in pictures:
                    boxes += session.detect([RgbPicture(read_image(picture.path))])
                    done += 1
                    progress(done, n_all)
                truth = [_as_measured(picture, known) for picture in pictures]
                for m in measured(part, truth, boxes):
                    measures[part, m.kind, m.overlap] = m
        finally:
            session.close()
    return tuple(
        Gain(m.group, m.kind, m.overlap, m.n_true, m.value, found[detector][key].value)
        for key, m in found[DETECTOR].items()
    )


def _as_measured(picture: LabelledPicture, known: frozenset[Kind]) -> Measured:
    def boxes(kind: Kind, ignored: bool) -> Floats:
        rows = [b.box for b in picture.boxes if b.kind is kind and b.ignored is ignored]
        return np.array(rows if kind in known else [], np.float32).reshape(-1, 4)

    return Measured(
        picture.path,
        picture.race,
        {kind: boxes(kind, False) for kind in Kind},
        {kind: boxes(kind, True) for kind in Kind},
        (),
    )
