"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from stream.whole_files import put_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_gets_its_place_and_folder(tmp_path: Path) -> None:
    place = tmp_path / "a/b.txt"
    for content in (b"one", b"two"):
        put_whole(place, lambda file, content=content: file.write(content))  # type: ignore[misc]
        assert place.read_bytes() == content
    assert names(place.parent) == ["b.txt"]


def test_the_same_again_is_not_written(tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    put_whole(place, lambda file: file.write(b"one"))
    before = place.stat()
    put_whole(place, lambda file: file.write(b"one"))
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert names(tmp_path) == ["a.txt"]


def test_one_that_breaks_off_leaves_what_stood_there(tmp_path: Path) -> None:
    def broken(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    place = tmp_path / "a.txt"
    place.write_bytes(b"one")
    with pytest.raises(OSError, match="No space"):
        put_whole(place, broken)
    assert place.read_bytes() == b"one"
    assert names(tmp_path) == ["a.txt"]
