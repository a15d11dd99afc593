"""What corrections make of tracks, as tables: each kind, each undo, in every order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from stream.corrections import Made, as_corrected, at_once, connected, ruling_of
from stream.types import Clock, Correction, CorrectionKind, State, Tag, Track

BIB, WRONG, NOBODY, MERGE, SPLIT, UNDO = CorrectionKind
SECOND_NS = 1_000_000_000
Said = tuple[object, ...]


def track(
    track_id: int,
    bib: str | None = None,
    state: State = State.CONFIRMED,
    seen_s: tuple[float, float] = (0, 10),
    crossing_s: float | None = None,
) -> Track:
    """A closed track; its tag is the vote's own."""
    return Track(
        track_id,
        "finish",
        1,
        round(seen_s[0] * SECOND_NS),
        round(seen_s[1] * SECOND_NS),
        closed=True,
        tag=Tag() if bib is None else Tag(bib, state, 0.97, 4),
        crossing_utc_ns=None if crossing_s is None else round(crossing_s * SECOND_NS),
        clock=None if crossing_s is None else Clock.RTCP,
    )


OWN = {
    1: track(1, "12", crossing_s=8),
    2: track(2, seen_s=(9, 20), crossing_s=15),
    3: track(3, "34", State.SEEN, (30, 40)),
}


def made(*said: tuple[CorrectionKind, int, str | float | None]) -> list[Made]:
    """Corrections by kind, track, and what the kind needs; numbered from 1.

    The bib, the other track of MERGE, the second of SPLIT (its later part is track 9), the number
    that UNDO takes back.
    """
    found: list[Made] = []
    for number, (kind, track_id, what) in enumerate(said, 1):
        about = Correction(kind, track_id)
        if kind in (BIB, WRONG):
            about = replace(about, bib=str(what))
        elif kind is MERGE:
            about = replace(about, other_track_id=int(str(what)))
        elif kind is SPLIT:
            at_ns = round(float(str(what)) * SECOND_NS)
            about = replace(about, other_track_id=9, from_utc_ns=at_ns)
        elif kind is UNDO:
            about = replace(about, undone=int(str(what)))
            undone = int(str(what)) - 1
            found[undone] = replace(found[undone], undone_by=number)
        found.append(Made(number, about, "Ann", number))
    return found


def after(said: Sequence[Made]) -> dict[int, str]:
    """How all tracks stand, in a few words: bib, state, seconds in view, crossing, place."""
    own = dict(OWN)
    if any(one.correction.kind is SPLIT for one in said):
        own[9] = track(9, seen_s=(0, 0))
    stand = as_corrected(own, said, lambda bib: bib == "12")
    return {track_id: words(one) for track_id, one in stand.items()}


def words(one: Track) -> str:
    said = "-" if one.tag.bib is None else f"{one.tag.bib} {one.tag.state}"
    said += f", {one.first_seen_utc_ns / SECOND_NS:g}-{one.last_seen_utc_ns / SECOND_NS:g} s"
    if one.crossing_utc_ns is not None:
        said += f", crossed {one.crossing_utc_ns / SECOND_NS:g}"
    said += f", in {one.merged_into}" if one.merged_into else ""
    return said + (", hidden" if one.hidden else "")


ONE, TWO, THREE = (words(OWN[n]) for n in (1, 2, 3))

SITUATIONS: dict[str, tuple[list[Made], dict[int, str]]] = {
    "nothing was said": ([], {1: "12 confirmed, 0-10 s, crossed 8"}),
    "a bib for the unread": (made((BIB, 2, "77")), {2: "77 corrected, 9-20 s, crossed 15"}),
    "another bib": (made((BIB, 1, "13")), {1: "13 corrected, 0-10 s, crossed 8"}),
    "the vote's bib is said too": (made((BIB, 1, "12")), {1: "12 corrected, 0-10 s, crossed 8"}),
    "the last word counts": (
        made((BIB, 1, "13"), (BIB, 1, "14")), {1: "14 corrected, 0-10 s, crossed 8"},
    ),
    "wrong person": (made((WRONG, 1, "12")), {1: "-, 0-10 s, crossed 8"}),
    "wrong person, then it was right": (
        made((WRONG, 1, "12"), (BIB, 1, "12")), {1: "12 corrected, 0-10 s, crossed 8"},
    ),
    "a bib, and that is wrong too": (
        made((BIB, 1, "13"), (WRONG, 1, "13")), {1: "12 confirmed, 0-10 s, crossed 8"},
    ),
    "not a runner": (made((NOBODY, 1, None)), {1: "-, 0-10 s, hidden"}),
    "merged: the earlier crossing counts, the unread gets the bib": (
        made((MERGE, 1, 2)),
        {1: "12 confirmed, 0-20 s, crossed 8", 2: "12 confirmed, 9-20 s, in 1"},
    ),
    "merged the other way round": (
        made((MERGE, 2, 1)),
        {1: "12 confirmed, 0-10 s, in 2", 2: "12 confirmed, 0-20 s, crossed 8"},
    ),
    "merged: the surer bib counts": (
        made((MERGE, 3, 1)),
        {1: "12 confirmed, 0-10 s, in 3", 3: "12 confirmed, 0-40 s, crossed 8"},
    ),
    "merged and corrected": (
        made((MERGE, 1, 2), (BIB, 1, "99")),
        {1: "99 corrected, 0-20 s, crossed 8", 2: "99 corrected, 9-20 s, in 1"},
    ),
    "three are merged": (
        made((MERGE, 1, 2), (MERGE, 1, 3)),
        {1: "12 confirmed, 0-40 s, crossed 8", 2: "12 confirmed, 9-20 s, in 1",
         3: "12 confirmed, 30-40 s, in 1"},
    ),
    "merged, and the part's bib is wrong": (
        made((MERGE, 2, 1), (WRONG, 2, "12")),
        {1: "-, 0-10 s, in 2", 2: "-, 0-20 s, crossed 8"},
    ),
    "merged, and not a runner": (
        made((MERGE, 1, 2), (NOBODY, 1, None)),
        {1: "-, 0-20 s, hidden", 2: "-, 9-20 s, in 1, hidden"},
    ),
    "split before the crossing": (
        made((SPLIT, 1, 5)),
        {1: "12 confirmed, 0-5 s", 9: "-, 5-10 s, crossed 8"},
    ),
    "split after the crossing": (
        made((SPLIT, 1, 9)),
        {1: "12 confirmed, 0-9 s, crossed 8", 9: "-, 9-10 s"},
    ),
    "split, and the later part has the vote's tag": (
        [replace(made((SPLIT, 1, 5))[0], later_has_tag=True)],
        {1: "-, 0-5 s", 9: "12 confirmed, 5-10 s, crossed 8"},
    ),
    "split, and both parts get a bib": (
        made((SPLIT, 1, 5), (BIB, 9, "55"), (BIB, 1, "13")),
        {1: "13 corrected, 0-5 s", 9: "55 corrected, 5-10 s, crossed 8"},
    ),
    "split, and the later part is another track": (
        made((SPLIT, 1, 5), (MERGE, 2, 9)),
        {1: "12 confirmed, 0-5 s", 2: "-, 5-20 s, crossed 8", 9: "-, 5-10 s, in 2"},
    ),
    "a split that was taken back": (
        made((SPLIT, 1, 5), (UNDO, 1, 1)), {1: ONE, 9: "-, 0-0 s, hidden"},
    ),
    "undone in another order": (
        made((BIB, 1, "13"), (BIB, 1, "14"), (UNDO, 1, 1)),
        {1: "14 corrected, 0-10 s, crossed 8"},
    ),
    "undone in order, one by one": (
        made((BIB, 1, "13"), (BIB, 1, "14"), (UNDO, 1, 2)),
        {1: "13 corrected, 0-10 s, crossed 8"},
    ),
    "the bib is undone and the merge stays": (
        made((MERGE, 1, 2), (BIB, 1, "99"), (UNDO, 1, 2)),
        {1: "12 confirmed, 0-20 s, crossed 8", 2: "12 confirmed, 9-20 s, in 1"},
    ),
    "the merge is undone and the bib stays": (
        made((MERGE, 1, 2), (BIB, 1, "99"), (UNDO, 1, 1)),
        {1: "99 corrected, 0-10 s, crossed 8"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "expected"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_how_tracks_stand(said: list[Made], expected: dict[int, str]) -> None:
    assert after(said) == {1: ONE, 2: TWO, 3: THREE} | expected


@pytest.mark.parametrize("name", [name for name, (said, _) in SITUATIONS.items() if said])
def test_when_all_is_undone_all_is_as_it_was(name: str) -> None:
    said = [replace(one, undone_by=99) for one in SITUATIONS[name][0]]
    stands = after(said)
    assert {n: stands[n] for n in (1, 2, 3)} == {1: ONE, 2: TWO, 3: THREE}
    assert stands.get(9, "hidden").endswith("hidden")


def test_the_start_list_is_asked_again_for_another_bib() -> None:
    said = made((BIB, 1, "13"), (BIB, 2, "12"))
    stands = as_corrected(OWN, said, lambda bib: bib == "12")
    assert (stands[1].listed, stands[2].listed, stands[3].listed) == (False, True, None)


def test_a_bib_that_was_given_to_another_is_only_seen_until_that_changes() -> None:
    given = replace(made((BIB, 2, "12"))[0], outdone=(1,))
    assert after([given])[1] == "12 seen, 0-10 s, crossed 8"
    assert ruling_of(1, [given]).outdone == {"12"}
    # Track 2 is something else by now, or was corrected back: track 1 has its bib again.
    for later in (made((BIB, 2, "77")), made((WRONG, 2, "12"))):
        assert after([given, replace(later[0], number=2)])[1] == ONE
    assert after([replace(given, undone_by=2)])[1] == ONE


@pytest.mark.parametrize(
    ("situation", "other", "found"),
    [
        ("the same bib at once", track(1, "12"), True),
        ("corrected to it", track(1, "12", State.CORRECTED), True),
        ("only seen", track(1, "12", State.SEEN), False),
        ("another bib", track(1, "13"), False),
        ("before", track(1, "12", seen_s=(0, 9.1)), False),
        ("after", track(1, "12", seen_s=(21, 25)), False),
        ("another camera", replace(track(1, "12"), camera="side"), False),
        ("other footage", replace(track(1, "12"), footage_id=2), False),
        ("hidden", replace(track(1, "12"), hidden=True), False),
        ("a part of another", replace(track(1, "12"), merged_into=5), False),
        ("still in view", replace(track(1, "12", seen_s=(0, 1)), closed=False), True),
        ("itself", track(2, "12"), False),
    ],
)
def test_who_else_has_a_bib_at_once(situation: str, other: Track, found: bool) -> None:
    corrected = track(2, seen_s=(9, 20))
    assert at_once(corrected, "12", [other]) == ((other,) if found else ()), situation


def test_tracks_are_tied_together_by_corrections_undone_ones_too() -> None:
    said = made((MERGE, 1, 2), (MERGE, 5, 6), (BIB, 6, "1"), (UNDO, 5, 2), (SPLIT, 2, 3))
    assert connected([1], said) == {1, 2, 9}
    assert connected([6], said) == {5, 6}
    assert connected([7], said) == {7}
