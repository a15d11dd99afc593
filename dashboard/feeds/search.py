"""``GET /api/search``: runners by bib, name or club, before cameras and in photos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from dashboard import messages
from dashboard.feeds.api import (
    EntryAnswer,
    Records,
    RunnerAnswer,
    entry_answer,
    fresh,
    is_listed,
    runner_answer,
)
from dashboard.feeds.gallery import SightingAnswer, sighting_answer, spellings
from dashboard.race_view import RaceView
from stream.found_runners import everybody
from stream.search import Hit, search
from stream.start_list import bib_key
from stream.store import StartListRow
from stream.store.seen_runners import SeenQuery, SeenReader, SeenRunner, Source, Standing

MOST_HITS = 50
MOST_PHOTOS = 12

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
    listed: bool | None = Field(description="on the start list; null without one")
    runners: list[RunnerAnswer] = Field(description="at every camera, the newest first")
    photos: list[SightingAnswer] = Field(
        description=f"at most {MOST_PHOTOS}: certain ones, then unsure and matched ones, each in "
        "order of time"
    )
    n_photos: int = Field(description="that show the runner for certain: confirmed or corrected")
    n_unsure_photos: int = Field(description="further ones, unsure or matched")
    gallery: str = Field(description="address of the page with all pictures, on this server")


class SearchAnswer(BaseModel):
    """Who was found, the likeliest first."""

    q: str
    hits: list[HitAnswer]


def search_routes(records: Records, view: RaceView) -> APIRouter:
    """The way to look for a runner."""
    router = APIRouter(prefix="/api", tags=["race"])
    reader = SeenReader(view.folder)

    @router.get("/search")
    def found(response: Response, q: Sought, limit: Limit = 20) -> SearchAnswer:
        """Runners of the start list and bibs that were seen.

        The exact bib comes first, then bibs one slip away, then those that have it in them, then
        names and clubs; accents and capitals do not matter.
        """
        fresh(response)
        start_list = records.start_list()
        hits = search(q, everybody(start_list, reader.bibs()), limit)
        photos = _photos(hits, reader)
        return SearchAnswer(
            q=q, hits=[_hit(hit, photos, start_list, records, view) for hit in hits]
        )

    return router


def _photos(hits: Sequence[Hit], reader: SeenReader) -> Mapping[str, Sequence[SeenRunner]]:
    """Who of them is in photos, by bib as it is compared, in order of time."""
    bibs = tuple(spelt for hit in hits for spelt in spellings(hit.known.bib))
    found: defaultdict[str, list[SeenRunner]] = defaultdict(list)
    for seen in reader.find(SeenQuery(bibs, source=Source.PHOTO)) if bibs else ():
        found[bib_key(seen.bib or "")].append(seen)
    return found


def _hit(
    hit: Hit,
    photos: Mapping[str, Sequence[SeenRunner]],
    start_list: Sequence[StartListRow],
    records: Records,
    view: RaceView,
) -> HitAnswer:
    bib = hit.known.bib
    found = {row.track_id: row for one in spellings(bib) for row in records.runners_with(one)}
    rows = [row for row in found.values() if not row.hidden and row.merged_into is None]
    rows.sort(key=lambda row: (-row.first_seen_utc_ns, -row.track_id))
    seen = photos.get(bib_key(bib), ())
    shown = sorted(seen, key=lambda one: one.standing is not Standing.READ)
    entry = entry_answer(messages.entry_json(view.entries, bib))
    sure = {one.photo for one in shown if one.standing is Standing.READ}
    return HitAnswer.model_validate(
        {
            "bib": bib,
            "match": hit.match.word,
            "entry": entry,
            "listed": is_listed(entry, start_list),
            "runners": [runner_answer(row, view.entries) for row in rows],
            "photos": [sighting_answer(one, view) for one in shown[:MOST_PHOTOS]],
            "n_photos": len(sure),
            "n_unsure_photos": len({one.photo for one in shown} - sure),
            "gallery": f"/gallery?bib={quote(bib, safe='')}",
        }
    )
