"""Lets nvurisrcbin write a camera's own video to disk, file after file, without encoding it.

One recording at a time and camera: when it is done, the next begins a second before its end.
"""

from __future__ import annotations

import ctypes
from collections import deque
from typing import Any

from stream.deepstream.graph import source_name
from stream.graph import Graph

FILE_S = 60
"""Length of a file, seconds."""
OVERLAP_S = 1
"""Seconds from the cache that begin the next file, so that nothing is lost between two."""


def recorded(graph: Graph) -> tuple[int, ...]:
    """Which cameras of a graph record."""
    names = {
        e.name for e in graph.elements if any(key == "smart-record" for key, _ in e.properties)
    }
    return tuple(k for k in range(len(graph.elements)) if source_name(k) in names)


class SmartRecord:
    """The recordings of one run. All methods but the signal are for the runner's thread."""

    def __init__(self, sources: dict[int, Any]) -> None:
        """`sources` are the nvurisrcbins that record, by the number of their camera."""
        self._sources = sources
        self._sessions = {index: ctypes.c_uint32() for index in sources}
        self._done: deque[int] = deque()
        self._begun: set[int] = set()
        for index, source in sources.items():
            source.connect("sr-done", self._file_done, index)

    def seen(self, index: int) -> None:
        """A frame of that camera: what does not record yet begins, what is done goes on."""
        if index in self._sources and index not in self._begun:
            self._begun.add(index)
            self._start(index, 0)
        while self._done:
            self._start(self._done.popleft(), OVERLAP_S)

    def _start(self, index: int, before_s: int) -> None:
        # A pointer is handed over as a capsule without a name; an int is refused.
        capsule_of = ctypes.pythonapi.PyCapsule_New
        capsule_of.restype = ctypes.py_object
        capsule_of.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        session = capsule_of(ctypes.addressof(self._sessions[index]), None, None)
        self._sources[index].emit("start-sr", session, before_s, FILE_S, None)

    def _file_done(self, _source: Any, _info: Any, _user: Any, index: int) -> None:
        # On a thread of nvurisrcbin, which must not wait for itself.
        self._done.append(index)
