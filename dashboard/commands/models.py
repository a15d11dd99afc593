"""`finishline models`."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.shared import EXIT_OK, Commands, add_gpu


def add_models(commands: Commands) -> None:
    """The parser of `finishline models` and its actions."""
    parser = commands.add_parser("models", help="the networks that finishline uses")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="name, job, file, size, licence, state")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(command=_list)
    use = actions.add_parser(
        "use",
        help="use another detector or reader from now on",
        description="Use another network from now on, in every race whose file names none.",
    )
    use.add_argument(
        "model",
        metavar="ONNX|READER|default",
        help="the file that `finishline train` wrote, its manifest beside it; or a reader: "
        "pp-ocr, pp-ocr-bibs, finishline, easyocr; 'default' goes back to the usual ones",
    )
    use.set_defaults(command=_use)
    _add_build(actions)


def _add_build(actions: Commands) -> None:
    build = actions.add_parser(
        "build",
        help="build TensorRT engines on NVIDIA hardware",
        description="Build TensorRT engines of the networks in use, or of others. An engine is "
        "for this GPU and this version of TensorRT; it is kept until it is of no use any more.",
    )
    build.add_argument(
        "models", nargs="*", type=Path, metavar="ONNX", help="with manifests beside them"
    )
    build.add_argument(
        "--precision",
        choices=("typed", "fp16", "fp32"),
        default="typed",
        help="typed: convolutions in 16 bits, boxes and scores in 32 (default); fp16: TensorRT 10 "
        "chooses, 11 takes it as typed; fp32: 32 bits throughout",
    )
    build.add_argument(
        "--batch", type=positive, metavar="N", help="the largest (default: what a race asks for)"
    )
    build.add_argument(
        "--fixed",
        action="store_true",
        help="an optimisation per batch size, run as a CUDA graph: quicker, builds for longer",
    )
    add_gpu(build)
    build.add_argument(
        "--remove-stale",
        action="store_true",
        help="delete engines of other versions of TensorRT and of other GPUs",
    )
    build.set_defaults(command=_build)


def positive(text: str) -> int:
    """A whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def _list(options: argparse.Namespace) -> int:
    from dashboard.models import list_models

    list_models(options.json)
    return EXIT_OK


def _use(options: argparse.Namespace) -> int:
    from dashboard.models import use_model

    use_model(options.model)
    return EXIT_OK


def _build(options: argparse.Namespace) -> int:
    from dashboard.engines_built import BuildWish, build_models
    from engines.runtimes.tensorrt.cache import BuiltPrecision

    build_models(
        BuildWish(
            tuple(options.models),
            BuiltPrecision(options.precision),
            options.batch,
            options.fixed,
            options.gpu or 0,
            options.remove_stale,
        )
    )
    return EXIT_OK
