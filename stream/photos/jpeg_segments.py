"""A JPEG file as its segments: what stands before the pixels can be changed, they cannot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

APP0: Final = 0xE0
APP1: Final = 0xE1
APP13: Final = 0xED
LONGEST: Final = 65533
"""Bytes that a segment can hold."""

_START: Final = b"\xff\xd8"
_SCAN: Final = 0xDA
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


class JpegError(ValueError):
    """A file is not built as JPEG files are."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its marker's second byte, and what it holds without the length."""

    marker: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Jpeg:
    """The segments before the pixels, and all bytes from the first scan on, untouched."""

    segments: tuple[Segment, ...]
    rest: bytes

    def file(self) -> bytes:
        """The file."""
        head = b"".join(_written(segment) for segment in self.segments)
        return _START + head + self.rest

    def find(self, marker: int, begins: bytes) -> tuple[Segment, ...]:
        """The segments with a marker and a beginning."""
        return tuple(
            s for s in self.segments if s.marker == marker and s.content.startswith(begins)
        )

    def with_segment(self, new: Segment, instead_of: Sequence[Segment] = ()) -> Jpeg:
        """A segment in the place of others; without any behind the file's first notes, where
        every program looks."""
        kept = [segment for segment in self.segments if segment not in instead_of]
        places = [at for at, segment in enumerate(self.segments) if segment in instead_of]
        if places:
            place = places[0]
        else:
            place = 0
            while place < len(kept) and kept[place].marker in (APP0, APP1):
                place += 1
        return Jpeg((*kept[:place], new, *kept[place:]), self.rest)


def read_jpeg(content: bytes) -> Jpeg:
    """The segments of a file.

    Raises:
        JpegError: it is no JPEG file, or is cut short before its pixels.
    """
    if not content.startswith(_START):
        raise JpegError("it does not begin as a JPEG file")
    segments: list[Segment] = []
    at = 2
    while True:
        begins = at
        while content[at : at + 2] == b"\xff\xff":
            at += 1
        head = content[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF or head[1] in _ALONE:
            raise JpegError(f"no segment at byte {at}")
        if head[1] == _SCAN:
            return Jpeg(tuple(segments), content[begins:])
        length = int.from_bytes(head[2:], "big")
        inside = content[at + 4 : at + 2 + length]
        if length < 2 or len(inside) != length - 2:
            raise JpegError(f"the segment at byte {at} is cut short")
        segments.append(Segment(head[1], inside))
        at += 2 + length


def _written(segment: Segment) -> bytes:
    length = len(segment.content) + 2
    return bytes((0xFF, segment.marker)) + length.to_bytes(2, "big") + segment.content
