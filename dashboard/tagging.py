"""The command `finishline tag`: photos into a race folder."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from dashboard.commands.shared import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK
from dashboard.console import counted, print_json, progress_line
from dashboard.engine_asked import EngineAsked
from dashboard.matching_faces import face_work, faces_json, faces_told, tell_deleted
from dashboard.photo_settings import photo_networks, photo_rules, photo_taggers
from dashboard.stopping import stopped_by_signals
from engines.load import EngineSettings
from stream.clock import now_ns
from stream.config import RaceFile, load_race_file
from stream.forget.old_templates import delete_old_faces
from stream.forget.uploads import remove_left
from stream.identity import FacesDescribed
from stream.photos.files import find_photos
from stream.photos.judging import JudgeCounts, judge_photos
from stream.photos.keywords import check_apart, check_outside, write_copies
from stream.photos.reading import PhotoReading, ReadCounts
from stream.photos.seen import SeenRules
from stream.photos.tables import TABLES, write_tables
from stream.start_list import Entry, StartList, load_start_list
from stream.store import StartListRow, Store
from stream.store.folder import INCOMING, RACE_FILE, UNREADABLE

_OWN: Final = ("pivot", "unknown", "face_pivot", "face_unknown", "export", "export-shared",
               "video", INCOMING, UNREADABLE)  # fmt: skip
"""Folders of a race in which no photos are looked for: these pictures are made from them."""


@dataclass(frozen=True, slots=True)
class TagOptions:
    """What to tag; see `finishline tag --help`.

    Attributes:
        out: for the tables; None takes a folder in the race's own.
        start_list: None takes that of the race, where it has one.
        keywords_to: None makes no copies.
        at_once: photos in work at once; None: one for each processor.
        engine: on top of what the race file says, where there is one.
    """

    places: tuple[Path, ...]
    folder: Path
    out: Path | None = None
    start_list: Path | None = None
    relabel: bool = False
    keywords_to: Path | None = None
    least_person_px: float = 96.0
    as_json: bool = False
    at_once: int | None = None
    engine: EngineAsked = field(default_factory=EngineAsked)


@dataclass(slots=True)
class _Problems:
    """Tells of files that cannot be used, and counts them."""

    n: int = 0

    def __call__(self, path: Path | str, why: str) -> None:
        self.n += 1
        # Where a progress line is being shown, the message stands on a line of its own.
        begin = "\r" if sys.stderr.isatty() else ""
        print(f"{begin}finishline: {path} {why}", file=sys.stderr)


def tag(options: TagOptions) -> int:
    """Tag photos and say what came of it.

    Returns:
        0; 1 where a file could not be read; 130 where somebody stopped it.

    Raises:
        SourceError: there are no photos.
        ConfigError, StartListError: the race file or the start list cannot be used.
        StoreError, ExportError, EngineError: see there.
    """
    if options.keywords_to is not None:
        check_apart(options.keywords_to, options.places)
        check_outside(options.keywords_to, options.folder)
    problems = _Problems()
    # What can be wrong with the input comes first: nothing is written before it is known.
    paths = find_photos(options.places, [options.folder / name for name in _OWN], problems)
    told = _told(options)
    tell_deleted(delete_old_faces(options.folder, now_ns()))
    with Store.open(options.folder) as store:
        if erased := remove_left(options.folder):
            paths = tuple(path for path in paths if Path(os.path.realpath(path)) not in erased)
        rules = _rules(options, told, store)
        stop = threading.Event()
        with stopped_by_signals(stop.set):
            counts = _read(options, told.engine, store, rules, paths, stop, problems)
            judged = None
            if not counts.stopped:
                judged = judge_photos(store, rules, stop, progress_line("judging"))
        if judged is None or stop.is_set():
            print(
                f"finishline: interrupted after {counts.done} of {counted(len(paths), 'photo')}; "
                "the same command goes on from there",
                file=sys.stderr,
            )
            return EXIT_INTERRUPTED
        tables = write_tables(store.photos, options.out or options.folder / TABLES)
        copies = None
        if options.keywords_to is not None:
            copies = write_copies(
                store.photos,
                paths,
                options.places,
                options.keywords_to,
                rules.start_list,
                problems,
            )
        # Last of all: whatever is wrong with faces, the photos are tagged and the tables written.
        with stopped_by_signals(stop.set):
            faces = _keep_faces(told.race_file, store, stop, problems)
        _report(options, store, counts, judged, faces, tables, copies)
    if stop.is_set():
        print(
            "finishline: interrupted while faces were kept; the same command goes on from there",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    return EXIT_FAILED if problems.n else EXIT_OK


def _read(
    options: TagOptions,
    engine: EngineSettings,
    store: Store,
    rules: SeenRules,
    paths: Sequence[Path],
    stop: threading.Event,
    problems: _Problems,
) -> ReadCounts:
    """The first pass."""
    networks = photo_networks(engine)
    with photo_taggers(engine, rules.photo, options.at_once) as taggers:
        reading = PhotoReading(store, taggers, networks, rules, problems, options.relabel)
        return reading.read(paths, stop, progress_line("photos"))


def _keep_faces(
    race_file: RaceFile | None, store: Store, stop: threading.Event, problems: _Problems
) -> FacesDescribed | None:
    """The faces of who agreed, where the race file allows them; None where there is none to tell.

    Without a race file nobody knows whose faces may be kept: those that are stay.
    """
    if race_file is None:
        return None
    # Not before the photos are there: they say when the race was.
    work = face_work(race_file, store.folder)
    faces = work.keep_of_photos(store, stop, problems)
    return faces if work.permission.faces or faces.erased else None


@dataclass(frozen=True, slots=True)
class _Told:
    """What the command line and the race file, where the folder has one, say.

    Attributes:
        race_file: as the command line wants it; None where the folder has none.
    """

    race_file: RaceFile | None
    engine: EngineSettings
    start_list: StartList | None


def _told(options: TagOptions) -> _Told:
    """Everything that is read before anything is written; the command line has the last word."""
    race, engine = None, options.engine.applied(EngineSettings())
    listed = options.start_list
    file = options.folder / RACE_FILE
    if file.is_file():
        race = load_race_file(file)
        listed = listed or race.start_list
        engine = options.engine.applied(race.engine)
        race = replace(race, engine=engine, start_list=listed)
    return _Told(race, engine, None if listed is None else load_start_list(listed))


def _rules(options: TagOptions, told: _Told, store: Store) -> SeenRules:
    """How photos are judged; a start list that was told becomes that of the race."""
    if told.start_list is not None:
        store.replace_start_list(_row(entry) for entry in told.start_list.entries)
    return photo_rules(store, options.folder, told.race_file, options.least_person_px)


def _row(entry: Entry) -> StartListRow:
    return StartListRow(
        entry.bib, entry.name, entry.club, entry.category, entry.wave, entry.city, entry.nation
    )


def _report(
    options: TagOptions,
    store: Store,
    counts: ReadCounts,
    judged: JudgeCounts,
    faces: FacesDescribed | None,
    tables: Sequence[Path],
    copies: int | None,
) -> None:
    """Say what was done: for people, or as JSON."""
    stand = store.photos.counts()
    if options.as_json:
        print_json(
            {
                "read": {**asdict(counts), "photos_per_s": round(counts.photos_per_s, 2)},
                "judged": asdict(judged),
                "race": asdict(stand),
                "faces": faces_json(faces or FacesDescribed()),
                "copies": copies,
                "tables": [str(table) for table in tables],
            }
        )
        return
    read = [f"{counts.new} new"]
    read += [f"{counts.again} read again"] if options.relabel else []
    read += [f"{counts.known} known"]
    read += [f"{counts.failed} not readable"] if counts.failed else []
    rate = f" ({counts.photos_per_s:.1f} photos/s)" if counts.new + counts.again else ""
    changed = counted(judged.changed, "photo")
    print(f"photos: {', '.join(read)}{rate}; tags changed in {changed}")
    print(
        f"the race: {counted(stand.photos, 'photo')}, {counted(stand.runners, 'runner')} with "
        f"{counted(stand.bibs, 'bib')}, {stand.unsure} unsure, {stand.unknown} unknown"
    )
    if faces is not None:
        print(faces_told(faces))
    if copies is not None:
        print(f"copies with keywords: {copies} in {options.keywords_to}")
    if counts.other_networks:
        what = "--relabel reads their bibs anew" if not options.relabel else "found with another"
        print(f"known photos that other networks looked at: {counts.other_networks}; {what}")
    if judged.without_picture:
        gone = f"photos that are gone: {judged.without_picture}"
        print(f"{gone}; some of their runners have no picture")
    for table in tables:
        print(table)
