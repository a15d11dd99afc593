"""The writer thread: blocks, never drops, and says when it has failed."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlite_utils import Database

from stream.store import StoreError
from stream.store import writer as module
from stream.store.writer import Writer, is_disk_full


class Disk:
    """What happens after each commit, by script: an error to raise, or None."""

    def __init__(self, script: list[OSError | None]) -> None:
        self.script = script
        self.commits = 0

    def after_commit(self, db: Database) -> None:
        del db
        self.commits += 1
        fault = self.script.pop(0) if self.script else None
        if fault is not None:
            raise fault


def database(folder: Path) -> Database:
    db = Database(sqlite3.connect(folder / "n.db", check_same_thread=False))
    db.execute("CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)")
    return db


def add(db: Database, n: int) -> None:
    db.execute("INSERT INTO numbers VALUES (?)", (n,))


def numbers(folder: Path) -> list[int]:
    db = database(folder)
    found = [row[0] for row in db.execute("SELECT n FROM numbers ORDER BY n")]
    db.close()
    return found


def test_steps_share_transactions_and_close_writes_the_rest(tmp_path: Path) -> None:
    disk = Disk([])
    writer = Writer(database(tmp_path), disk.after_commit, pause_s=0.5)
    for n in range(300):
        writer.put(partial(add, n=n))
    writer.close()
    writer.close()
    assert numbers(tmp_path) == list(range(300))
    assert disk.commits < 10


def test_ask_answers_when_it_and_all_before_it_are_on_disk(tmp_path: Path) -> None:
    writer = Writer(database(tmp_path), Disk([]).after_commit, pause_s=60)
    writer.put(lambda db: add(db, 1))
    begun = time.monotonic()
    assert writer.ask(lambda db: db.execute("SELECT count(*) FROM numbers").fetchone()) == (1,)
    assert time.monotonic() - begun < 10
    assert numbers(tmp_path) == [1]
    writer.close()


def test_what_is_wanted_soon_does_not_wait_for_company(tmp_path: Path) -> None:
    disk = Disk([])
    writer = Writer(database(tmp_path), disk.after_commit, pause_s=60)
    writer.put(lambda db: add(db, 1), soon=True)
    ends = time.monotonic() + 20
    while not disk.commits and time.monotonic() < ends:
        time.sleep(0.01)
    assert numbers(tmp_path) == [1]
    writer.close()


@pytest.mark.parametrize(
    ("situation", "max_steps", "max_bytes", "n_bytes"),
    [("too many steps", 3, 1000, 0), ("too many bytes", 100, 30, 10)],
)
def test_a_full_queue_blocks_and_drops_nothing(
    situation: str, max_steps: int, max_bytes: int, n_bytes: int, tmp_path: Path
) -> None:
    gate = threading.Event()
    writer = Writer(
        database(tmp_path),
        Disk([]).after_commit,
        max_steps=max_steps,
        max_bytes=max_bytes,
        batch=1,
    )
    writer.put(lambda _: gate.wait())
    put: list[int] = []

    def produce() -> None:
        for n in range(10):
            writer.put(partial(add, n=n), n_bytes)
            put.append(n)

    producer = threading.Thread(target=produce)
    producer.start()
    ends = time.monotonic() + 20
    while len(put) < 2 and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(0.3)
    assert 2 <= len(put) <= 4, situation
    gate.set()
    producer.join()
    writer.close()
    assert numbers(tmp_path) == list(range(10))


def test_one_picture_larger_than_the_limit_still_goes_through(tmp_path: Path) -> None:
    writer = Writer(database(tmp_path), Disk([]).after_commit, max_bytes=10)
    writer.put(lambda db: add(db, 1), n_bytes=1000)
    writer.put(lambda db: add(db, 2), n_bytes=1000)
    writer.close()
    assert numbers(tmp_path) == [1, 2]


def test_a_refused_question_harms_nobody_else(tmp_path: Path) -> None:
    writer = Writer(database(tmp_path), Disk([]).after_commit)

    def refuse(db: Database) -> None:
        add(db, 2)
        raise StoreError("not now")

    writer.put(lambda db: add(db, 1))
    with pytest.raises(StoreError, match="not now"):
        writer.ask(refuse)
    writer.put(lambda db: add(db, 3))
    writer.close()
    assert numbers(tmp_path) == [1, 3]


def test_a_failing_step_keeps_nothing_of_its_transaction_and_is_told(tmp_path: Path) -> None:
    writer = Writer(database(tmp_path), Disk([]).after_commit)
    writer.ask(lambda db: add(db, 1))
    writer.put(lambda db: add(db, 2))
    writer.put(lambda db: add(db, 1))
    with pytest.raises(StoreError, match="UNIQUE"):
        writer.ask(lambda db: add(db, 3))
    calls: list[Callable[[], None]] = [partial(writer.put, partial(add, n=4)), writer.check]
    for call in [*calls, writer.close]:
        with pytest.raises(StoreError, match=r"UNIQUE.*check the disk.*start again"):
            call()
    assert numbers(tmp_path) == [1]


def test_a_broken_disk_frees_whoever_waits_for_room(tmp_path: Path) -> None:
    disk = Disk([None, OSError(errno.EIO, "Input/output error")])
    writer = Writer(database(tmp_path), disk.after_commit, max_steps=1, batch=1)
    writer.put(lambda db: add(db, 0))

    def fill() -> None:
        for n in range(1, 100):
            writer.put(partial(add, n=n))

    with pytest.raises(StoreError, match="Input/output error") as caught:
        fill()
    assert isinstance(caught.value.__cause__, OSError)
    with pytest.raises(StoreError, match="Input/output error"):
        writer.close()


def no_room() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_waited_for_and_nobody_is_held_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.05)
    full = threading.Event()
    full.set()
    tries: list[int] = []

    def write(db: Database, n: int) -> None:
        if full.is_set():
            tries.append(n)
            raise no_room()
        add(db, n)

    writer = Writer(database(tmp_path), Disk([]).after_commit, max_steps=3, max_bytes=30)
    for n in range(50):
        writer.put(partial(write, n=n), n_bytes=20 if n % 10 == 9 else 0)
    asked: list[object] = []
    question = threading.Thread(target=lambda: asked.append(writer.ask(lambda db: len(tries))))
    question.start()
    assert asked == []
    full.clear()
    question.join()
    writer.close()
    kept = numbers(tmp_path)
    assert [n for n in range(50) if n % 10 != 9] == [n for n in kept if n % 10 != 9]
    assert writer.lost_pictures == 50 - len(kept) > 0
    said = [record.getMessage() for record in caplog.records]
    assert [line[:16] for line in said] == ["the disk is full", "there is room ag"]


def test_a_full_disk_after_the_transaction_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.01)
    disk = Disk([no_room(), no_room(), None])
    writer = Writer(database(tmp_path), disk.after_commit)
    writer.ask(lambda db: add(db, 1))
    writer.close()
    assert numbers(tmp_path) == [1]
    assert disk.commits == 3


def test_closing_on_a_full_disk_says_so(tmp_path: Path) -> None:
    def write(db: Database) -> None:
        raise no_room()

    writer = Writer(database(tmp_path), Disk([]).after_commit)
    writer.put(write)
    with pytest.raises(StoreError, match="No space left on device"):
        writer.close()


def test_sqlite_says_itself_when_a_disk_is_full(tmp_path: Path) -> None:
    db = database(tmp_path)
    db.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as caught:
        db.execute("CREATE TABLE large (x)")
        db.execute("INSERT INTO large VALUES (zeroblob(100000))")
    assert is_disk_full(caught.value)
    assert not is_disk_full(sqlite3.OperationalError("no such table"))


def test_a_closed_writer_refuses(tmp_path: Path) -> None:
    writer = Writer(database(tmp_path), Disk([]).after_commit)
    writer.close()
    with pytest.raises(StoreError, match="has been closed"):
        writer.put(lambda db: add(db, 1))
