"""What remains of corrections beside tracks that are erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from stream.corrections import Made, as_corrected
from stream.forget.belongs import is_bib
from stream.forget.settled import settled
from stream.types import CorrectionKind, Tag, Track
from tests.stream.test_corrections import made, track

BIB, WRONG, NOBODY, MERGE, SPLIT, UNDO = CorrectionKind
OWN = {
    1: track(1, "12", crossing_s=8),
    2: track(2, "34", seen_s=(9, 20), crossing_s=15),
    3: track(3, "12", seen_s=(30, 40)),
}
LATER_HAS_IT = [replace(made((SPLIT, 2, 12))[0], later_has_tag=True)]


@pytest.mark.parametrize(
    ("said", "erased", "left", "own"),
    [
        pytest.param(made((BIB, 1, "12")), {1}, [], {}, id="about the runner alone"),
        pytest.param(made((BIB, 2, "56")), {1}, [1], {}, id="about another alone"),
        pytest.param(
            made((WRONG, 3, "12"), (BIB, 2, "56")), {1}, [2], {3: None}, id="another took it off"
        ),
        pytest.param(
            made((BIB, 2, "12"), (BIB, 2, "56")), {1}, [2], {2: "34"}, id="given, then corrected"
        ),
        pytest.param(
            made((BIB, 2, "56"), (BIB, 2, "12"), (WRONG, 2, "12")),
            {1},
            [],
            {2: "baked"},
            id="leaving one out would bring back what was said before",
        ),
        pytest.param(
            made((MERGE, 1, 2), (UNDO, 1, 1)), {1}, [], {2: "34"}, id="a merge that was taken back"
        ),
        pytest.param(LATER_HAS_IT, {9}, [], {2: "baked"}, id="the later part of a split"),
        pytest.param(made((SPLIT, 2, 12)), {2}, [], {9: "baked"}, id="the first part of a split"),
    ],
)
def test_what_remains(
    said: list[Made], erased: set[int], left: list[int], own: dict[int, str | None]
) -> None:
    everything = dict(OWN)
    if any(one.correction.kind is SPLIT for one in said):
        everything[9] = track(9, seen_s=(12, 20))
    about = {t for one in said for t in one.track_ids}
    everything = {t: one for t, one in everything.items() if t in about}
    standing = as_corrected(everything, said, lambda _: None)
    found = settled("12", erased, everything, standing, said)
    stays = [one for one in said if one.number not in found.removed]
    assert [one.number for one in stays] == left
    assert {t: "baked" if one is None else one.tag.bib for t, one in found.own.items()} == own
    check_stand(found.own, everything, standing, stays, erased)


def check_stand(
    own: Mapping[int, Track | None],
    everything: Mapping[int, Track],
    standing: Mapping[int, Track],
    stays: Sequence[Made],
    erased: set[int],
) -> None:
    """Every track that stays stands as before, without the bib."""
    for said in stays:
        assert not is_bib(said.correction.bib, "12") and not said.track_ids & erased
    known = {
        track_id: own.get(track_id, one) or standing[track_id]
        for track_id, one in everything.items()
        if track_id not in erased
    }
    for track_id, one in as_corrected(known, stays, lambda _: None).items():
        before = standing[track_id]
        if is_bib(before.tag.bib, "12"):
            before = replace(before, tag=Tag())
        assert replace(one, listed=None) == replace(before, listed=None)


def test_the_other_of_two_in_view_at_once_has_the_bib_no_more() -> None:
    said = [replace(made((BIB, 1, "12"))[0], outdone=(3,))]
    own = {1: OWN[1], 3: OWN[3]}
    standing = as_corrected(own, said, lambda _: None)
    assert standing[3].tag.bib == "12"
    found = settled("12", {1}, own, standing, said)
    assert set(found.removed) == {1} and set(found.unnamed) == {3}
    [kept] = found.own.values()
    assert kept is not None and kept.tag == Tag()
