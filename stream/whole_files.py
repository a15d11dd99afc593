"""Files that others find whole or not at all, whenever the program ends."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def sync(file: BinaryIO) -> None:
    """Wait until what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def put_whole(place: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file under a name of its own and only then give it its place.

    One that would be the same stays untouched, so that nobody copies it anew.

    Args:
        place: of the file; its folder is made where it is missing.
        write: writes the content.

    Raises:
        OSError: it cannot be written; what stood there stays.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    try:
        with part.open("wb") as file:
            write(file)
            sync(file)
        if not (place.exists() and filecmp.cmp(part, place, shallow=False)):
            part.replace(place)
    finally:
        part.unlink(missing_ok=True)
