"""The command `finishline`: reads the arguments and calls what they ask for.

The arguments of each command are in `dashboard.commands`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

from dashboard.commands import (
    access,
    corrections,
    doctor,
    export,
    forget,
    match,
    measure,
    models,
    race,
    search,
    tag,
    train,
)
from dashboard.commands.shared import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE
from engines.errors import EngineError

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
    from dashboard.latency.errors import LatencyError
    from dashboard.server import ServerError
    from engines.simulate import SimulationError
    from stream.config import ConfigError
    from stream.export import ExportError
    from stream.sources.port import SourceError
    from stream.start_list import StartListError
    from stream.store import StoreError
    from stream.time_windows import TimeError
    from stream.truth import TruthError

    return (
        ConfigError,
        EngineError,
        ExportError,
        LatencyError,
        ServerError,
        SimulationError,
        SourceError,
        StartListError,
        StoreError,
        TimeError,
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
    race.add_run(commands)
    race.add_serve(commands)
    race.add_demo(commands)
    race.add_simulate(commands)
    access.add_access(commands)
    tag.add_tag(commands)
    search.add_search(commands)
    export.add_export(commands)
    match.add_match(commands)
    corrections.add_corrections(commands)
    forget.add_forget(commands)
    measure.add_evaluate(commands)
    measure.add_bench(commands)
    models.add_models(commands)
    train.add_train(commands)
    doctor.add_doctor(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
