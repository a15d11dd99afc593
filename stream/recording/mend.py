"""Puts right what a run that died has left of its recordings."""

from __future__ import annotations

from pathlib import Path

import av

from stream.clock import SECOND_NS
from stream.recording.fragments import readable, whole_packets
from stream.store import SegmentRow, Store

NOTHING_BYTES = 4096
"""A file of no more is a header at most."""


def mend_segments(store: Store) -> list[str]:
    """Give segments that were being written their end; forget those without a single picture.

    A file that is larger than a beginning, and yet cannot be read, stays for somebody to look at.

    Call it before anything is recorded.

    Returns:
        One line for each, for the log.

    Raises:
        StoreError: the race folder cannot be written.
    """
    said = []
    for row in store.segments():
        if row.end_utc_ns is not None or row.segment.referenced or row.deleted:
            continue
        said.append(_mend(store, row))
    return said


def _mend(store: Store, row: SegmentRow) -> str:
    path = store.folder / row.segment.path
    length_ns = readable_ns(path)
    if length_ns is None:
        store.delete_segments([row.id])
        if path.is_file() and path.stat().st_size > NOTHING_BYTES:
            return f"{row.segment.path} cannot be read; it is left as it is"
        path.unlink(missing_ok=True)
        return f"{row.segment.path} held no picture and was removed"
    store.end_segment(row.id, row.segment.first_utc_ns + length_ns, path.stat().st_size)
    return f"{row.segment.path} was cut short and can be played for {length_ns / 1e9:.1f} s"


def readable_ns(path: Path) -> int | None:
    """How much video a file holds, up to where it is cut off or damaged; None where there is none.

    All of the file is gone through unless it says how long it is.
    """
    try:
        with av.open(readable(path), "r") as container:
            video = container.streams.video[0]
            base = video.time_base
            assert base is not None
            if video.duration and video.frames:
                return int(video.duration * base * SECOND_NS)
            shown = [
                (packet.pts, packet.pts + (packet.duration or 0))
                for packet in whole_packets(container, video)
                if packet.pts is not None
            ]
    except (av.FFmpegError, OSError, IndexError):
        # Not even a header was written, or the file has gone.
        return None
    if not shown:
        return None
    # Up to the end of the picture shown last; see `SegmentFile.end_ns`.
    length = max(shown)[1] - min(shown)[0]
    return int(length * base * SECOND_NS)
