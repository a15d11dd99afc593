"""Unknown runners of a race folder are matched, and what people say of it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engines.appearance import AppearanceEmbedder, load_appearance_embedder
from stream.identity import Matched, MatchRules, describe_race, match_race, would_match
from stream.matching import Calibrations, Refusal, Travel
from stream.matching.calibrated import APPEARANCE
from stream.store import Store
from stream.store.assignments import AssignmentsReader
from stream.store.photo_values import SightingChanges
from stream.types import Correction, CorrectionKind
from tests.stream.identity.races import UNREAD, five_runners, passes, photo

RULES = MatchRules(calibrations=Calibrations(APPEARANCE))
"""Drawn runners look as alike in photos as elsewhere."""


@pytest.fixture(scope="module")
def embedder() -> AppearanceEmbedder:
    return load_appearance_embedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with five_runners(tmp_path / "race") as opened:
        yield opened


def run(store: Store, embedder: AppearanceEmbedder, rules: MatchRules = RULES) -> Matched:
    describe_race(store, embedder, threading.Event(), lambda a, b: None, lambda a, b: None)
    return match_race(store, rules)


def standing(store: Store) -> dict[int | str, str]:
    rows = store.assignments.standing()
    return {row.track_id or f"sighting {row.sighting}": row.bib for row in rows}


def test_who_came_by_unread_is_found_and_who_is_nobody_is_not(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    matched = run(store, embedder)
    assert standing(store) == {101: "11", 102: "12"}
    assert (matched.made, matched.kept, matched.taken_back) == (2, 0, 0)
    assert sum(matched.refused.values()) == 1
    row = store.assignments.standing()[0]
    assert (row.model, row.made_by, row.undone_by) == (embedder.name, "match", None)
    assert row.posterior == row.evidence.posterior >= RULES.settings.threshold
    # A match is no tag: nothing that counts bibs knows of it.
    assert store.counts().confirmed == 3
    assert len(store.runners_with("11")) == 1


def test_a_second_run_changes_nothing(store: Store, embedder: AppearanceEmbedder) -> None:
    run(store, embedder)
    before = store.assignments.standing()
    again = run(store, embedder)
    assert (again.made, again.kept, again.taken_back) == (0, 2, 0)
    assert store.assignments.standing() == before


def test_a_dry_run_writes_no_match(store: Store, embedder: AppearanceEmbedder) -> None:
    describe_race(store, embedder, threading.Event(), lambda a, b: None, lambda a, b: None)
    matched = would_match(store, RULES)
    assert (matched.made, len(matched.assigned)) == (2, 2)
    assert store.assignments.not_undone() == ()


def test_matches_are_there_after_a_restart_and_beside_a_writer(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    run(store, embedder)
    before = store.assignments.standing()
    assert AssignmentsReader(store.folder).standing() == before
    store.close()
    with Store.open(store.folder) as again:
        assert again.assignments.standing() == before
        assert run(again, embedder).kept == 2


def say(kind: CorrectionKind, track_id: int, **how: object) -> Callable[[Store], object]:
    return lambda store: store.correct(Correction(kind, track_id, **how), "Ann", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("happens", "left"),
    [
        pytest.param(say(CorrectionKind.BIB, 101, bib="7"), {102: "12"}, id="it gets a bib"),
        pytest.param(say(CorrectionKind.NOT_A_RUNNER, 101), {102: "12"}, id="it is no runner"),
        pytest.param(
            say(CorrectionKind.MERGE, 2, other_track_id=101), {102: "12"}, id="part of another"
        ),
        pytest.param(say(CorrectionKind.BIB, 1, bib="7"), {102: "12"}, id="its pivot is another"),
        pytest.param(
            say(CorrectionKind.WRONG_PERSON, 1), {102: "12"}, id="its pivot is not that bib"
        ),
        pytest.param(lambda store: store.assignments.undo(1, "Ann", 5), {102: "12"}, id="undone"),
        pytest.param(lambda store: store.assignments.wrong(1, "Ann", 5), {102: "12"}, id="wrong"),
    ],
)
def test_when_a_match_stands_no_more(
    happens: Callable[[Store], object],
    left: dict[int, str],
    store: Store,
    embedder: AppearanceEmbedder,
) -> None:
    run(store, embedder)
    happens(store)
    assert standing(store) == left


def test_a_correction_that_is_undone_leaves_the_match_as_it_was(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    run(store, embedder)
    before = store.assignments.standing()
    made = store.correct(Correction(CorrectionKind.BIB, 101, bib="7"), "Ann", 5).made
    store.correct(Correction(CorrectionKind.UNDO, 0, undone=made.number), "Ann", 6)
    assert store.assignments.standing() == before


def test_an_undone_match_is_decided_anew_and_a_wrong_one_never_again(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    run(store, embedder)
    first, second = store.assignments.standing()
    store.assignments.undo(first.number, "Ann", 5)
    store.assignments.wrong(second.number, "Ann", 5)
    again = run(store, embedder)
    assert again.made == 1
    assert standing(store) == {101: "11"}
    assert run(store, embedder).made == 0


def test_a_match_of_a_pivot_that_is_gone_is_taken_back_by_the_next_run(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    run(store, embedder)
    store.correct(Correction(CorrectionKind.BIB, 1, bib="7"), "Ann", 5)
    matched = run(store, embedder)
    assert matched.taken_back == 1
    row = store.assignments.find(1)
    assert row is not None and row.undone_by == "match"
    assert standing(store) == {101: "7", 102: "12"}


def test_new_pivots_are_taken_in(store: Store, embedder: AppearanceEmbedder) -> None:
    run(store, embedder)
    passes(store, 4, 60.0, "14")
    assert run(store, embedder).made == 1
    assert standing(store) == {101: "11", 102: "12", 104: "14"}


@pytest.mark.parametrize(
    ("at_s", "camera", "travels", "is_found"),
    [
        pytest.param(60.0, "finish", (), True, id="later"),
        pytest.param(31.0, "finish", (), False, id="in view at the same moment"),
        pytest.param(31.0, "start", (), True, id="in view of another camera"),
        pytest.param(
            130.0, "gate", (Travel("finish", "gate", 60, 200),), True, id="after a usual time"
        ),
        pytest.param(
            40.0, "gate", (Travel("finish", "gate", 60, 200),), False, id="sooner than anybody"
        ),
        pytest.param(
            130.0, "gate", (Travel("gate", "finish", 60, 200),), False, id="against the order"
        ),
    ],
)
def test_place_and_time(
    at_s: float,
    camera: str,
    travels: tuple[Travel, ...],
    is_found: bool,
    store: Store,
    embedder: AppearanceEmbedder,
) -> None:
    passes(store, UNREAD + 3, at_s, of=2, camera=camera)
    run(store, embedder, replace(RULES, travels=travels))
    assert (UNREAD + 3 in standing(store)) is is_found


def test_who_neither_crosses_nor_wears_a_bib_must_be_very_like(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    passes(store, UNREAD + 3, 300.0, of=2, crosses=False)
    matched = run(store, embedder, replace(RULES, other_is_nobody=0.9999))
    assert UNREAD + 3 not in standing(store)
    assert matched.refused[Refusal.UNSURE] >= 1


def test_runners_in_photos(store: Store, embedder: AppearanceEmbedder) -> None:
    photo(store, "a", [(4, "15")])
    photo(store, "b", [(4, None), (0, None)])
    photo(store, "c", [(4, None), (4, "15")])
    run(store, embedder)
    names = {
        row.row_id: (photo, place)
        for photo in (1, 2, 3)
        for place, row in enumerate(store.photos.sightings(photo))
    }
    found = {
        names[row.sighting]: row.bib
        for row in store.assignments.standing()
        if row.sighting is not None
    }
    # In the third photo number 15 stands beside the unknown one.
    assert found == {(2, 0): "15", (2, 1): "11"}


def test_a_photo_that_is_gone_takes_everything_with_it(
    store: Store, embedder: AppearanceEmbedder
) -> None:
    photo(store, "a", [(4, "15")])
    photo(store, "b", [(4, None)])
    run(store, embedder)
    [row] = store.photos.sightings(2)
    assert f"sighting {row.row_id}" in standing(store)
    store.photos.change(2, SightingChanges("b", gone=(row.row_id,)))
    store.flush()
    assert set(standing(store)) == {101, 102}
    photo(store, "c", [(3, None)])
    assert store.photos.sightings(3)[0].row_id == row.row_id
    assert set(standing(store)) == {101, 102}
