"""The command `finishline search`: who was seen, and copies of their pictures."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.commands.shared import EXIT_FAILED, EXIT_OK
from dashboard.console import counted, print_json
from dashboard.feeds.times import iso, time_text
from stream.copied_pictures import Copied, Copy, copy_pictures
from stream.export.errors import ExportError
from stream.export.times import has_date
from stream.found_runners import FoundRunner, Search, everybody, find_runners
from stream.photos.files import is_gone
from stream.photos.keywords import check_outside
from stream.store import StoreReader
from stream.store.photos import PhotosReader
from stream.store.seen_runners import SeenQuery, SeenReader, SeenRunner, Source, Standing
from stream.time_windows import days_of, parse_moment, windows


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What is searched for; see `finishline search --help`."""

    folder: Path
    queries: tuple[str, ...] = ()
    max_distance: int = 1
    start: str | None = None
    end: str | None = None
    club: str | None = None
    unknown: bool = False
    unsure: bool = False
    copy_to: Path | None = None
    as_json: bool = False


def run_search(options: SearchOptions) -> int:
    """Search, say who was found, and copy their pictures where that is wanted.

    Returns:
        0; 1 where nobody was found, or a photo is not where it was when it was tagged.

    Raises:
        StoreError: there is no race that can be read.
        TimeError: a time is none, or the last one lies before the first.
        ExportError: a picture cannot be copied, or copies would lie in the race folder or among
            the photos.
    """
    if options.copy_to is not None:
        check_outside(options.copy_to, options.folder)
    # A wrong time is told before anything is read.
    start = None if options.start is None else parse_moment(options.start)
    end = None if options.end is None else parse_moment(options.end)
    store = StoreReader(options.folder)
    reader = SeenReader(options.folder)
    if options.copy_to is not None:
        _check_among_photos(options.copy_to, PhotosReader(options.folder))
    wanted = SeenQuery(
        standings=_standings(options), windows=windows(start, end, days_of(reader.moments()))
    )
    if start is not None and end is not None and end.of_day_ns < start.of_day_ns:
        print(f"from {options.start} to {options.end} of the next day", file=sys.stderr)
    narrowed = start is not None or end is not None or bool(wanted.standings)
    asked = Search(options.queries, options.max_distance, options.club, seen_only=narrowed)
    known = everybody(store.start_list(), reader.bibs())
    found = find_runners(asked, known, reader.find(wanted))
    copied = None if options.copy_to is None else _copy(found, reader, options.copy_to)
    if options.as_json:
        print_json({"found": [_json(one, reader) for one in found], **_copied_json(copied)})
    else:
        _print(options.queries, found)
    if not found:
        nobody_yet = narrowed and not reader.find(limit=1)
        told = "nobody was seen yet" if nobody_yet else _nobody(options)
        print(f"finishline: {told}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_OK if copied is None else _end(copied, options.copy_to)


def _check_among_photos(out: Path, photos: PhotosReader) -> None:
    """Make sure that the next `finishline tag` of a folder of photos does not find copies there.

    Raises:
        ExportError: it would.
    """
    copies, race = out.resolve(), photos.folder.resolve()
    for known, files in photos.folders().items():
        folder = known.resolve()
        if folder.is_relative_to(race):
            continue  # Sent through the page.
        near = copies.is_relative_to(folder) or folder.is_relative_to(copies)
        # Where photos lay long ago nobody tags any more.
        if near and not all(map(is_gone, files)):
            raise ExportError(
                f"{out} and {folder}, which holds photos of the race, lie in each other; name a "
                "folder elsewhere: copies would be taken for photos when these are tagged again"
            )


def _standings(options: SearchOptions) -> tuple[Standing, ...]:
    asked = {Standing.UNREAD: options.unknown, Standing.UNSURE: options.unsure}
    # Who was matched is not sure either: nobody has read the bib.
    return tuple(one for one, wanted in asked.items() if wanted) + (
        (Standing.MATCHED,) if options.unsure else ()
    )


def _copy(found: Iterable[FoundRunner], reader: SeenReader, out: Path) -> Copied:
    photos = PhotosReader(reader.folder)
    files: dict[tuple[str | None, Standing], dict[Path, None]] = {}
    unheld: dict[int, None] = {}
    for one in found:
        for seen in one.seen:
            copied = files.setdefault((one.bib, seen.standing), {})
            copied |= dict.fromkeys(reader.folder / path for path in reader.pictures(seen))
            if seen.photo is None:
                continue
            original = _original(photos.paths(seen.photo))
            if original is None:
                unheld[seen.photo] = None
            else:
                copied[original] = None
    copies = (Copy(bib, tuple(of), standing) for (bib, standing), of in files.items())
    done = copy_pictures(copies, out)
    done.unheld += unheld
    return done


def _original(paths: Sequence[str]) -> Path | None:
    """Where a photo lies: the first of its files that is still there, else the first.

    None where the race knows of no file that holds it.
    """
    there = [Path(path) for path in paths if Path(path).is_file()]
    return there[0] if there else next(map(Path, paths), None)


def _print(queries: Sequence[str], found: Sequence[FoundRunner]) -> None:
    for query in queries or (None,):
        if query is not None:
            print(f"{query}:")
        of_query = [one for one in found if one.query == query]
        for one in of_query:
            print("  " + _line(one))
        if query is not None and not of_query:
            print("  nobody")


def _line(found: FoundRunner) -> str:
    how = "unknown" if found.hit is None else found.hit.match.word
    if found.hit is not None and found.hit.slips > 1:
        how = f"{how} ({found.hit.slips})"
    who = ", ".join(filter(None, _who(found)))
    pictures = counted(found.n_pictures, "picture") if found.seen else "not seen"
    facts = [f"{how:9}", f"{found.bib or '-':>6}", f"{who:32}", f"{pictures:>12}", _times(found)]
    return "  ".join([*facts, _by(found.seen)]).rstrip()


def _who(found: FoundRunner) -> tuple[str, str]:
    """Name and club; of somebody without a bib where the picture lies."""
    if found.hit is None:
        return found.seen[0].picture or "", ""
    return found.hit.known.name, found.hit.known.club


def _times(found: FoundRunner) -> str:
    first, last = found.first_utc_ns, found.last_utc_ns
    if first is None or last is None:
        return ""
    shown = time_text(first, None), time_text(last, None)
    return shown[0] if shown[0] == shown[1] else f"{shown[0]} - {shown[1]}"


def _by(seen: Sequence[SeenRunner]) -> str:
    """Who saw the runner, and what is not read of it."""
    n_photos = sum(one.source is Source.PHOTO for one in seen)
    by = sorted({one.camera for one in seen if one.camera is not None})
    by += [counted(n_photos, "photo")] if n_photos else []
    marks = [_mark(standing, seen) for standing in (Standing.MATCHED, Standing.UNSURE)]
    told = ", ".join(filter(None, marks))
    return ", ".join(by) + (f"  [{told}]" if told else "")


def _mark(standing: Standing, seen: Sequence[SeenRunner]) -> str:
    """How many of them only stand so; empty where none does."""
    n = sum(one.standing is standing for one in seen)
    if n in (0, len(seen)):
        return standing.value if n else ""
    return f"{n} of {len(seen)} {standing.value}"


def _json(found: FoundRunner, reader: SeenReader) -> dict[str, object]:
    hit = found.hit
    return {
        "query": found.query,
        "match": None if hit is None else hit.match.word,
        "slips": None if hit is None else hit.slips,
        "bib": found.bib,
        "name": None if hit is None else hit.known.name,
        "club": None if hit is None else hit.known.club,
        "pictures": found.n_pictures,
        "first_utc_ns": found.first_utc_ns,
        "last_utc_ns": found.last_utc_ns,
        "seen": [_seen_json(one, reader) for one in found.seen],
    }


def _seen_json(seen: SeenRunner, reader: SeenReader) -> dict[str, object]:
    photos = () if seen.photo is None else PhotosReader(reader.folder).paths(seen.photo)
    first = seen.first_utc_ns
    return {
        "source": seen.source.value,
        "number": seen.number,
        "camera": seen.camera,
        "photos": list(photos),
        "state": seen.standing.value,
        "sure": seen.sure,
        "first_utc_ns": first,
        "first": None if first is None or not has_date(first) else iso(first),
        "last_utc_ns": seen.last_utc_ns,
        "crossing_utc_ns": seen.crossing_utc_ns,
        "pictures": list(reader.pictures(seen)),
    }


def _copied_json(copied: Copied | None) -> dict[str, object]:
    if copied is None:
        return {}
    missing = [str(path) for path in copied.missing]
    told = {"new": copied.new, "kept": copied.kept, "missing": missing, "unheld": copied.unheld}
    return {"copied": told}


def _nobody(options: SearchOptions) -> str:
    """That nobody was found, and which of the options to change."""
    hints = {
        "another spelling": options.queries or options.club,
        "a larger --max-distance": options.queries and options.max_distance < 3,
        "a wider --from and --to": options.start or options.end,
        "without --unsure": options.unsure and not options.unknown,
        "--unknown for runners without a bib": not options.unknown,
    }
    tries = [hint for hint, fits in hints.items() if fits]
    told, has = "nobody was found", "a bib that is sure"
    if options.unknown and not options.unsure:
        told, has = "nobody without a bib was found", "one"
    return f"{told}. Try {', or '.join(tries)}" if tries else f"{told}: whoever was seen has {has}"


def _end(copied: Copied, out: Path | None) -> int:
    for path in copied.missing:
        print(f"finishline: {path} is not there any more; put it back and search again",
              file=sys.stderr)  # fmt: skip
    for number in copied.unheld:
        print(f"finishline: no file holds photo {number} any more; put it back and tag it again "
              "with: finishline tag", file=sys.stderr)  # fmt: skip
    there = f", {copied.kept} were there already" if copied.kept else ""
    print(f"{counted(copied.new, 'file')} copied to {out}{there}", file=sys.stderr)
    return EXIT_FAILED if copied.missing or copied.unheld else EXIT_OK
