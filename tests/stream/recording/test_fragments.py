"""Where the last whole fragment of a recording ends."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest

from stream.recording.fragments import Beginning, whole_length


def box(kind: str, n_bytes: int = 8) -> bytes:
    return struct.pack(">I4s", n_bytes + 8, kind.encode()) + bytes(n_bytes)


def large(kind: str, n_bytes: int = 8) -> bytes:
    return struct.pack(">I4sQ", 1, kind.encode(), n_bytes + 16) + bytes(n_bytes)


HEAD = box("ftyp") + box("moov", 30)
FRAGMENT = box("moof") + box("mdat", 100)


@pytest.mark.parametrize(
    ("situation", "content", "whole"),
    [
        ("nothing", b"", None),
        ("no boxes", b"\x1aE\xdf\xa3 this is Matroska, as far as it matters", None),
        ("no fragments", HEAD + box("mdat", 50), None),
        ("no fragments, cut off", HEAD + box("mdat", 50)[:30], None),
        ("the index behind the pictures", box("ftyp") + box("mdat", 50) + box("moov"), None),
        ("goes on to the end", HEAD + struct.pack(">I4s", 0, b"mdat") + bytes(30), None),
        ("whole fragments", HEAD + FRAGMENT * 2, None),
        ("whole, with an index at the end", HEAD + FRAGMENT * 2 + box("mfra"), None),
        ("half of what says what is in it", HEAD + FRAGMENT + FRAGMENT[:10], HEAD + FRAGMENT),
        ("half of the pictures", HEAD + FRAGMENT + FRAGMENT[:-1], HEAD + FRAGMENT),
        ("no pictures yet", HEAD + FRAGMENT + box("moof"), HEAD + FRAGMENT),
        ("half a header", HEAD + FRAGMENT + FRAGMENT[:5], HEAD + FRAGMENT),
        ("no whole fragment", HEAD + FRAGMENT[:-1], HEAD),
        ("large boxes", HEAD + box("moof") + large("mdat", 99), None),
        (
            "a large box cut off",
            HEAD + FRAGMENT + box("moof") + large("mdat", 99)[:-1],
            HEAD + FRAGMENT,
        ),
        ("a box between", HEAD + box("moof") + box("free") + box("mdat"), None),
        ("a box between, cut off", HEAD + box("moof") + box("free"), HEAD),
        ("a preview before each", HEAD + box("sidx") + FRAGMENT + box("sidx") + b"\0", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_whole_is_left_out(
    situation: str, content: bytes, whole: bytes | int | None
) -> None:
    found = whole_length(io.BytesIO(content), len(content))
    if isinstance(whole, int):
        assert found == len(content) - whole, situation
    else:
        assert found == (None if whole is None else len(whole)), situation


def test_a_beginning_is_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(bytes(range(100)))
    with Beginning(path, 40) as file:
        assert file.readable() and file.seekable()
        assert file.read(30) == bytes(range(30))
        assert file.read(30) == bytes(range(30, 40))
        assert file.read(30) == b""
        assert file.seek(-5, io.SEEK_END) == file.tell() == 35
        assert file.readall() == bytes(range(35, 40))
        assert file.seek(60) == 60 and file.read(5) == b""
        assert file.seek(10) == 10 and file.read(1) == b"\n"
    assert file.closed
