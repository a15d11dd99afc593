"""Who may ask: the check of host and origin, and the headers of every answer.

A page on the web can make a visitor's browser ask a server on the visitor's own network,
under a name that suddenly points there (DNS rebinding), and can open a WebSocket to any
address. Both are told by the name in ``Host`` and the page in ``Origin``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.refusals import Refusal

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


def host_name(host: str) -> str:
    """The name in a ``Host`` header, without port and brackets, in lower case."""
    try:
        return urlsplit("//" + host).hostname or ""
    except ValueError:
        return ""


def is_address(name: str) -> bool:
    """Whether `name` is an IP address: nobody can make an address point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: answers only to addresses, ``localhost`` and the names given."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = frozenset({"localhost", *(name.lower() for name in names)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope), scope["type"] == "websocket")
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.detail})
        else:
            answer = JSONResponse(refusal.to_json(), refusal.status_code)
            await answer(scope, receive, _with_headers(send))

    def _refusal(self, headers: Headers, websocket: bool) -> Refusal | None:
        host = headers.get("host", "")
        name = host_name(host)
        if name not in self._names and not is_address(name):
            text = f"this server does not answer to the name {name!r}"
            return Refusal(421, "host_name", text, {"name": name})
        origin = headers.get("origin")
        if websocket and origin is not None and urlsplit(origin).netloc != host:
            return Refusal(403, "foreign_page", "pages of other servers may not listen here")
        return None


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
