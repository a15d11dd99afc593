"""The routes of ``/recognition``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from dashboard.access.rules import EVERYBODY, THIS_COMPUTER, Role, Who, require
from dashboard.bodies import read_out
from dashboard.feeds.api import fresh
from dashboard.recognition.answers import (
    DescriptionAnswer,
    EnrolledPerson,
    FacesAnswer,
    PeopleAnswer,
    RecognitionAnswer,
    RecognitionRefusal,
    enrolled_person,
)
from dashboard.recognition.body import TYPES, Sent, Sizes, read_sent
from dashboard.recognition.gate import Gate
from dashboard.recognition.picture import FORMATS
from dashboard.recognition.recognition import Recognition
from dashboard.refusals import Refusal
from engines.errors import EngineError
from engines.types import ALPHABET
from stream.clock import now_ns
from stream.faces_consent import FaceRule
from stream.store.errors import StoreError
from stream.store.people import NewPerson, People

_KEPT: Final = (
    "nothing of a picture that is recognised; of an enrolled person the name, the bib and a "
    "template of 128 numbers, no picture"
)
_EXAMPLE: Final = "curl -H 'Authorization: Bearer TOKEN' -F file=@photo.jpg {url}"
_NAME_LENGTH: Final = 100
_BIB_LENGTH: Final = 60
_LARGEST: Final = 2**63 - 1

Viewer = Annotated[Who, Depends(require(Role.VIEWER))]
Operator = Annotated[Who, Depends(require(Role.OPERATOR))]
Responses = dict[int | str, dict[str, Any]]


def _refusals(told: Mapping[int, str]) -> Responses:
    """How refusals stand in the OpenAPI document."""
    common = {401: "nobody is signed in", 403: "the role is too low, or a page of another server"}
    return {
        status: {"model": RecognitionRefusal, "description": text}
        for status, text in {**common, **told}.items()
    }


_BODY_REFUSALS: Final = {
    400: "the body is broken",
    408: "it took too long to come",
    413: "too many bytes or pixels",
    415: "the body or the picture is of a type that cannot be read",
    422: "no picture, or a broken one",
    429: "too often or too much at once; see Retry-After",
    503: "too many are waiting or there is no answer in time, see Retry-After; models or the disk "
    "cannot be used; or the end",
}


def _body(properties: Mapping[str, Mapping[str, Any]], required: list[str]) -> dict[str, Any]:
    """A body in both ways, for the OpenAPI document; pictures are base64 in JSON."""
    ways = {}
    for kind in ("multipart/form-data", "application/json"):
        told = {name: dict(one) for name, one in properties.items()}
        for one in told.values():
            content = one.get("items", one)
            if content.get("format") == "binary" and kind == "application/json":
                content = {"type": "string", "contentEncoding": "base64"}
                one.update({"items": content} if "items" in one else content)
                one.pop("format", None)
        ways[kind] = {"schema": {"type": "object", "properties": told, "required": required}}
    return {"required": True, "content": ways}


_PICTURE: Final = {"type": "string", "format": "binary"}
_ONE_PICTURE: Final = _body({"file": {**_PICTURE, "description": "JPEG, PNG or WebP"}}, ["file"])
_ONE_PICTURE["content"].update({kind: {"schema": dict(_PICTURE)} for kind in FORMATS})


class _Refusing(APIRoute):
    """Refuses parameters as everything else here is refused."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def refusing(request: Request) -> Response:
            try:
                return await handle(request)
            except Refusal as refusal:
                await read_out(request, refusal)
                raise
            except RequestValidationError as error:
                first = error.errors()[0]
                place = ".".join(str(part) for part in first["loc"])
                raise Refusal(422, "parameter", f"{place}: {first['msg']}") from error
            except EngineError as error:
                raise Refusal(503, "models", str(error)) from error
            except StoreError as error:
                raise Refusal(503, "disk", str(error)) from error

        return refusing


def recognition_routes(recognition: Recognition, gate: Gate | None = None) -> APIRouter:
    """All of ``/recognition``.

    Args:
        recognition: of the race.
        gate: lets requests in; the default follows the recognition's limits.
    """
    router = APIRouter(prefix="/recognition", tags=["recognition"], route_class=_Refusing)
    entrance = gate or Gate(recognition.limits)
    _add_recognition(router, recognition, entrance)
    _add_people(router, recognition, entrance)
    return router


def _add_recognition(router: APIRouter, recognition: Recognition, gate: Gate) -> None:
    limits = recognition.limits

    @router.get("", responses=_refusals({503: "the disk cannot be used"}))
    async def describe(request: Request, response: Response, who: Viewer) -> DescriptionAnswer:
        """What may be sent, how much of it, and what is compared."""
        del who
        fresh(response)
        model = recognition.recogniser.face_model
        return DescriptionAnswer(
            accepts=list(TYPES),
            field="file",
            max_bytes=limits.max_bytes,
            max_pixels=limits.max_pixels,
            requests_per_minute=limits.per_minute,
            at_once=limits.at_once,
            faces=FacesAnswer(compared=model is not None, model=model, why=_why(model)),
            appearance_model=recognition.recogniser.appearance_model,
            enrols=recognition.enrols is not None
            and not await asyncio.to_thread(recognition.faces_over),
            kept=_KEPT,
            example=_EXAMPLE.format(url=request.url_for("recognise")),
        )

    @router.post(
        "", responses=_refusals(_BODY_REFUSALS), openapi_extra={"requestBody": _ONE_PICTURE}
    )
    async def recognise(request: Request, response: Response, who: Viewer) -> RecognitionAnswer:
        """Everybody in a picture: boxes, bibs, and who they look like. Nothing is kept.

        Who an enrolled person is, operators are told; viewers only that it is one.
        """
        response.headers["cache-control"] = "no-store"
        with gate.entered(_client(request, who)):
            sizes = Sizes(limits.max_bytes, limits.max_bytes, 1, limits.receive_s)
            sent = await read_sent(request, sizes)
            return await recognition.recognise(sent.pictures[0], who.role >= Role.OPERATOR)


def _add_people(router: APIRouter, recognition: Recognition, gate: Gate) -> None:
    @router.get("/people", responses=_refusals({503: "the disk cannot be used"}))
    def people(response: Response, who: Operator) -> PeopleAnswer:
        """Who is enrolled."""
        del who
        response.headers["cache-control"] = "no-store"
        return PeopleAnswer(people=[enrolled_person(row) for row in recognition.people.list()])

    @router.post(
        "/people",
        status_code=201,
        responses=_refusals(
            {
                **_BODY_REFUSALS,
                409: "faces are off or their days are over, or the race is read only",
                422: "a field is wrong, or a picture: broken, without one clear face, or of "
                "another person than the others",
            }
        ),
        openapi_extra={"requestBody": _enrolment(recognition.limits.most_pictures)},
    )
    async def enrol(request: Request, response: Response, who: Operator) -> EnrolledPerson:
        """Enrol a person with 1 to 10 pictures. Only a template is kept, no picture."""
        response.headers["cache-control"] = "no-store"
        with gate.entered(_client(request, who)):
            return await _enrolled(request, recognition, who)

    @router.delete(
        "/people/{number}",
        status_code=204,
        responses=_refusals(
            {
                404: "no such person",
                409: "the race is read only",
                422: "no number",
                503: "the disk cannot be used",
            }
        ),
    )
    def remove(number: Annotated[int, Path(ge=1, le=_LARGEST)], who: Operator) -> Response:
        """Erase a person, with the template."""
        del who
        if not isinstance(recognition.people, People):
            raise _read_only()
        if not recognition.people.remove(number):
            raise Refusal(404, "person_unknown", f"nobody has the number {number}")
        return Response(status_code=204)


def _enrolment(most_pictures: int) -> dict[str, Any]:
    """The body with which somebody is enrolled, for the OpenAPI document."""
    return _body(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": _NAME_LENGTH},
            "bib": {"type": "string", "maxLength": _BIB_LENGTH},
            "consent": {
                "type": "boolean",
                "enum": [True],
                "description": "the person agrees that a template of the face is kept",
            },
            "files": {
                "type": "array",
                "items": dict(_PICTURE),
                "minItems": 1,
                "maxItems": most_pictures,
                "description": "each with the face of this person alone",
            },
        },
        ["name", "consent", "files"],
    )


async def _enrolled(request: Request, recognition: Recognition, who: Who) -> EnrolledPerson:
    limits, store = recognition.limits, _writable(recognition)
    if await asyncio.to_thread(recognition.faces_over):
        raise Refusal(
            409,
            "faces_over",
            f"the {recognition.faces_days} days after the race for which faces may be kept are "
            "over; where they may be kept longer, raise faces_delete_after_days in the race file",
            {"days": recognition.faces_days},
        )
    sizes = Sizes(
        limits.max_bytes, limits.max_enrolment_bytes, limits.most_pictures, limits.receive_s
    )
    sent = await read_sent(request, sizes)
    new = _new_person(sent, who)
    if new.bib is not None and recognition.face_rule(new.bib) is FaceRule.REFUSED:
        raise Refusal(
            422,
            "consent_refused",
            f"the runner with bib {new.bib} said no in the start list; ask again and change the "
            "list, or enrol somebody else",
        )
    model, face = await recognition.face_of(sent.pictures)
    n = len(sent.pictures)
    row = await recognition.worker.do(lambda: store.add(new, model, face.vector, face.quality, n))
    return enrolled_person(row)


def _why(model: str | None) -> str:
    if model is None:
        return "off; faces = true in the race file lets them be compared"
    return "on; only runners who agreed and people who were enrolled are compared"


def _client(request: Request, who: Who) -> str:
    """Whose requests are counted together: a token's, or else an address's."""
    if who in (EVERYBODY, THIS_COMPUTER):
        return f"address {request.client.host if request.client else ''}"
    return f"token {who.name}"


def _writable(recognition: Recognition) -> People:
    if recognition.recogniser.face_model is None:
        raise Refusal(409, "faces_off", "faces are off; write faces = true into the race file")
    store = recognition.enrols
    if store is None:
        raise _read_only()
    return store


def _read_only() -> Refusal:
    return Refusal(
        409, "read_only_people", "this race was opened to look at only; add --operator to serve"
    )


def _new_person(sent: Sent, who: Who) -> NewPerson:
    """Who is to be enrolled.

    Raises:
        Refusal: the name, the bib or the consent is missing or cannot be (422).
    """
    if sent.fields.get("consent") != "true":
        raise Refusal(
            422, "consent", "consent=true is missing: ask the person before a template is kept"
        )
    name, bib = sent.fields.get("name", "").strip(), sent.fields.get("bib", "").strip()
    if not 1 <= len(name) <= _NAME_LENGTH or not name.isprintable():
        raise Refusal(422, "name", f"name: 1 to {_NAME_LENGTH} characters that can be printed")
    if len(bib) > _BIB_LENGTH or any(one not in ALPHABET for one in bib):
        raise Refusal(422, "bib", "bib: capital letters, digits and hyphens")
    return NewPerson(name, bib or None, who.name, now_ns())
