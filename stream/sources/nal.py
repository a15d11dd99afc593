"""Units of H.264 and H.265 video (NAL units) from the form of files into the form of wires. Pure.

ISO/IEC 14496-15 puts a length before each unit and the parameter sets aside, into a record called
avcC or hvcC; the byte stream of Annex B has start codes and everything in one place.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

START_CODE = b"\x00\x00\x00\x01"
_AVCC_FIXED, _HVCC_FIXED = 5, 22
"""Bytes before the number of parameter sets."""


class NalError(ValueError):
    """Bytes that are not what they should be."""


def parameter_sets(record: bytes, codec: str) -> bytes:
    """The parameter sets of an avcC or hvcC record, each behind a start code.

    Args:
        codec: ``h264`` or ``hevc``.

    Raises:
        NalError: the record is cut short.
    """
    try:
        units = _of_avcc(record) if codec == "h264" else _of_hvcc(record)
        return b"".join(START_CODE + unit for unit in units)
    except (struct.error, IndexError) as error:
        raise NalError(f"the {codec} record is cut short") from error


def length_bytes(record: bytes, codec: str) -> int:
    """How many bytes each length has: 1, 2 or 4."""
    at = 4 if codec == "h264" else 21
    if len(record) <= at:
        raise NalError(f"the {codec} record is cut short")
    return (record[at] & 3) + 1


def byte_stream(data: bytes, n_length: int) -> bytes:
    """A picture whose units have lengths before them, with start codes instead.

    Raises:
        NalError: a unit is longer than the picture.
    """
    units = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + n_length], "big")
        at += n_length
        if at + length > len(data):
            raise NalError("a unit is longer than its picture")
        units.append(START_CODE + data[at : at + length])
        at += length
    return b"".join(units)


def is_byte_stream(data: bytes) -> bool:
    """Whether the bytes begin with a start code, and so not with an avcC or hvcC record."""
    return data[:4] == START_CODE or data[:3] == START_CODE[1:]


def _of_avcc(record: bytes) -> Iterator[bytes]:
    at = _AVCC_FIXED
    for mask in (0x1F, 0xFF):  # sequence, then picture parameter sets
        count = record[at] & mask
        at += 1
        for _ in range(count):
            unit, at = _unit(record, at)
            yield unit


def _of_hvcc(record: bytes) -> Iterator[bytes]:
    at = _HVCC_FIXED + 1
    for _ in range(record[_HVCC_FIXED]):
        (count,) = struct.unpack_from(">H", record, at + 1)
        at += 3
        for _ in range(count):
            unit, at = _unit(record, at)
            yield unit


def _unit(record: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", record, at)
    end = at + 2 + length
    if end > len(record):
        raise IndexError("a parameter set is longer than its record")
    return record[at + 2 : end], end
