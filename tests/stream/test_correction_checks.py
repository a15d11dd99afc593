from __future__ import annotations

from dataclasses import replace

import pytest

from stream.correction_checks import (
    CorrectionError,
    NothingThereError,
    bib_of,
    check_undo,
    checked,
)
from stream.types import Correction, CorrectionKind, State
from tests.stream.test_corrections import SECOND_NS, made, track

BIB, WRONG, NOBODY, MERGE, SPLIT, UNDO = CorrectionKind
TRACKS = {
    1: track(1, "12"),
    2: track(2, seen_s=(9, 20)),
    3: track(3, "34", State.CORRECTED),
    4: replace(track(4), closed=False),
    5: replace(track(5), camera="side"),
    6: replace(track(6), hidden=True),
    7: replace(track(7), merged_into=8),
    8: track(8, "88"),
}


@pytest.mark.parametrize(
    ("text", "bib"), [("12", "12"), (" 12 ", "12"), ("a-12", "A-12"), ("007", "007")]
)
def test_bibs_as_people_type_them(text: str, bib: str) -> None:
    assert bib_of(text) == bib


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the bib is empty; type it"),
        ("  ", "the bib is empty"),
        ("12 34", "has ' '; a bib is made of A-Z"),
        ("1_2", "has '_'"),
        ("１２", "a bib is made of"),
        ("1" * 13, "longer than 12"),
        ("ABC", "has no digit"),
    ],
)
def test_what_is_no_bib(text: str, message: str) -> None:
    with pytest.raises(CorrectionError, match=message):
        bib_of(text)


ALLOWED = {
    "a bib": (Correction(BIB, 1, " a7 "), Correction(BIB, 1, "A7")),
    "the vote's own bib, to make it sure": (Correction(BIB, 1, "12"), Correction(BIB, 1, "12")),
    "a bib for a runner in view": (Correction(BIB, 4, "7"), Correction(BIB, 4, "7")),
    "wrong person": (Correction(WRONG, 1), Correction(WRONG, 1, "12")),
    "wrong person, as it was seen": (Correction(WRONG, 1, "12"), Correction(WRONG, 1, "12")),
    "not a runner": (Correction(NOBODY, 4), Correction(NOBODY, 4)),
    "merge": (
        Correction(MERGE, 1, other_track_id=2), Correction(MERGE, 1, other_track_id=2),
    ),
    "merge into one that has parts": (
        Correction(MERGE, 8, other_track_id=1), Correction(MERGE, 8, other_track_id=1),
    ),
    "split": (
        Correction(SPLIT, 1, from_utc_ns=SECOND_NS), Correction(SPLIT, 1, from_utc_ns=SECOND_NS),
    ),
    "split at the last sight": (
        Correction(SPLIT, 1, from_utc_ns=10 * SECOND_NS),
        Correction(SPLIT, 1, from_utc_ns=10 * SECOND_NS),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "filled_in"), ALLOWED.values(), ids=ALLOWED.keys())
def test_what_can_be_said(said: Correction, filled_in: Correction) -> None:
    assert checked(said, TRACKS) == filled_in


REFUSED = {
    "no such track": (Correction(BIB, 99, "1"), "there is no track 99; choose"),
    "a part": (Correction(BIB, 7, "1"), "part of track 8; correct that one"),
    "hidden": (Correction(NOBODY, 6), "in no list; undo the correction that hid it"),
    "an empty bib": (Correction(BIB, 1, ""), "the bib is empty"),
    "no bib": (Correction(BIB, 1), "the bib is empty"),
    "said already": (Correction(BIB, 3, "34"), "track 3 is corrected to 34 already"),
    "nothing to take off": (Correction(WRONG, 2), "has no bib to take off"),
    "another bib by now": (Correction(WRONG, 1, "13"), "is 12 by now, not 13; look again"),
    "merged with nothing": (Correction(MERGE, 1), "needs a second track"),
    "merged with itself": (Correction(MERGE, 1, other_track_id=1), "merged with itself"),
    "merged with nobody": (Correction(MERGE, 1, other_track_id=99), "there is no track 99"),
    "merged with a part": (Correction(MERGE, 1, other_track_id=7), "part of track 8"),
    "merged with one that has parts": (
        Correction(MERGE, 1, other_track_id=8), "merge track 1 into that one instead",
    ),
    "merged over cameras": (
        Correction(MERGE, 1, other_track_id=5), "give both the same bib instead",
    ),
    "merged in view": (Correction(MERGE, 1, other_track_id=4), "track 4 is still in view; wait"),
    "split in view": (Correction(SPLIT, 4, from_utc_ns=1), "still in view"),
    "split nowhere": (Correction(SPLIT, 1), "split it .from_utc_ns. in between"),
    "split at the first sight": (Correction(SPLIT, 1, from_utc_ns=0), "in between"),
    "split afterwards": (Correction(SPLIT, 1, from_utc_ns=11 * SECOND_NS), "in between"),
    "split though merged": (Correction(SPLIT, 8, from_utc_ns=1), "undo the merge first"),
    "an undo as if of a track": (Correction(UNDO, 1), "an undo names a correction"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(said: Correction, message: str) -> None:
    with pytest.raises(CorrectionError, match=message):
        checked(said, TRACKS)


SAID = made((BIB, 1, "13"), (UNDO, 1, 1), (SPLIT, 1, 5), (BIB, 9, "7"), (MERGE, 1, 2))


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (99, "there is no correction 99"),
        (0, "there is no correction 0"),
        (1, "correction 1 was undone already, by 2"),
        (2, "correction 2 is an undo; make the correction anew"),
        (3, "correction 4 builds on 3; undo 4 first"),
    ],
)
def test_what_cannot_be_undone(number: int, message: str) -> None:
    with pytest.raises(CorrectionError, match=message):
        check_undo(number, SAID)


def test_what_can_be_undone() -> None:
    assert [check_undo(number, SAID).number for number in (4, 5)] == [4, 5]
    # Once nothing builds on it any more, a split can be undone as well.
    later_undone = [replace(one, undone_by=9) if one.number == 4 else one for one in SAID]
    assert check_undo(3, later_undone).number == 3
    with pytest.raises(NothingThereError):
        check_undo(77, SAID)
