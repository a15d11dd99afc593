"""Which thread of a live race goes first: who sees frames before who reads, and nobody for long."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

READER_NICENESS = 5
"""Added to that of the thread that reads, live: a third of the weight of those that see frames.
On two cores too busy to see every frame, half the looks took 430 ms to be read with a tenth of
the weight and eight looks at a time, and 135 to 200 ms so; more frames are dropped for it."""

TURN_S = 0.001
"""How long a thread may keep others from running Python, live; the interpreter's own 5 ms add up,
for a frame passes through four threads on its way to a tag."""


@contextmanager
def short_turns() -> Iterator[None]:
    """Lets the threads of this process take turns of `TURN_S` while the block runs."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def give_way() -> None:
    """Makes the kernel prefer other threads to the calling one.

    A look can wait or be dropped for a better one; a frame that was not seen is lost.
    """
    if sys.platform == "linux":  # elsewhere niceness belongs to a process, not to a thread
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + READER_NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, min(niceness, 19))
