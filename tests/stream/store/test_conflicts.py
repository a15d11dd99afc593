from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.store import Store
from stream.types import Conflict, Correction, CorrectionKind, Event, State
from tests.stream.store.builders import closed, messages, opened, tagged

BIB, WRONG, NOBODY, MERGE, SPLIT, UNDO = CorrectionKind


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Tracks 1 and 2 claim the bib 12; so does 3, of whom no conflict was told."""
    with Store.open(tmp_path) as store:
        record(
            store,
            *(opened(1), opened(2), opened(3), opened(4)),
            *(tagged(1, "12"), tagged(2, "12", State.SEEN), tagged(3, "12"), tagged(4, "7")),
            Conflict("finish", 2, 1, 5, "12"),
        )
        yield store


def record(store: Store, *events: Event) -> None:
    for message in messages(list(events), store.last_seq() + 1):
        store.record(message)
    store.flush()


def standing(store: Store) -> dict[int, tuple[int, ...]]:
    rows = store.snapshot().runners
    return {row.track_id: row.conflicts for row in rows if row.conflicts}


def test_a_conflict_is_told_to_who_comes_later(store: Store) -> None:
    assert standing(store) == {1: (2,), 2: (1,)}
    row = store.runner(2)
    assert row is not None and row.conflicts == (1,)
    assert [one.conflicts for one in store.runners_with("12")] == [(), (1,), (2,)]
    record(store, Conflict("finish", 3, 1, 6, "12"), Conflict("finish", 3, 2, 6, "12"))
    assert standing(store) == {1: (2, 3), 2: (1, 3), 3: (1, 2)}


@pytest.mark.parametrize(
    ("after", "left"),
    [
        pytest.param([closed(2, None), closed(1, "12")], {1: (2,), 2: (1,)}, id="both gone"),
        pytest.param([tagged(1, "13")], {}, id="another bib"),
        pytest.param([tagged(2, None, State.SEEN)], {}, id="taken back"),
        pytest.param(
            [tagged(2, "13"), tagged(2, "12", State.SEEN)], {1: (2,), 2: (1,)}, id="and again"
        ),
        pytest.param([tagged(2, "7"), tagged(1, "7")], {}, id="the same bib, another one"),
    ],
)
def test_what_the_race_tells_later(
    store: Store, after: list[Event], left: dict[int, tuple[int, ...]]
) -> None:
    record(store, *after)
    assert standing(store) == left


@pytest.mark.parametrize(
    ("said", "left"),
    [
        pytest.param(Correction(BIB, 1, "12"), {2: (1,)}, id="it is this one"),
        pytest.param(Correction(BIB, 1, "99"), {}, id="it is another bib"),
        pytest.param(Correction(WRONG, 2), {}, id="wrong person"),
        pytest.param(Correction(NOBODY, 1), {}, id="not a runner"),
        pytest.param(Correction(MERGE, 1, other_track_id=2), {}, id="the same runner"),
    ],
)
def test_what_people_say(store: Store, said: Correction, left: dict[int, tuple[int, ...]]) -> None:
    record(store, closed(1, "12", 8), closed(2, None, 8))
    store.correct(said, "Ann", 1)
    assert standing(store) == left
    store.correct(Correction(UNDO, 1, undone=1), "Ann", 2)
    assert standing(store) == {1: (2,), 2: (1,)}
