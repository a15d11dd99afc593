"""The tables of a race: results.csv, results.json and results.lif."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from stream.export.manifest import PHOTO, ExportedFile
from stream.export.race import ExportRace
from stream.export.tables.lif import lif_bytes
from stream.export.tables.passings import Passing
from stream.export.tables.results import Result, Results, Standing, natural, results
from stream.export.times import moment_text, running_text, seconds_between

CSV, JSON, LIF = "results.csv", "results.json", "results.lif"
SCHEMA = "finishline.results"
SCHEMA_VERSION = 1
"""Grows when a field of results.json changes its meaning or goes; new fields leave it."""

COLUMNS = (
    "place", "bib", "name", "club", "category", "wave", "state", "time", "seconds", "camera",
    "clock", "cameras", "first_seen", "last_seen", "posterior", "votes", "listed", "notes",
    "clips", "stills", "elapsed", "photos",
)  # fmt: skip

Files = Mapping[str, Sequence[ExportedFile]]
_KINDS = ("clip", "still", PHOTO)
_ALL = 2**31 - 1


def export_tables(race: ExportRace, bibs: Sequence[str] | None) -> tuple[ExportedFile, ...]:
    """Write the results of some bibs, or of all; what has not changed is not written.

    Places are those of the whole race. The files named are those exported so far.

    Raises:
        StoreError: the race folder cannot be read.
        ExportError: the export folder cannot be written.
    """
    found, files = read_results(race), exported_files(race)
    if bibs is not None:
        found = found.only(bibs)
    contents = {
        CSV: results_csv(found, files),
        JSON: results_json(race.name, found, files),
        LIF: lif_bytes(race.name, found),
    }
    return tuple(write_if_new(race, path, "table", body) for path, body in contents.items())


def read_results(race: ExportRace) -> Results:
    """The results as the race folder has them now."""
    segments = (row.segment.first_utc_ns for row in race.reader.segments())
    tracks, starts = race.reader.snapshot(_ALL).runners, race.reader.starts()
    photographed = race.reader.photos.bibs()
    return results(tracks, tuple(race.entries.values()), segments, starts, photographed)


def exported_files(race: ExportRace) -> Files:
    """Clips, stills and photos by bib as they lie in the export folder, in order of path."""
    files: defaultdict[str, list[ExportedFile]] = defaultdict(list)
    for kind in _KINDS:
        for file in sorted(race.manifest.files(kind=kind), key=lambda file: natural(file.path)):
            if file.bib is not None and race.manifest.is_current(file.path, file.key):
                files[file.bib].append(file)
    return files


def write_if_new(
    race: ExportRace, path: str, kind: str, content: bytes, bib: str | None = None
) -> ExportedFile:
    """Write a file of the export unless it is there with this content."""
    key = hashlib.sha256(content).hexdigest()
    known = race.manifest.find(path)
    if known is not None and race.manifest.is_current(path, key):
        return known
    return race.manifest.write(path, kind, content, key=key, bib=bib)


def results_csv(found: Results, files: Files) -> bytes:
    """For spreadsheets: UTF-8 with a byte order mark, comma, one row for each bib."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in found.rows:
        table.writerow([_cell(value) for value in _values(row, found, files.get(row.bib, ()))])
    return text.getvalue().encode("utf-8-sig")


def results_json(race_name: str, found: Results, files: Files) -> bytes:
    """For programs: everything that is known of each bib, and of the race as a whole."""
    rows = found.rows
    body = {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "race": race_name,
        "times": "UTC" if found.dated else "since the start of the footage",
        "first_capture": _moment(found.first_capture_utc_ns),
        "finish_camera": found.finish_camera,
        "clocks": sorted(
            {row.crossing.clock for row in rows if row.crossing and row.crossing.clock}
        ),
        "counts": {
            "placed": sum(row.place is not None for row in rows),
            "without_place": sum(
                row.place is None and row.standing is not Standing.NOT_SEEN for row in rows
            ),
            "not_seen": sum(row.standing is Standing.NOT_SEEN for row in rows),
            "unread_crossings": len(found.unread),
        },
        "runners": [_runner(row, found, files.get(row.bib, ())) for row in rows],
        "unread_crossings": [_passing(passing, found) for passing in found.unread],
    }
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


def sure(posterior: float | None) -> float | None:
    """A probability, rounded down: nothing that a camera saw is ever certain."""
    return None if posterior is None else min(math.floor(posterior * 10_000) / 10_000, 0.9999)


def _values(
    row: Result, found: Results, files: Iterable[ExportedFile]
) -> list[str | int | float | None]:
    crossing = row.crossing
    listed = None if row.listed is None else ("yes" if row.listed else "no")
    own = tuple(files)
    return [
        row.place, row.bib, row.name, row.club, row.category, row.wave, row.standing.value,
        None if crossing is None else moment_text(crossing.utc_ns),
        None if crossing is None else _seconds(crossing, found),
        None if crossing is None else crossing.camera,
        None if crossing is None or crossing.clock is None else crossing.clock.value,
        "; ".join(row.cameras), _moment(row.first_seen_utc_ns), _moment(row.last_seen_utc_ns),
        sure(row.posterior), row.votes, listed, "; ".join(row.notes),
        _paths(own, "clip"), _paths(own, "still"),
        None if row.elapsed_ns is None else running_text(row.elapsed_ns), _paths(own, PHOTO),
    ]  # fmt: skip


def _paths(files: Iterable[ExportedFile], kind: str) -> str:
    return "; ".join(file.path for file in files if file.kind == kind)


def _cell(value: str | float | None) -> str | float:
    """Text that a spreadsheet would compute gets an apostrophe, which makes it text there.

    Names come from whoever entered the race; no bib begins with any of these.
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _runner(row: Result, found: Results, files: Iterable[ExportedFile]) -> dict[str, object]:
    return {
        "place": row.place,
        "bib": row.bib,
        "name": row.name,
        "club": row.club,
        "category": row.category,
        "wave": row.wave,
        "listed": row.listed,
        "state": row.standing.value,
        "crossing": None if row.crossing is None else _passing(row.crossing, found),
        "crossings": [_passing(passing, found) for passing in row.crossings],
        "cameras": list(row.cameras),
        "first_seen": _moment(row.first_seen_utc_ns),
        "last_seen": _moment(row.last_seen_utc_ns),
        "posterior": sure(row.posterior),
        "votes": row.votes,
        "tracks": list(row.track_ids),
        "notes": list(row.notes),
        "files": [_file(file) for file in files],
        "elapsed_seconds": None if row.elapsed_ns is None else seconds_between(0, row.elapsed_ns),
    }


def _passing(passing: Passing, found: Results) -> dict[str, object]:
    return {
        "time": moment_text(passing.utc_ns),
        "seconds": _seconds(passing, found),
        "camera": passing.camera,
        "clock": None if passing.clock is None else passing.clock.value,
        "track": passing.track_id,
    }


def _file(file: ExportedFile) -> dict[str, object]:
    return {
        "path": file.path,
        "kind": file.kind,
        "camera": file.camera,
        "begin": _moment(file.first_utc_ns),
        "end": _moment(file.end_utc_ns),
        "bytes": file.n_bytes,
        "sha256": file.sha256,
    }


def _seconds(passing: Passing, found: Results) -> float:
    return seconds_between(found.zero_ns(passing.utc_ns), passing.utc_ns)


def _moment(utc_ns: int | None) -> str | None:
    return None if utc_ns is None else moment_text(utc_ns)
