"""The results of a race as values: who crossed when, who did not, and what to look at again.

Which of a bib's crossings counts is decided in `stream.export.tables.passings`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

from stream.export.tables.passings import (
    UTC_SCALE,
    Finish,
    Passing,
    counting,
    finish_of,
    passages_of,
    passings_of,
)
from stream.export.times import SECOND_NS, has_date, running_text
from stream.start_list import bib_key
from stream.store.photo_values import PhotoBib
from stream.store.values import RunnerRow, StartListRow
from stream.types import State
from stream.waves import Starts

AT_ONCE_NS = SECOND_NS
"""Two tracks of a bib in one view for longer than this are two persons."""

NaturalKey = tuple[tuple[int, int, str], ...]

SURE = (State.CONFIRMED, State.CORRECTED)
NO_CROSSING = "no crossing seen"
NOT_LISTED = "not on the start list"
PHOTOS_ALONE = "in photos alone"
NOT_COMPARABLE = "crossed on footage without a date: no place"
AT_ONCE = "two runners had this bib at once"


class Standing(StrEnum):
    """How sure a row's bib is, or that it was never seen."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    NOT_SEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Result:
    """One bib's row.

    Attributes:
        place: by time of crossing, from 1; None without a crossing that can be compared.
        listed: whether the start list has the bib; None without a start list.
        crossing: the one that counts; `crossings` are all, in order of time.
        cameras: that saw the runner, in the order of first sight.
        posterior, votes: of the track that crossed, else of the surest.
        elapsed_ns: from the start of the runner's wave to the crossing that counts (gun time by
            wave); None where it is not known.
        notes: what an organiser should look at again.
    """

    bib: str
    standing: Standing
    place: int | None = None
    name: str | None = None
    club: str | None = None
    category: str | None = None
    wave: str | None = None
    listed: bool | None = None
    crossing: Passing | None = None
    crossings: tuple[Passing, ...] = ()
    cameras: tuple[str, ...] = ()
    first_seen_utc_ns: int | None = None
    last_seen_utc_ns: int | None = None
    posterior: float | None = None
    votes: int | None = None
    track_ids: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    elapsed_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """A race's results.

    Attributes:
        rows: by place; then who crossed or was seen without a place, in order of time; then who
            was never seen, in the order of the start list.
        finish_camera: whose crossings count first; None before the first crossing.
        dated: the places follow from moments in UTC; otherwise from undated footage.
        first_capture_utc_ns: the earliest dated moment of the race's footage; None without one.
        unread: crossings of runners without a confirmed bib, in order of time.
    """

    rows: tuple[Result, ...]
    finish_camera: str | None
    dated: bool
    first_capture_utc_ns: int | None
    unread: tuple[Passing, ...]

    def only(self, bibs: Iterable[str]) -> Results:
        """The rows of these bibs, with the places they have in the whole race."""
        wanted = frozenset(bibs)
        return replace(self, rows=tuple(row for row in self.rows if row.bib in wanted))

    def zero_ns(self, utc_ns: int) -> int:
        """Where seconds to a moment are counted from: the first capture, or its own footage's."""
        return (self.first_capture_utc_ns or 0) if has_date(utc_ns) else 0


def results(
    tracks: Iterable[RunnerRow],
    start_list: Sequence[StartListRow] = (),
    captures_utc_ns: Iterable[int] = (),
    starts: Starts = Starts(),  # noqa: B008 - frozen
    photographed: Iterable[PhotoBib] = (),
) -> Results:
    """The results of all tracks of a race, and who is in photos alone.

    Args:
        tracks: in any order.
        start_list: in the order of its import; a bib is found by exact text, else as it reads.
        captures_utc_ns: when pieces of footage begin.
        starts: of the waves.
        photographed: bibs that are sure in photos.
    """
    rows = tuple(tracks)
    by_bib: defaultdict[str, list[RunnerRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.first_seen_utc_ns, row.track_id)):
        if row.bib is not None and row.state in SURE:
            by_bib[row.bib].append(row)
    passings = {bib: passings_of(own) for bib, own in by_bib.items()}
    finish = finish_of(passings)
    entries = _Entries(start_list)
    rows_seen = (_result(bib, by_bib[bib], passings[bib], entries, finish) for bib in by_bib)
    seen = [replace(row, elapsed_ns=_elapsed_ns(row, starts)) for row in rows_seen]
    seen += [_in_photos(one, entries) for one in photographed if one.bib not in by_bib]
    placed = tuple(_placed(seen, finish))
    found = {
        entry.bib for bib in (row.bib for row in seen) if (entry := entries.find(bib)) is not None
    }
    missing = (_unseen(entry) for entry in start_list if entry.bib not in found)
    dated = [ns for ns in captures_utc_ns if has_date(ns)]
    dated += [row.first_seen_utc_ns for row in rows if has_date(row.first_seen_utc_ns)]
    return Results(
        rows=(*placed, *missing),
        finish_camera=None if finish is None else finish.camera,
        dated=finish is not None and finish.scale == UTC_SCALE,
        first_capture_utc_ns=min(dated, default=None),
        unread=passings_of(row for row in rows if row.state not in SURE),
    )


class _Entries:
    """The start list by bib, as written and as it can be read."""

    def __init__(self, start_list: Sequence[StartListRow]) -> None:
        self._exact = {entry.bib: entry for entry in start_list}
        self._as_read = {bib_key(entry.bib): entry for entry in start_list}

    def find(self, bib: str) -> StartListRow | None:
        return self._exact.get(bib) or self._as_read.get(bib_key(bib))

    def has(self, bib: str) -> bool | None:
        return self.find(bib) is not None if self._exact else None


def _result(
    bib: str,
    tracks: Sequence[RunnerRow],
    passings: tuple[Passing, ...],
    entries: _Entries,
    finish: Finish | None,
) -> Result:
    entry, listed = entries.find(bib), entries.has(bib)
    crossing = counting(passings, finish)
    corrected = any(track.state is State.CORRECTED for track in tracks)
    told = max(tracks, key=lambda t: (t.state is State.CORRECTED, t.posterior, t.votes))
    if crossing is not None:
        told = next(track for track in tracks if track.track_id == crossing.track_id)
    return Result(
        bib=bib,
        standing=Standing.CORRECTED if corrected else Standing.CONFIRMED,
        name=(entry.name or None) if entry else told.name,
        club=entry.club if entry else told.club,
        category=entry.category if entry else None,
        wave=entry.wave if entry else None,
        listed=listed,
        crossing=crossing,
        crossings=passings,
        cameras=tuple(dict.fromkeys(track.camera for track in tracks)),
        first_seen_utc_ns=min(track.first_seen_utc_ns for track in tracks),
        last_seen_utc_ns=max(track.last_seen_utc_ns for track in tracks),
        posterior=told.posterior,
        votes=told.votes,
        track_ids=tuple(track.track_id for track in tracks),
        notes=tuple(_notes(listed, tracks, passings, finish)),
    )


def _in_photos(one: PhotoBib, entries: _Entries) -> Result:
    entry, listed = entries.find(one.bib), entries.has(one.bib)
    return Result(
        bib=one.bib,
        standing=Standing.CORRECTED if one.corrected else Standing.CONFIRMED,
        name=(entry.name or None) if entry else None,
        club=entry.club if entry else None,
        category=entry.category if entry else None,
        wave=entry.wave if entry else None,
        listed=listed,
        first_seen_utc_ns=one.first_utc_ns,
        last_seen_utc_ns=one.last_utc_ns,
        posterior=one.probability,
        notes=(NOT_LISTED, PHOTOS_ALONE) if listed is False else (PHOTOS_ALONE,),
    )


def _elapsed_ns(row: Result, starts: Starts) -> int | None:
    crossing = row.crossing
    return None if crossing is None else starts.elapsed_ns(row.wave, crossing.utc_ns)


def _notes(
    listed: bool | None,
    tracks: Sequence[RunnerRow],
    passings: Sequence[Passing],
    finish: Finish | None,
) -> Iterator[str]:
    if listed is False:
        yield NOT_LISTED
    if not passings and finish is not None:
        yield NO_CROSSING
    by_scale: defaultdict[str, list[Passing]] = defaultdict(list)
    for passing in passings:
        by_scale[passing.scale].append(passing)
    if passings and finish is not None and finish.scale not in by_scale:
        yield NOT_COMPARABLE
    for own in by_scale.values():
        passages = passages_of(own)
        if len(passages) > 1:
            apart = running_text(passages[-1][0].utc_ns - passages[0][0].utc_ns)
            yield f"crossed {len(passages)} times, {apart} from first to last"
    if any(_at_once(one, other) for one, other in combinations(tracks, 2)):
        yield AT_ONCE


def _at_once(one: RunnerRow, other: RunnerRow) -> bool:
    if (one.camera, one.footage_id) != (other.camera, other.footage_id):
        return False
    begin = max(one.first_seen_utc_ns, other.first_seen_utc_ns)
    return min(one.last_seen_utc_ns, other.last_seen_utc_ns) - begin > AT_ONCE_NS


def _placed(rows: Sequence[Result], finish: Finish | None) -> Iterator[Result]:
    scale = None if finish is None else finish.scale

    def order(row: Result) -> tuple[bool, bool, int, NaturalKey]:
        crossing = row.crossing
        time_ns = row.first_seen_utc_ns if crossing is None else crossing.utc_ns
        other = crossing is not None and crossing.scale != scale
        return crossing is None, other, time_ns or 0, natural(row.bib)

    for place, row in enumerate(sorted(rows, key=order), 1):
        comparable = row.crossing is not None and row.crossing.scale == scale
        yield replace(row, place=place if comparable else None)


def _unseen(entry: StartListRow) -> Result:
    return Result(
        bib=entry.bib,
        standing=Standing.NOT_SEEN,
        name=entry.name or None,
        club=entry.club,
        category=entry.category,
        wave=entry.wave,
        listed=True,
    )


def natural(text: str) -> NaturalKey:
    """A key that sorts 9 before 10, A2 before A10, and digits before letters."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple(
        (0, int(part), part) if part[0] in "0123456789" else (1, 0, part) for part in parts
    )
