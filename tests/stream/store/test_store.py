"""The store as a whole: many threads, failures, closing and opening again."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from stream.hub import Hub, Message
from stream.store import Store, StoreError
from stream.store.folder import DATABASE, INCOMING
from tests.stream.store.builders import opened, picture


def test_many_threads_record_and_nothing_is_dropped(tmp_path: Path) -> None:
    hub = Hub()
    with Store.open(tmp_path) as store:

        def run(first: int) -> None:
            for track_id in range(first, first + 200):
                store.record(hub.publish(opened(track_id)))
                if track_id % 50 == 0:
                    store.save_image(picture(track_id))

        threads = [threading.Thread(target=run, args=(n * 1000 + 1,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        store.flush()
        assert store.last_seq() == hub.last_seq == 800
        assert (store.counts().tracks, store.counts().unknown_images) == (800, 16)


def test_a_second_run_adds_to_the_first(tmp_path: Path) -> None:
    for run in range(3):
        with Store.open(tmp_path, race_name="City 10k" if run == 0 else None) as store:
            hub = Hub(store.last_seq() + 1)
            assert store.next_track_id() == run * 2 + 1
            for _ in range(2):
                track_id = store.next_track_id()
                store.record(hub.publish(opened(track_id)))
                store.flush()
            assert (store.last_seq(), store.race_name) == (run * 2 + 2, "City 10k")


def test_what_was_recorded_is_on_disk_soon_without_asking(tmp_path: Path) -> None:
    committed = threading.Event()
    with Store.open(tmp_path) as store:
        store.record(Message(1, opened(), None))
        for _ in range(200):
            if store.last_seq() == 1:
                committed.set()
                break
            threading.Event().wait(0.05)
    assert committed.is_set()


def test_a_closed_store_refuses_and_closes_again(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.close()
    store.close()
    for call in (store.flush, lambda: store.record(Message(1, opened(), None))):
        with pytest.raises(StoreError, match="has been closed"):
            call()
    assert store.snapshot().seq == 0


def test_a_failure_is_told_at_the_next_call_and_at_close(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.record(Message(1, opened(), None))
    store.flush()
    # The place where pictures go is taken by a file: the disk refuses, as a full one would.
    (tmp_path / "unknown").write_text("")
    store.save_image(picture())
    with pytest.raises(StoreError, match=r"writing to the race folder failed.*check the disk"):
        store.flush()
    with pytest.raises(StoreError, match="writing to the race folder failed"):
        store.record(Message(2, opened(2), None))
    with pytest.raises(StoreError, match="writing to the race folder failed"):
        store.close()
    (tmp_path / "unknown").unlink()
    with Store.open(tmp_path) as again:
        assert again.last_seq() == 1
        (row,) = again.images_of_track(1)
        assert (tmp_path / row.path).is_file()


def test_an_opening_that_fails_lets_go_of_the_folder(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        path = store.save_image(picture())
    (tmp_path / path).rename(tmp_path / INCOMING / Path(path).name)
    (tmp_path / "unknown" / "1").rmdir()
    (tmp_path / "unknown" / "1").write_text("")
    with pytest.raises(StoreError, match="cannot be put right"):
        Store.open(tmp_path)
    (tmp_path / "unknown" / "1").unlink()
    with Store.open(tmp_path) as store:
        assert store.find_image(path) == tmp_path / path


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    database = tmp_path / DATABASE
    content = database.read_bytes()
    database.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with pytest.raises(StoreError, match=r"cannot be opened.*restore it from a copy"):
        Store.open(tmp_path)
    with pytest.raises(StoreError, match="cannot be"):
        Store.open_read_only(tmp_path)


def test_a_number_twice_is_a_failure_not_an_overwrite(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.record(Message(1, opened(1), None))
    store.flush()
    store.record(Message(1, opened(2), None))
    with pytest.raises(StoreError, match="UNIQUE"):
        store.close()
    with sqlite3.connect(tmp_path / DATABASE) as db:
        assert db.execute("SELECT seq, track_id FROM events").fetchall() == [(1, 1)]
    db.close()
