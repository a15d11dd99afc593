"""Who may do what on the page: the check that every route makes.

======== ==================================================================================
feed     ``/api/scoreboard.json``, also by ``?token=``, and nothing else
viewer   every page, picture and number; the live line
operator corrections as well
admin    changes to how the race is watched as well
======== ==================================================================================

Somebody is known by, in this order: ``Authorization: Bearer TOKEN`` (programs), the session
cookie that ``POST /api/login`` gives (browsers), or by sitting at this computer: whoever comes
from the loopback address needs no token, unless ``require_token`` asks for one, or the request
was passed on by a proxy or belongs to another server's page.

`create_app` makes every route ask for a viewer. A route that needs more says so::

    @router.post("/api/corrections")
    def correct(wish: Wish, who: Annotated[Who, Depends(require(Role.OPERATOR))]) -> ...:

or, in a function that has the request, ``permit(request, Role.OPERATOR).name``.

What writes must be a POST (PUT, PATCH, DELETE) from our own page or a program: a browser says
in ``Origin`` whose page it is, and a form of another page cannot send JSON. Where forms are taken,
at `PICTURE_PATHS`, ``Origin`` and ``Sec-Fetch-Site`` tell them, which every browser sends.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import HTTPConnection

from dashboard.access.tokens import Role, Token, Tokens
from dashboard.refusals import Refusal
from stream.clock import SECOND_NS, now_ns

__all__ = ["Access", "Denied", "Role", "Who", "permit", "require", "viewers_unless_open"]

SESSION_S = 7 * 86_400
"""A session lasts a week: longer than any race, shorter than a forgotten tablet."""

SIGN_IN_CODE = 4401
"""The WebSocket closes with this where nobody is signed in,"""
FORBIDDEN_CODE = 4403
"""and with this where the role is too low."""

OPEN_PATHS = frozenset({"/login", "/api/login", "/healthz", "/overlay", "/api/scoreboard.json"})
"""Paths that check for themselves, or have nothing to hide."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Neither can come from a form, nor from a script of another page without being asked for first.
_WRITTEN_AS = frozenset({"application/json", "application/sdp"})
PICTURE_PATHS = frozenset({"/recognition", "/recognition/people", "/api/photos"})
"""Pictures are sent here as forms, too; these routes refuse by themselves what they cannot read."""
_FOREIGN_SITES = frozenset({"cross-site", "same-site"})
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip")


class Denied(Refusal):
    """Nobody is signed in (401), or somebody who may not do this (403)."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who was let in. `name` is the token's, for the record of corrections."""

    name: str
    role: Role


EVERYBODY = Who("everybody", Role.ADMIN)
THIS_COMPUTER = Who("this computer", Role.ADMIN)


class Access:
    """Who is who, for one race.

    Args:
        folder: the race folder, where the tokens are; None lets everybody do everything,
            which is for pages that nobody else can reach.
        require_token: this computer needs a token, too.
        clock: UTC, nanoseconds.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        require_token: bool = False,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self.tokens = None if folder is None else Tokens(folder)
        self._require_token = require_token
        self._clock = clock

    def who(self, connection: HTTPConnection, token_in_query: bool = False) -> Who | None:
        """Who sends this; None where nobody is known.

        Args:
            token_in_query: a token of the role feed may stand in the address.
        """
        if self.tokens is None:
            return EVERYBODY
        kind, _, secret = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return _named(self.tokens.find(secret.strip()))
        if token_in_query and "token" in connection.query_params:
            found = self.tokens.find(connection.query_params["token"])
            # Addresses end up in logs and histories: no other role's token is taken from there.
            return _named(found) if found is not None and found.role is Role.FEED else None
        session = connection.cookies.get(cookie_name(connection))
        known = None if session is None else self._of_session(session)
        if known is not None:
            return known
        return THIS_COMPUTER if not self._require_token and _is_here(connection) else None

    def session(self, token: Token) -> str:
        """The content of a new session cookie."""
        if self.tokens is None:
            raise ValueError("there are no sessions where everybody may do everything")
        until_s = self._clock() // SECOND_NS + SESSION_S
        told = f"{quote(token.name, safe='')}.{until_s}"
        return f"{told}.{self.tokens.sign(f'{told}.{token.sha256}')}"

    def _of_session(self, session: str) -> Who | None:
        told, _, signature = session.rpartition(".")
        name, _, until_s = told.rpartition(".")
        if self.tokens is None or not (until_s.isascii() and until_s.isdigit()):
            return None
        token = self.tokens.find_name(unquote(name))
        # The token's hash is signed too: one made anew under the same name has other sessions.
        expected = self.tokens.sign(f"{told}.{token.sha256 if token else ''}")
        signed = hmac.compare_digest(expected.encode(), signature.encode())
        fresh = len(until_s) < 20 and int(until_s) > self._clock() // SECOND_NS
        return _named(token) if signed and fresh else None


def permit(connection: HTTPConnection, needed: Role, *, token_in_query: bool = False) -> Who:
    """Who sends this, if they may.

    Raises:
        Denied: nobody is signed in, or the role is too low.
        Refusal: a request that writes comes from elsewhere (403) or is no JSON (415).
    """
    refuse_foreign_writes(connection)
    access: Access = connection.app.state.access
    who = access.who(connection, token_in_query)
    if who is None:
        raise Denied(401, "sign_in", "sign in first", headers={"www-authenticate": "Bearer"})
    if who.role < needed:
        raise Denied(
            403,
            "role",
            f"this needs the role {needed.word}; {who.name} is {who.role.word}",
            {"role": needed.word},
        )
    return who


def require(
    needed: Role, *, token_in_query: bool = False
) -> Callable[[HTTPConnection], Awaitable[Who]]:
    """A dependency for FastAPI; see `permit`."""

    async def permitted(connection: HTTPConnection) -> Who:
        return permit(connection, needed, token_in_query=token_in_query)

    return permitted


async def viewers_unless_open(connection: HTTPConnection) -> None:
    """The least that every route asks, those of `OPEN_PATHS` apart."""
    if connection.scope["path"] in OPEN_PATHS:
        refuse_foreign_writes(connection)
    else:
        permit(connection, Role.VIEWER)


def refuse_foreign_writes(connection: HTTPConnection) -> None:
    """Raise Refusal where a request that writes may be another page's doing."""
    if connection.scope["type"] != "http" or connection.scope["method"] in _SAFE_METHODS:
        return
    headers = connection.headers
    if not _is_our_page(headers) or headers.get("sec-fetch-site") in _FOREIGN_SITES:
        raise Refusal(403, "foreign_page", "pages of other servers may not write here")
    if connection.scope["path"] in PICTURE_PATHS:
        return
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if connection.scope["method"] == "POST" and kind not in _WRITTEN_AS:
        raise Refusal(415, "not_json", "send JSON, with content-type application/json")


def cookie_name(connection: HTTPConnection) -> str:
    """One for each port: browsers give all servers of a machine the same cookies."""
    try:
        port = urlsplit("//" + connection.headers.get("host", "")).port
    except ValueError:
        port = None
    return f"finishline-{port}" if port else "finishline"


def _named(token: Token | None) -> Who | None:
    return None if token is None else Who(token.name, token.role)


def _is_our_page(headers: Mapping[str, str]) -> bool:
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _is_here(connection: HTTPConnection) -> bool:
    """Whether a person or program on this computer asks for itself."""
    headers = connection.headers
    if connection.client is None or any(name in headers for name in _PASSED_ON):
        return False
    try:
        address = ipaddress.ip_address(connection.client.host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return address.is_loopback and _is_our_page(headers)
