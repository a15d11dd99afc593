"""`finishline doctor`."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from dashboard.commands.shared import EXIT_FAILED, EXIT_OK, Commands


def add_doctor(commands: Commands) -> None:
    """The parser of `finishline doctor`."""
    parser = commands.add_parser(
        "doctor",
        help="what this machine has and lacks, with the mends",
        description="Tell what this machine has and lacks for a race, each with the mend. Ends "
        "with 1 where something needed lacks. Cameras are called, nothing is recorded.",
    )
    parser.add_argument(
        "race", nargs="?", type=Path, metavar="RACE.toml", help="also look at this race file"
    )
    parser.add_argument("--json", action="store_true", help="the findings as JSON on stdout")
    parser.add_argument(
        "--disk",
        type=Path,
        metavar="DIR",
        help="where the race will be written, to time that disk (default: beside the race file)",
    )
    parser.add_argument(
        "--deepstream", action="store_true", help="need DeepStream, whatever the race file says"
    )
    parser.set_defaults(command=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from dashboard.console import print_json
    from dashboard.doctor.examine import examine
    from dashboard.doctor.findings import all_there
    from dashboard.doctor.table import as_json, shown

    race: Path | None = options.race
    folder = options.disk or (Path() if race is None else race.resolve().parent)
    told = examine(race, folder, options.deepstream)
    if options.json:
        print_json(as_json(told))
    else:
        print(shown(told, shutil.get_terminal_size((80, 24)).columns))
    return EXIT_OK if all_there(told) else EXIT_FAILED
