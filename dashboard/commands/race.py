"""`finishline run`, `serve`, `demo` and `simulate`."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.shared import (
    EXIT_OK,
    Commands,
    add_dashboard,
    add_engine,
    engine_asked,
    place_of,
)


def add_run(commands: Commands) -> None:
    """The parser of `finishline run`."""
    parser = commands.add_parser(
        "run",
        help="tag the runners of cameras and videos, live",
        description="Tag the runners of a race file's cameras, or of videos and camera addresses.",
    )
    parser.add_argument(
        "sources", nargs="+", metavar="RACE.toml|VIDEO|URL", help="one race file, or any sources"
    )
    parser.add_argument("--start-list", type=Path, metavar="CSV", help="who runs, by bib")
    parser.add_argument(
        "--race", type=Path, metavar="DIR", help="the race folder (default: beside the source)"
    )
    parser.add_argument(
        "--finish-line",
        metavar="X0,Y0,X1,Y1",
        help="ends of the line as fractions of the picture, for sources without a race file",
    )
    parser.add_argument(
        "--speed",
        choices=("real-time", "maximum"),
        default="real-time",
        help="how fast files are played (default: real-time)",
    )
    add_dashboard(parser)
    parser.add_argument("--no-recording", action="store_true", help="do not record cameras")
    parser.add_argument(
        "--deepstream",
        action="store_true",
        help="decode and search all cameras on an NVIDIA GPU; DeepStream must be installed",
    )
    parser.add_argument("--no-dashboard", action="store_true", help="serve no page")
    parser.add_argument(
        "--recognition", action="store_true", help="answer /recognition, beside the race's work"
    )
    parser.add_argument("--json", action="store_true", help="one event per line on stdout")
    add_engine(parser)
    parser.set_defaults(command=_run)


def add_serve(commands: Commands) -> None:
    """The parser of `finishline serve`."""
    parser = commands.add_parser("serve", help="the dashboard over a finished race")
    parser.add_argument("--race", type=Path, metavar="DIR", required=True)
    parser.add_argument(
        "--operator", action="store_true", help="open it to be corrected (default: to look at)"
    )
    parser.add_argument(
        "--recognition",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="answer /recognition (default: yes; models are loaded when somebody asks)",
    )
    add_dashboard(parser)
    parser.set_defaults(command=_serve)


def add_demo(commands: Commands) -> None:
    """The parser of `finishline demo`."""
    parser = commands.add_parser("demo", help="simulate a race, tag it live, check the tags")
    parser.add_argument(
        "--seconds",
        type=float,
        default=None,
        help="length of the race (default: 60); ends by itself",
    )
    parser.add_argument(
        "--runners", type=int, default=None, help="default: two every three seconds"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("demo-race"), metavar="DIR")
    parser.add_argument(
        "--stay",
        action="store_true",
        help="keep the page open until Ctrl-C (a terminal does, without --seconds)",
    )
    add_dashboard(parser)
    add_engine(parser)
    parser.set_defaults(command=_demo)


def add_simulate(commands: Commands) -> None:
    """The parser of `finishline simulate`."""
    parser = commands.add_parser("simulate", help="draw a race with exact truth")
    parser.add_argument("--runners", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", default="1280x720", metavar="WxH")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument(
        "--difficulty",
        choices=("easy", "medium", "hard"),
        default="easy",
        help="light, noise, crowding, and how many bibs are covered or folded",
    )
    parser.add_argument(
        "--bibs", type=Path, metavar="RACE.toml", help="wear the bibs of this race, see its [bibs]"
    )
    parser.add_argument("--force", action="store_true", help="replace an earlier simulation")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.set_defaults(command=_simulate)


def _run(options: argparse.Namespace) -> int:
    from dashboard.run import RunOptions, run

    return run(
        RunOptions(
            sources=tuple(options.sources),
            start_list=options.start_list,
            folder=options.race,
            finish_line=options.finish_line,
            maximum_speed=options.speed == "maximum",
            dashboard=None if options.no_dashboard else place_of(options),
            as_json=options.json,
            engine=engine_asked(options),
            record=not options.no_recording,
            recognition=options.recognition,
            deepstream=options.deepstream,
        )
    )


def _serve(options: argparse.Namespace) -> int:
    from dashboard.run import serve

    return serve(options.race, place_of(options), options.operator, options.recognition)


def _demo(options: argparse.Namespace) -> int:
    from dashboard.demo import DemoOptions, demo

    return demo(
        DemoOptions(
            seconds=options.seconds,
            runners=options.runners,
            seed=options.seed,
            folder=options.out,
            stay=options.stay,
            dashboard=place_of(options),
            engine=engine_asked(options),
        )
    )


def _simulate(options: argparse.Namespace) -> int:
    from dashboard.measuring import simulate
    from engines.simulate import Difficulty, SimulationError, SimulationSettings, usual_neighbours

    width, _, height = options.size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise SimulationError(f"--size {options.size}: write width x height, like 1280x720")
    settings = SimulationSettings(
        runners=options.runners,
        minutes=options.minutes,
        seed=options.seed,
        width=int(width),
        height=int(height),
        fps=options.fps,
        difficulty=Difficulty(options.difficulty),
        neighbours=usual_neighbours(options.runners),
    )
    simulate(settings, options.bibs, options.out, options.force)
    return EXIT_OK
