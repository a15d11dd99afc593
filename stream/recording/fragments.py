"""Recordings that are still being written, or whose writer died: whole up to a fragment's end.

A fragmented MP4 is a row of boxes; each fragment is a ``moof`` box, which says what is in the
``mdat`` box behind it. FFmpeg refuses a file that ends inside a ``moof``.
"""

from __future__ import annotations

import io
import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

FilmPacket: TypeAlias = "Packet[VideoStream] | Packet[AudioStream]"

log = logging.getLogger(__name__)

_HEADER = struct.Struct(">I4s")
_LARGE = struct.Struct(">Q")


def whole_length(file: BinaryIO, n_bytes: int) -> int | None:
    """Where the last whole fragment of a file ends; None where nothing needs to be left out.

    Args:
        n_bytes: how long the file is.
    """
    at = whole = 0
    fragmented = in_fragment = False
    while at < n_bytes:
        kind, size = _box(file, at)
        fragmented = fragmented or kind == b"moof"
        at += size or n_bytes - at
        if not kind or at > n_bytes:
            break
        in_fragment = kind == b"moof" or (in_fragment and kind != b"mdat")
        if not in_fragment:
            whole = at
    return whole if fragmented and whole < n_bytes else None


def readable(path: Path) -> str | Beginning:
    """What FFmpeg can open of a file: the file itself, or as much of a recording as is whole.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as content:
        n_bytes = whole_length(content, path.stat().st_size)
    return str(path) if n_bytes is None else Beginning(path, n_bytes)


def whole_packets(
    container: InputContainer, *streams: VideoStream | AudioStream
) -> Iterator[FilmPacket]:
    """Packets from where the file stands to its end, or to where it is cut off or damaged."""
    try:
        for packet in container.demux(*streams):
            if packet.is_corrupt:
                break
            if packet.size and packet.pts is not None:
                yield cast("FilmPacket", packet)
    except (av.FFmpegError, OSError) as error:
        log.warning("%s ends where it is damaged: %s", container.name, error)


class Beginning(io.RawIOBase):
    """The first bytes of a file, to read; closing it closes the file."""

    def __init__(self, path: Path, n_bytes: int) -> None:
        self._file = path.open("rb")
        self._n_bytes = n_bytes

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """Any place in it can be gone to."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill a buffer as far as there is something left."""
        left = max(self._n_bytes - self._file.tell(), 0)
        return self._file.readinto(memoryview(buffer)[:left])

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        if whence == io.SEEK_END:
            return self._file.seek(self._n_bytes + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where it stands."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def _box(file: BinaryIO, at: int) -> tuple[bytes, int]:
    """Kind and size of a box; no kind where it is none, size 0 where it goes on to the end."""
    file.seek(at)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return b"", 0
    size, kind = _HEADER.unpack(header)
    if size == 1:
        large = file.read(_LARGE.size)
        if len(large) < _LARGE.size:
            return b"", 0
        (size,) = _LARGE.unpack(large)
    is_box = all(32 <= letter < 127 for letter in kind) and (size == 0 or size >= _HEADER.size)
    return (kind, size) if is_box else (b"", 0)
