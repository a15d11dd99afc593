"""``GET /api/...``: the race as JSON, for programs. The schema is at ``/api/openapi.json``.

Times are told twice: in nanoseconds since 1970, UTC (``..._utc_ns``; more than a JavaScript number
holds exactly), and as ISO 8601. Footage without a start time counts from 1970 on. Keys are only
ever added. Programs sign in with ``Authorization: Bearer TOKEN`` of a viewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard import messages
from dashboard.feeds.times import iso
from dashboard.race_view import Archive, Entries, RaceView
from dashboard.refusals import Refusal
from stream.store import RunnerRow, StartListRow
from stream.store.crossings import CrossingRow
from stream.store.read_rate import ReadRate
from stream.unread import Unread

_LARGEST = 2**63 - 1
Limit = Annotated[int, Query(ge=1, le=10_000, description="so many at most")]
Bib = Annotated[str, Path(max_length=60, description="the bib as printed, leading zeros too")]


class Records(Archive, Protocol):
    """What is asked of the archive beyond what the live page needs. Safe from any thread."""

    def runner(self, track_id: int) -> RunnerRow | None:
        """One track."""

    def runners_with(self, bib: str) -> tuple[RunnerRow, ...]:
        """All tracks with this bib, the newest first."""

    def crossings(self, after: int, limit: int) -> tuple[CrossingRow, ...]:
        """Crossings after the message `after`, the oldest first."""

    def start_list(self) -> tuple[StartListRow, ...]:
        """The start list in its own order."""

    def read_rate(self, camera: str | None = None) -> ReadRate:
        """Runners and how many were read, over the time of the race."""

    def unread_tracks(self, camera: str | None = None) -> tuple[Unread, ...]:
        """Who went by without a confirmed bib."""


class EntryAnswer(BaseModel):
    """Who wears a bib, by the start list; empty texts are not known."""

    name: str
    club: str
    category: str
    wave: str
    city: str = ""
    nation: str = ""


class RunnerAnswer(BaseModel):
    """One runner before one camera: a track."""

    camera: str
    track_id: int
    bib: str | None
    state: str | None = Field(description="seen, confirmed, corrected; null without a bib")
    posterior: float = Field(description="probability of the bib, 0 to 1")
    votes: int = Field(description="readings that support the bib")
    listed: bool | None = Field(description="on the start list; null without one")
    entry: EntryAnswer | None
    evidence: str | None = Field(description="address of the picture on this server")
    first_seen_utc_ns: int
    first_seen: str
    last_seen_utc_ns: int
    last_seen: str
    crossing_utc_ns: int | None
    crossing: str | None
    clock: str | None = Field(
        description="where the crossing's time comes from: rtcp (the camera), file, fitted, arrival"
    )
    in_view: bool
    hidden: bool = Field(description="belongs in no list: a person said that it is no runner")
    merged_into: int | None = Field(description="the track that it is a part of")
    conflict: list[int] = Field(description="other tracks of this camera that claim the bib")


class RunnersAnswer(BaseModel):
    """Runners, the newest first, as they were after the message `seq` of the live protocol."""

    seq: int
    runners: list[RunnerAnswer]


class BibAnswer(BaseModel):
    """All that is known of a bib."""

    bib: str
    entry: EntryAnswer | None
    runners: list[RunnerAnswer] = Field(description="at every camera, the newest first")


class CrossingAnswer(BaseModel):
    """One crossing of the finish line, with the bib as it is known now."""

    seq: int
    camera: str
    track_id: int
    crossing_utc_ns: int
    crossing: str
    clock: str
    bib: str | None
    state: str | None
    entry: EntryAnswer | None
    elapsed_ms: int | None = Field(
        None, description="gun time by wave: since the start of the runner's wave, where known"
    )


class CrossingsAnswer(BaseModel):
    """Crossings in the order they were told. Ask again with ``after=next``."""

    crossings: list[CrossingAnswer]
    next: int = Field(description="the last crossing's seq, or `after` where there is none")


class ListedAnswer(EntryAnswer):
    """One line of the start list."""

    bib: str


class StartListAnswer(BaseModel):
    """The start list in its own order."""

    entries: list[ListedAnswer]


class CameraAnswer(BaseModel):
    """How one camera is doing; what is not known is left out or null, and more keys may come."""

    model_config = ConfigDict(extra="allow")

    name: str
    state: str | None = None
    fps: float | None = None
    frames: int | None = None
    dropped: int | None = None
    reconnects: int | None = None
    error: str | None = None


class StatusAnswer(BaseModel):
    """How the run is doing; what does not apply is left out, and more keys may come."""

    model_config = ConfigDict(extra="allow")

    race: str
    cameras: list[CameraAnswer] = []
    frames_waiting: int | None = None
    looks_waiting: int | None = None


def api_routes(records: Records, view: RaceView) -> APIRouter:
    """All of ``/api`` that reads the race."""
    router = APIRouter(prefix="/api", tags=["race"])
    _add_runners(router, records, view)

    @router.get("/crossings")
    def crossings(
        response: Response,
        after: Annotated[int, Query(ge=0, le=_LARGEST, description="a `seq`")] = 0,
        limit: Limit = 1000,
    ) -> CrossingsAnswer:
        """Crossings of the finish line after a message, the oldest first."""
        fresh(response)
        rows = records.crossings(after, limit)
        told = [_crossing(row, view) for row in rows]
        return CrossingsAnswer(crossings=told, next=rows[-1].seq if rows else after)

    @router.get("/startlist")
    def start_list(response: Response) -> StartListAnswer:
        """Who runs."""
        fresh(response)
        return StartListAnswer(entries=[_listed(row) for row in records.start_list()])

    @router.get("/status", response_model_exclude_unset=True)
    def status(response: Response) -> StatusAnswer:
        """Cameras, rates, drops, queues, disk and webhooks."""
        fresh(response)
        return StatusAnswer.model_validate({"race": view.name, **view.status()})

    return router


def _add_runners(router: APIRouter, records: Records, view: RaceView) -> None:
    @router.get("/runners")
    def runners(response: Response, limit: Limit = 200) -> RunnersAnswer:
        """The newest runners, as in the live protocol's snapshot."""
        fresh(response)
        snapshot = records.snapshot(limit)
        told = [runner_answer(row, view.entries) for row in snapshot.runners]
        return RunnersAnswer(seq=snapshot.seq, runners=told)

    @router.get("/runners/{camera}/{track_id}", responses={404: {"description": "no such runner"}})
    def runner(
        response: Response, camera: str, track_id: Annotated[int, Path(ge=1, le=_LARGEST)]
    ) -> RunnerAnswer:
        """One runner before one camera."""
        fresh(response)
        row = records.runner(track_id)
        if row is None or row.camera != camera:
            raise Refusal(404, "runner_unknown", "no such runner")
        return runner_answer(row, view.entries)

    @router.get("/bibs/{bib}", responses={404: {"description": "neither listed nor seen"}})
    def bib(response: Response, bib: Bib) -> BibAnswer:
        """A bib at every camera, and who wears it."""
        fresh(response)
        rows = records.runners_with(bib)
        entry = entry_answer(messages.entry_json(view.entries, bib))
        if not rows and entry is None:
            raise Refusal(
                404, "bib_unknown", "this bib is neither on the start list nor was it seen"
            )
        told = [runner_answer(row, view.entries) for row in rows]
        return BibAnswer(bib=bib, entry=entry, runners=told)


def runner_answer(row: RunnerRow, entries: Entries) -> RunnerAnswer:
    """One track as programs are told."""
    crossing_ns = row.crossing_utc_ns
    return RunnerAnswer.model_validate(
        {
            **messages.runner_json(row, entries),
            "first_seen": iso(row.first_seen_utc_ns),
            "last_seen": iso(row.last_seen_utc_ns),
            "crossing": None if crossing_ns is None else iso(crossing_ns),
        }
    )


def _crossing(row: CrossingRow, view: RaceView) -> CrossingAnswer:
    entry = entry_answer(messages.entry_json(view.entries, row.bib))
    wave = None if entry is None else entry.wave
    return CrossingAnswer(
        seq=row.seq,
        camera=row.camera,
        track_id=row.track_id,
        crossing_utc_ns=row.capture_utc_ns,
        crossing=iso(row.capture_utc_ns),
        clock=row.clock.value,
        bib=row.bib,
        state=None if row.state is None or row.bib is None else row.state.value,
        entry=entry,
        elapsed_ms=view.starts.elapsed_ms(wave, row.capture_utc_ns),
    )


def _listed(row: StartListRow) -> ListedAnswer:
    return ListedAnswer(
        bib=row.bib,
        name=row.name,
        club=row.club or "",
        category=row.category or "",
        wave=row.wave or "",
        city=row.city or "",
        nation=row.nation or "",
    )


def entry_answer(told: messages.JsonObject | None) -> EntryAnswer | None:
    """Who wears a bib, as `messages.entry_json` tells it."""
    return None if told is None else EntryAnswer.model_validate(told)


def is_listed(entry: EntryAnswer | None, start_list: Sequence[StartListRow]) -> bool | None:
    """Whether a bib with this entry is on the start list; None without one."""
    return True if entry is not None else False if start_list else None


def fresh(response: Response) -> None:
    """An answer that is asked for again each time."""
    response.headers["cache-control"] = "no-cache"
