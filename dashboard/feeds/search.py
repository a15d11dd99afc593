"""``GET /api/search``: runners by bib, name or club."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from dashboard import messages
from dashboard.feeds.api import (
    EntryAnswer,
    Records,
    RunnerAnswer,
    entry_answer,
    fresh,
    runner_answer,
)
from dashboard.race_view import RaceView
from stream.found_runners import everybody
from stream.search import Hit, Known, search
from stream.start_list import bib_key

MOST_HITS = 50

Sought = Annotated[str, Query(max_length=100, description="a bib, a name or a club")]
Limit = Annotated[int, Query(ge=1, le=MOST_HITS, description="so many at most")]


class HitAnswer(BaseModel):
    """Somebody who was found."""

    bib: str
    match: Literal["exact", "near", "partial", "name", "club"] = Field(
        description="exact: this bib; near: one slip away; partial: the bib has it in it; "
        "name, club: every word was found there"
    )
    entry: EntryAnswer | None
    runners: list[RunnerAnswer] = Field(description="at every camera, the newest first")


class SearchAnswer(BaseModel):
    """Who was found, the likeliest first."""

    q: str
    hits: list[HitAnswer]


def search_routes(records: Records, view: RaceView) -> APIRouter:
    """The way to look for a runner."""
    router = APIRouter(prefix="/api", tags=["race"])

    @router.get("/search")
    def found(response: Response, q: Sought, limit: Limit = 20) -> SearchAnswer:
        """Runners of the start list and bibs that were seen.

        The exact bib comes first, then bibs one slip away, then those that have it in them, then
        names and clubs; accents and capitals do not matter.
        """
        fresh(response)
        hits = search(q, known_runners(records), limit)
        return SearchAnswer(q=q, hits=[_hit(hit, records, view) for hit in hits])

    return router


def known_runners(records: Records) -> list[Known]:
    """Everybody who can be found by the cameras' bibs; see `stream.found_runners.everybody`."""
    return everybody(records.start_list(), records.seen_bibs())


def _hit(hit: Hit, records: Records, view: RaceView) -> HitAnswer:
    bib = hit.known.bib
    # A race writes bibs as the reader does, a start list as its author did.
    found = {row.track_id: row for one in {bib, bib_key(bib)} for row in records.runners_with(one)}
    rows = [row for row in found.values() if not row.hidden and row.merged_into is None]
    rows.sort(key=lambda row: (-row.first_seen_utc_ns, -row.track_id))
    return HitAnswer.model_validate(
        {
            "bib": bib,
            "match": hit.match.word,
            "entry": entry_answer(messages.entry_json(view.entries, bib)),
            "runners": [runner_answer(row, view.entries) for row in rows],
        }
    )
