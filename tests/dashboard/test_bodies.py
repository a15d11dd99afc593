"""A body comes in: of a known type, in time, and never too much of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from fastapi import Request
from starlette.types import Message

from dashboard.bodies import announced, chunks, kind_of, read_out, within
from dashboard.refusals import Refusal

TOO_MUCH = Refusal(413, "too_large", "too much")
END = b""


def request(parts: Iterable[bytes | None] = (END,), **headers: str) -> Request:
    """A request whose body comes in parts; at None its sender goes, and behind the last one it
    stays silent unless that is `END`."""
    coming = iter(parts)

    async def receive() -> Message:
        try:
            part = next(coming)
        except StopIteration:
            await asyncio.sleep(60)
            raise
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": part != END}

    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": told}, receive)


async def received(of: Request, most: int = 6, within_s: float = 30.0) -> bytes:
    async with within(within_s):
        return b"".join([part async for part in chunks(of, most, TOO_MUCH)])


def test_what_is_not_too_much_comes_whole() -> None:
    assert asyncio.run(received(request([b"abc", b"def", END]))) == b"abcdef"


@pytest.mark.parametrize(
    ("coming", "within_s", "status", "code"),
    [
        pytest.param(request(content_length="7"), 30, 413, "too_large", id="said before it comes"),
        pytest.param(request([b"abc", b"defg", END]), 30, 413, "too_large", id="while it comes"),
        pytest.param(request([b"abc", None]), 30, 400, "cut_short", id="the sender goes"),
        pytest.param(request([b"abc"]), 0.05, 408, "too_slow", id="the rest never comes"),
    ],
)
def test_what_is_refused(coming: Request, within_s: float, status: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        asyncio.run(received(coming, within_s=within_s))
    assert (refused.value.status_code, refused.value.code) == (status, code)


@pytest.mark.parametrize(
    ("length", "n_bytes"),
    [("", 0), ("12", 12), ("-1", 0), ("1e3", 0), ("\u0661", 0), ("9" * 30, int("9" * 20))],
)
def test_the_announced_length(length: str, n_bytes: int) -> None:
    assert announced(request(content_length=length)) == n_bytes


@pytest.mark.parametrize(
    ("parts", "left", "ends"),
    [
        pytest.param([b"abc", b"def", END], [], False, id="whole"),
        pytest.param([b"abc", None], [], False, id="the sender goes"),
        pytest.param([b"abc", b"d" * 9, b"e", END], [b"e", END], True, id="more than it may be"),
    ],
)
def test_what_is_refused_is_read_to_its_end_or_a_bound(
    parts: list[bytes | None],
    left: list[bytes],
    ends: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dashboard.bodies._READ_OUT_BYTES", 8)
    coming = iter(parts)
    refused = request(coming)
    refusal = Refusal(429, "too_often", "too often", headers={"retry-after": "7"})

    async def reading() -> None:
        with pytest.raises(Refusal):
            await anext(chunks(refused, 2, TOO_MUCH))
        await read_out(refused, refusal)

    asyncio.run(reading())
    assert list(coming) == left
    closing = {"connection": "close"} if ends else {}
    assert refusal.headers == {"retry-after": "7", **closing}


def test_what_is_said_to_be_too_much_is_not_read_at_all() -> None:
    coming = iter([b"abc", END])
    refusal = Refusal(413, "too_large", "too much")
    asyncio.run(read_out(request(coming, content_length="99000000"), refusal))
    assert (refusal.headers, [*coming]) == ({"connection": "close"}, [b"abc", END])


def test_what_has_come_is_not_waited_for() -> None:
    """A server that ends lets nobody wait for another turn of its loop."""
    whole = request([b"abc", END])

    async def answered_at_once() -> bool:
        await received(whole)
        answering = read_out(whole, TOO_MUCH)
        with pytest.raises(StopIteration):
            answering.send(None)
        return True

    assert asyncio.run(answered_at_once())


def test_nobody_waits_long_for_a_body_that_stays_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.bodies._SILENT_S", 0.05)
    refusal = Refusal(413, "too_large", "too much")
    asyncio.run(asyncio.wait_for(read_out(request([b"abc"]), refusal), 20))
    assert refusal.headers == {"connection": "close"}


def test_types() -> None:
    of = request(content_type="IMAGE/JPEG; q=1")
    assert kind_of(of, ("image/png", "image/jpeg")) == "image/jpeg"
    with pytest.raises(Refusal, match="send image/png or text/plain"):
        kind_of(of, ("image/png", "text/plain"))
