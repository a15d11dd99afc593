"""`finishline match`."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.shared import Commands


def add_match(commands: Commands) -> None:
    """The parser of `finishline match`."""
    parser = commands.add_parser(
        "match",
        help="find runners whose bib was not read by how they look",
        description="Compare every runner without a bib, of videos and of photos, with the runners "
        "whose bib is sure, by clothes and body, and by faces where the race file allows them and "
        "the runner agreed; match those of whom there is hardly a doubt. "
        "A match is no tag: results and clips do not count it. Everything is decided anew with "
        "each call; matches that would not be made any more are taken back. Ctrl-C ends at once, "
        "and the same command goes on from there.",
    )
    parser.add_argument("--race", type=Path, metavar="DIR", required=True, help="the race folder")
    parser.add_argument(
        "--race-file",
        type=Path,
        metavar="TOML",
        help="says how long runners are on their way between cameras, see [[travel]] there "
        "(default: race.toml in the race folder, where there is one)",
    )
    said = parser.add_mutually_exclusive_group()
    said.add_argument(
        "--dry-run",
        action="store_true",
        help="only tell who would be matched; nothing is written and nothing deleted",
    )
    said.add_argument(
        "--undo",
        type=int,
        metavar="N",
        help="take match number N back; the next call decides about the runner anew",
    )
    said.add_argument(
        "--wrong",
        type=int,
        metavar="N",
        help="match number N is the wrong person: take it back, and never match the two again",
    )
    parser.add_argument("--by", metavar="NAME", help="who says so, with --undo and --wrong")
    parser.add_argument("--json", action="store_true", help="what was done as JSON on stdout")
    parser.set_defaults(command=_match)


def _match(options: argparse.Namespace) -> int:
    from dashboard.matching import MatchOptions, match, take_back

    asked = MatchOptions(
        folder=options.race,
        race_file=options.race_file,
        dry=options.dry_run,
        undo=options.undo,
        wrong=options.wrong,
        by=options.by,
        as_json=options.json,
    )
    return match(asked) if asked.number is None else take_back(asked)
