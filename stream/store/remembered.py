"""The names of a start list, without those of runners who were forgotten, at every moment.

A race that is only shown is open to nobody's writing: ``finishline forget`` may erase a runner
while the pages are served.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from stream.start_list import Entry, StartList, bib_key
from stream.store.folder import DATABASE
from stream.store.forgetting import forgotten_in

_Stamp: TypeAlias = tuple[tuple[int, int, int] | None, ...]


class Remembered:
    """A start list of a race that is shown. Safe from any thread."""

    def __init__(self, folder: Path, listed: StartList) -> None:
        """Of a race folder, with its start list as it was read."""
        self._listed = listed
        self._files = tuple(folder / f"{DATABASE}{ending}" for ending in ("", "-wal"))
        self._folder = folder
        self._known: tuple[_Stamp, frozenset[str]] | None = None

    def find(self, bib: str) -> Entry | None:
        """The entry with this bib; None where there is none, or its runner was forgotten.

        Raises:
            StoreError: the race cannot be read.
        """
        entry = self._listed.find(bib)
        return None if entry is None or bib_key(bib) in self._forgotten() else entry

    def _forgotten(self) -> frozenset[str]:
        """Read anew whenever the database was written to: a name is asked for many times."""
        now = tuple(map(_stamp, self._files))
        if self._known is None or self._known[0] != now:
            self._known = now, forgotten_in(self._folder)
        return self._known[1]


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
