"""`finishline tag`."""

from __future__ import annotations

import argparse
from math import inf
from pathlib import Path

from dashboard.commands.shared import Commands, add_engine, at_least_one, engine_asked, folder


def add_tag(commands: Commands) -> None:
    """The parser of `finishline tag`."""
    parser = commands.add_parser(
        "tag",
        help="tag photos: pictures of every runner by bib, and tables",
        description="Look at photos, read the bibs and sort pictures of the runners into "
        "pivot/BIB/ and unknown/ of the race folder, and where the race file says faces = true "
        "the faces of those who agreed into face_pivot/BIB/. A photo is looked at once, whatever "
        "its name; what all photos show together then mends the tags of each. Ctrl-C ends after "
        "the photo at hand, and the same command goes on from there. A camera that does not say "
        "how far its clock is from UTC is taken to be in this computer's time zone. The exit code "
        "is 1 where a file could not be read.",
    )
    parser.add_argument(
        "photos", nargs="+", type=Path, metavar="PHOTOS", help="photos, and folders of them"
    )
    parser.add_argument(
        "--race", type=Path, metavar="DIR", required=True, help="the race folder; may be new"
    )
    parser.add_argument(
        "--out", type=folder, metavar="DIR", help="for the tables (default: photos in the race's)"
    )
    parser.add_argument("--start-list", type=Path, metavar="CSV", help="who runs, by bib")
    parser.add_argument(
        "--relabel",
        action="store_true",
        help="read the bibs of known photos anew where other readers had read them",
    )
    parser.add_argument(
        "--keywords-to",
        type=folder,
        metavar="DIR",
        help="copy the photos with a known bib there, with keywords like bib:2419 (JPEG in itself, "
        "others in a .xmp beside them)",
    )
    parser.add_argument(
        "--least-person",
        type=_height,
        default=96.0,
        metavar="PX",
        help="height from which runners without a bib are kept in unknown/ (default: 96)",
    )
    parser.add_argument(
        "--at-once",
        type=at_least_one,
        metavar="N",
        help="photos in work at once (default: one for each processor, at most 8); the first "
        "takes some 600 MB of memory and each further one 250 MB, with photos of 24 megapixels "
        "1.1 GB and 500 MB",
    )
    parser.add_argument("--json", action="store_true", help="what was done as JSON on stdout")
    parser.add_argument(
        "--detector", type=Path, metavar="ONNX", help="another one, its manifest beside it"
    )
    add_engine(parser)
    parser.set_defaults(command=_tag)


def _height(text: str) -> float:
    try:
        height_px = float(text)
    except ValueError:
        height_px = -1.0
    if not 0 <= height_px < inf:
        raise argparse.ArgumentTypeError(f"must be 0 or more pixels, not {text!r}")
    return height_px


def _tag(options: argparse.Namespace) -> int:
    from dashboard.tagging import TagOptions, tag

    return tag(
        TagOptions(
            places=tuple(options.photos),
            folder=options.race,
            out=options.out,
            start_list=options.start_list,
            relabel=options.relabel,
            keywords_to=options.keywords_to,
            least_person_px=options.least_person,
            as_json=options.json,
            at_once=options.at_once,
            engine=engine_asked(options),
        )
    )
