"""The commands `finishline run` and `finishline serve`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.console import stdout_of_our_own
from dashboard.corrections import correction_routes
from dashboard.engine_asked import EngineAsked
from dashboard.event_lines import event_line, spoken
from dashboard.race_view import Entries, NoEntries, RaceView
from dashboard.recognition.api import recognition_routes
from dashboard.recognition.opening import open_recognition, told_of_race
from dashboard.recognition.recognition import Recognition
from dashboard.running import RaceRun
from dashboard.serving import dashboard_settings, open_page
from dashboard.start_check import StartCheck, start_warnings
from dashboard.stopping import stopped_by_signals
from dashboard.uploads.uploads import Uploads, open_uploads
from engines.errors import EngineError
from engines.load import PipelineName
from engines.number_range import NumberRange
from stream.clock import now_ns
from stream.config import CameraEntry, ConfigError, DashboardSettings, RaceFile, load_race_file
from stream.desk import Desk
from stream.finish import Line
from stream.forget.old_templates import delete_old_faces
from stream.hub import Hub, Message
from stream.settings import CameraSettings, RaceSettings
from stream.sources.port import Speed
from stream.start_list import Entry, StartList, StartListError
from stream.store import (
    Counts,
    RaceFolderInUse,
    StartListRow,
    Store,
    StoreError,
    StoreReader,
)
from stream.store.folder import RACE_FILE, holds_race
from stream.store.forgetting import forgotten_in
from stream.store.people import PeopleReader
from stream.store.remembered import Remembered

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2


@dataclass(frozen=True, slots=True)
class DashboardPlace:
    """Where the page is wanted; None leaves it to the race file."""

    host: str | None = None
    port: int | None = None

    def applied(self, settings: DashboardSettings) -> DashboardSettings:
        """The race file's place with what was asked for on top."""
        port = settings.port if self.port is None else self.port
        return replace(settings, host=self.host or settings.host, port=port)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What `finishline run` was asked for; see `finishline run --help`."""

    sources: tuple[str, ...]
    start_list: Path | None = None
    folder: Path | None = None
    finish_line: str | None = None
    maximum_speed: bool = False
    dashboard: DashboardPlace | None = DashboardPlace()
    as_json: bool = False
    engine: EngineAsked = field(default_factory=EngineAsked)
    record: bool = True
    recognition: bool = False
    deepstream: bool = False


def run(options: RunOptions) -> int:
    """Tag the runners until the sources end; see `_exit_code`."""
    race_file, folder = plan_run(options)
    if race_file.engine.pipeline is not PipelineName.DEEPSTREAM:
        return _run(options, race_file, folder)
    with stdout_of_our_own():
        return _run(options, race_file, folder)


def _run(options: RunOptions, race_file: RaceFile, folder: Path) -> int:
    speed = Speed.MAXIMUM if options.maximum_speed else Speed.REAL_TIME
    printer = Printer(options.as_json)
    race = RaceRun(
        race_file,
        folder,
        speed,
        serve=options.dashboard is not None,
        told=printer.tell,
        recognition=options.recognition,
    )
    try:
        printer.entries = race.start_list or NoEntries()
        printer.start_check = StartCheck(race_file.starts, printer.entries)
        announce(race, folder, race_file)
        race.run()
        report(race, folder)
    finally:
        race.close()
    return _exit_code(race)


def _exit_code(race: RaceRun) -> int:
    """Say what went wrong; 2 where a source never gave a frame, 1 where one was lost, else 0."""
    code = EXIT_OK
    for count in race.pipeline.counts().values():
        if count.error is not None:
            print(f"finishline: {count.error}", file=sys.stderr)
            code = max(code, EXIT_FAILED if count.frames else EXIT_USAGE)
    return code


def serve(
    folder: Path, place: DashboardPlace, operator: bool = False, recognition: bool = True
) -> int:
    """Show a finished race until SIGINT or SIGTERM.

    Args:
        operator: open it to be corrected; where another finishline writes to it, say so and show
            it all the same.
        recognition: answer ``/recognition``; models are loaded when somebody asks.
    """
    try:
        delete_old_faces(folder, now_ns())
    except StoreError as error:
        # To look at a race, as on a disk that cannot be written, nothing needs to be deleted.
        print(f"finishline: {error}", file=sys.stderr)
    with ExitStack() as opened:
        archive = _opened(folder, operator, opened)
        asked = _recognition(archive, folder) if recognition else None
        if asked is not None:
            opened.callback(asked.close)
        return _serve(archive, folder, place, asked, _uploads(archive, opened))


def _opened(folder: Path, operator: bool, opened: ExitStack) -> StoreReader:
    if operator and holds_race(folder):
        try:
            return opened.enter_context(Store.open(folder))
        except RaceFolderInUse as error:
            print(f"finishline: {error}; it is shown without corrections", file=sys.stderr)
    return Store.open_read_only(folder)


def _uploads(archive: StoreReader, opened: ExitStack) -> Uploads | None:
    """Takes photos, where the race is open to write."""
    if not isinstance(archive, Store):
        return None
    file = archive.folder / RACE_FILE
    race_file = load_race_file(file) if file.is_file() else None
    uploads = open_uploads(archive, race_file, live=False)
    opened.callback(uploads.close)
    return uploads


def _recognition(archive: StoreReader, folder: Path) -> Recognition | None:
    """None where a start list or a model cannot be used: the race is shown all the same."""
    listed = _entries(archive.start_list())
    people = archive.people if isinstance(archive, Store) else PeopleReader(folder)
    try:
        race_file, start_list = told_of_race(folder, listed if len(listed) else None)
        if start_list is not None:
            start_list = start_list.without(forgotten_in(folder))
        return open_recognition(
            people, race_file, start_list, lambda line: print(line, file=sys.stderr)
        )
    except (StartListError, EngineError, OSError) as error:
        print(f"finishline: the race is shown without recognition: {error}", file=sys.stderr)
        return None


def _serve(
    archive: StoreReader,
    folder: Path,
    place: DashboardPlace,
    recognition: Recognition | None,
    uploads: Uploads | None,
) -> int:
    # Whoever is forgotten while the pages are open is named by them no more.
    entries = Remembered(folder, _entries(archive.start_list()))
    cameras = tuple(dict.fromkeys(row.camera for row in archive.footage()))
    view = RaceView(
        name=archive.race_name or folder.name,
        folder=folder,
        cameras=cameras,
        entries=entries,
        status=lambda: {"cameras": [{"name": name, "state": "ended"} for name in cameras]},
        starts=archive.starts(),
    )
    hub = Hub(first_seq=archive.last_seq() + 1)
    desk = Desk(archive, hub) if isinstance(archive, Store) else None
    page = open_page(
        hub,
        archive,
        view,
        place.applied(dashboard_settings(folder)),
        corrections=correction_routes(archive, desk, entries, str(folder)),
        recognition=None if recognition is None else recognition_routes(recognition),
        uploads=uploads,
    )
    asked = threading.Event()
    with stopped_by_signals(asked.set):
        print(f"{view.name}: {page.url}  (Ctrl-C ends)", file=sys.stderr)
        for line in page.invitation:
            print(line, file=sys.stderr)
        asked.wait()
    page.server.stop()
    return EXIT_OK


def _entries(rows: Sequence[StartListRow]) -> StartList:
    """The start list as it was imported into the race."""
    return StartList(
        tuple(
            Entry(
                row.bib,
                last_name=row.name,
                club=row.club or "",
                category=row.category or "",
                wave=row.wave or "",
                city=row.city or "",
                nation=row.nation or "",
            )
            for row in rows
        )
    )


def plan_run(options: RunOptions) -> tuple[RaceFile, Path]:
    """The race file that was named or follows from the sources, and the race folder.

    Raises:
        ConfigError: race files and other sources are mixed, or the line cannot be understood.
    """
    first = Path(options.sources[0])
    files = [source for source in options.sources if source.endswith(".toml")]
    if files and len(options.sources) > 1:
        raise ConfigError(f"{files[0]}: a race file stands alone; put the other sources into it.")
    if files:
        if options.finish_line:
            raise ConfigError(f"--finish-line: belongs into {first}, as finish_line of its camera.")
        race_file = load_race_file(first)
        if not race_file.cameras:
            raise ConfigError(
                f"{first}: camera: missing. Add a table [[camera]] with name and source; photos "
                f"alone are tagged with: finishline tag PHOTOS --race {first.parent}"
            )
        folder = first.resolve().parent
    else:
        race_file = _race_of_sources(options)
        folder = Path(f"{_stem(options.sources[0])}-race")
    engine = options.engine.applied(race_file.engine)
    if options.deepstream:
        engine = replace(engine, pipeline=PipelineName.DEEPSTREAM)
    dashboard = (options.dashboard or DashboardPlace()).applied(race_file.dashboard)
    recording = race_file.recording
    race_file = replace(
        race_file,
        engine=engine,
        dashboard=dashboard,
        recording=replace(recording, enabled=recording.enabled and options.record),
        start_list=options.start_list or race_file.start_list,
    )
    return race_file, options.folder or folder


def announce(race: RaceRun, folder: Path, race_file: RaceFile) -> None:
    """Say where the page and the race folder are, and what will not be done again."""
    if race.url is not None:
        print(f"{race_file.name}: {race.url}", file=sys.stderr)
    for line in race.invitation:
        print(line, file=sys.stderr)
    print(f"race folder: {folder}", file=sys.stderr)
    if race.start_list is not None:
        print(
            f"start list: {len(race.start_list)} runners; {race.start_list.risk()}",
            file=sys.stderr,
        )
        for warning in start_warnings(race_file.starts, race.start_list.entries):
            print(f"finishline: {warning}", file=sys.stderr)
    else:
        print(f"no start list; {numbers_told(race_file.bibs.numbers)}", file=sys.stderr)
    for skipped in race.skipped:
        print(
            f"{skipped.camera}: {skipped.source} is in this race already, from end to end; skipped",
            file=sys.stderr,
        )


def numbers_told(numbers: Sequence[NumberRange]) -> str:
    """Which bibs were given out, or how to say so, where there is no start list."""
    if numbers:
        return f"bibs given out: {', '.join(map(str, numbers))}"
    return (
        'if you know which bibs were given out, write numbers = ["1-999"] under [bibs] of the race '
        "file: other bibs then need clearer looks"
    )


def report(race: RaceRun, folder: Path) -> None:
    """Print what the run came to, on stderr."""
    for camera, count in race.pipeline.counts().items():
        print(f"{camera}: {count.frames} frames seen, {count.dropped} dropped", file=sys.stderr)
        set_up = race.meter.read(camera)
        if set_up is not None and set_up.advice:
            print(f"{camera}: {set_up.advice}", file=sys.stderr)
        recorded = race.recordings.status(camera)
        if recorded is not None:
            print(f"{camera}: {recorded.summary()}", file=sys.stderr)
    for line in summary(race.store.counts()):
        print(line, file=sys.stderr)
    print(f"see it again: finishline serve --race {folder}", file=sys.stderr)


def summary(counts: Counts) -> list[str]:
    """A race in a few lines."""
    unread = ", ".join(
        f"{reason.value} {n}" for reason, n in sorted(counts.reasons.items(), key=lambda r: -r[1])
    )
    return [
        f"{counts.tracks} runners seen: {counts.confirmed + counts.corrected} with a bib, "
        f"{counts.seen} unsure, {counts.unknown} unknown; {counts.crossings} crossed the line",
        f"{counts.looks} looks, {counts.looks_counted} counted"
        + (f"; the others: {unread}" if unread else ""),
    ]


class Printer:
    """Prints each event as it comes: for people, or as JSON for programs."""

    def __init__(self, as_json: bool) -> None:
        self.entries: Entries = NoEntries()
        self.start_check: StartCheck | None = None
        self._as_json = as_json

    def tell(self, message: Message) -> None:
        """Print one event on stdout, at once."""
        line = (event_line if self._as_json else spoken)(message, self.entries)
        if line is not None:
            print(line, flush=True)
        warning = self.start_check.heard(message) if self.start_check is not None else None
        if warning is not None:
            print(f"finishline: {warning}", file=sys.stderr)


def parse_line(text: str) -> Line:
    """``X0,Y0,X1,Y1`` as the two ends of a finish line, fractions of the picture.

    Raises:
        ConfigError: it is something else.
    """
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(
            f"--finish-line {text}: write four fractions of the picture, like 0.05,0.85,0.95,0.85."
        ) from None
    if not all(-1 <= value <= 2 for value in (x0, y0, x1, y1)):
        raise ConfigError(
            f"--finish-line {text}: fractions of the picture lie near 0..1; divide pixels by "
            "its width and height."
        )
    if (x0, y0) == (x1, y1):
        raise ConfigError(f"--finish-line {text}: both ends are the same point. Give two ends.")
    return (x0, y0), (x1, y1)


def _race_of_sources(options: RunOptions) -> RaceFile:
    view = CameraSettings(parse_line(options.finish_line) if options.finish_line else None)
    names: list[str] = []
    for source in options.sources:
        stem = _stem(source)
        names.append(stem if stem not in names else f"{stem}-{len(names) + 1}")
    cameras = tuple(
        CameraEntry(name, source, view=view)
        for name, source in zip(names, options.sources, strict=True)
    )
    race = RaceSettings({camera.name: camera.view for camera in cameras})
    return RaceFile(names[0], cameras, race=race)


def _stem(source: str) -> str:
    """A camera name for a source: of letters, digits, hyphens and underscores."""
    parts = urlsplit(source)
    text = (parts.hostname or parts.path) if "://" in source else Path(source).stem
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text)
    return name.strip("-") or "camera"
