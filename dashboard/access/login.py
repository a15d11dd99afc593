"""Signing in and out.

The address that is told with a token is ``/login#token=TOKEN``: what stands behind ``#`` stays
in the browser and gets into no log. The page sends it with ``POST /api/login`` and gets a session
cookie that scripts cannot read (HttpOnly), that no other site's page can use (SameSite=Strict),
and that is never sent in the clear where the page is served with TLS (Secure).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from dashboard.access.attempts import Attempts
from dashboard.access.rules import (
    FORBIDDEN_CODE,
    SESSION_S,
    SIGN_IN_CODE,
    Access,
    Denied,
    Role,
    Who,
    cookie_name,
    require,
)
from dashboard.refusals import Refusal, wants_page

_FRESH = {"cache-control": "no-store"}


class LoginWish(BaseModel):
    """The body of `POST /api/login`."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=1, max_length=200)


class Known(BaseModel):
    """Somebody who is signed in: the token's name and its role."""

    name: str
    role: str


def login_routes(access: Access, static: Path, attempts: Attempts | None = None) -> APIRouter:
    """The page and its two calls.

    Args:
        access: who is who.
        static: where ``login.html`` is.
        attempts: counts wrong tokens.
    """
    router = APIRouter()
    guesses = attempts or Attempts()

    @router.get("/login", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(static / "login.html", headers=_FRESH)

    # Async: on the event loop's own thread the attempts need no lock.
    @router.post("/api/login", response_model=Known)
    async def sign_in(wish: LoginWish, request: Request) -> JSONResponse:
        """Change a token for a session cookie. After five wrong ones in a minute: 429."""
        if access.tokens is None:
            raise Refusal(404, "no_token_needed", "this page needs no token")
        address = request.client.host if request.client else ""
        wait_s = guesses.wait_s(address)
        if wait_s > 0:
            seconds = str(math.ceil(wait_s))
            raise Refusal(
                429, "too_many_tries", f"too many wrong tokens; wait {seconds} s",
                {"seconds": int(seconds)}, {"retry-after": seconds},
            )  # fmt: skip
        token = access.tokens.find(wish.token)
        if token is None:
            guesses.note_wrong(address)
            raise Refusal(401, "token_unknown", "this token is not known here")
        if token.role is Role.FEED:
            raise Refusal(
                403, "token_for_graphics", "this token is for graphics; use it in /overlay"
            )
        answer = JSONResponse({"name": token.name, "role": token.role.word}, headers=_FRESH)
        answer.set_cookie(
            cookie_name(request), access.session(token), max_age=SESSION_S, httponly=True,
            samesite="strict", secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer

    @router.post("/api/logout")
    async def sign_out(request: Request) -> Response:
        """Forget this browser's session."""
        answer = Response(status_code=204)
        answer.delete_cookie(cookie_name(request), httponly=True, samesite="strict")
        return answer

    @router.get("/api/who", response_model=Known)
    async def known(who: Annotated[Who, Depends(require(Role.VIEWER))]) -> JSONResponse:
        """Who is signed in, so that a page shows what its reader may do."""
        return JSONResponse({"name": who.name, "role": who.role.word}, headers=_FRESH)

    return router


async def refuse(connection: HTTPConnection, denied: Exception) -> Response | None:
    """What somebody gets who may not: the login page, a refusal, or a close code.

    A WebSocket is accepted first: a browser tells its page the code of no other refusal.
    """
    assert isinstance(denied, Denied)
    if isinstance(connection, WebSocket):
        await connection.accept()
        code = SIGN_IN_CODE if denied.status_code == 401 else FORBIDDEN_CODE
        await connection.close(code, denied.detail)
        return None
    if denied.status_code == 401 and wants_page(connection):
        return RedirectResponse("/login", 303, headers=_FRESH)
    headers = {**_FRESH, **(denied.headers or {})}
    return JSONResponse(denied.to_json(), denied.status_code, headers)
