"""Trains a reader on with a user's own number lines, and says what it gained.

What is wrong with the data set is said before anything is trained. Drawn crops are mixed in, so
that nothing is forgotten that the user's pictures do not show. The report compares the new reader
with the one it began with and with the default one, on runners that it has not learnt from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from engines import line_reader
from engines import reader as pp_ocr
from engines.errors import LabelError, ModelFileError
from engines.evaluate.labels import Progress, table
from engines.load import EngineSettings, load_detector, load_reader
from engines.looking import widened
from engines.models import (
    DEFAULT_READER,
    DETECTOR,
    DetectorManifest,
    ReaderManifest,
    ReaderName,
    checksum,
    read_manifest,
    reader_file,
    write_manifest,
)
from engines.picture import RgbPicture
from engines.train.bib_reader.network import reader_size_of
from engines.train.bib_reader.real import has_text, labelled_lines, line_finder
from engines.train.bib_reader.stock import NumberLine
from engines.train.bib_reader.training import ReaderSettings, train_reader
from engines.train.labelled.data_set import DataSet
from engines.train.labelled.split import Split, split_by_runner
from engines.train.own_run import advice, note_run, parts_told, usable, write_report
from engines.train.plot import OF_READER, plot_losses
from engines.train.run import PROGRESS
from engines.types import Reader, View

OWN_SHARE: Final = 0.5
"""How often a crop is of the user's lines; the others are drawn."""

N_DRAWN: Final = 3000
"""Sheets drawn before the run: fewer than from scratch, the network knows how digits look."""

BATCH: Final = 16


@dataclass(frozen=True)
class ReadWhole:
    """How many number lines of a held-out part were read whole.

    Attributes:
        part: "validation" or "test".
        n_lines: lines in it.
        before: by the reader that the training began with.
        after: by the new one.
        default: by the reader that is in use where nobody chose one.
    """

    part: str
    n_lines: int
    before: int
    after: int
    default: int


@dataclass(frozen=True)
class ReaderReport:
    """What came of a run.

    Attributes:
        reader: the new ONNX file, its manifest beside it.
        n_train, n_validation, n_test: number lines in each part.
        read: on the held-out parts that have any.
    """

    reader: Path
    n_train: int
    n_validation: int
    n_test: int
    read: tuple[ReadWhole, ...]

    @property
    def is_better(self) -> bool:
        """Whether more lines are read whole than before, and no fewer than by the default reader.

        False where nothing could be measured.
        """
        after = sum(part.after for part in self.read)
        before = sum(part.before for part in self.read)
        return after > before and after >= sum(part.default for part in self.read)

    def to_json(self) -> dict[str, Any]:
        """Everything, for `json.dumps`."""
        return {
            **asdict(self),
            "reader": str(self.reader),
            "default_reader": DEFAULT_READER.value,
            "is_better": self.is_better,
        }

    def __str__(self) -> str:
        lines = [parts_told("number lines", self.n_train, self.n_validation, self.n_test)]
        if self.read:
            head = ["part", "lines", "right before", "right after", f"by {DEFAULT_READER}"]
            rows = [
                [r.part, str(r.n_lines), str(r.before), str(r.after), str(r.default)]
                for r in self.read
            ]
            lines.append(table(head, rows))
        than = f"both the one it began with and {DEFAULT_READER}"
        is_better = self.is_better if self.read else None
        return "\n".join([*lines, *advice(self.reader, is_better, than)])


def fine_tune_reader(
    data: DataSet,
    first: Path | ReaderName,
    settings: ReaderSettings,
    progress_of: Callable[[str], Progress],
    *,
    leave_out_faulty: bool = False,
) -> ReaderReport:
    """Trains on from a reader's weights; see the module.

    Args:
        data: the user's pictures.
        first: the reader to begin with: PP-OCR, or a file (.onnx), beside which lie its manifest
            (.json) and the weights that can be trained on (.npz).
        settings: how; the weights and the size of the network are those of `first`. The folder
            gets the network, its manifest, the checkpoint, the losses as `progress.svg` and
            `report.json`.
        progress_of: gives a progress function for a named part of the work.
        leave_out_faulty: train although the data set has faults, without what is faulty.

    Raises:
        DataSetError: the data set has faults.
        LabelError: no line has a text, or the folder holds the run of another data set.
        ModelFileError: the reader to begin with or its weights are absent or broken.
        TrainingError: the learning rate is too high, or the checkpoint to go on from is of a
            network of another size.
    """
    pictures = [picture for picture in usable(data, leave_out_faulty) if has_text(picture)]
    if not pictures:
        raise LabelError(
            "no number line of the data set has a text, so there is nothing to learn to read: "
            "give each number (or its bib) its characters, as the attribute 'number' or 'text'"
        )
    settings = _begun_with(first, settings)
    split = split_by_runner(pictures)
    out = settings.pace.out
    note_run(out, split, settings.race, resume=settings.resume)
    train, validation, test = _lines(split, settings.threads, progress_of)
    if not train:
        raise LabelError("every number line of the data set is too small to be read")
    reader = train_reader(settings, train)
    height = pp_ocr.HEIGHT if first is ReaderName.PP_OCR else line_reader.HEIGHT
    manifest = ReaderManifest(
        name="own reader",
        file=reader.name,
        sha256=checksum(reader),
        source="trained on with own number lines",
        height=height,
    )
    write_manifest(manifest, reader)
    plot_losses(out / PROGRESS, out / "progress.svg", OF_READER)
    held_out = {"validation": validation, "test": test}
    read = _read_whole(held_out, (str(first), str(reader), DEFAULT_READER.value), settings.threads)
    report = ReaderReport(reader, len(train), len(validation), len(test), read)
    write_report(report.to_json(), out)
    return report


def _begun_with(first: Path | ReaderName, settings: ReaderSettings) -> ReaderSettings:
    """The settings with the weights of a reader, after a look at its files."""
    if isinstance(first, ReaderName):
        return replace(settings, start_from=reader_file(first))
    weights = first.with_suffix(".npz")
    for path in (first, weights):
        if not path.is_file():
            raise ModelFileError(
                f"{path} is absent, so there is no reader to train on from; the project's own is "
                "made by `python -m engines.train.bib_reader.from_scratch`"
            )
    reader_file(first)
    return replace(settings, start_from=weights, network=reader_size_of(weights))


def _lines(
    split: Split, threads: int, progress_of: Callable[[str], Progress]
) -> tuple[list[NumberLine], list[NumberLine], list[NumberLine]]:
    """The number lines of each part."""
    torso_size = read_manifest(DetectorManifest, DETECTOR).torso_size
    detector = load_detector(EngineSettings(threads=threads, detector=DETECTOR))
    try:
        line_on = line_finder(detector, torso_size)
        return (
            labelled_lines(split.train, line_on, progress_of("reading pictures")),
            labelled_lines(split.validation, line_on, progress_of("validation pictures")),
            labelled_lines(split.test, line_on, progress_of("test pictures")),
        )
    finally:
        detector.close()


def _read_whole(
    parts: Mapping[str, Sequence[NumberLine]], readers: tuple[str, str, str], threads: int
) -> tuple[ReadWhole, ...]:
    """What the first, the new and the default reader read of each part that has lines."""
    measured = {part: lines for part, lines in parts.items() if lines}
    right = [n_right(reader, list(measured.values()), threads) for reader in readers]
    return tuple(
        ReadWhole(part, len(lines), before, after, default)
        for (part, lines), before, after, default in zip(measured.items(), *right, strict=True)
    )


def n_right(name: str, parts: Sequence[Sequence[NumberLine]], threads: int) -> list[int]:
    """How many lines of each part a reader reads whole, shown as in a race's tight looks.

    Args:
        name: of the reader, see `EngineSettings.reader`.
        parts: lines.
        threads: of the reader.
    """
    if not parts:
        return []
    reader = load_reader(EngineSettings(threads=threads, reader=name))
    try:
        return [sum(_right(reader, lines)) for lines in parts]
    finally:
        reader.close()


def _right(reader: Reader, lines: Sequence[NumberLine]) -> Iterator[bool]:
    for start in range(0, len(lines), BATCH):
        batch = lines[start : start + BATCH]
        shown = [RgbPicture(n.levels[0]).crop(widened(n.box, View.TIGHT)) for n in batch]
        for line, reading in zip(batch, reader.read(shown), strict=True):
            yield reading.text == line.text
