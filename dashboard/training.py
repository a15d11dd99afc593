"""The command `finishline train`."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dashboard.console import print_json, progress_line
from engines.errors import LabelError, MissingPackageError
from engines.simulate.race_bibs import RaceBibs
from engines.train.labelled.data_set import DataSet
from engines.train.labelled.importers.crop_table import read_labelled_texts
from engines.train.labelled.importers.reading import read_data_sets
from engines.types import Kind
from stream.config import load_race_bibs

SAVE_EVERY_S: Final = 60.0
"""Between checkpoints: what a user's run may lose."""


@dataclass(frozen=True, slots=True)
class Training:
    """What `finishline train detector` or `reader` was asked for; see its `--help`.

    `simulated` is the detector's alone.
    """

    data: tuple[Path, ...]
    out: Path
    minutes: float
    pictures: Path | None
    classes: tuple[str, ...]
    bibs: Path | None
    leave_out_faulty: bool
    resume: bool
    device: str
    threads: int
    learning_rate: float
    seed: int
    simulated: tuple[Path, ...] = ()


def train_detector(asked: Training, as_json: bool) -> None:
    """Train the shipped detector on and print what it gained.

    Raises:
        MissingPackageError: the extra `train` is not installed.
        LabelError: the data set cannot be used; nothing was trained.
        ConfigError: the race whose bibs are wanted cannot be used; nothing was trained.
    """
    _check(asked)
    from engines.models import WEIGHTS  # noqa: PLC0415
    from engines.train.detector import TrainSettings  # noqa: PLC0415
    from engines.train.fine_tune import fine_tune  # noqa: PLC0415
    from engines.train.run import Pace  # noqa: PLC0415
    from engines.train.weights import size_of  # noqa: PLC0415

    data = read_data_sets(asked.data, asked.pictures, classes_of(asked.classes))
    _tell_left_out(asked, data)
    first = WEIGHTS / "detector.npz"
    settings = TrainSettings(
        Pace(asked.out, asked.minutes, asked.learning_rate, save_every_s=SAVE_EVERY_S),
        resume=asked.resume,
        start_from=first,
        network=size_of(first),
        large_share=0.4,
        race=_race(asked),
        device=_device(asked.device),
        threads=asked.threads,
        seed=asked.seed,
    )
    report = fine_tune(
        data,
        settings,
        progress_line,
        simulated=asked.simulated,
        leave_out_faulty=asked.leave_out_faulty,
    )
    print_json(report.to_json()) if as_json else print(report)


def train_reader(asked: Training, network: str, as_json: bool) -> None:
    """Train a reader on, ``finishline`` or ``pp-ocr``, and print what it gained.

    Raises:
        MissingPackageError: the extra `train` is not installed.
        LabelError: the data set cannot be used; nothing was trained.
        ConfigError: the race whose bibs are wanted cannot be used; nothing was trained.
        ModelFileError: there is no reader to train on from.
    """
    _check(asked)
    from engines.models import READER, ReaderName  # noqa: PLC0415
    from engines.train.bib_reader.crops import CropMix  # noqa: PLC0415
    from engines.train.bib_reader.fine_tune import (  # noqa: PLC0415
        N_DRAWN,
        OWN_SHARE,
        fine_tune_reader,
    )
    from engines.train.bib_reader.training import PP_OCR_KEEP, PP_OCR_MIX, ReaderSettings  # noqa: PLC0415
    from engines.train.run import Pace  # noqa: PLC0415

    data = read_labelled_texts(asked.data, asked.pictures, classes_of(asked.classes))
    _tell_left_out(asked, data)
    is_pp_ocr = network == ReaderName.PP_OCR
    settings = ReaderSettings(
        Pace(asked.out, asked.minutes, asked.learning_rate, save_every_s=SAVE_EVERY_S),
        resume=asked.resume,
        keep=PP_OCR_KEEP,
        mix=replace(PP_OCR_MIX if is_pp_ocr else CropMix(), real_share=OWN_SHARE),
        n_drawn=N_DRAWN,
        race=_race(asked),
        device=_device(asked.device),
        threads=asked.threads,
        seed=asked.seed,
    )
    first = ReaderName.PP_OCR if is_pp_ocr else READER
    report = fine_tune_reader(
        data, first, settings, progress_line, leave_out_faulty=asked.leave_out_faulty
    )
    print_json(report.to_json()) if as_json else print(report)


def _check(asked: Training) -> None:
    """What can be wrong before anything is read."""
    for package in ("torch", "onnx"):
        if importlib.util.find_spec(package) is None:
            raise MissingPackageError(package, "pip install 'finishline[train]'")


def _race(asked: Training) -> RaceBibs | None:
    return None if asked.bibs is None else load_race_bibs(asked.bibs)


def _tell_left_out(asked: Training, data: DataSet) -> None:
    if asked.leave_out_faulty:
        for problem in data.problems:
            print(f"left out: {problem}", file=sys.stderr)


def classes_of(given: tuple[str, ...]) -> dict[str, Kind]:
    """`NAME=KIND` options as a table."""
    classes = {}
    for option in given:
        name, _, kind = option.rpartition("=")
        if not name or kind.upper() not in Kind.__members__:
            kinds = ", ".join(k.name.lower() for k in Kind)
            raise LabelError(f"--class {option}: write NAME=KIND, where KIND is one of {kinds}")
        classes[name] = Kind[kind.upper()]
    return classes


def _device(asked: str) -> str:
    """ "cpu" or "cuda"."""
    import torch  # noqa: PLC0415

    has_cuda = torch.cuda.is_available()
    if asked == "cuda" and not has_cuda:
        raise LabelError("--device cuda: this machine has no usable CUDA device")
    return "cuda" if has_cuda and asked != "cpu" else "cpu"
