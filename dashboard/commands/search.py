"""`finishline search`."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.shared import Commands, folder


def add_search(commands: Commands) -> None:
    """The parser of `finishline search`."""
    parser = commands.add_parser(
        "search",
        help="find runners and their pictures by bib, name, club or time",
        description="Find runners in what the cameras saw and in tagged photos. The exact bib "
        "comes first, then bibs a few slips away (a digit wrong, missing, too many, or two in the "
        "other order), then those that have it in them, then names and clubs; accents and capitals "
        "do not matter. Without a query everybody is listed whom the options leave. The exit code "
        "is 1 where nobody was found, and where a photo to copy is not there any more.",
        epilog="finishline search 2419 2420 --race DIR --copy-to OUT",
    )
    parser.add_argument(
        "queries", nargs="*", metavar="QUERY", help='a bib, a name or a club, as in "anna meier"'
    )
    parser.add_argument("--race", type=Path, metavar="DIR", required=True, help="the race folder")
    parser.add_argument(
        "--max-distance",
        type=_distance,
        default=1,
        metavar="N",
        help="slips that a bib may be away, 0 to 3 (default: 1)",
    )
    parser.add_argument(
        "--from",
        dest="start",
        metavar="TIME",
        help="seen from then on: 10:31, 10:31:05 (in this computer's time zone, on every day of "
        "the race) or 2026-05-03T10:31:05",
    )
    parser.add_argument(
        "--to",
        dest="end",
        metavar="TIME",
        help="seen until then, as in --from; an earlier time of day than that is of the next day",
    )
    parser.add_argument("--club", metavar="X", help="of this club only")
    parser.add_argument("--unknown", action="store_true", help="only runners without a bib")
    parser.add_argument(
        "--unsure", action="store_true", help="only bibs that are not confirmed, or only matched"
    )
    parser.add_argument(
        "--copy-to",
        type=folder,
        metavar="OUT",
        help="copy all pictures found, and the photos they are from, into OUT/BIB/; those that are "
        "only matched or not confirmed into OUT/BIB/matched/ and OUT/BIB/unsure/",
    )
    parser.add_argument("--json", action="store_true", help="what was found as JSON on stdout")
    parser.set_defaults(command=lambda options: _search(parser, options))


def _distance(text: str) -> int:
    if text not in {"0", "1", "2", "3"}:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of slips; write 0, 1, 2 or 3")
    return int(text)


def _search(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from dashboard.searching import SearchOptions, run_search

    if options.unknown and (options.queries or options.club):
        parser.error("--unknown finds runners without a bib: leave out the query and --club")
    narrows = (options.queries, options.start, options.end, options.club)
    if not any(narrows) and not (options.unknown or options.unsure):
        parser.error("say who is wanted: a bib, a name, --club, --from, --to, --unknown, --unsure")
    return run_search(
        SearchOptions(
            folder=options.race,
            queries=tuple(options.queries),
            max_distance=options.max_distance,
            start=options.start,
            end=options.end,
            club=options.club,
            unknown=options.unknown,
            unsure=options.unsure,
            copy_to=options.copy_to,
            as_json=options.json,
        )
    )
