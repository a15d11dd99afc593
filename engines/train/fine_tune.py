"""Trains the shipped detector on with a user's own pictures, and says what it gained.

What is wrong with the data set is said before anything is trained. The report compares the new
detector with the one it began with, on runners that neither has learnt from here.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from engines.evaluate.coco import LabelledPicture as Measured
from engines.evaluate.coco import as_boxes
from engines.evaluate.detector import Measure, measured
from engines.evaluate.labels import Progress, read_image, table
from engines.load import EngineSettings, load_detector
from engines.models import DETECTOR, DetectorManifest, checksum, write_manifest
from engines.picture import RgbPicture
from engines.train.detector import TrainSettings, train_detector
from engines.train.labelled.data_set import DataSet, LabelledPicture
from engines.train.labelled.own_pictures import training_pictures
from engines.train.labelled.split import Split, split_by_runner
from engines.train.own_run import advice, note_run, parts_told, usable, write_report
from engines.train.plot import plot_losses
from engines.train.races import read_race
from engines.train.run import PROGRESS
from engines.types import Floats, Kind

LEAST_LOOKED_AT: Final = 0.15
"""Weaker boxes of the first detector say nothing about kinds that are not labelled."""


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
        lines = [parts_told("pictures", self.n_train, self.n_validation, self.n_test)]
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
        is_better = self.is_better if rows else None
        return "\n".join([*lines, *advice(self.detector, is_better, "the shipped one")])


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
    own = usable(data, leave_out_faulty)
    drawn = [picture for folder in simulated for picture in read_race(folder)]
    split = split_by_runner(own)
    note_run(settings.pace.out, split, settings.race, resume=settings.resume)
    first = load_detector(
        EngineSettings(threads=settings.threads), least_score=LEAST_LOOKED_AT, any_size=True
    )
    try:
        pictures = training_pictures(split.train, first, progress_of("reading pictures"))
    finally:
        first.close()
    detector = train_detector(settings, pictures + drawn)
    write_manifest(DetectorManifest(file=detector.name, sha256=checksum(detector)), detector)
    plot_losses(settings.pace.out / PROGRESS, settings.pace.out / "progress.svg")
    gains = _gains(split, detector, progress_of("measuring"))
    report = FineTuneReport(
        detector, len(split.train), len(split.validation), len(split.test), gains
    )
    write_report(report.to_json(), settings.pace.out)
    return report


def _gains(split: Split, detector: Path, progress: Progress) -> tuple[Gain, ...]:
    """Both detectors on the held-out parts, of each picture the kinds that are labelled."""
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
                truth = [_as_measured(picture) for picture in pictures]
                for m in measured(part, truth, boxes):
                    measures[part, m.kind, m.overlap] = m
        finally:
            session.close()
    return tuple(
        Gain(m.group, m.kind, m.overlap, m.n_true, m.value, found[detector][key].value)
        for key, m in found[DETECTOR].items()
    )


def _as_measured(picture: LabelledPicture) -> Measured:
    """As it is measured: of a kind that nobody labelled, nothing that is found counts."""
    whole = 0.0, 0.0, float(picture.width), float(picture.height)

    def boxes(kind: Kind, ignored: bool) -> Floats:
        rows = [b.box for b in picture.boxes if b.kind is kind and b.ignored is ignored]
        if ignored and kind not in picture.known:
            rows = [whole]
        return as_boxes(rows)

    return Measured(
        picture.path,
        picture.race,
        {kind: boxes(kind, False) for kind in Kind},
        {kind: boxes(kind, True) for kind in Kind},
        (),
    )
