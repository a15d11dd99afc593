"""How many processors there are to compute with."""

from __future__ import annotations

import os


def count_processors() -> int:
    """Those that this process may use, where the system tells; else all. At least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
