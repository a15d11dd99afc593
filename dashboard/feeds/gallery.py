"""``GET /api/gallery`` and ``/api/runners/BIB``: everybody who was seen, to look through.

A runner before a camera and a runner in a photo are told alike: as one sighting with a picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from dashboard import messages
from dashboard.feeds.api import Bib, EntryAnswer, Records, entry_answer, fresh, is_listed
from dashboard.feeds.times import iso
from dashboard.previews import Previews
from dashboard.race_view import RaceView
from dashboard.refusals import Refusal, no_picture
from dashboard.uploads.shelf import shown_name
from stream.found_runners import everybody
from stream.search import Hit, search
from stream.start_list import bib_key
from stream.store.folder import UPLOADS
from stream.store.photos import PhotosReader
from stream.store.seen_runners import SeenQuery, SeenReader, SeenRunner, Source, Standing
from stream.time_windows import TimeError, Window, days_of, parse_moment, windows

PER_PAGE = 48
"""Sightings on a page: whole rows of 2, 3, 4, 6 and 8."""
_LARGEST = 2**31
# Pictures of people: never in a shared cache, and asked for again soon in case they are erased.
_PRIVATE = {"cache-control": "private, max-age=60"}

Filter = Literal["all", "read", "unsure", "matched", "unread"]
Days = Annotated[
    list[int],
    Field(description="first and last moment of each day (UTC) on which anybody was seen"),
]
Said = Annotated[str, Query(max_length=60, description="10:31, 10:31:05 or 2026-05-03T10:31")]


class SightingAnswer(BaseModel):
    """One runner as a camera saw them once, or as a photo shows them."""

    source: Literal["camera", "photo"]
    number: int = Field(description="of the track, or of the sighting in a photo")
    camera: str | None
    photo: int | None = Field(description="number of the photo; null for a camera")
    bib: str | None
    state: Literal["confirmed", "corrected", "seen", "matched"] | None = Field(
        description="matched: looks like a runner whose bib was read; null without a bib"
    )
    sure: float = Field(description="probability of the bib or of the match, 0 to 1")
    entry: EntryAnswer | None
    picture: str | None = Field(description="address on this server")
    pictures: int = Field(description="so many are kept")
    first_seen_utc_ns: int | None
    first_seen: str | None
    last_seen_utc_ns: int | None
    crossing_utc_ns: int | None
    match: Literal["exact", "near", "partial", "name", "club"] | None = Field(
        None, description="how the search found it; null without one"
    )


class GalleryAnswer(BaseModel):
    """One page of the gallery."""

    filter: Filter
    page: int
    pages: int
    per_page: int
    counts: dict[Filter, int] = Field(description="sightings of each kind, by the other filters")
    days_utc_ns: Days
    sightings: list[SightingAnswer]


class RunnerSightingAnswer(SightingAnswer):
    """A sighting with all its pictures."""

    all_pictures: list[str]
    preview: str | None = Field(description="address of the whole photo, made smaller")
    photo_name: str | None = Field(description="file name of the photo")


class RunnerPicturesAnswer(BaseModel):
    """All that shows a bib."""

    bib: str
    entry: EntryAnswer | None
    listed: bool | None = Field(description="on the start list; null without one")
    days_utc_ns: Days
    state: Literal["confirmed", "corrected", "seen", "matched"] | None = Field(
        description="the best of all sightings; null where nobody saw the bib"
    )
    sightings: list[RunnerSightingAnswer] = Field(description="in order of time")


def gallery_routes(records: Records, view: RaceView) -> APIRouter:
    """The ways to look through the pictures of a race."""
    router = APIRouter(prefix="/api", tags=["gallery"])
    reader, previews = SeenReader(view.folder), Previews(view.folder)
    _add_gallery(router, records, reader, view)

    @router.get("/runners/{bib}", responses={404: {"description": "neither listed nor seen"}})
    def runner(response: Response, bib: Bib) -> RunnerPicturesAnswer:
        """A runner with all sightings and pictures; matched ones are told apart."""
        fresh(response)
        seen = reader.find(SeenQuery(spellings(bib)))
        entry = entry_answer(messages.entry_json(view.entries, bib))
        if not seen and entry is None:
            raise Refusal(
                404, "bib_unknown", "this bib is neither on the start list nor was it seen"
            )
        told = [_with_pictures(one, reader, view) for one in seen]
        return RunnerPicturesAnswer(
            bib=bib,
            entry=entry,
            listed=is_listed(entry, records.start_list()),
            days_utc_ns=list(reader.moments()),
            state=_best(told),
            sightings=told,
        )

    @router.get(
        "/photos/{number}/preview.jpg",
        response_class=Response,
        responses={404: {"description": "no such photo, or its file has moved or changed"}},
    )
    def preview(number: Annotated[int, Path(ge=1, le=_LARGEST)]) -> Response:
        """A whole photo, made smaller; its notes are left out."""
        jpeg = previews.jpeg(number)
        if jpeg is None:
            raise no_picture()
        return Response(jpeg, media_type="image/jpeg", headers=_PRIVATE)

    return router


def _add_gallery(router: APIRouter, records: Records, reader: SeenReader, view: RaceView) -> None:
    @router.get("/gallery")
    def gallery(
        response: Response,
        show: Annotated[Filter, Query(alias="filter")] = "all",
        bib: Annotated[str, Query(max_length=60)] = "",
        q: Annotated[str, Query(max_length=100, description="a bib, a name or a club")] = "",
        start: Annotated[Said, Query(alias="from")] = "",
        end: Annotated[Said, Query(alias="to")] = "",
        zone: Annotated[str, Query(max_length=60, description="IANA name, for from and to")] = "",
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> GalleryAnswer:
        """One page of everybody who was seen, in order of time.

        With `q` the likeliest bibs come first. A page behind the last one is empty.
        """
        fresh(response)
        hits = _hits(q, records, reader) if q.strip() else None
        bibs = _wanted(bib, hits)
        moments = reader.moments()
        during = _windows(start, end, zone or view.time_zone or "", moments)
        counts = _counts(reader.counts(SeenQuery(bibs, (), during)))
        query = SeenQuery(bibs, _STANDINGS[show], during)
        seen = reader.find(query, PER_PAGE, (page - 1) * PER_PAGE)
        matches = {bib_key(hit.known.bib): hit.match.word for hit in hits or ()}
        return GalleryAnswer(
            filter=show,
            page=page,
            pages=max(1, -(-counts[show] // PER_PAGE)),
            per_page=PER_PAGE,
            counts=counts,
            days_utc_ns=list(moments),
            sightings=[
                SightingAnswer.model_validate(
                    {**_told(one, view), "match": matches.get(bib_key(one.bib or ""))}
                )
                for one in seen
            ],
        )


_STANDINGS: Mapping[Filter, tuple[Standing, ...]] = {
    "all": (),
    "read": (Standing.READ,),
    "unsure": (Standing.UNSURE,),
    "matched": (Standing.MATCHED,),
    "unread": (Standing.UNREAD,),
}


def _counts(found: Mapping[Standing, int]) -> dict[Filter, int]:
    return {
        show: sum(found[standing] for standing in standings or Standing)
        for show, standings in _STANDINGS.items()
    }


def _hits(q: str, records: Records, reader: SeenReader) -> tuple[Hit, ...]:
    return search(q, everybody(records.start_list(), reader.bibs()), None)


def _wanted(bib: str, hits: tuple[Hit, ...] | None) -> tuple[str, ...] | None:
    """The bibs to show, in their order; None are all."""
    if hits is None:
        return spellings(bib) if bib else None
    found = [spelt for hit in hits for spelt in spellings(hit.known.bib)]
    only = spellings(bib)
    return tuple(one for one in found if not bib or one in only)


def spellings(bib: str) -> tuple[str, ...]:
    """A race writes bibs as the reader does, a start list as its author did."""
    return tuple(dict.fromkeys((bib, bib_key(bib))))


def _windows(start: str, end: str, zone: str, seen_ns: Iterable[int]) -> tuple[Window, ...]:
    try:
        where = ZoneInfo(zone) if zone else None
        moments = [parse_moment(text, where) if text.strip() else None for text in (start, end)]
        return windows(moments[0], moments[1], days_of(seen_ns), where)
    except TimeError as error:
        raise Refusal(422, "time", str(error)) from error
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refusal(422, "zone", f"{zone!r} is no time zone; write Europe/Zurich or the like",
                      {"zone": zone}) from error  # fmt: skip


def _told(seen: SeenRunner, view: RaceView) -> dict[str, object]:
    first = seen.first_utc_ns
    return {
        "source": seen.source.value,
        "number": seen.number,
        "camera": seen.camera,
        "photo": seen.photo,
        "bib": seen.bib,
        "state": _state(seen),
        "sure": seen.sure,
        "entry": entry_answer(messages.entry_json(view.entries, seen.bib)),
        "picture": messages.evidence_url(seen.picture),
        "pictures": seen.n_pictures,
        "first_seen_utc_ns": first,
        "first_seen": None if first is None else iso(first),
        "last_seen_utc_ns": seen.last_utc_ns,
        "crossing_utc_ns": seen.crossing_utc_ns,
    }


def _state(seen: SeenRunner) -> str | None:
    if seen.standing is Standing.READ:
        return "corrected" if seen.corrected else "confirmed"
    return {Standing.UNSURE: "seen", Standing.MATCHED: "matched"}.get(seen.standing)


def sighting_answer(seen: SeenRunner, view: RaceView) -> SightingAnswer:
    """A sighting as it is told."""
    return SightingAnswer.model_validate(_told(seen, view))


def _with_pictures(seen: SeenRunner, reader: SeenReader, view: RaceView) -> RunnerSightingAnswer:
    """A sighting with all its pictures."""
    urls = [messages.evidence_url(path) for path in reader.pictures(seen)]
    preview = name = None
    if seen.source is Source.PHOTO and seen.photo is not None:
        preview = f"/api/photos/{seen.photo}/preview.jpg"
        paths = PhotosReader(reader.folder).paths(seen.photo)
        name = _name(paths[0]) if paths else None
    return RunnerSightingAnswer.model_validate(
        {
            **_told(seen, view),
            "all_pictures": [url for url in urls if url is not None],
            "preview": preview,
            "photo_name": name,
        }
    )


def _name(path: str) -> str:
    """A photo's name alone: in which folders somebody keeps photos is theirs to know."""
    file = PurePath(path.replace("\\", "/"))
    return shown_name(file) if file.parent.name == UPLOADS else file.name


def _best(
    told: list[RunnerSightingAnswer],
) -> Literal["confirmed", "corrected", "seen", "matched"] | None:
    states = {one.state for one in told}
    for state in ("corrected", "confirmed", "matched", "seen"):
        if state in states:
            return state
    return None
