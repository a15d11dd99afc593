"""The command `finishline`: reads the arguments and calls what they ask for.

Imports of everything heavy happen inside the commands, so that `finishline --help` is instant.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from engines.errors import EngineError

if TYPE_CHECKING:
    from dashboard.run import DashboardPlace
    from engines.load import EngineSettings

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 not everything worked, 2 bad input."""
    options = build_parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except _input_errors() as error:
        print(f"finishline: {error}", file=sys.stderr)
        return EXIT_USAGE
    except BrokenPipeError:
        # Whoever read our output has gone, as in `finishline ... | head`.
        sys.stderr.close()
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("finishline: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def _input_errors() -> tuple[type[Exception], ...]:
    """Errors that the user can mend; their messages name the place and the mend."""
    from dashboard.server import ServerError
    from engines.simulate import SimulationError
    from stream.config import ConfigError
    from stream.sources.port import SourceError
    from stream.start_list import StartListError
    from stream.store import StoreError
    from stream.truth import TruthError

    return (
        ConfigError,
        EngineError,
        ServerError,
        SimulationError,
        SourceError,
        StartListError,
        StoreError,
        TruthError,
    )


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="finishline",
        description="Watches the finish line of a running race and knows, live, who is crossing.",
    )
    parser.add_argument("--version", action="version", version=version("finishline"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_serve(commands)
    _add_demo(commands)
    _add_simulate(commands)
    _add_evaluate(commands)
    _add_bench(commands)
    _add_models(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_run(commands: Commands) -> None:
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
    _add_dashboard(parser)
    parser.add_argument("--no-dashboard", action="store_true", help="serve no page")
    parser.add_argument("--json", action="store_true", help="one event per line on stdout")
    _add_engine(parser)
    parser.set_defaults(command=_run)


def _add_serve(commands: Commands) -> None:
    parser = commands.add_parser("serve", help="the dashboard over a finished race")
    parser.add_argument("--race", type=Path, metavar="DIR", required=True)
    _add_dashboard(parser)
    parser.set_defaults(command=_serve)


def _add_demo(commands: Commands) -> None:
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
    _add_dashboard(parser)
    _add_engine(parser)
    parser.set_defaults(command=_demo)


def _add_simulate(commands: Commands) -> None:
    parser = commands.add_parser("simulate", help="draw a race with exact truth")
    parser.add_argument("--runners", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", default="1280x720", metavar="WxH")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--force", action="store_true", help="replace an earlier simulation")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.set_defaults(command=_simulate)


def _add_evaluate(commands: Commands) -> None:
    parser = commands.add_parser("evaluate", help="measure against labels")
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    clip = kinds.add_parser("clip", help="a video with truth: tags, crossings, speed")
    clip.add_argument("video", type=Path)
    clip.add_argument("--truth", type=Path, required=True, metavar="JSON")
    clip.add_argument("--start-list", type=Path, metavar="CSV")
    clip.set_defaults(command=_evaluate_clip)
    boxes = kinds.add_parser("boxes", help="the detector's persons and bibs on a video with truth")
    boxes.add_argument("video", type=Path)
    boxes.add_argument("--truth", type=Path, required=True, metavar="JSON")
    boxes.set_defaults(command=_evaluate_boxes)
    photos = kinds.add_parser("photos", help="whole photos with labelled bibs")
    photos.add_argument("labels", type=Path, metavar="LABELS.json")
    photos.add_argument("--errors", type=Path, metavar="DIR", help="a page of every error")
    photos.set_defaults(command=_evaluate_photos)
    detector = kinds.add_parser("detector", help="boxes against COCO labels")
    detector.add_argument("labels", type=Path, metavar="COCO.json")
    detector.set_defaults(command=_evaluate_detector)
    reader = kinds.add_parser("reader", help="crops with their text, or true number boxes")
    reader.add_argument("labels", type=Path, metavar="LABELS.csv|LABELS.json")
    reader.set_defaults(command=_evaluate_reader)
    for kind in (clip, boxes, photos, detector, reader):
        _add_measured(kind)


def _add_bench(commands: Commands) -> None:
    parser = commands.add_parser("bench", help="how long detector and reader take")
    _add_measured(parser)
    parser.set_defaults(command=_bench)


def _add_measured(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the report as JSON on stdout")
    parser.add_argument(
        "--detector", type=Path, metavar="ONNX", help="another one, its manifest beside it"
    )
    _add_engine(parser)


def _add_models(commands: Commands) -> None:
    parser = commands.add_parser("models", help="the networks that finishline uses")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="name, job, file, size, licence, state")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(command=_models_list)


def _add_dashboard(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=None, help="address to serve on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=None, help="port to serve on (default: 8080)")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runtime", choices=("openvino", "onnxruntime"), default=None)
    parser.add_argument("--threads", type=int, default=None, help="threads per network")


def _run(options: argparse.Namespace) -> int:
    from dashboard.run import RunOptions, run

    return run(
        RunOptions(
            sources=tuple(options.sources),
            start_list=options.start_list,
            folder=options.race,
            finish_line=options.finish_line,
            maximum_speed=options.speed == "maximum",
            dashboard=None if options.no_dashboard else _place(options),
            as_json=options.json,
            runtime=options.runtime,
            threads=options.threads,
        )
    )


def _serve(options: argparse.Namespace) -> int:
    from dashboard.run import serve

    return serve(options.race, _place(options))


def _demo(options: argparse.Namespace) -> int:
    from dashboard.demo import DemoOptions, demo

    return demo(
        DemoOptions(
            seconds=options.seconds,
            runners=options.runners,
            seed=options.seed,
            folder=options.out,
            stay=options.stay,
            dashboard=_place(options),
            runtime=options.runtime,
            threads=options.threads,
        )
    )


def _simulate(options: argparse.Namespace) -> int:
    from dashboard.measuring import simulate
    from engines.simulate import SimulationError, SimulationSettings

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
    )
    simulate(settings, options.out, options.force)
    return EXIT_OK


def _evaluate_clip(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_clip

    measure_clip(options.video, options.truth, options.start_list, _engine(options), options.json)
    return EXIT_OK


def _evaluate_boxes(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_boxes

    measure_boxes(options.video, options.truth, _engine(options), options.json)
    return EXIT_OK


def _evaluate_photos(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_photos

    measure_photos(options.labels, options.errors, _engine(options), options.json)
    return EXIT_OK


def _evaluate_detector(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_detector

    measure_detector(options.labels, _engine(options), options.json)
    return EXIT_OK


def _evaluate_reader(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_reader

    measure_reader(options.labels, _engine(options), options.json)
    return EXIT_OK


def _bench(options: argparse.Namespace) -> int:
    from dashboard.measuring import measure_engines

    measure_engines(_engine(options), options.json)
    return EXIT_OK


def _models_list(options: argparse.Namespace) -> int:
    from dashboard.measuring import list_models

    list_models(options.json)
    return EXIT_OK


def _engine(options: argparse.Namespace) -> EngineSettings:
    from engines.load import EngineSettings, Runtime
    from engines.models import DETECTOR

    return EngineSettings(
        runtime=Runtime(options.runtime or Runtime.OPENVINO),
        threads=options.threads,
        detector=options.detector or DETECTOR,
    )


def _place(options: argparse.Namespace) -> DashboardPlace:
    from dashboard.run import DashboardPlace

    return DashboardPlace(options.host, options.port)


if __name__ == "__main__":
    sys.exit(main())
