"""Tracks of a race from the few values that a test is about, as rows and as a race folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from stream.hub import Message
from stream.store import Store
from stream.store.values import RunnerRow, StartListRow
from stream.types import Clock, Closed, Crossed, Event, Opened, State, Tagged
from tests.stream.store.builders import BOX

SECOND_NS = 1_000_000_000
START_NS = 1_777_800_600 * SECOND_NS
"""2026-05-03T09:30:00Z."""
NO_DATE = 0


def track(
    track_id: int,
    bib: str | None,
    crossed_s: float | None = None,
    *,
    seen_s: tuple[float, float] | None = None,
    start_ns: int = START_NS,
    camera: str = "finish",
    footage_id: int = 1,
    state: State | None = State.CONFIRMED,
    clock: Clock = Clock.FILE,
    posterior: float = 0.99,
    votes: int = 4,
) -> RunnerRow:
    """A track that crosses so many seconds after the start, in view 2 s before and 1 s after."""
    at_s = 2.0 if crossed_s is None else crossed_s
    first_s, last_s = seen_s or (at_s - 2, at_s + 1)
    return RunnerRow(
        track_id=track_id,
        camera=camera,
        bib=bib,
        state=None if bib is None else state,
        posterior=posterior,
        votes=votes,
        evidence=None,
        first_seen_utc_ns=start_ns + round(first_s * SECOND_NS),
        last_seen_utc_ns=start_ns + round(last_s * SECOND_NS),
        crossing_utc_ns=None if crossed_s is None else start_ns + round(crossed_s * SECOND_NS),
        clock=None if crossed_s is None else clock,
        listed=None,
        name=None,
        club=None,
        closed=True,
        interrupted=False,
        footage_id=footage_id,
    )


def entry(bib: str, name: str = "", club: str | None = None, **more: str) -> StartListRow:
    return StartListRow(bib, name, club, **more)


def record_race(
    folder: Path,
    tracks: Iterable[RunnerRow],
    start_list: Sequence[StartListRow] = (),
    name: str | None = "City run",
) -> Path:
    """A race folder in which exactly these tracks were seen."""
    rows = list(tracks)
    with Store.open(folder, race_name=name) as store:
        if start_list:
            store.replace_start_list(start_list)
        footage = [
            store.begin_footage(camera, camera, None, None)
            for camera in dict.fromkeys(row.camera for row in rows)
        ]
        for row in rows:
            for event in _events(row):
                store.record(Message(store.last_seq() + 1, event, None))
                store.flush()
        for one in footage:
            store.end_footage(one.id, True)
    return folder


def _events(row: RunnerRow) -> Iterable[Event]:
    first, last = row.first_seen_utc_ns, row.last_seen_utc_ns
    yield Opened(row.camera, row.track_id, 0, first, BOX)
    if row.bib is not None and row.state is not None:
        yield Tagged(
            row.camera, row.track_id, 1, first, BOX, row.bib, row.state, row.posterior, row.votes,
            None, None,
        )  # fmt: skip
    if row.crossing_utc_ns is not None and row.clock is not None:
        yield Crossed(row.camera, row.track_id, 2, 0, row.crossing_utc_ns, row.clock)
    yield Closed(row.camera, row.track_id, 3, last, row.bib, row.state, row.posterior, 4, {})
