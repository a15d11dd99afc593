"""Options that several commands have, and what they mean."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from dashboard.engine_asked import EngineAsked
    from dashboard.run import DashboardPlace
    from engines.load import EngineSettings

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130

RUNTIMES: Final = ("openvino", "onnxruntime", "auto", "tensorrt", "onnx-cuda", "onnx-tensorrt")
"""The values of `engines.load.Runtime`, which the command line does not import to tell them."""

_RUNTIMES_TOLD: Final = (
    "what computes (default: openvino); on NVIDIA hardware auto, tensorrt, onnx-cuda or "
    "onnx-tensorrt"
)

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_dashboard(parser: argparse.ArgumentParser) -> None:
    """Where the page is served."""
    parser.add_argument("--host", default=None, help="address to serve on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=None, help="port to serve on (default: 8080)")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """What computes."""
    parser.add_argument("--runtime", choices=RUNTIMES, default=None, help=_RUNTIMES_TOLD)
    parser.add_argument("--threads", type=at_least_one, default=None, help="threads per network")
    add_gpu(parser)
    parser.add_argument(
        "--reader",
        metavar="NAME|ONNX",
        help="pp-ocr, pp-ocr-bibs, finishline, easyocr, or a file with its manifest beside it",
    )


def add_gpu(parser: argparse.ArgumentParser) -> None:
    """Which GPU, for what computes on one."""
    parser.add_argument(
        "--gpu", type=_gpu, metavar="N", help="which NVIDIA GPU, as nvidia-smi -L counts (0)"
    )


def _gpu(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"GPUs are counted from 0, not {text!r}")
    return int(text)


def add_measured(parser: argparse.ArgumentParser) -> None:
    """What every measurement takes."""
    parser.add_argument("--json", action="store_true", help="the report as JSON on stdout")
    parser.add_argument(
        "--detector", type=Path, metavar="ONNX", help="another one, its manifest beside it"
    )
    add_engine(parser)


def engine_asked(options: argparse.Namespace) -> EngineAsked:
    """What the options ask of the engines."""
    from dashboard.engine_asked import EngineAsked
    from engines.load import Runtime

    return EngineAsked(
        runtime=None if options.runtime is None else Runtime(options.runtime),
        threads=options.threads,
        detector=getattr(options, "detector", None),
        reader=options.reader,
        gpu=options.gpu,
    )


def at_least_one(text: str) -> int:
    """A count given on the command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {text!r}")
    return int(text)


def folder(text: str) -> Path:
    """A folder given on the command line to write to; it may be missing."""
    path = Path(text)
    for place in (path, *path.parents):
        if os.path.isfile(place):  # noqa: PTH113 - Path.is_file() raises where it may not look
            raise argparse.ArgumentTypeError(f"{place} is a file; name a folder")
    return path


def engine_of(options: argparse.Namespace) -> EngineSettings:
    """The engines that the options ask for, where no race file has a say."""
    from engines.load import EngineSettings

    return engine_asked(options).applied(EngineSettings())


def place_of(options: argparse.Namespace) -> DashboardPlace:
    """Where the options want the page."""
    from dashboard.run import DashboardPlace

    return DashboardPlace(options.host, options.port)
