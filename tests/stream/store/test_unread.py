from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engines.types import Box, Finding
from stream.store import Store
from stream.types import (
    Conflict,
    Correction,
    CorrectionKind,
    Event,
    Judged,
    Reason,
    State,
)
from stream.unread import Looks, Unread
from tests.stream.readings import reading
from tests.stream.store.builders import closed, crossed, look, messages, opened, tagged


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


def record(store: Store, *events: Event) -> None:
    for message in messages(list(events), store.last_seq() + 1):
        store.record(message)
    store.flush()


def judged(
    track_id: int, reason: Reason | None, text: str = "", tall: float = 0.0, sharpness: float = 0.0
) -> Judged:
    number: Box | None = (10.0, 20.0, 60.0, 20.0 + tall) if tall else None
    found = Finding(number=number, bib=None, reading=reading(text) if text else None,
                    sharpness=sharpness)  # fmt: skip
    return Judged(look(track_id), found if tall or text else None, reason)


def test_looks_of_the_unread_are_told_by_what_came_of_them(store: Store) -> None:
    record(
        store,
        *(opened(1), opened(2), opened(3), opened(4)),
        *(judged(1, Reason.TOO_SMALL, tall=8, sharpness=0.5), judged(1, Reason.NO_NUMBER)),
        *(judged(1, Reason.TOO_SMALL, tall=9, sharpness=0.25), judged(1, Reason.DROPPED)),
        *(judged(2, None, "12", 30, 0.5), judged(2, None, "12", 20, 0.75)),
        *(judged(2, None, "17", 25, 0.5), judged(3, None, "7", 30, 0.5)),
        *(tagged(2, "12", State.SEEN), crossed(2), tagged(3, "7")),
        *(closed(1), closed(2, None), closed(3, "7")),
    )
    assert store.unread_tracks() == (
        Unread(
            1,
            (
                Looks(Reason.DROPPED, None, 1),
                Looks(Reason.NO_NUMBER, None, 1),
                Looks(Reason.TOO_SMALL, None, 2, 9.0, 0.5),
            ),
        ),
        Unread(
            2,
            (Looks(None, "12", 2, 30.0, 0.75), Looks(None, "17", 1, 25.0, 0.5)),
            listed=True,
            crossed=True,
        ),
    )
    assert store.unread_tracks("finish") == store.unread_tracks()
    assert store.unread_tracks("side") == ()


def test_what_was_said_of_a_bib(store: Store) -> None:
    record(
        store,
        *(opened(1), opened(2), opened(3), opened(4)),
        *(tagged(1, "12"), tagged(2, "12", State.SEEN), tagged(3, "7")),
        replace(tagged(4, "9", State.SEEN), listed=False),
        Conflict("finish", 2, 1, 5, "12"),
        *(closed(1, "12"), closed(2), closed(3, "7"), closed(4)),
    )
    store.correct(Correction(CorrectionKind.WRONG_PERSON, 3), "Ann", 1)
    assert store.unread_tracks() == (
        Unread(2, listed=True, claimed=True),
        Unread(3, taken_off=True),
        Unread(4, listed=False),
    )
    store.correct(Correction(CorrectionKind.UNDO, 3, undone=1), "Ann", 2)
    store.correct(Correction(CorrectionKind.NOT_A_RUNNER, 2), "Ann", 3)
    store.correct(Correction(CorrectionKind.BIB, 4, "8"), "Ann", 4)
    assert store.unread_tracks() == ()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(Correction(CorrectionKind.BIB, 1, "8"), id="the other has another bib"),
        pytest.param(Correction(CorrectionKind.NOT_A_RUNNER, 1), id="the other is no runner"),
    ],
)
def test_a_claim_that_no_longer_stands_is_no_reason(store: Store, said: Correction) -> None:
    record(
        store,
        *(opened(1), opened(2), tagged(1, "12"), tagged(2, "12", State.SEEN)),
        *(Conflict("finish", 2, 1, 5, "12"), closed(1, "12"), closed(2)),
    )
    assert [track.claimed for track in store.unread_tracks()] == [True]
    store.correct(said, "Ann", 1)
    assert [track.claimed for track in store.unread_tracks()] == [False]
