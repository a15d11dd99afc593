from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.store import Store
from stream.store.read_rate import RateBin, bin_width_s
from stream.types import Correction, CorrectionKind, Event, State
from tests.stream.store.builders import SECOND_NS, closed, crossed, messages, opened, tagged

BIB, WRONG, NOBODY, MERGE, SPLIT, UNDO = CorrectionKind


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


def record(store: Store, *events: Event) -> None:
    for message in messages(list(events), store.last_seq() + 1):
        store.record(message)
    store.flush()


def bins(store: Store, camera: str | None = None) -> list[tuple[int, int, int, int, int]]:
    return [
        (one.from_utc_ns // SECOND_NS, one.runners, one.read, one.crossed, one.crossed_read)
        for one in store.read_rate(camera).bins
    ]


@pytest.mark.parametrize(
    ("span_s", "bin_s"),
    [
        (0, 10),
        (600, 10),
        (601, 30),
        (3600, 60),
        (3601, 120),
        (6 * 3600, 600),
        (24 * 3600, 1800),
        (30 * 86_400, 43_200),
        (31 * 86_400, 86_400),
        (61 * 86_400, 2 * 86_400),
        (50 * 365 * 86_400, 305 * 86_400),
    ],
)
def test_the_pieces_grow_with_the_race(span_s: float, bin_s: int) -> None:
    assert bin_width_s(span_s) == bin_s


def test_a_race_in_which_nobody_came(store: Store) -> None:
    assert store.read_rate().bins == ()
    record(store, opened(1))
    assert store.read_rate().bins == (), "in view, not over"


def test_runners_count_where_they_cross_or_were_last_seen(store: Store) -> None:
    record(
        store,
        *(opened(1, 1), tagged(1, "12", at_s=2), crossed(1, 8), closed(1, "12", 25)),
        *(opened(2, 3), tagged(2, "7", State.SEEN, at_s=4), closed(2, None, 15)),
        *(opened(3, 3), crossed(3, 9.999), closed(3, None, 12)),
        *(opened(4, 40), closed(4, None, 45)),
        opened(5, 41),
    )
    assert store.read_rate().bin_s == 10
    assert bins(store) == [
        (0, 2, 1, 2, 1),
        (10, 1, 0, 0, 0),
        (20, 0, 0, 0, 0),
        (30, 0, 0, 0, 0),
        (40, 1, 0, 0, 0),
    ]
    assert store.read_rate().bins[2] == RateBin(20 * SECOND_NS, 0, 0, 0, 0), "no gap"


def test_who_is_no_runner_or_a_part_is_left_out_and_a_correction_counts(store: Store) -> None:
    for track_id in range(1, 5):
        record(store, opened(track_id, 1), closed(track_id, None, 2))
    assert bins(store) == [(0, 4, 0, 0, 0)]
    store.correct(Correction(BIB, 1, "12"), "Ann", 1)
    store.correct(Correction(NOBODY, 2), "Ann", 2)
    store.correct(Correction(MERGE, 3, other_track_id=4), "Ann", 3)
    assert bins(store) == [(0, 2, 1, 0, 0)]


def test_one_camera_alone(store: Store) -> None:
    record(store, opened(1, 1), closed(1, None, 2), opened(2, 1, "side"))
    record(store, opened(3, 100, "side"))
    store.close()
    # What a run that has ended leaves in view is over.
    with Store.open(store.folder) as again:
        assert [one[1] for one in bins(again, "finish")] == [1]
        assert [one[1] for one in bins(again, "side")] == [1, *[0] * 8, 0, 1]
        assert bins(again, "nowhere") == []
