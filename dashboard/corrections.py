"""``/api/corrections``: what people say of the runners, and the list of what they have said."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from dashboard import messages
from dashboard.access.rules import EVERYBODY, THIS_COMPUTER, Role, Who, require
from dashboard.race_view import Entries
from dashboard.refusals import Refusal
from stream.corrections import Made
from stream.store import Change, CorrectionRefused, NothingToCorrect, StoreError
from stream.types import Correction, CorrectionKind

READ_ONLY = (
    "this race was opened to look at only; to correct it, end this finishline and start "
    "finishline serve --operator --race {folder}"
)
_MOST = 2**63 - 1
"""The largest number that a race folder can hold."""

Number = Annotated[int, Field(ge=1, le=_MOST)]
Name = Annotated[str, Field(max_length=60)]
Operator = Annotated[Who, Depends(require(Role.OPERATOR))]


class Said(Protocol):
    """The list of corrections, as `stream.store.StoreReader` knows it. Safe from any thread."""

    def corrections(self, limit: int) -> tuple[Made, ...]:
        """The newest `limit`, undos too, the newest first."""


class Desk(Protocol):
    """Where corrections are taken, as `stream.desk.Desk` does. Safe from any thread."""

    def correct(self, correction: Correction, by: str) -> Change:
        """Make one; it is on disk when this returns.

        Raises:
            CorrectionRefused: it cannot be made.
            StoreError: the disk refuses.
        """


class Wish(BaseModel):
    """The body of ``POST /api/corrections``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["bib", "wrong_person", "not_a_runner", "merge", "split"]
    track_id: Number
    bib: Annotated[str, Field(max_length=60)] | None = None
    other_track_id: Number | None = None
    from_utc_ns: Annotated[int, Field(ge=0, le=_MOST)] | None = None
    by: Name | None = None


class UndoWish(BaseModel):
    """The body of ``POST /api/corrections/NUMBER/undo``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    by: Name | None = None


def correction_routes(said: Said, desk: Desk | None, entries: Entries, folder: str) -> APIRouter:
    """The way to corrections.

    Args:
        said: the list of what was said.
        desk: where corrections are taken; None where the race is only looked at.
        entries: the start list.
        folder: the race folder, to say how it is opened to be corrected.
    """
    router = APIRouter(prefix="/api/corrections")

    @router.get("")
    def listed(limit: Annotated[int, Query(ge=1, le=10_000)] = 200) -> JSONResponse:
        """What people have said, the newest first; ``undone_by`` is the undo's number or null."""
        made = [_made_json(one) for one in said.corrections(limit)]
        told = {"corrections": made, "may_correct": desk is not None}
        return JSONResponse(told, headers={"cache-control": "no-cache"})

    @router.post("")
    def correct(wish: Wish, who: Operator) -> JSONResponse:
        """Say something of a track: ``kind`` and what it needs.

        ``bib``: it is this ``bib``. ``wrong_person``: it is not the bib it has (``bib``, where
        given, is the one that was seen). ``not_a_runner``. ``merge``: ``other_track_id`` is the
        same passage of the same runner. ``split``: from ``from_utc_ns`` on it is another runner.
        ``by`` says who, for those who are at this computer without a token. The answer is the
        event ``corrected`` of the live protocol, and in ``conflicts`` who else has the bib.
        """
        correction = Correction(
            CorrectionKind(wish.kind), wish.track_id, wish.bib, wish.other_track_id,
            wish.from_utc_ns,
        )  # fmt: skip
        return _take(correction, _name(who, wish.by))

    @router.post("/{number}/undo")
    def undo(number: Number, wish: UndoWish, who: Operator) -> JSONResponse:
        """Take a correction back; what was there before, the vote's own tag too, is restored."""
        correction = Correction(CorrectionKind.UNDO, 0, undone=number)
        return _take(correction, _name(who, wish.by))

    def _take(correction: Correction, by: str) -> JSONResponse:
        if desk is None:
            raise Refusal(409, "read_only", READ_ONLY.format(folder=folder), {"folder": folder})
        try:
            change = desk.correct(correction, by)
        except NothingToCorrect as error:
            raise Refusal(404, error.code, str(error), error.about) from error
        except CorrectionRefused as error:
            raise Refusal(409, error.code, str(error), error.about) from error
        except StoreError as error:
            raise Refusal(503, "disk", str(error)) from error
        return JSONResponse(_change_json(change, entries))

    return router


def _name(who: Who, by: str | None) -> str:
    """Who is to be named: whoever has a token by its name, others as they say."""
    said = (by or "").strip()
    if not said.isprintable():
        raise Refusal(422, "name", "by: a name is made of characters that can be printed")
    return said if said and who in (EVERYBODY, THIS_COMPUTER) else who.name


def _change_json(change: Change, entries: Entries) -> messages.JsonObject:
    made, track = change.made, change.tracks[0]
    return {
        "camera": track.camera,
        "track_id": track.track_id,
        **messages.correction_json(made.number, made.correction, made.by, made.at_utc_ns),
        "runners": [messages.track_json(one, entries) for one in change.tracks],
        "conflicts": list(change.rivals),
    }


def _made_json(made: Made) -> messages.JsonObject:
    told = messages.correction_json(made.number, made.correction, made.by, made.at_utc_ns)
    return {"track_id": made.correction.track_id, **told, "undone_by": made.undone_by}
