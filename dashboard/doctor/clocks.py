"""Whether this machine's clock is set by others: finish times without a camera clock hang on it."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import Final

from dashboard.doctor.findings import Finding, State
from dashboard.doctor.isolated import ask

NAME: Final = "clock"
FAR_S: Final = 0.02
"""An offset that shows in finish times of two decimals."""

MEND: Final = (
    "sudo timedatectl set-ntp true, or install chrony; give the cameras the same time server"
)
_UNSYNCHRONISED, _NANO = 0x40, 0x2000
_TIME_ERROR: Final = 5


@dataclass(frozen=True, slots=True)
class ClockState:
    """What keeps this machine's clock.

    Attributes:
        offset_s: how far the clock is still to be moved; None where nobody knows.
        by: who says so.
    """

    synchronised: bool
    offset_s: float | None
    by: str


def check_clock() -> Finding:
    """Ask the kernel, and chrony where the kernel says no: chrony may keep it to itself."""
    state = kernel_clock()
    if state is None or not state.synchronised:
        answer = ask(["chronyc", "-c", "tracking"], 3.0)
        state = (chrony_clock(answer.text) if answer.ok else None) or state
    return judge_clock(state)


def judge_clock(state: ClockState | None) -> Finding:
    """Pure.

    Args:
        state: None where nothing could be asked.
    """
    if state is None:
        return Finding(NAME, State.WARNING, "cannot be told whether a time server sets it", MEND)
    if not state.synchronised:
        return Finding(NAME, State.WARNING, "no time server sets it", MEND)
    if state.offset_s is None:
        return Finding(NAME, State.OK, f"set by a time server ({state.by})")
    told = f"set by a time server, {abs(state.offset_s) * 1000:.1f} ms off ({state.by})"
    if abs(state.offset_s) > FAR_S:
        return Finding(NAME, State.WARNING, told, "wait until it has settled; see: chronyc sources")
    return Finding(NAME, State.OK, told)


class _Timex(ctypes.Structure):
    """The beginning of Linux's struct timex, with room for the rest; see adjtimex(2)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 40),
    )


def kernel_clock() -> ClockState | None:
    """What the kernel knows; None where it cannot be asked."""
    if not sys.platform.startswith("linux"):
        return None
    timex = _Timex()
    try:
        result = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return None
    return kernel_state(result, timex.status, timex.offset) if result >= 0 else None


def kernel_state(result: int, status: int, offset: int) -> ClockState:
    """Read adjtimex's answer. Pure; `offset` is in µs, or ns where `status` says so."""
    lost = result == _TIME_ERROR or bool(status & _UNSYNCHRONISED)
    unit = 1e-9 if status & _NANO else 1e-6
    return ClockState(not lost, None if lost else offset * unit, "kernel")


def chrony_clock(tracking: str) -> ClockState | None:
    """Read ``chronyc -c tracking``. Pure; None where that is something else."""
    cells = tracking.split(",")
    try:
        offset_s = float(cells[4])
    except (IndexError, ValueError):
        return None
    synchronised = cells[-1].strip() in {"Normal", "Insert second", "Delete second"}
    return ClockState(synchronised, offset_s if synchronised else None, "chrony")
