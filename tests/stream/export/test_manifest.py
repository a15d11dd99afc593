"""The list of an export: whole after any crash, one writer, nothing outside its folder."""

from __future__ import annotations

import errno
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from stream.export import ExportError, Manifest
from stream.export.manifest import INCOMING, MANIFEST


def test_what_is_written_is_listed_and_found_again(tmp_path: Path) -> None:
    with Manifest.open(tmp_path / "export") as manifest:
        file = manifest.write(
            "stills/12.jpg", "still", b"hello", key="k", bib="12", camera="finish", first_utc_ns=5
        )
        finished = manifest.incoming("clip")
        finished.write_bytes(b"film")
        manifest.add_file("clips/12.mp4", "clip", finished, bib="12", codec="h264", end_utc_ns=9)
        assert not finished.exists()
    assert file.sha256 == hashlib.sha256(b"hello").hexdigest()
    with Manifest.open(tmp_path / "export") as manifest:
        assert manifest.find("stills/12.jpg") == file
        assert [one.path for one in manifest.files()] == ["clips/12.mp4", "stills/12.jpg"]
        assert [one.codec for one in manifest.files(bib="12", kind="clip")] == ["h264"]
        assert manifest.files(bib="13") == ()
        assert manifest.find("stills/13.jpg") is None
    assert (tmp_path / "export/clips/12.mp4").read_bytes() == b"film"
    assert not (tmp_path / "export" / INCOMING).exists()


@pytest.mark.parametrize(
    ("situation", "key", "content", "current"),
    [
        ("as it was made", "k", b"hello", True),
        ("made from something else", "other", b"hello", False),
        ("cut off", "k", b"hell", False),
        ("removed", "k", None, False),
    ],
)
def test_current_is_what_is_there_and_follows_from_the_same(
    situation: str, key: str, content: bytes | None, current: bool, tmp_path: Path
) -> None:
    with Manifest.open(tmp_path) as manifest:
        manifest.write("a.txt", "table", b"hello", key="k")
        (tmp_path / "a.txt").unlink()
        if content is not None:
            (tmp_path / "a.txt").write_bytes(content)
        assert manifest.is_current("a.txt", key) is current, situation
        assert not manifest.is_current("b.txt", key)


def test_a_file_that_is_written_again_replaces_the_one_before(tmp_path: Path) -> None:
    with Manifest.open(tmp_path) as manifest:
        manifest.write("a.txt", "table", b"one", key="1")
        manifest.write("a.txt", "table", b"three", key="2")
        assert [(one.key, one.n_bytes) for one in manifest.files()] == [("2", 5)]
    assert (tmp_path / "a.txt").read_bytes() == b"three"


@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_removed_is_gone(is_there: bool, tmp_path: Path) -> None:
    with Manifest.open(tmp_path) as manifest:
        manifest.write("a.txt", "table", b"one")
        if not is_there:
            (tmp_path / "a.txt").unlink()
        manifest.remove("a.txt")
    assert not (tmp_path / "a.txt").exists()
    with Manifest.open(tmp_path) as manifest:
        assert manifest.files() == ()


@pytest.mark.parametrize("path", ["../a.txt", "/a.txt", "a/../../b", "a\\b"])
def test_nothing_is_written_outside(path: str, tmp_path: Path) -> None:
    with Manifest.open(tmp_path / "export") as manifest:
        with pytest.raises(ValueError, match="points out"):
            manifest.write(path, "table", b"one")
        with pytest.raises(ValueError, match="points out"):
            manifest.remove(path)
    assert [one.name for one in tmp_path.iterdir()] == ["export"]


@pytest.mark.parametrize(
    ("situation", "text", "message"),
    [
        ("no JSON", "{", "remove it"),
        ("empty", "", "remove it"),
        ("a list", "[]", "remove it"),
        ("no files", '{"version": 1}', "remove it"),
        ("strange files", '{"version": 1, "files": [{"name": "x"}]}', "remove it"),
        ("of another version", '{"version": 9, "files": []}', "another version"),
        (
            "a path that points out",
            '{"version": 1, "files": [{"path": "../x", "kind": "a", "sha256": "", "n_bytes": 1}]}',
            "remove it",
        ),
    ],
)
def test_a_broken_list_is_told_and_left_alone(
    situation: str, text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / MANIFEST).write_text(text)
    for _ in range(2):  # the lock is free again
        with pytest.raises(ExportError, match=message) as caught:
            Manifest.open(tmp_path)
        assert str(tmp_path / MANIFEST) in str(caught.value), situation
    assert (tmp_path / MANIFEST).read_text() == text


def test_one_export_at_a_time(tmp_path: Path) -> None:
    with Manifest.open(tmp_path), pytest.raises(ExportError, match="another export"):
        Manifest.open(tmp_path)
    Manifest.open(tmp_path).close()


@pytest.mark.parametrize(
    ("situation", "why"),
    [
        pytest.param("a file", "it is a file", id="a file"),
        pytest.param("in a file", "Not a directory", id="in a file"),
        pytest.param("in a locked folder", "Permission denied", id="in a locked folder"),
    ],
)
def test_where_no_folder_can_be_is_told(
    situation: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("hello")
    out = tmp_path / "file" if situation == "a file" else tmp_path / "file" / "export"
    if situation == "in a locked folder":
        # Simulated, for nothing is locked for root.
        out = tmp_path / "locked" / "export"

        def refuses(path: Path, *_: object, **__: object) -> NoReturn:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        for asked in ("mkdir", "stat"):
            monkeypatch.setattr(Path, asked, refuses)
    with pytest.raises(ExportError, match=rf"cannot be written to \({why}\); .* --out"):
        Manifest.open(out)


def test_an_export_that_was_killed_leaves_its_lock_free_and_its_list_whole(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from stream.export import Manifest\n"
        "manifest = Manifest.open(Path(sys.argv[1]))\n"
        "manifest.write('a.txt', 'table', b'one'); manifest.save()\n"
        "manifest.write('b.txt', 'table', b'two')\n"
        "manifest.incoming('half').write_bytes(b'hal')\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    assert done.returncode == -9
    assert (tmp_path / INCOMING / "half").exists()
    with Manifest.open(tmp_path) as manifest:
        assert [one.path for one in manifest.files()] == ["a.txt"]
        assert not (tmp_path / INCOMING / "half").exists()
        manifest.write("b.txt", "table", b"two")
    body = json.loads((tmp_path / MANIFEST).read_text())
    assert [row["path"] for row in body["files"]] == ["a.txt", "b.txt"]


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    with Manifest.open(tmp_path) as manifest:
        (tmp_path / "a.txt").mkdir()
        (tmp_path / "a.txt" / "b").write_text("in the way")
        with pytest.raises(ExportError, match=r"a\.txt cannot be written"):
            manifest.write("a.txt", "table", b"one")
        assert manifest.files() == ()


def test_a_list_that_cannot_be_written_leaves_no_piece_of_one(tmp_path: Path) -> None:
    with Manifest.open(tmp_path) as manifest:
        manifest.write("a.txt", "table", b"a")
        (tmp_path / MANIFEST).mkdir()
        with pytest.raises(ExportError, match=r"manifest\.json cannot be written"):
            manifest.save()
        left = [file.name for file in tmp_path.rglob("*") if file.name.endswith(".part")]
        assert left == [] and list((tmp_path / INCOMING).iterdir()) == []
        (tmp_path / MANIFEST).rmdir()
    with Manifest.open(tmp_path) as manifest:
        assert [file.path for file in manifest.files()] == ["a.txt"]
