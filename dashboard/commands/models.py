"""`finishline models`."""

from __future__ import annotations

import argparse

from dashboard.commands.shared import EXIT_OK, Commands


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
        "pp-ocr, finishline, easyocr; 'default' goes back to the usual ones",
    )
    use.set_defaults(command=_use)


def _list(options: argparse.Namespace) -> int:
    from dashboard.models import list_models

    list_models(options.json)
    return EXIT_OK


def _use(options: argparse.Namespace) -> int:
    from dashboard.models import use_model

    use_model(options.model)
    return EXIT_OK
