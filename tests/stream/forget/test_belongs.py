"""Which tracks are a runner's, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.corrections import Made
from stream.forget.belongs import Sight, is_bib, tracks_of_bib
from stream.types import CorrectionKind, State
from tests.stream.test_corrections import made

BIB, WRONG, NOBODY, MERGE, SPLIT, UNDO = CorrectionKind


def sight(
    track_id: int,
    bib: str | None = None,
    state: State | None = State.CONFIRMED,
    own: str | None = None,
    merged_into: int | None = None,
) -> Sight:
    stands = None if bib is None else state
    return Sight(track_id, "finish", 1, 0, 10, None, bib, stands, own, merged_into)


@pytest.mark.parametrize(
    ("tracks", "said", "matched", "found"),
    [
        pytest.param([sight(1, "12"), sight(2, "13"), sight(3)], [], [], {1}, id="confirmed"),
        pytest.param([sight(1, "12", State.SEEN)], [], [], {1}, id="only seen"),
        pytest.param([sight(1, "A-12"), sight(2, "a-12 ")], [], [], set(), id="another bib"),
        pytest.param([sight(1, "12"), sight(2, "12 ")], [], [], {1, 2}, id="written otherwise"),
        pytest.param(
            [sight(1, "12", State.CORRECTED, own="13")],
            made((BIB, 1, "12")),
            [],
            {1},
            id="corrected",
        ),
        pytest.param(
            [sight(1, "13", State.CORRECTED, own="12")],
            made((BIB, 1, "13")),
            [],
            set(),
            id="corrected to another",
        ),
        pytest.param([sight(1)], [], [1], {1}, id="only matched"),
        pytest.param([sight(1, "13", State.SEEN)], [], [1], {1}, id="matched, seen as another"),
        pytest.param([sight(1, "13")], [], [1], set(), id="matched, but confirmed as another"),
        pytest.param(
            [sight(1, own="12")], made((WRONG, 1, "12")), [1], set(), id="a person said no"
        ),
        pytest.param(
            [sight(1, "12", own="12")],
            made((WRONG, 1, "12"), (UNDO, 1, 1)),
            [],
            {1},
            id="that was taken back",
        ),
        pytest.param([sight(1, own="12")], made((NOBODY, 1, None)), [], {1}, id="not a runner"),
        pytest.param(
            [sight(1, "12"), sight(2, "12", own=None, merged_into=1), sight(3, "12")],
            made((MERGE, 1, 2)),
            [],
            {1, 2, 3},
            id="merged",
        ),
        pytest.param(
            [sight(1), sight(2, merged_into=1)], [], [2], {1, 2}, id="merged with one matched"
        ),
        pytest.param(
            [sight(1, own="12"), sight(9, "12")],
            [replace(made((SPLIT, 1, 5))[0], later_has_tag=True)],
            [],
            {9},
            id="split, the bib went to the later part",
        ),
        pytest.param(
            [sight(1, "12", own="12"), sight(9)],
            made((SPLIT, 1, 5)),
            [],
            {1},
            id="split, the bib stayed with the first",
        ),
        pytest.param(
            [sight(1, "12", State.CORRECTED), sight(2, "12", State.SEEN, own="12")],
            [replace(made((BIB, 1, "12"))[0], outdone=(2,))],
            [],
            {1},
            id="a person has given the bib to the other of two in view at once",
        ),
    ],
)
def test_tracks_of_bib(
    tracks: list[Sight], said: list[Made], matched: list[int], found: set[int]
) -> None:
    assert tracks_of_bib("12", tracks, said, matched) == found


def test_is_bib() -> None:
    assert is_bib("a-12", "A-12") and is_bib(" 12", "12")
    assert not is_bib(None, "12") and not is_bib("012", "12")
