"""Python, processor and memory."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from dashboard.doctor.findings import Finding, State
from dashboard.processors import count_processors

_OLDEST, _BEYOND = (3, 11), (3, 14)
_LEAST_FREE_GB = 2.0


def check_python() -> Finding:
    """The Python that runs this."""
    return judge_python(sys.version_info[:3], f"{platform.system()} {platform.machine()}")


def judge_python(version: tuple[int, ...], system: str) -> Finding:
    """Pure."""
    told = f"{'.'.join(map(str, version))} on {system}"
    if _OLDEST <= version < _BEYOND:
        return Finding("Python", State.OK, told)
    mend = "make install PYTHON=/path/to/python3.11, or 3.12 or 3.13"
    return Finding("Python", State.WARNING, told, mend)


def check_processor() -> Finding:
    """Cores that this process may use."""
    return judge_processor(count_processors())


def judge_processor(n_cores: int) -> Finding:
    """Pure."""
    told = "1 core" if n_cores == 1 else f"{n_cores} cores"
    if n_cores >= 2:
        return Finding("processor", State.OK, told)
    return Finding("processor", State.WARNING, told, "a live 1080p camera wants two")


def check_memory() -> Finding:
    """Memory that programs may still have."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return Finding("memory", State.WARNING, "cannot be told on this system")
    return judge_memory(text)


def judge_memory(meminfo: str) -> Finding:
    """Pure.

    Args:
        meminfo: the text of /proc/meminfo.
    """
    sizes = {line.partition(":")[0]: line.split()[1:2] for line in meminfo.splitlines()}
    try:
        total, free = (int(sizes[key][0]) * 1024 / 1e9 for key in ("MemTotal", "MemAvailable"))
    except (KeyError, IndexError, ValueError):
        return Finding("memory", State.WARNING, "cannot be told on this system")
    told = f"{free:.1f} of {total:.1f} GB are free"
    if free < _LEAST_FREE_GB:
        return Finding("memory", State.WARNING, told, "close other programs")
    return Finding("memory", State.OK, told)
