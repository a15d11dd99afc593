"""Ends with 0 where this Python has NVIDIA's own packages; for building the DeepStream image.

Nothing is imported that wants a GPU: an image is built without one.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, distribution

from dashboard.doctor.findings import State
from dashboard.doctor.nvidia import PARSER_LIBRARY, judge_parser
from stream.deepstream.servicemaker_runner import CUPY


def files_of(package: str) -> list[str] | None:
    """Names of an installed package's files; None where it is not installed."""
    try:
        return [file.name for file in distribution(package).files or ()]
    except PackageNotFoundError:
        return None


def faults(
    service_maker: list[str] | None, pyds: list[str] | None, cupy: list[str] | None
) -> list[str]:
    """What is wrong with the packages, by the names of their files. Pure."""
    told = []
    if not service_maker:
        told.append("pyservicemaker is missing: install the wheel that DeepStream brings")
    elif not any(name.endswith(".so") for name in service_maker):
        told.append("pyservicemaker is not NVIDIA's: it has no compiled part")
    if pyds is not None and not any(name.endswith(".so") for name in pyds):
        told.append("pyds is not NVIDIA's, which is one compiled file: pip uninstall pyds")
    if not cupy:
        told.append(f"cupy is missing, which pyservicemaker needs: pip install {CUPY}")
    return told


def main() -> int:
    """Tell what is wrong."""
    told = faults(files_of("pyservicemaker"), files_of("pyds"), files_of(CUPY))
    parser = judge_parser(PARSER_LIBRARY, needed=True)
    if parser.state is not State.OK:
        told.append(parser.found)
    for fault in told:
        print(f"finishline: {fault}", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
