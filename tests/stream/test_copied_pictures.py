from __future__ import annotations

from pathlib import Path

import pytest

from stream.copied_pictures import Copy, copy_pictures
from stream.export.errors import ExportError
from stream.store.seen_runners import Standing


def write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def below(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*") if path.is_file()
    }  # fmt: skip


def test_each_bib_has_a_folder_and_nothing_is_written_over(tmp_path: Path) -> None:
    one, other = write(tmp_path / "x/IMG_1.jpg", "one"), write(tmp_path / "y/IMG_1.jpg", "other")
    out = tmp_path / "out"
    mine = write(out / "7/IMG_1.jpg", "somebody's own")
    copies = [Copy("7", (one, other, one)), Copy(None, (one,)), Copy("A/1", (one,))]
    done = copy_pictures(copies, out)
    assert (done.new, done.kept, done.missing) == (4, 0, [])
    shown = below(out)
    [odd] = [name for name in shown if name.startswith("A-1-")]
    assert shown == {
        "7/IMG_1.jpg": "somebody's own", "7/IMG_1-2.jpg": "one", "7/IMG_1-3.jpg": "other",
        "unknown/IMG_1.jpg": "one", odd: "one",
    }  # fmt: skip
    again = copy_pictures(copies, out)
    assert (again.new, again.kept) == (0, 4)
    assert below(out) == shown
    assert mine.read_text(encoding="utf-8") == "somebody's own"


def test_who_is_not_sure_lies_apart(tmp_path: Path) -> None:
    mine, other = write(tmp_path / "a.jpg", "mine"), write(tmp_path / "b.jpg", "somebody else")
    copies = [
        Copy("7", (mine,)),
        Copy("7", (other,), Standing.MATCHED),
        Copy("7", (other,), Standing.UNSURE),
        Copy(None, (other,), Standing.UNREAD),
    ]
    assert copy_pictures(copies, tmp_path / "out").new == 4
    assert below(tmp_path / "out") == {
        "7/a.jpg": "mine", "7/matched/b.jpg": "somebody else", "7/unsure/b.jpg": "somebody else",
        "unknown/b.jpg": "somebody else",
    }  # fmt: skip


def test_a_missing_file_is_told_and_the_rest_is_copied(tmp_path: Path) -> None:
    there, gone = write(tmp_path / "a.jpg", "a"), tmp_path / "gone.jpg"
    done = copy_pictures([Copy("7", (gone, there))], tmp_path / "out")
    assert (done.new, done.missing) == (1, [gone])
    assert below(tmp_path / "out") == {"7/a.jpg": "a"}


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    there = write(tmp_path / "a.jpg", "a")
    write(tmp_path / "out", "a file, not a folder")
    with pytest.raises(ExportError, match=r"cannot be copied to .*name another folder"):
        copy_pictures([Copy("7", (there,))], tmp_path / "out")
