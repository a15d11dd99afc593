"""Assignments are kept with their evidence, and taken back by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.matching import Evidence, Excluded, Why
from stream.store import Store, StoreError
from stream.store.assignment_values import AssignmentChanges, NewAssignment
from stream.store.assignments import AssignmentRefused
from stream.store.subjects import Subject
from stream.types import Correction, CorrectionKind, Event
from tests.stream.store.builders import closed, messages, opened, tagged

EVIDENCE = Evidence(0.9, None, 6.5, 0.98, "13", 1.5, 7, (Excluded("14", Why.SAME_MOMENT, 3.25),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Track 1 is number 12; tracks 2 and 3 are unknown, and 4 is still in view."""
    events: list[Event] = [
        opened(1),
        tagged(1),
        closed(1, "12"),
        opened(2),
        closed(2),
        opened(3),
        closed(3),
    ]
    with Store.open(tmp_path) as opened_store:
        for message in messages([*events, opened(4)]):
            opened_store.record(message)
        opened_store.flush()
        yield opened_store


def new(track_id: int = 2, bib: str = "12") -> NewAssignment:
    return NewAssignment(Subject(track_id), bib, "m", EVIDENCE)


def make(store: Store, *wanted: NewAssignment) -> int:
    return store.assignments.change(AssignmentChanges(new=wanted), 50)[0]


def test_an_assignment_comes_back_with_its_evidence(store: Store) -> None:
    assert make(store, new()) == 1
    [row] = store.assignments.standing()
    assert (row.number, row.track_id, row.sighting, row.bib) == (1, 2, None, "12")
    assert (row.posterior, row.model, row.made_by, row.at_utc_ns) == (0.98, "m", "match", 50)
    assert row.evidence == EVIDENCE
    assert (row.undone_by, row.undone_utc_ns) == (None, None)


@pytest.mark.parametrize(
    ("track_id", "bib"),
    [
        pytest.param(1, "12", id="a track that has a bib"),
        pytest.param(2, "99", id="a bib that nobody has"),
        pytest.param(4, "12", id="a track in view"),
        pytest.param(77, "12", id="no track at all"),
    ],
)
def test_what_has_changed_meanwhile_goes_before_matching(
    track_id: int, bib: str, store: Store
) -> None:
    assert make(store, new(track_id, bib), new(3)) == 1
    assert [row.track_id for row in store.assignments.not_undone()] == [3]


def test_a_track_has_one_assignment(store: Store) -> None:
    assert make(store, new(), new()) == 1
    assert make(store, new()) == 0


def test_whoever_takes_back_is_named(store: Store) -> None:
    make(store, new(), new(3))
    row = store.assignments.undo(1, " Ann ", 60)
    assert (row.undone_by, row.undone_utc_ns) == ("Ann", 60)
    assert [one.number for one in store.assignments.standing()] == [2]
    assert store.assignments.negative_pairs() == frozenset()
    assert make(store, new()) == 1


def test_a_wrong_person_is_never_assigned_again(store: Store) -> None:
    make(store, new())
    store.assignments.undo(1, "Ann", 60)
    assert store.assignments.wrong(1, "Bob", 61).undone_by == "Ann"
    store.assignments.wrong(1, "Bob", 62)
    assert store.assignments.negative_pairs() == {(Subject(2), "12")}
    assert make(store, new()) == 0


def test_a_wrong_tag_is_no_match_either(store: Store) -> None:
    made = store.correct(Correction(CorrectionKind.WRONG_PERSON, 1), "Ann", 5).made
    assert store.assignments.negative_pairs() == {(Subject(1), "12")}
    store.correct(Correction(CorrectionKind.UNDO, 0, undone=made.number), "Ann", 6)
    assert store.assignments.negative_pairs() == frozenset()


@pytest.mark.parametrize(
    ("number", "by", "message"),
    [
        pytest.param(7, "Ann", "there is no match 7; finishline match", id="no such"),
        pytest.param(1, "Bob", "match 1 was taken back by Ann before", id="twice"),
        pytest.param(2, "  ", "nobody is named", id="nobody"),
    ],
)
def test_what_cannot_be_taken_back(number: int, by: str, message: str, store: Store) -> None:
    make(store, new(), new(3))
    store.assignments.undo(1, "Ann", 60)
    with pytest.raises(AssignmentRefused, match=message) as refusal:
        store.assignments.undo(number, by, 61)
    assert isinstance(refusal.value, StoreError)
    assert len(store.assignments.standing()) == 1


@pytest.mark.parametrize("given", [(None, None), (1, 1)], ids=["nobody", "both"])
def test_an_assignment_is_about_one(given: tuple[int | None, int | None]) -> None:
    with pytest.raises(ValueError, match="not both"):
        Subject(*given)
