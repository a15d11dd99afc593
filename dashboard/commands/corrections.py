"""`finishline corrections`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dashboard.commands.shared import EXIT_OK, Commands, add_engine, engine_of, folder


def add_corrections(commands: Commands) -> None:
    """The parser of `finishline corrections` and its actions."""
    parser = commands.add_parser("corrections", help="what people have corrected in a race")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    crops = actions.add_parser(
        "export",
        help="pictures of corrected runners with their bibs, to train the reader",
        description="Copy the pictures of the runners that people have corrected and write "
        "crops.csv: which bib is where in them, as `finishline train reader` takes it.",
    )
    crops.add_argument("--race", type=Path, metavar="DIR", required=True)
    crops.add_argument("--out", type=folder, metavar="DIR", required=True, help="a new folder")
    crops.add_argument(
        "--detector", type=Path, metavar="ONNX", help="another one, its manifest beside it"
    )
    add_engine(crops)
    crops.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    from engines.load import load_looker
    from stream.labelled_crops import export_crops
    from stream.store import Store

    reader = Store.open_read_only(options.race)
    looker = load_looker(engine_of(options))
    try:
        crops = export_crops(reader, looker, options.out)
    finally:
        looker.close()
    print(
        f"{crops.pictures} pictures of {crops.bibs} bibs; {crops.without} more show no number line",
        file=sys.stderr,
    )
    print(crops.table)
    return EXIT_OK
