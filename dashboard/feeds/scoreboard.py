"""``GET /api/scoreboard.json``: the newest confirmed runners, for graphics on air and on screens.

::

    {"race": "City run", "count": 2,
     "runner1_bib": "101", "runner1_name": "Anna Meier", "runner1_club": "TV Nord",
     "runner1_category": "W40", "runner1_wave": "A", "runner1_time": "10:31:07.4",
     "runner1_city": "Thun", "runner1_elapsed": "1:26:07.4",
     "runner2_bib": ..., ..., "runners": [{"key": "3-101", "bib": "101", ...}, ...]}

Runner 1 is the newest. The flat keys suit vMix (Data Sources, JSON) and OBS; there are always
``n`` of each, empty where fewer are confirmed, so that a title never keeps a former runner. Every
value is a text, apart from ``count`` and, in ``runners``, ``time_utc_ns`` (nanoseconds since 1970),
``elapsed_ms`` (or null) and ``track_id``. ``elapsed`` is the gun time by wave of who has crossed,
empty where the start is not known. ``time`` is the crossing of the finish line, or the confirmation
until that is known, as the time of day in the race's zone; ``crossed`` tells which. ``key`` changes
whenever somebody is new. A runner whom two cameras confirm one after the other is there once.

Options: ``?n=5`` runners, 1 to 20; ``?token=`` of a token with the role feed
(``finishline access add obs --role feed``), for programs that cannot send ``Authorization``.
The answer has an ``ETag``; pages of any server may read it (CORS), this address alone.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from dashboard.access.rules import Role, require
from dashboard.feeds.times import elapsed_text, time_text
from dashboard.race_view import Archive, RaceView
from stream.clock import SECOND_NS
from stream.hub import Hub, Message, Subscription
from stream.types import Corrected, Crossed, State, Tagged

MOST_RUNNERS = 20
AGAIN_NS = 60 * SECOND_NS
"""A bib confirmed again later than this is news: another lap."""

_SURE = frozenset({State.CONFIRMED, State.CORRECTED})
_KEPT = 100
_CROSSINGS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One runner on the scoreboard; `utc_ns` is of the confirmation, or the first sight."""

    track_id: int
    bib: str
    utc_ns: int
    crossed_utc_ns: int | None = None


class Scoreboard:
    """Who was confirmed lately. Safe from any thread; works only when it is asked."""

    def __init__(self, hub: Hub, archive: Archive) -> None:
        self._hub = hub
        self._archive = archive
        self._lock = threading.Lock()
        self._subscription: Subscription | None = None
        self._lines: OrderedDict[int, Line] = OrderedDict()
        self._crossed: OrderedDict[int, int] = OrderedDict()

    def newest(self, n: int) -> list[Line]:
        """The `n` newest lines, the newest first."""
        with self._lock:
            self._catch_up()
            return list(reversed(self._lines.values()))[:n]

    def _catch_up(self) -> None:
        if self._subscription is None:
            self._begin()
        while True:
            assert self._subscription is not None
            batch = self._subscription.take()
            if batch.missed:
                # Nobody has asked for long: the archive knows.
                self._subscription.close()
                self._begin()
                continue
            for message in batch.messages:
                self._apply(message)
            if not batch.messages:
                return

    def _begin(self) -> None:
        snapshot = self._archive.snapshot(_KEPT)
        self._lines.clear()
        self._crossed.clear()
        for row in reversed(snapshot.runners):
            on_list = not row.hidden and row.merged_into is None
            if row.bib is not None and row.state in _SURE and on_list:
                line = Line(row.track_id, row.bib, row.first_seen_utc_ns, row.crossing_utc_ns)
                self._put(line)
            elif row.crossing_utc_ns is not None:
                self._crossed[row.track_id] = row.crossing_utc_ns
        self._subscription = self._hub.subscribe(_nothing, snapshot.seq, previews=False)

    def _apply(self, message: Message) -> None:
        event = message.event
        if isinstance(event, Tagged):
            if event.bib is not None and event.state in _SURE:
                crossed = self._crossed.get(event.track_id)
                self._put(Line(event.track_id, event.bib, event.capture_utc_ns, crossed))
            else:
                self._lines.pop(event.track_id, None)
        elif isinstance(event, Crossed):
            self._cross(event.track_id, event.capture_utc_ns)
        elif isinstance(event, Corrected):
            for track in event.tracks:
                if track.hidden or track.merged_into is not None or track.tag.bib is None:
                    self._lines.pop(track.track_id, None)

    def _cross(self, track_id: int, utc_ns: int) -> None:
        self._crossed[track_id] = utc_ns
        if len(self._crossed) > _CROSSINGS_KEPT:
            self._crossed.popitem(last=False)
        line = self._lines.get(track_id)
        if line is not None:
            self._lines[track_id] = replace(line, crossed_utc_ns=utc_ns)

    def _put(self, line: Line) -> None:
        known = self._lines.get(line.track_id)
        if known is not None and known.bib == line.bib:
            return  # Confirmed, and then corrected to the same.
        for other in list(self._lines.values()):
            if other.bib == line.bib and other.track_id != line.track_id:
                if line.utc_ns - other.utc_ns < AGAIN_NS:
                    return  # Another camera, or the same runner found again.
                del self._lines[other.track_id]
        self._lines.pop(line.track_id, None)
        self._lines[line.track_id] = line
        if len(self._lines) > _KEPT:
            self._lines.popitem(last=False)


class ScoreboardRunner(BaseModel):
    """One runner of `ScoreboardAnswer`."""

    key: str
    track_id: int
    bib: str
    name: str
    club: str
    category: str
    wave: str
    time: str
    time_utc_ns: int
    crossed: bool
    city: str
    elapsed: str
    elapsed_ms: int | None


class ScoreboardAnswer(BaseModel):
    """The newest confirmed runners; the flat keys ``runner1_bib`` and so on come besides."""

    model_config = ConfigDict(extra="allow")

    race: str
    count: int
    runners: list[ScoreboardRunner]


def scoreboard_routes(board: Scoreboard, view: RaceView) -> APIRouter:
    """``/api/scoreboard.json``."""
    router = APIRouter()
    readers = Depends(require(Role.FEED, token_in_query=True))

    @router.get("/api/scoreboard.json", response_model=ScoreboardAnswer, dependencies=[readers])
    def scoreboard(
        request: Request, n: Annotated[int, Query(ge=1, le=MOST_RUNNERS)] = 5
    ) -> Response:
        """The newest confirmed runners, for OBS, vMix and screens; see the flat keys."""
        told = scoreboard_json(board.newest(n), n, view)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {
            "etag": tag,
            "cache-control": "no-cache",
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return router


def scoreboard_json(lines: list[Line], n: int, view: RaceView) -> dict[str, object]:
    """The answer, flat keys and list."""
    zone = None if view.time_zone is None else ZoneInfo(view.time_zone)
    runners = [_runner(line, view, zone).model_dump() for line in lines]
    told: dict[str, object] = {"race": view.name, "count": len(runners)}
    for place in range(1, n + 1):
        runner = runners[place - 1] if place <= len(runners) else {}
        for key in ("bib", "name", "club", "category", "wave", "time", "city", "elapsed"):
            told[f"runner{place}_{key}"] = runner.get(key, "")
    return {**told, "runners": runners}


def _runner(line: Line, view: RaceView, zone: ZoneInfo | None) -> ScoreboardRunner:
    entry = view.entries.find(line.bib)
    wave = "" if entry is None else entry.wave or ""
    utc_ns = line.utc_ns if line.crossed_utc_ns is None else line.crossed_utc_ns
    elapsed_ms = None if line.crossed_utc_ns is None else view.starts.elapsed_ms(wave, utc_ns)
    return ScoreboardRunner(
        key=f"{line.track_id}-{line.bib}",
        track_id=line.track_id,
        bib=line.bib,
        name="" if entry is None else entry.name,
        club="" if entry is None else entry.club or "",
        category="" if entry is None else entry.category or "",
        wave=wave,
        time=time_text(utc_ns, zone),
        time_utc_ns=utc_ns,
        crossed=line.crossed_utc_ns is not None,
        city="" if entry is None else entry.city or "",
        elapsed="" if elapsed_ms is None else elapsed_text(elapsed_ms),
        elapsed_ms=elapsed_ms,
    )


def _nothing() -> None:
    """Who asks comes by itself."""
