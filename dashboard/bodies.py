"""How the body of a request comes in: of a known type, in time, and never too much of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Request
from starlette.requests import ClientDisconnect

from dashboard.refusals import Refusal

MULTIPART: Final = "multipart/form-data"

_READ_OUT_BYTES: Final = 32_000_000
"""Most pictures that are a little too large have less; whoever sends more is cut off."""
_READ_OUT_S: Final = 5.0
_SILENT_S: Final = 2.0


def kind_of(request: Request, known: Sequence[str]) -> str:
    """The media type of a body.

    Raises:
        Refusal: it is not one of `known` (415).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in known:
        raise Refusal(415, "body_type", f"send {', '.join(known[:-1])} or {known[-1]}")
    return kind


def announced(request: Request) -> int:
    """Bytes that a body will have as its header says; 0 where it does not."""
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else 0


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Receive a body in this block.

    Raises:
        Refusal: it takes longer (408), or whoever sends it has gone (400).
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Refusal(
            408, "too_slow", f"the request took longer than {seconds:g} s to come"
        ) from error
    except ClientDisconnect as error:
        raise Refusal(400, "cut_short", "the request ended before its body did") from error


async def chunks(request: Request, most: int, too_much: Refusal) -> AsyncGenerator[bytes, None]:
    """A body as it comes, no more of it than `most` bytes.

    Raises:
        Refusal: `too_much`.
    """
    n_bytes = 0
    if announced(request) > most:
        raise too_much
    async for chunk in request.stream():
        n_bytes += len(chunk)
        if n_bytes > most:
            raise too_much
        yield chunk


async def read_out(request: Request, refusal: Refusal) -> None:
    """Read what is left of a body that is refused, while it still comes and up to a bound.

    Whoever is cut off while sending hardly ever reads why. Where more is left the connection ends
    with the refusal: the server would go on to read all that comes otherwise.
    """
    if not await _is_read_out(request):
        refusal.headers = {**(refusal.headers or {}), "connection": "close"}


async def _is_read_out(request: Request) -> bool:
    if announced(request) > _READ_OUT_BYTES:
        return False
    n_bytes = 0
    stream = request.stream()
    try:
        async with asyncio.timeout(_READ_OUT_S):
            while n_bytes < _READ_OUT_BYTES:
                # No task of its own: a server that ends waits for none any more.
                async with asyncio.timeout(_SILENT_S):
                    n_bytes += len(await anext(stream))
    except TimeoutError:
        return False
    except (ClientDisconnect, RuntimeError, StopAsyncIteration):
        return True  # Nobody reads the refusal, or all has come: Starlette gives a body only once.
    return False
