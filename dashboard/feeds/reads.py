"""``GET /api/read-rate`` and ``/api/unread-reasons``: how well the race is read, and why not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from dashboard.feeds.api import Records, fresh
from dashboard.feeds.times import iso
from dashboard.race_view import RaceView
from stream.store.read_rate import RateBin, ReadRate
from stream.unread import Why, WhyCount, reasons_of

Camera = Annotated[
    str | None, Query(max_length=200, description="one camera alone; all together without")
]


class ReadCounts(BaseModel):
    """Runners, each counted once at every camera. Who is in view still is not counted."""

    runners: int
    read: int = Field(description="of the runners, confirmed or corrected")
    crossed: int = Field(description="of the runners, who crossed the finish line")
    crossed_read: int = Field(description="of who crossed, confirmed or corrected")


class RatePiece(ReadCounts):
    """A piece of the race: runners who crossed in it, or were last seen in it."""

    from_utc_ns: int
    from_time: str = Field(serialization_alias="from")
    per_minute: float = Field(description="runners per minute")


class ReadRateAnswer(ReadCounts):
    """The read rate of the whole race, and piece by piece, without a gap."""

    bin_s: int = Field(description="width of a piece, seconds; it grows with the race")
    bins: list[RatePiece]


class WhyAnswer(BaseModel):
    """One reason why bibs were not confirmed."""

    why: Why
    runners: int
    crossed: int = Field(description="of these runners, who crossed the finish line")
    share: float = Field(description="of all who were not read, 0 to 1")
    number_px: float | None = Field(
        description="height of their numbers at the nearest, pixels, median of those who crossed, "
        "of all where nobody did; null where none was found"
    )


class UnreadAnswer(BaseModel):
    """Why runners went by without a confirmed bib, what cost most first."""

    unread: int
    crossed: int = Field(description="of the unread, who crossed the finish line")
    needed_px: float = Field(description="height of a number from which on reading is at its best")
    reasons: list[WhyAnswer]


def read_routes(records: Records, view: RaceView) -> APIRouter:
    """How well the race is read."""
    router = APIRouter(prefix="/api", tags=["race"])

    @router.get("/read-rate")
    def read_rate(response: Response, camera: Camera = None) -> ReadRateAnswer:
        """Runners, and how many were read, over the time of the race."""
        fresh(response)
        return _rate(records.read_rate(camera))

    @router.get("/unread-reasons")
    def unread_reasons(response: Response, camera: Camera = None) -> UnreadAnswer:
        """Why runners were not read."""
        fresh(response)
        counts = reasons_of(records.unread_tracks(camera), view.legible)
        return UnreadAnswer(
            unread=sum(one.runners for one in counts),
            crossed=sum(one.crossed for one in counts),
            needed_px=view.legible.full_number_px,
            reasons=[_why(one) for one in counts],
        )

    return router


def _rate(rate: ReadRate) -> ReadRateAnswer:
    return ReadRateAnswer(
        runners=sum(one.runners for one in rate.bins),
        read=sum(one.read for one in rate.bins),
        crossed=sum(one.crossed for one in rate.bins),
        crossed_read=sum(one.crossed_read for one in rate.bins),
        bin_s=rate.bin_s,
        bins=[_piece(one, rate.bin_s) for one in rate.bins],
    )


def _piece(one: RateBin, bin_s: int) -> RatePiece:
    return RatePiece(
        runners=one.runners,
        read=one.read,
        crossed=one.crossed,
        crossed_read=one.crossed_read,
        from_utc_ns=one.from_utc_ns,
        from_time=iso(one.from_utc_ns),
        per_minute=round(one.runners * 60 / bin_s, 2),
    )


def _why(one: WhyCount) -> WhyAnswer:
    return WhyAnswer(
        why=one.why,
        runners=one.runners,
        crossed=one.crossed,
        share=one.share,
        number_px=None if one.number_px is None else round(one.number_px, 1),
    )
