"""A photo as the body of a request: the picture's bytes, or a form with one file.

It is written into a file as it comes, and never more than a megabyte of it is in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final
from urllib.parse import unquote

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from dashboard.bodies import MULTIPART, chunks, kind_of, within
from dashboard.recognition.gate import Limits
from dashboard.recognition.picture import FORMATS
from dashboard.refusals import Refusal
from dashboard.uploads.shelf import Part

BYTES: Final = "application/octet-stream"
TYPES: Final = (MULTIPART, *FORMATS, BYTES)
"""Media types that a body may have."""
NAME_HEADER: Final = "x-file-name"
"""The file's name beside a picture's bytes, percent-encoded UTF-8."""

_AT_ONCE: Final = 1 << 20
_OTHERWISE: Final = 64 * 1024
"""Bytes of a form that are no picture."""


async def receive(request: Request, part: Part, limits: Limits) -> str:
    """Write the picture of a body into `part`; the file's name, as it was sent, or "".

    Raises:
        Refusal: too large (413), too slow (408), of another type (415), broken (400), or not one
            picture (422).
        OSError: the disk refuses.
    """
    kind = kind_of(request, TYPES)
    async with within(limits.receive_s):
        if kind == MULTIPART:
            return await _of_form(request, part, limits)
        await _write(chunks(request, limits.max_bytes, _too_large(limits)), part)
        return unquote(request.headers.get(NAME_HEADER, ""))


async def _write(coming: AsyncIterator[bytes], part: Part) -> None:
    """Off the event loop, a megabyte at a time: a disk may stall, the live line may not."""
    waiting = bytearray()
    async for chunk in coming:
        waiting += chunk
        if len(waiting) >= _AT_ONCE:
            await run_in_threadpool(part.write, bytes(waiting))
            waiting.clear()
    await run_in_threadpool(part.write, bytes(waiting))


async def _of_form(request: Request, part: Part, limits: Limits) -> str:
    _, options = parse_options_header(request.headers["content-type"])
    if b"boundary" not in options:
        raise Refusal(400, "body_broken", "the form cannot be read: it has no boundary")
    form = _Form(options[b"boundary"])

    async def pictures() -> AsyncIterator[bytes]:
        async for chunk in chunks(request, limits.max_bytes + _OTHERWISE, _too_large(limits)):
            form.parser.write(chunk)
            yield form.take()

    try:
        await _write(pictures(), part)
        form.parser.finalize()
    except FormParserError as error:
        raise Refusal(400, "body_broken", f"the form cannot be read: {error}") from error
    if part.n_bytes > limits.max_bytes:
        raise _too_large(limits)
    if form.n_files != 1 or not form.ended:
        raise Refusal(422, "one_picture", "send one picture per request, in a form as file")
    return form.name


class _Form:
    """Hears a parser of forms and keeps what belongs to the field ``file``."""

    def __init__(self, boundary: bytes) -> None:
        self.name = ""
        self.n_files = 0
        self.ended = False
        self._inside = False
        self._header = b""
        self._value = b""
        self._kept = bytearray()
        heard: dict[str, Callable[..., None]] = {
            "on_part_begin": self._begin,
            "on_header_begin": self._begin_header,
            "on_header_field": self._add_header,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add,
            "on_end": self._end,
        }
        self.parser = MultipartParser(boundary, heard)  # type: ignore[arg-type]  # a TypedDict

    def take(self) -> bytes:
        """The picture's bytes since the last call."""
        taken = bytes(self._kept)
        self._kept.clear()
        return taken

    def _begin(self) -> None:
        self._inside = False

    def _begin_header(self) -> None:
        self._header = self._value = b""

    def _add_header(self, content: bytes, start: int, end: int) -> None:
        self._header += content[start:end]

    def _add_value(self, content: bytes, start: int, end: int) -> None:
        self._value += content[start:end]

    def _end_header(self) -> None:
        if self._header.lower() != b"content-disposition":
            return
        _, options = parse_options_header(self._value)
        self._inside = options.get(b"name") == b"file"
        if self._inside:
            self.n_files += 1
            self.name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _add(self, content: bytes, start: int, end: int) -> None:
        if self._inside and self.n_files == 1:
            self._kept += content[start:end]

    def _end(self) -> None:
        self.ended = True


def _too_large(limits: Limits) -> Refusal:
    most = limits.max_bytes
    return Refusal(
        413, "photo_too_large", f"the photo has more than {most} bytes; save it smaller",
        {"mb": most // 1_000_000},
    )  # fmt: skip
