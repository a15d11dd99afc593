"""Corrections in a real race folder: rows, pictures, lists, restarts, kills and second runs."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from stream.hub import Message
from stream.store import Change, CorrectionRefused, NothingToCorrect, StartListRow, Store
from stream.types import Correction, CorrectionKind, Event, Judged, State, Tagged
from tests.stream.store.builders import (
    SECOND_NS,
    closed,
    crossed,
    look,
    opened,
    picture,
    tagged,
)

BIB, WRONG, NOBODY, MERGE, SPLIT, UNDO = CorrectionKind
CONFIRMED, CORRECTED, SEEN = State.CONFIRMED, State.CORRECTED, State.SEEN
RUN: list[Event] = [
    *(opened(1, 1), tagged(1, "12", at_s=2), crossed(1, 8), closed(1, "12", 9)),
    *(opened(2, 8.5), crossed(2, 11), closed(2, None, 12)),
    *(opened(3, 20), tagged(3, "34", SEEN, 21)),
]


def record(store: Store, events: list[Event]) -> None:
    first = store.last_seq() + 1
    for seq, event in enumerate(events, first):
        store.record(Message(seq, event, None))
    store.flush()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        store.begin_footage("finish", "clip.mp4", "abc", None)
        store.replace_start_list([StartListRow("12", "Anna Meier"), StartListRow("7", "Jo Li")])
        record(store, RUN)
        for track_id in (1, 2, 3):
            store.save_image(picture(track_id))
        store.flush()
        yield store


def say(store: Store, kind: CorrectionKind, track_id: int, **more: int | str | None) -> Change:
    wish = Correction(kind, track_id)
    wish = Correction(**(asdict(wish) | more))
    return store.correct(wish, "Ann", 77)


def undo(store: Store, number: int) -> Change:
    return store.correct(Correction(UNDO, 0, undone=number), "Bob", 78)


def stands(store: Store, track_id: int = 1) -> tuple[str | None, State | None]:
    row = store.runner(track_id)
    assert row is not None
    return row.bib, row.state


def everything(store: Store) -> object:
    """All that can be read of tracks and pictures."""
    rows = [store.runner(track_id) for track_id in (1, 2, 3)]
    pictures = [store.images_of_track(track_id) for track_id in (1, 2, 3)]
    counts = asdict(store.counts())
    return rows, pictures, store.snapshot().runners, store.tagged_bibs(), counts


def test_a_corrected_bib_is_in_every_list_and_its_pictures_are_at_home(store: Store) -> None:
    change = say(store, BIB, 2, bib="7")
    assert (change.made.number, change.made.by, change.made.at_utc_ns) == (1, "Ann", 77)
    assert [track.track_id for track in change.tracks] == [2]
    assert change.retagged == {2}
    assert change.rulings[2].bib == "7"
    row = store.runner(2)
    assert row is not None
    assert (row.bib, row.state, row.listed, row.name) == ("7", CORRECTED, True, "Jo Li")
    assert [one.track_id for one in store.runners_with("7")] == [2]
    assert store.tagged_bibs() == ("12", "7")
    assert store.counts().corrected == 1
    [image] = store.images_of_bib("7")
    assert image.path.startswith("pivot/7/")
    assert (store.folder / image.path).is_file()


def test_a_wrong_person_has_no_bib_and_no_pivot_pictures(store: Store) -> None:
    change = say(store, WRONG, 1)
    assert change.made.correction.bib == "12"
    assert stands(store) == (None, None)
    assert store.images_of_bib("12") == ()
    assert [image.store for image in store.images_of_track(1)] == ["unknown"]


def test_not_a_runner_is_in_no_list_and_crosses_no_line(store: Store) -> None:
    before = store.counts()
    say(store, NOBODY, 1)
    after = store.counts()
    assert {row.track_id for row in store.snapshot().runners} == {2, 3}
    assert (store.tagged_bibs(), store.runners_with("12")) == ((), ())
    assert (after.tracks, after.crossings) == (before.tracks - 1, before.crossings - 1)
    row = store.runner(1)
    assert row is not None and row.hidden and row.crossing_utc_ns is None


def test_merged_tracks_are_one_runner_with_one_crossing(store: Store) -> None:
    say(store, MERGE, 1, other_track_id=2)
    assert {row.track_id for row in store.snapshot().runners} == {1, 3}
    rows = {row.track_id: row for row in store.runners_with("12")}
    assert {n: row.crossing_utc_ns for n, row in rows.items()} == {1: 8 * SECOND_NS, 2: None}
    assert rows[2].merged_into == 1
    assert rows[1].last_seen_utc_ns == 12 * SECOND_NS
    assert {image.track_id for image in store.images_of_bib("12")} == {1, 2}
    assert store.counts().crossings == 1


def test_a_split_gives_pictures_looks_and_crossing_to_the_later_part(store: Store) -> None:
    late = picture(1, frame_index=9)
    store.save_image(late)
    store.record_look(Judged(look(1), None, None))
    store.flush()
    moment_ns = 5 * SECOND_NS
    change = say(store, SPLIT, 1, from_utc_ns=moment_ns)
    later_id = change.made.correction.other_track_id
    assert later_id == 4
    whole, later = store.runner(1), store.runner(4)
    assert whole is not None and later is not None
    assert (whole.bib, whole.crossing_utc_ns, whole.last_seen_utc_ns) == ("12", None, moment_ns)
    assert (later.bib, later.crossing_utc_ns) == (None, 8 * SECOND_NS)
    assert (later.first_seen_utc_ns, later.last_seen_utc_ns) == (moment_ns, 9 * SECOND_NS)
    # The pictures were taken long after the moment, the look before.
    assert store.images_of_track(1) == ()
    moved = store.images_of_track(4)
    assert len(moved) == 2 and all(image.path.startswith("unknown/4/") for image in moved)
    assert all((store.folder / image.path).is_file() for image in moved)
    assert len(store.looks_of_track(1)) == 1
    assert later.evidence is not None and whole.evidence is None
    say(store, BIB, 4, bib="55")
    assert {image.path.split("/")[1] for image in store.images_of_track(4)} == {"55"}


SAID: dict[str, tuple[CorrectionKind, int, dict[str, int | str]]] = {
    "bib": (BIB, 2, {"bib": "7"}),
    "the bib of another in view": (BIB, 2, {"bib": "12"}),
    "wrong person": (WRONG, 1, {}),
    "not a runner": (NOBODY, 1, {}),
    "merge": (MERGE, 1, {"other_track_id": 2}),
    "split": (SPLIT, 1, {"from_utc_ns": 5 * SECOND_NS}),
}


@pytest.mark.parametrize(("kind", "track_id", "more"), SAID.values(), ids=SAID.keys())
def test_an_undo_restores_everything(
    kind: CorrectionKind, track_id: int, more: dict[str, int | str], store: Store
) -> None:
    before = everything(store)
    say(store, kind, track_id, **more)
    assert everything(store) != before
    change = undo(store, 1)
    assert everything(store) == before
    assert (change.made.number, change.made.correction.undone, change.made.by) == (2, 1, "Bob")
    assert change.tracks[0].track_id == track_id
    listed = [(one.number, one.correction.kind, one.undone_by) for one in store.corrections()]
    assert listed == [(2, UNDO, None), (1, kind, 2)]


@pytest.mark.parametrize(("kind", "track_id", "more"), SAID.values(), ids=SAID.keys())
def test_a_restart_changes_nothing(
    kind: CorrectionKind, track_id: int, more: dict[str, int | str], tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        record(store, [*RUN, closed(3, None, 22)])
        say(store, kind, track_id, **more)
        before = everything(store)
    with Store.open(tmp_path) as store:
        assert everything(store) == before
        assert len(store.corrections()) == 1
        undo(store, 1)


def test_the_vote_goes_on_beside_and_is_there_after_the_undo(store: Store) -> None:
    say(store, BIB, 3, bib="7")
    record(store, [tagged(3, "34", CONFIRMED, 22), crossed(3, 23)])
    assert stands(store, 3) == ("7", CORRECTED)
    row = store.runner(3)
    assert row is not None and row.crossing_utc_ns == 23 * SECOND_NS
    undo(store, 1)
    assert stands(store, 3) == ("34", CONFIRMED)
    row = store.runner(3)
    assert row is not None and row.crossing_utc_ns == 23 * SECOND_NS


def test_the_event_of_a_corrected_tag_is_not_taken_for_the_votes(store: Store) -> None:
    say(store, WRONG, 1)
    by_person = Tagged(
        *("finish", 1, 3, SECOND_NS, (1.0, 2.0, 3.0, 4.0), None, SEEN, 0.0, 0, None, None, 1)
    )
    record(store, [by_person])
    undo(store, 1)
    assert stands(store) == ("12", CONFIRMED)


def test_a_bib_given_to_another_in_view_is_only_seen_on_the_first(store: Store) -> None:
    change = say(store, BIB, 2, bib="12")
    assert change.rivals == (1,)
    assert {track.track_id for track in change.tracks} == {1, 2}
    assert (stands(store, 1), stands(store, 2)) == (("12", SEEN), ("12", CORRECTED))
    say(store, BIB, 2, bib="13")
    assert (stands(store, 1), stands(store, 2)) == (("12", CONFIRMED), ("13", CORRECTED))


def test_a_refusal_writes_nothing(store: Store) -> None:
    before = everything(store)
    for kind, track_id in ((BIB, 1), (BIB, 99), (SPLIT, 3), (MERGE, 1)):
        with pytest.raises(CorrectionRefused):
            say(store, kind, track_id)
    with pytest.raises(NothingToCorrect):
        undo(store, 1)
    say(store, BIB, 2, bib="7")
    undo(store, 1)
    for number in (1, 2):
        with pytest.raises(CorrectionRefused):
            undo(store, number)
    assert everything(store) == before
    assert len(store.corrections()) == 2


@pytest.mark.parametrize(
    ("situation", "said", "kept"),
    [
        ("a bib", [(BIB, 2, {"bib": "7"})], {2}),
        ("not a runner", [(NOBODY, 1, {})], {1}),
        ("a merge", [(MERGE, 1, {"other_track_id": 2})], {1, 2}),
        ("a split", [(SPLIT, 1, {"from_utc_ns": 5 * SECOND_NS})], {1, 4}),
        ("wrong person", [(WRONG, 1, {})], {1}),
        ("only outdone", [(BIB, 2, {"bib": "12"})], {2}),
        ("nothing", [], set()),
    ],
)
def test_a_second_run_over_the_same_footage_keeps_what_people_said(
    situation: str,
    said: list[tuple[CorrectionKind, int, dict[str, int | str]]],
    kept: set[int],
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path) as store:
        store.begin_footage("finish", "clip.mp4", "abc", None)
        record(store, RUN)
        for kind, track_id, more in said:
            say(store, kind, track_id, **more)
    with Store.open(tmp_path) as store:
        store.begin_footage("finish", "clip.mp4", "abc", None)
        assert {n for n in range(1, 5) if store.runner(n) is not None} == kept, situation
        if said:
            undo(store, 1)


def test_a_process_killed_right_after_the_answer_has_kept_the_correction(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.stream.store.correcting_process", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    lines = child.stdout.read().splitlines()
    assert child.wait(60) == -signal.SIGKILL
    assert lines == ["answered 1", "answered 2", "answered 3"]
    with Store.open(tmp_path) as store:
        assert [one.number for one in store.corrections()] == [3, 2, 1]
        assert stands(store, 2) == ("7", CORRECTED)
        row = store.runner(1)
        assert row is not None and row.hidden
        [event] = store.images_of_bib("7")
        assert (tmp_path / event.path).is_file()
