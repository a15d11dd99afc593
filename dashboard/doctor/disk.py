"""Room and speed of the disk that the race is written to."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboard.doctor.findings import Finding, State
from dashboard.doctor.needs import MB_PER_CAMERA_S, Needs
from stream.clock import SECOND_NS, monotonic_ns
from stream.recording.settings import GB, RecordingSettings

MOST_BYTES: Final = 256_000_000
MOST_NS: Final = 2 * SECOND_NS
SPARE: Final = 4.0
"""The disk should write so many times what the cameras send: pictures and the database go there
too, and other programs."""

_CHUNK: Final = bytes(range(256)) * 15625
"""4 MB; not zeros, which some file systems do not write at all."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What was written, in what time."""

    n_bytes: int
    took_ns: int

    @property
    def mb_s(self) -> float:
        """Megabytes (10^6) per second."""
        return self.n_bytes / max(self.took_ns, 1) * SECOND_NS / 1e6


def check_room(folder: Path, needs: Needs) -> Finding:
    """How much is free where `folder` lies."""
    name = "disk space"
    try:
        free = shutil.disk_usage(existing(folder)).free
    except OSError as error:
        return Finding(name, State.MISSING, f"{folder}: {error.strerror}", "choose another folder")
    return judge_room(free, needs.recording, needs.n_recorded)


def judge_room(free_bytes: int, recording: RecordingSettings, n_recorded: int) -> Finding:
    """Pure."""
    name, free_gb = "disk space", free_bytes / GB
    told = f"{free_gb:.1f} GB are free"
    if n_recorded:
        hours = max(free_gb - recording.stop_below_free_gb, 0) * 1000 / (n_recorded * _rate(1))
        told += f", {hours / 3600:.1f} h of {_cameras(n_recorded)} at 16 Mbit/s each"
    if free_gb < recording.stop_below_free_gb:
        mend = f"free some: recording stops below {recording.stop_below_free_gb:g} GB"
        return Finding(name, State.MISSING if n_recorded else State.WARNING, told, mend)
    if free_gb < recording.warn_free_gb:
        mend = f"free some: below {recording.warn_free_gb:g} GB the dashboard warns"
        return Finding(name, State.WARNING, told, mend)
    return Finding(name, State.OK, told)


def check_speed(folder: Path, needs: Needs) -> Finding:
    """Write into `folder` and delete it again."""
    at = existing(folder)
    try:
        speed = write_speed(at)
    except OSError as error:
        mend = "choose a folder that may be written to, with --disk DIR"
        return Finding("disk speed", State.MISSING, f"{at}: {error.strerror}", mend)
    return judge_speed(speed, needs.n_recorded)


def judge_speed(speed: Speed, n_recorded: int) -> Finding:
    """Pure."""
    name = "disk speed"
    told, wanted = f"{speed.mb_s:.0f} MB/s written", _rate(n_recorded)
    if n_recorded:
        told += f"; {_cameras(n_recorded)} need up to {wanted:g} MB/s"
    mend = "record to an internal SSD: --race DIR; or record fewer cameras"
    if speed.mb_s < wanted:
        return Finding(name, State.MISSING, told, mend)
    if speed.mb_s < max(wanted, _rate(1)) * SPARE:
        return Finding(name, State.WARNING, told, mend)
    return Finding(name, State.OK, told)


def write_speed(folder: Path, most_bytes: int = MOST_BYTES, most_ns: int = MOST_NS) -> Speed:
    """Write until either limit is met, to the disk itself and not to memory.

    Raises:
        OSError: it cannot be written.
    """
    written, began_ns = 0, monotonic_ns()
    with tempfile.TemporaryFile(dir=folder, prefix=".finishline-doctor-") as file:
        while written < most_bytes and monotonic_ns() - began_ns < most_ns:
            file.write(_CHUNK)
            file.flush()
            os.fdatasync(file.fileno())
            written += len(_CHUNK)
        return Speed(written, monotonic_ns() - began_ns)


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there already."""
    folder = folder.absolute()
    return next((one for one in (folder, *folder.parents) if one.is_dir()), folder)


def _rate(n_recorded: int) -> float:
    return n_recorded * MB_PER_CAMERA_S


def _cameras(n: int) -> str:
    return "1 camera" if n == 1 else f"{n} cameras"
