"""`finishline export`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dashboard.commands.shared import Commands, add_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exporting import Exporting

EXIT_NOT_BEGUN: Final = 125
"""Nothing could be exported. Lower codes count the bibs that failed, at most 100."""


def add_export(commands: Commands) -> None:
    """The parser of `finishline export` and what it exports."""
    parser = commands.add_parser(
        "export",
        help="clips, stills, tables and pages of a race, by bib",
        description="Write what a race leaves behind into a folder. The exit code counts the bibs "
        "that failed (at most 100); 125 says that nothing could begin.",
    )
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    clips = kinds.add_parser(
        "clips",
        help="each runner's video, cut without loss",
        description="Cut every runner's clips out of the recorded video without encoding it "
        "again: from the keyframe before. What was made before is kept.",
    )
    _add_bibs(clips)
    _add_camera(clips)
    _add_cut(clips)
    clips.set_defaults(command=_clips)
    stills = kinds.add_parser("stills", help="each runner's best pictures, and all photos of each")
    _add_bibs(stills)
    _add_camera(stills)
    _add_pictures(stills)
    stills.set_defaults(command=_stills)
    tables = kinds.add_parser("tables", help="results as CSV, JSON and LIF")
    _add_bibs(tables)
    tables.set_defaults(command=_tables)
    site = kinds.add_parser("site", help="pages to look at or to put on a web server")
    _add_bibs(site)
    _add_share(site)
    site.set_defaults(command=_site)
    everything = kinds.add_parser("all", help="clips, stills, tables and pages")
    _add_bibs(everything)
    _add_camera(everything)
    _add_cut(everything)
    _add_pictures(everything)
    everything.set_defaults(command=_all)


def _add_bibs(parser: argparse.ArgumentParser) -> None:
    """Which race, whose, and where to."""
    parser.add_argument("--race", type=Path, metavar="DIR", required=True)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where to (default: export in the race folder)"
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--bib", nargs="+", action="extend", metavar="N", help="only these bibs")
    whose.add_argument("--all", action="store_true", help="all bibs (the default)")


def _add_camera(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--camera", metavar="C", help="only what this camera saw")


def _add_cut(parser: argparse.ArgumentParser) -> None:
    """How clips are cut."""
    parser.add_argument(
        "--lead", type=float, default=3.0, metavar="S", help="seconds before (default: 3)"
    )
    parser.add_argument(
        "--run-up",
        type=float,
        default=8.0,
        metavar="S",
        help="seconds before the line at least (default: 8)",
    )
    parser.add_argument(
        "--tail", type=float, default=2.0, metavar="S", help="seconds after (default: 2)"
    )
    parser.add_argument(
        "--exact", action="store_true", help="begin with the exact frame; encodes anew, slowly"
    )
    parser.add_argument(
        "--browser", action="store_true", help="encode what browsers do not play as H.264 and AAC"
    )
    parser.add_argument(
        "--join", action="store_true", help="one clip per runner, one camera after the other"
    )


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    """How stills are made."""
    parser.add_argument(
        "--per-runner", type=int, default=3, metavar="N", help="stills (default: 3)"
    )
    parser.add_argument(
        "--blur-others",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="blur everybody else (default: only with --share)",
    )
    parser.add_argument("--blur-bibs", action="store_true", help="blur other runners' bibs too")
    parser.add_argument("--whole-frame", action="store_true", help="do not cut to the runner")
    parser.add_argument(
        "--detector", type=Path, metavar="ONNX", help="another one, its manifest beside it"
    )
    add_engine(parser)
    _add_share(parser)


def _add_share(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--share",
        action="store_true",
        help="for people outside: others are blurred on stills, and there are no clips and tables, "
        "as video is not blurred (default folder: export-shared)",
    )


def _clips(options: argparse.Namespace) -> int:
    from dashboard.exporting import clip_options

    def clips(work: Exporting) -> None:
        work.clips(clip_options(options))
        work.tell_of_photos()

    return _export(options, clips)


def _stills(options: argparse.Namespace) -> int:
    from dashboard.commands.shared import engine_asked
    from dashboard.exporting import still_options

    asked = engine_asked(options)

    def stills(work: Exporting) -> None:
        work.stills(still_options(options), work.engine(asked))

    return _export(options, stills)


def _tables(options: argparse.Namespace) -> int:
    return _export(options, lambda work: work.tables())


def _site(options: argparse.Namespace) -> int:
    return _export(options, lambda work: work.site())


def _all(options: argparse.Namespace) -> int:
    from dashboard.commands.shared import engine_asked
    from dashboard.exporting import clip_options, still_options

    asked = engine_asked(options)

    def everything(work: Exporting) -> None:
        how, pictures = clip_options(options), still_options(options)
        # A fault in the race file is told before anything is made.
        engine = work.engine(asked)
        if not options.share:
            work.clips(how)
        work.stills(pictures, engine)
        if not options.share:
            work.tables(whole=True)
        work.site(whole=True)

    return _export(options, everything)


def _export(options: argparse.Namespace, do: Callable[[Exporting], None]) -> int:
    """Run an export; its exit code."""
    from dashboard.exporting import Asked, Exporting
    from engines.errors import EngineError
    from stream.config import ConfigError
    from stream.export import ExportError
    from stream.store import StoreError

    asked = Asked(
        folder=options.race,
        out=options.out,
        bibs=None if options.bib is None else tuple(dict.fromkeys(options.bib)),
        camera=getattr(options, "camera", None),
        share=getattr(options, "share", False),
    )
    try:
        with Exporting(asked) as work:
            do(work)
            return work.exit_code
    except (ExportError, StoreError, EngineError, ConfigError) as error:
        print(f"finishline: {error}", file=sys.stderr)
        return EXIT_NOT_BEGUN
