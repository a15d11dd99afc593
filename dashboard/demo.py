"""The command `finishline demo`: a simulated race, tagged live and checked against its truth."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from dataclasses import dataclass, field, replace
from pathlib import Path

from dashboard.console import progress_line
from dashboard.engine_asked import EngineAsked
from dashboard.race_view import NoEntries
from dashboard.run import EXIT_FAILED, EXIT_OK, DashboardPlace, Printer
from dashboard.running import RaceRun
from dashboard.stopping import stopped_by_signals
from engines.simulate import SimulationSettings, plan, usual_neighbours, write
from stream.config import RaceFile, load_race_file
from stream.evaluate import Witness
from stream.sources.port import Speed
from stream.truth import Score, read_truth, score, spread

LEAST_RIGHT = 0.5
"""Share of readable runners who must be tagged right for the demo to count as working."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What `finishline demo` was asked for; `seconds` None is a minute, then the page stays."""

    seconds: float | None = None
    runners: int | None = None
    seed: int = 7
    folder: Path = Path("demo-race")
    stay: bool = False
    dashboard: DashboardPlace = field(default_factory=DashboardPlace)
    engine: EngineAsked = field(default_factory=EngineAsked)


def demo(options: DemoOptions) -> int:
    """Simulate, run in real time, compare. 1 where fewer than half were right, else 0."""
    seconds = options.seconds or 60.0
    runners = round(seconds * 2 / 3) if options.runners is None else options.runners
    settings = SimulationSettings(
        runners=runners,
        minutes=seconds / 60,
        seed=options.seed,
        neighbours=usual_neighbours(runners),
    )
    footage = _simulated(settings, options.folder)
    race_file = _race_file(footage, options)
    truth = read_truth(footage / "truth.json")
    witness = Witness(truth.frames, lambda done, total: None)
    printer = Printer(as_json=False)
    folder = _fresh(options.folder)
    race = RaceRun(
        race_file, folder, Speed.REAL_TIME, serve=True, told=printer.tell, listeners=[witness]
    )
    try:
        printer.entries = race.start_list or NoEntries()
        stays = options.stay or (options.seconds is None and sys.stdout.isatty())
        print(f"\nThe dashboard: {race.url}\n", flush=True)
        if stays and race.url is not None and _has_screen():
            webbrowser.open(race.url)
        race.run()
        result = score(truth, witness.confirmations, witness.passages())
        _tell(result, race, folder)
        if stays:
            _stay(race.url)
    finally:
        race.close()
    return EXIT_OK if result.right >= LEAST_RIGHT * result.readable else EXIT_FAILED


def _simulated(settings: SimulationSettings, folder: Path) -> Path:
    """The simulation's folder; drawn anew unless the same race is there from an earlier demo."""
    footage = folder / f"{settings.runners}-runners-{settings.minutes * 60:.0f}-s-{settings.seed}"
    if not (footage / "race.toml").is_file():
        print(f"Drawing a race of {settings.runners} runners into {footage} ...", flush=True)
        write(plan(settings), footage, progress_line("drawing"), force=footage.exists())
    return footage


def _race_file(footage: Path, options: DemoOptions) -> RaceFile:
    race_file = load_race_file(footage / "race.toml")
    engine = options.engine.applied(race_file.engine)
    place = options.dashboard.applied(race_file.dashboard)
    if options.dashboard.port is None and not _is_free(place.port):
        place = replace(place, port=0)
    return replace(race_file, engine=engine, dashboard=place)


def _is_free(port: int) -> bool:
    """Whether a newcomer's demo can have the usual port; any other will do."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _has_screen() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _fresh(folder: Path) -> Path:
    """A race folder that does not exist yet, so that every demo tags the race anew."""
    number = 1
    while (folder / f"race-{number}").exists():
        number += 1
    return folder / f"race-{number}"


def _tell(result: Score, race: RaceRun, folder: Path) -> None:
    _, error_ms, _ = spread([abs(ms) for ms in result.crossing_errors_ms])
    _, lead_s, _ = spread(result.leads_s)
    print(f"\n{result.runners} runners crossed, {result.readable} with a readable bib:")
    print(f"  right  {result.right}")
    print(f"  wrong  {result.wrong}" + "".join(f"  {tag.bib}" for tag in result.wrong_tags))
    print(f"  missed {result.missed}" + "".join(f"  {bib}" for bib in result.missed_bibs))
    if error_ms is not None:
        print(f"  crossing times: {len(result.crossing_errors_ms)}, median error {error_ms:.0f} ms")
    if lead_s is not None:
        print(f"  confirmed {lead_s:.1f} s (median) before the runner left the picture")
    for camera, count in race.pipeline.counts().items():
        print(f"  {camera}: {count.frames} frames, {count.dropped} dropped")
    print(f"\nThe race folder: {folder}    See it again: finishline serve --race {folder}")


def _stay(url: str | None) -> None:
    print(f"\nThe page stays at {url} until Ctrl-C.", flush=True)
    asked = threading.Event()
    with stopped_by_signals(asked.set):
        asked.wait()
