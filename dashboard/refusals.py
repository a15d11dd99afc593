"""What the server refuses: an English sentence for people, and a code that pages translate.

The body is ``{"detail": TEXT, "code": CODE, "about": {...}}``, and where parameters are wrong
``detail`` lists what is wrong with each. A code means the same for ever;
``about`` has the names and numbers that stand in the text, so that it can be said in another
language. A page that does not know a code shows the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import FastAPI, HTTPException, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as PlainRefusal
from starlette.requests import HTTPConnection

About = Mapping[str, str | int]

NOTHING: About = MappingProxyType({})


class Refusal(HTTPException):
    """A request is refused.

    Args:
        status: of HTTP.
        code: what is wrong, in small letters and ``_``.
        text: the same for people, in English, with the mend.
        about: what stands in the text.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        text: str,
        about: About = NOTHING,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, text, dict(headers) if headers else None)
        self.code = code
        self.about = dict(about)

    def to_json(self) -> dict[str, object]:
        """The body."""
        return {"detail": self.detail, "code": self.code, "about": self.about}


_NO_PICTURE = "picture_unknown"
_PLAIN: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: ("body_broken", "the body cannot be read"),
        404: ("path_unknown", "there is nothing at this address"),
        405: ("method", "this address does not take this method; see the header Allow"),
    }
)
"""Code and text of what the web framework refuses by itself."""


def tell_refusals(app: FastAPI) -> None:
    """Have every refusal of an application answered alike."""
    app.add_exception_handler(PlainRefusal, _tell)
    app.add_exception_handler(RequestValidationError, _tell_parameters)


async def _tell_parameters(request: Request, refused: Exception) -> JSONResponse:
    del request
    assert isinstance(refused, RequestValidationError)
    # Without what was sent: it may be a token, and NaN is no JSON.
    wrong = [{key: error[key] for key in error if key != "input"} for error in refused.errors()]
    told = {"detail": jsonable_encoder(wrong), "code": "parameter", "about": {}}
    return JSONResponse(told, 422)


def wants_page(connection: HTTPConnection) -> bool:
    """Whether somebody waits for a page: they typed the address or followed a link."""
    asked = connection.scope.get("method") == "GET"
    return asked and "text/html" in connection.headers.get("accept", "")


def no_picture() -> Refusal:
    """A picture is not there, or not any more."""
    return Refusal(404, _NO_PICTURE, "no such picture")


async def _tell(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, PlainRefusal)
    if isinstance(refused, Refusal) and refused.code == _NO_PICTURE and wants_page(request):
        return RedirectResponse("/gallery?gone=1", 303, {"cache-control": "no-store"})
    if not isinstance(refused, Refusal):
        status = refused.status_code
        code, text = _PLAIN.get(status, (f"http_{status}", refused.detail))
        refused = Refusal(status, code, text, headers=refused.headers)
    return JSONResponse(refused.to_json(), refused.status_code, refused.headers)
