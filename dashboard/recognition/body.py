"""The bodies of requests: multipart, JSON with base64, or a picture's bytes; never too much of it.

What comes is counted while it comes, and no more is kept once it is too much.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from dashboard.bodies import MULTIPART, chunks, kind_of, within
from dashboard.recognition.picture import FORMATS
from dashboard.refusals import Refusal

JSON: Final = "application/json"
TYPES: Final = (MULTIPART, JSON, *FORMATS)
"""Media types that a body may have."""

_OTHERWISE: Final = 64 * 1024
"""Bytes of a body that are no picture: names, boundaries, braces."""
_MOST_FIELDS: Final = 16


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes that may be sent, and how long it may take.

    Attributes:
        one, all_: bytes of one picture, and of all.
        most: pictures.
        within_s: seconds for the whole body.
    """

    one: int
    all_: int
    most: int
    within_s: float


@dataclass(frozen=True, slots=True)
class Sent:
    """What came: pictures in their order, and fields as text."""

    pictures: tuple[bytes, ...]
    fields: Mapping[str, str]


async def read_sent(request: Request, sizes: Sizes) -> Sent:
    """Read a body whose pictures are called ``file`` (JSON: or ``files``, a list).

    Raises:
        Refusal: too large (413), too slow (408), of another type (415), broken (400), or without
            what must be in it (422).
    """
    kind = kind_of(request, TYPES)
    async with within(sizes.within_s):
        sent = await _read(request, kind, sizes)
    if not sent.pictures:
        raise Refusal(422, "no_picture", "there is no picture; send one as file")
    if len(sent.pictures) > sizes.most:
        raise Refusal(
            422, "too_many_pictures", f"send at most {sizes.most} pictures", {"most": sizes.most}
        )
    if any(len(one) > sizes.one for one in sent.pictures):
        raise _too_large(sizes.one)
    return sent


async def _read(request: Request, kind: str, sizes: Sizes) -> Sent:
    if kind == MULTIPART:
        return await _of_form(request, sizes)
    if kind == JSON:
        body = await _whole(request, _base64_length(sizes.all_) + _OTHERWISE, sizes)
        # Megabytes of base64: not on the event loop.
        return await asyncio.to_thread(_of_json, body)
    body = await _whole(request, sizes.one, sizes)
    return Sent((body,) if body else (), {})


async def _whole(request: Request, most: int, sizes: Sizes) -> bytes:
    return b"".join([chunk async for chunk in chunks(request, most, _too_large(sizes.all_))])


async def _of_form(request: Request, sizes: Sizes) -> Sent:
    stream = chunks(request, sizes.all_ + _OTHERWISE, _too_large(sizes.all_))
    parser = MultiPartParser(
        request.headers, stream, max_files=sizes.most + 1, max_fields=_MOST_FIELDS
    )
    # Pictures of people stay in memory and never lie in a file.
    parser.spool_max_size = sizes.all_ + _OTHERWISE
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Refusal(400, "body_broken", f"the form cannot be read: {error.message}") from error
    try:
        return await _sent(form)
    finally:
        await form.close()


async def _sent(form: FormData) -> Sent:
    pictures = []
    fields = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name in {"file", "files"}:
                pictures.append(await value.read())
        else:
            fields[name] = value
    return Sent(tuple(pictures), fields)


def _of_json(body: bytes) -> Sent:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "body_broken", "the body is no JSON; check its syntax") from error
    if not isinstance(told, dict):
        raise Refusal(422, "no_picture", 'write {"file": "..."} with the picture in base64')
    files = told.get("files", [told["file"]] if "file" in told else [])
    if not isinstance(files, list) or not all(isinstance(one, str) for one in files):
        raise Refusal(422, "not_base64", "file: a text in base64; files: a list of them")
    pictures = tuple(_decoded(one) for one in files)
    fields = {
        name: json.dumps(value) if isinstance(value, bool) else value
        for name, value in told.items()
        if isinstance(value, str | bool) and name not in {"file", "files"}
    }
    return Sent(pictures, fields)


def _decoded(text: str) -> bytes:
    """Base64, also as a browser's ``data:`` address, and with line breaks."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(422, "not_base64", f"file: this is no base64 ({error})") from error


def _base64_length(n_bytes: int) -> int:
    """Characters for so many bytes, with a line break after every 76."""
    characters = (n_bytes + 2) // 3 * 4
    return characters + characters // 38


def _too_large(most: int) -> Refusal:
    return Refusal(
        413,
        "too_large",
        f"more than {most} bytes; send less, or a smaller picture",
        {"bytes": most},
    )
