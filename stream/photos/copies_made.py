"""Which files in a folder of copies were made here: others are never replaced, nor removed.

They stand in a hidden file in that folder, a line each, by path and content. A line is written
before its file, so that a run that was killed leaves no file of which nobody knows.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Final

from stream.whole_files import put_whole, sync

RECORD: Final = ".finishline-copies.jsonl"
NOT_OURS: Final = (
    "another file has this name, or the copy was changed there; move it away, or name another "
    "folder with --keywords-to"
)


class CopiesMade:
    """The files of a folder that were made here.

    Args:
        folder: of the copies; may be missing.

    Raises:
        OSError: its record cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._record = folder / RECORD
        self._made: set[tuple[str, str]] = set()
        if self._record.exists():
            text = self._record.read_text(encoding="utf-8", errors="replace")
            self._made = {made for made in map(_made_in, text.splitlines()) if made is not None}

    def has(self, place: Path) -> bool:
        """Whether a file is there that was made here and is as it was made."""
        return place.is_file() and self._key(place, place.read_bytes()) in self._made

    def check(self, place: Path, content: bytes) -> None:
        """Make sure that a file may be put there.

        Raises:
            FileExistsError: one is there that was not made here, with another content.
        """
        if not os.path.lexists(place) or self.has(place):
            return
        if not (place.is_file() and place.read_bytes() == content):
            raise FileExistsError(errno.EEXIST, NOT_OURS, str(place))

    def put(self, place: Path, content: bytes) -> None:
        """Put a file there, whole.

        Raises:
            FileExistsError: see `check`.
            OSError: it cannot be written.
        """
        self.check(place, content)
        key = self._key(place, content)
        if key not in self._made:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._record.open("ab") as file:
                # The line before may have been broken off.
                file.write(b"\n" + json.dumps(key).encode())
                sync(file)
            self._made.add(key)
        put_whole(place, lambda file: file.write(content))

    def remove(self, place: Path) -> None:
        """Remove a file that was made here; any other stays."""
        if self.has(place):
            place.unlink()

    def _key(self, place: Path, content: bytes) -> tuple[str, str]:
        return (
            place.relative_to(self._folder).as_posix(),
            hashlib.sha256(content).hexdigest(),
        )


def _made_in(line: str) -> tuple[str, str] | None:
    """One line of the record; None where it was broken off."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    match told:
        case [str(place), str(digest)]:
            return place, digest
    return None
