"""A race folder outlives its writer being killed at any moment."""

from __future__ import annotations

import hashlib
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest

from stream.store import Store, StoreReader
from stream.store.folder import DATABASE, INCOMING


def killed(folder: Path, situation: str, after_s: float | None) -> tuple[int, int]:
    """Start a writing process, see it die; the newest message and track it had flushed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.stream.store.writing_process", str(folder), situation],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline().startswith("open")
    if after_s is not None:
        time.sleep(after_s)
        child.kill()
    lines = child.stdout.read().splitlines()
    assert child.wait(60) == -signal.SIGKILL
    flushed = [line.split() for line in lines if line.startswith("flushed") and line.count(" ") > 1]
    return (int(flushed[-1][1]), int(flushed[-1][2])) if flushed else (0, 0)


def check_pictures(folder: Path, store: StoreReader) -> None:
    with sqlite3.connect(folder / DATABASE) as db:
        rows = db.execute("SELECT path, sha256, moved_from FROM images").fetchall()
    db.close()
    for path, sha256, moved_from in rows:
        assert moved_from is None
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == sha256
        assert cv2.imread(str(folder / path)) is not None
        assert store.find_image(path) == folder / path
    on_disk = {p.relative_to(folder).as_posix() for p in folder.rglob("*.jpg")}
    assert on_disk == {row[0] for row in rows}
    assert list((folder / INCOMING).iterdir()) == []
    assert {p.name for p in folder.iterdir()} <= {
        *("race.db", "race.db-wal", "race.db-shm", "race.lock"),
        *(INCOMING, "pivot", "unknown"),
    }


@pytest.mark.parametrize(
    ("situation", "after_s"),
    [
        ("picture half written", None),
        ("row there, picture not yet", None),
        ("picture there, row still says moving", None),
        ("killed early", 0.05),
        ("killed in the middle", 0.6),
        ("killed later", 1.1),
    ],
)
def test_nothing_flushed_is_lost(situation: str, after_s: float | None, tmp_path: Path) -> None:
    seq, track_id = killed(tmp_path, situation, after_s)
    with Store.open(tmp_path) as store:
        assert store.last_seq() >= seq
        assert store.next_track_id() > track_id
        check_pictures(tmp_path, store)
        for track in range(max(1, track_id - 20), track_id + 1):
            row = store.runner(track)
            assert row is not None and row.closed and not row.interrupted
            assert row.bib == (f"C{track}" if track % 3 == 0 else str(track))
            assert [i.path.split("/")[1] for i in store.images_of_track(track)] == [row.bib] * 2


def test_a_second_run_goes_on_where_the_first_was_killed(tmp_path: Path) -> None:
    first_seq, first_track = killed(tmp_path, "row there, picture not yet", None)
    second_seq, second_track = killed(tmp_path, "picture half written", None)
    assert second_seq > first_seq > 0 and second_track > first_track > 0
    with Store.open(tmp_path) as store:
        check_pictures(tmp_path, store)
        (footage,) = store.footage()
        assert not footage.complete
        assert footage.done_pts_ns is not None and footage.done_pts_ns >= second_track


def test_a_disk_that_fills_up_is_told_and_the_race_can_be_opened_again(tmp_path: Path) -> None:
    # A limit on the size of files is the nearest to a full disk that any machine can have.
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000)); "
        "from pathlib import Path; from tests.stream.store.writing_process import write_forever; "
        "write_forever(Path(sys.argv[1]))"
    )
    child = subprocess.run(
        [sys.executable, "-c", limited, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "StoreError: writing to the race folder failed" in child.stderr
    flushed = [line.split() for line in child.stdout.splitlines() if line.startswith("flushed")]
    with Store.open(tmp_path) as store:
        assert store.last_seq() >= int(flushed[-1][1])
        check_pictures(tmp_path, store)
