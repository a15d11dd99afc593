"""What the disk guard decides: which segments go, and whether recording may go on. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from stream.recording.settings import GB, RecordingSettings
from stream.store import GuardedSegment

HYSTERESIS = 1.1
"""Recording that has stopped goes on when there is this much more than the limit."""


class Level(StrEnum):
    """How much room there is."""

    OK = "ok"
    TIGHT = "tight"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class DiskStatus:
    """The disk of the race folder.

    Attributes:
        free_bytes: on the disk.
        video_bytes: of all recorded segments.
        message: for people; empty while there is room.
        room_bytes: how much more may be recorded before recording stops.
    """

    level: Level
    free_bytes: int
    video_bytes: int
    message: str = ""
    room_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now: `delete` these segments, then show `status`."""

    delete: tuple[GuardedSegment, ...]
    status: DiskStatus


def decide(
    segments: Sequence[GuardedSegment],
    free_bytes: int,
    video_bytes: int,
    settings: RecordingSettings,
    *,
    was_full: bool,
    bytes_per_s: float = 0.0,
) -> Decision:
    """What to delete, and how it stands afterwards.

    Segments in which nobody was seen go first, the oldest first; then those whose runners have no
    bib, seen or confirmed. What shows a runner with a bib is never deleted.

    Args:
        segments: what is recorded and complete, oldest first.
        video_bytes: of all video, what is not in `segments` too.
        was_full: recording is stopped now.
        bytes_per_s: what recording takes, to tell how long the room will last.
    """
    short = shortage(free_bytes, video_bytes, settings, was_full)
    chosen: list[GuardedSegment] = []
    freed = 0
    for tier in (
        [one for one in segments if not one.sighted],
        [one for one in segments if one.sighted and not one.tagged],
    ):
        for segment in tier:
            if freed >= short:
                break
            chosen.append(segment)
            freed += segment.n_bytes
    free, used = free_bytes + freed, video_bytes - freed
    return Decision(tuple(chosen), _status(free, used, settings, was_full, bytes_per_s))


def shortage(free_bytes: int, video_bytes: int, settings: RecordingSettings, was_full: bool) -> int:
    """How many bytes of video should go: enough that recording may go on where it has stopped."""
    ease = HYSTERESIS if was_full else 1.0
    short = settings.delete_below_free_gb * GB * ease - free_bytes
    if settings.most_gb:
        short = max(short, video_bytes - settings.most_gb * GB / ease)
    return max(0, math.ceil(short))


def _status(
    free: int, used: int, settings: RecordingSettings, was_full: bool, bytes_per_s: float
) -> DiskStatus:
    ease = HYSTERESIS if was_full else 1.0
    if free < settings.stop_below_free_gb * GB * ease:
        message = (
            f"Recording has stopped: {_size(free)} are left on the disk. Tagging goes on. Free "
            "some space; recording goes on by itself. Video of tagged runners is never deleted "
            "by finishline."
        )
        return DiskStatus(Level.FULL, free, used, message)
    most = settings.most_gb * GB
    if most and used * ease > most:
        message = (
            f"Recording has stopped: the video has {_size(used)}, and all that is left of it shows "
            f"tagged runners. Tagging goes on. Raise most_gb ({settings.most_gb:g}) or move "
            "video away."
        )
        return DiskStatus(Level.FULL, free, used, message)
    room = free - round(settings.stop_below_free_gb * GB)
    if most:
        room = min(room, round(most) - used)
    if free < settings.warn_free_gb * GB or (most and used > 0.9 * most):
        lasts = f", enough for about {_duration(room / bytes_per_s)}" if bytes_per_s > 0 else ""
        message = f"The disk gets tight: {_size(max(room, 0))} are left for video{lasts}."
        return DiskStatus(Level.TIGHT, free, used, message, max(room, 0))
    return DiskStatus(Level.OK, free, used, "", room)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / GB:.1f} GB" if n_bytes >= GB else f"{n_bytes / 1e6:.0f} MB"


def _duration(seconds: float) -> str:
    if seconds < 5400:
        return f"{max(seconds, 0) / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours"
