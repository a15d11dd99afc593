"""`finishline train`."""

from __future__ import annotations

import argparse
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dashboard.commands.shared import EXIT_OK, Commands, add_dashboard, at_least_one, folder

if TYPE_CHECKING:
    from dashboard.training import Training

_LAST_SEED: Final = 2**63 - 1
"""PyTorch takes no larger one."""


def add_train(commands: Commands) -> None:
    """The parser of `finishline train` and what it trains."""
    parser = commands.add_parser("train", help="teach the networks your own pictures")
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    detector = kinds.add_parser(
        "detector",
        help="what persons, bibs, faces and number lines look like",
        description="Train the shipped detector on with your own labelled pictures: COCO JSON, "
        "YOLO, Pascal VOC, VGG CSV, RBNR .mat files or Mechanical Turk results.",
    )
    _add_data(detector)
    detector.add_argument(
        "--simulated", type=Path, nargs="*", default=[], metavar="DIR",
        help="simulated races to learn from as well",
    )  # fmt: skip
    _add_run(detector, learning_rate=1e-3)
    detector.set_defaults(command=_detector)
    _add_reader(kinds)
    _add_review(kinds)


def _add_reader(kinds: Commands) -> None:
    reader = kinds.add_parser(
        "reader",
        help="what the numbers on bibs look like",
        description="Train a reader on with number lines whose text you know: labelled pictures "
        "in the formats of `train detector`, with numbers, or a table of crops (CSV: "
        "file,text[,x0,y0,x1,y1]).",
    )
    _add_data(reader)
    reader.add_argument(
        "--network",
        choices=("finishline", "pp-ocr"),
        default="pp-ocr",
        help="which one: PP-OCR's, the usual one (default), or the project's own, a sixth of its "
        "time in use and in training less than half",
    )
    _add_run(reader, learning_rate=5e-4)
    reader.set_defaults(command=_reader, simulated=[])


def _add_run(parser: argparse.ArgumentParser, learning_rate: float) -> None:
    """How a training runs."""
    parser.add_argument("--out", type=folder, required=True, metavar="DIR")
    parser.add_argument("--minutes", type=_above_zero, default=30.0, help="default: 30")
    parser.add_argument(
        "--bibs",
        type=Path,
        metavar="RACE.toml",
        help="half of what is drawn beside your pictures are bibs of this race, see its [bibs]",
    )
    parser.add_argument(
        "--leave-out-faulty", action="store_true", help="train without what is faulty in the data"
    )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=at_least_one, default=2)
    parser.add_argument(
        "--learning-rate",
        type=_above_zero,
        default=learning_rate,
        help=f"default: {learning_rate:g}",
    )
    parser.add_argument("--seed", type=_seed, default=1)
    parser.add_argument("--json", action="store_true", help="the report as JSON on stdout")


def _above_zero(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_SEED:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 0 to {_LAST_SEED}, not {text!r}"
        )
    return int(text)


def _add_review(kinds: Commands) -> None:
    review = kinds.add_parser(
        "review",
        help="look at suspicious labels before training",
        description="Find suspicious annotations in labelled pictures, judge them on a page, and "
        "write the rest as COCO files to learn from, to choose by and to report on.",
    )
    _add_data(review)
    review.add_argument("--out", type=folder, required=True, metavar="DIR")
    review.add_argument(
        "--no-page", action="store_true", help="write the files with the decisions so far"
    )
    add_dashboard(review)
    review.set_defaults(command=_review)


def _add_data(parser: argparse.ArgumentParser) -> None:
    """Where labelled pictures come from."""
    parser.add_argument("data", nargs="+", type=Path, metavar="DATA", help="folders or files")
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", help="where the pictures lie, if not with the data"
    )
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        metavar="NAME=KIND",
        help="what a class of the data is: person, bib, face or number",
    )


def _detector(options: argparse.Namespace) -> int:
    from dashboard.training import train_detector

    train_detector(_asked(options), options.json)
    return EXIT_OK


def _reader(options: argparse.Namespace) -> int:
    from dashboard.training import train_reader

    train_reader(_asked(options), options.network, options.json)
    return EXIT_OK


def _asked(options: argparse.Namespace) -> Training:
    from dashboard.training import Training

    return Training(
        data=tuple(options.data),
        out=options.out,
        minutes=options.minutes,
        pictures=options.pictures,
        classes=tuple(options.classes),
        bibs=options.bibs,
        leave_out_faulty=options.leave_out_faulty,
        resume=options.resume,
        device=options.device,
        threads=options.threads,
        learning_rate=options.learning_rate,
        seed=options.seed,
        simulated=tuple(options.simulated),
    )


def _review(options: argparse.Namespace) -> int:
    from dashboard.review import ReviewOptions, review
    from dashboard.training import classes_of

    review(
        ReviewOptions(
            data=tuple(options.data),
            out=options.out,
            pictures=options.pictures,
            classes=classes_of(tuple(options.classes)),
            host=options.host,
            port=options.port,
            page=not options.no_page,
        )
    )
    return EXIT_OK
