"""The routes of ``/api/photos``."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from dashboard.access.rules import Role, Who, require
from dashboard.bodies import MULTIPART, announced, read_out
from dashboard.feeds.api import fresh
from dashboard.recognition.gate import Gate
from dashboard.recognition.picture import FORMATS
from dashboard.refusals import Refusal
from dashboard.uploads.body import BYTES, receive
from dashboard.uploads.shelf import PHOTO_LIMITS, Part, disk_refusals, shown_name
from dashboard.uploads.uploads import Taken, Uploads
from stream.store import StoreError

READ_ONLY: Final = (
    "this race was opened to look at only; to add photos, end this finishline and start "
    "finishline serve --operator --race {folder}"
)

Viewer = Annotated[Who, Depends(require(Role.VIEWER))]
Operator = Annotated[Who, Depends(require(Role.OPERATOR))]


class AddingAnswer(BaseModel):
    """What may be sent."""

    may_add: bool = Field(description="whether who asks may send photos to this race")
    accepts: list[str] = Field(description="media types of pictures")
    max_bytes: int
    max_pixels: int


class TakenAnswer(BaseModel):
    """What became of a photo that was sent."""

    name: str = Field(description="as it is called in the race")
    already: bool = Field(description="the race had it before, byte by byte")
    place: int = Field(description="among those that wait to be tagged, from 1; 0: it was tagged")


_PICTURE: Final = {"type": "string", "format": "binary"}
_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        MULTIPART: {
            "schema": {"type": "object", "properties": {"file": _PICTURE}, "required": ["file"]}
        },
        **{kind: {"schema": _PICTURE} for kind in (*FORMATS, BYTES)},
    },
}
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "the body is broken or cut short"},
    401: {"description": "nobody is signed in"},
    403: {"description": "the role is too low, or a page of another server"},
    408: {"description": "it took too long to come"},
    409: {"description": "the race was opened to look at only"},
    413: {"description": "too many bytes or pixels"},
    415: {"description": "the body or the picture is of a type that cannot be read"},
    422: {"description": "no picture, a broken one, or several"},
    429: {"description": "too many at once; see Retry-After"},
    503: {"description": "the disk cannot be used, or too many are waiting"},
    507: {"description": "the disk is nearly full"},
}


def upload_routes(uploads: Uploads | None, folder: str) -> APIRouter:
    """The way for photos into a race.

    Args:
        uploads: takes them; None where the race is only looked at.
        folder: the race folder, to say how it is opened to write.
    """
    router = APIRouter(prefix="/api/photos", tags=["photos"])
    limits = PHOTO_LIMITS if uploads is None else uploads.shelf.limits
    gate, turn = Gate(limits), asyncio.Lock()

    @router.get("")
    def adding(response: Response, who: Viewer) -> AddingAnswer:
        """Whether photos may be sent, and which."""
        fresh(response)
        return AddingAnswer(
            may_add=uploads is not None and who.role >= Role.OPERATOR,
            accepts=list(FORMATS),
            max_bytes=limits.max_bytes,
            max_pixels=limits.max_pixels,
        )

    @router.post("", status_code=202, responses=_REFUSALS, openapi_extra={"requestBody": _BODY})
    async def add(request: Request, response: Response, who: Operator) -> TakenAnswer:
        """Send one photo: its bytes, with `x-file-name` (percent-encoded), or a form's `file`.

        It is tagged soon; the live line tells. One that the race has is answered with 200.
        """
        try:
            client = f"{who.name} {request.client.host if request.client else ''}"
            with gate.entered(client):
                taken = await _take(request)
        except Refusal as refusal:
            await read_out(request, refusal)
            raise
        if taken.place == 0:
            response.status_code = 200
        return TakenAnswer(name=shown_name(taken.path), already=taken.already, place=taken.place)

    async def _take(request: Request) -> Taken:
        if uploads is None:
            raise Refusal(
                409, "read_only_photos", READ_ONLY.format(folder=folder), {"folder": folder}
            )
        with uploads.shelf.coming(announced(request)) as part:
            name = await receive(request, part, limits)
            # One at a time: two that are the same find each other.
            async with turn:
                return await asyncio.to_thread(_put, uploads, part, name)

    return router


def _put(uploads: Uploads, part: Part, name: str) -> Taken:
    try:
        with disk_refusals():
            return uploads.take(part, name)
    except StoreError as error:
        raise Refusal(503, "disk", str(error)) from error
