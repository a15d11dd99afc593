"""Reads the notes inside an ONNX file without a runtime.

PP-OCR's models carry their characters there. OpenVINO drops such notes, and loading a model twice
to read a list is slow, so the few fields of the protobuf that matter are walked by hand
(https://protobuf.dev/programming-guides/encoding/, `ModelProto.metadata_props` of onnx.proto).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engines.errors import ModelFileError

_METADATA_PROPS: Final = 14
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def onnx_metadata(model: Path) -> dict[str, str]:
    """The key-value notes of an ONNX file; empty where it has none.

    Raises:
        ModelFileError: the file is absent or no ONNX file.
    """
    notes: dict[str, str] = {}
    try:
        with model.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as all_:
            for field, start, end in _fields(all_, 0, len(all_)):
                if field == _METADATA_PROPS:
                    pair = {f: all_[a:b].decode("utf-8") for f, a, b in _fields(all_, start, end)}
                    notes[pair[1]] = pair.get(2, "")
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise ModelFileError(f"{model} is no readable ONNX file: {error}") from error
    return notes


def _fields(buffer: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """``(field number, first byte, end)`` of every length-delimited field of one message."""
    place = start
    while place < end:
        tag, place = _varint(buffer, place)
        kind = tag & 7
        if kind == _VARINT:
            _, place = _varint(buffer, place)
        elif kind in (_FIXED64, _FIXED32):
            place += 8 if kind == _FIXED64 else 4
        elif kind == _BYTES:
            length, place = _varint(buffer, place)
            if place + length > end:
                raise ValueError("a field is longer than its message")
            yield tag >> 3, place, place + length
            place += length
        else:
            raise ValueError(f"unknown wire type {kind}")


def _varint(buffer: mmap.mmap, place: int) -> tuple[int, int]:
    """A base-128 number and the place behind it."""
    value = shift = 0
    while True:
        byte = buffer[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
        shift += 7
