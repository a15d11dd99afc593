"""What is read back, also while the race is being written."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from stream.hub import Message
from stream.store import Counts, StartListRow, Store, StoreError, StoreReader
from stream.types import Event, Judged, Reason, State
from stream.waves import Starts
from tests.stream.store.builders import (
    closed,
    crossed,
    look,
    messages,
    opened,
    picture,
    tagged,
)


def test_a_snapshot_has_the_newest_first_and_says_how_far_it_goes(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert store.snapshot().runners == ()
        for message in messages([opened(n, at_s=n % 3) for n in range(1, 7)], first_seq=11):
            store.record(message)
        store.flush()
        snapshot = store.snapshot(limit=4)
        assert snapshot.seq == store.last_seq() == 16
        assert [row.track_id for row in snapshot.runners] == [5, 2, 4, 1]


def test_names_come_from_the_start_list(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(Message(1, tagged(1, "12"), None))
        store.replace_start_list([StartListRow("7", "Ada"), StartListRow("12", "Emil", "LG Nord")])
        row = store.runner(1)
        assert row is not None and (row.name, row.club) == ("Emil", "LG Nord")
        bo = StartListRow("007", "Bo", None, "M40", "A", "Thun", "SUI")
        store.replace_start_list([bo])
        assert store.start_list() == (bo,)
        with pytest.raises(StoreError, match="bib 5 is on the start list twice"):
            store.replace_start_list([StartListRow("5", "A"), StartListRow("5", "B")])
        assert len(store.start_list()) == 1


def test_starts_are_kept_in_their_order_and_replaced(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert store.starts() == Starts()
        store.replace_starts(Starts(5, {"B": 7, "A": 6}))
        store.replace_starts(Starts(8, {"B": 9, "A": 10}))
    found = Store.open_read_only(tmp_path).starts()
    assert found == Starts(8, {"B": 9, "A": 10})
    assert list(found.waves) == ["B", "A"]
    with Store.open(tmp_path) as store:
        store.replace_starts(Starts(None, {"C": 1}))
        assert store.starts() == Starts(None, {"C": 1})


def test_the_race_in_numbers(tmp_path: Path) -> None:
    events: list[Event] = [
        *(tagged(1, "12"), crossed(1), closed(1, "12")),
        *(tagged(2, "12"), tagged(3, "13", State.CORRECTED), tagged(4, "14", State.SEEN)),
        opened(5),
    ]
    reasons = [None, None, Reason.BLURRED, Reason.DROPPED, Reason.BLURRED]
    with Store.open(tmp_path) as store:
        footage = store.begin_footage("finish", "rtsp://camera", None, None)
        for message in messages(events):
            store.record(message)
        for reason in reasons:
            store.record_look(Judged(look(), None, reason))
        store.save_image(picture(1))
        store.save_image(picture(5))
        store.progress_footage(footage.id, 5, 250)
        store.flush()
        assert store.counts() == Counts(
            *(5, 2, 1, 1, 1),
            bibs=2,
            crossings=1,
            looks=5,
            looks_counted=2,
            pivot_images=1,
            unknown_images=1,
            frames=250,
            reasons={Reason.BLURRED: 2, Reason.DROPPED: 1},
        )


def test_a_bib_is_found_exactly(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for message in messages([tagged(1, "12"), tagged(2, "123"), tagged(3, "12"), opened(4)]):
            store.record(message)
        store.flush()
        assert [row.track_id for row in store.runners_with("12")] == [3, 1]
        assert store.runners_with("1") == ()
        assert store.runner(9) is None


def test_a_second_reader_sees_a_growing_race_and_never_half_a_message(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def read(reader: StoreReader) -> None:
        while not done.is_set():
            snapshot = reader.snapshot(10_000)
            seen.append((snapshot.seq, len(snapshot.runners)))

    with Store.open(tmp_path) as store:
        threads = [
            threading.Thread(target=read, args=(reader,))
            for reader in (store, Store.open_read_only(tmp_path))
        ]
        for thread in threads:
            thread.start()
        for message in messages([opened(n) for n in range(1, 2001)]):
            store.record(message)
            if message.seq % 100 == 0:
                store.flush()
        done.set()
        for thread in threads:
            thread.join()
    assert all(seq == n_runners for seq, n_runners in seen)
    assert len({seq for seq, _ in seen}) > 2


def test_reading_leaves_no_trace(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    before = sorted(path.name for path in tmp_path.iterdir())
    reader = Store.open_read_only(tmp_path)
    assert not isinstance(reader, Store)
    assert reader.counts().tracks == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == before
