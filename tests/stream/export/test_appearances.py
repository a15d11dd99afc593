"""Tracks become appearances."""

from __future__ import annotations

import pytest

from stream.export.appearances import appearances
from stream.store import RunnerRow
from stream.types import Clock, State

S = 1_000_000_000


def row(
    track_id: int,
    first_s: float,
    last_s: float,
    *,
    bib: str | None = "12",
    state: State | None = State.CONFIRMED,
    crossed_s: float | None = None,
    camera: str = "finish",
    footage_id: int | None = 1,
) -> RunnerRow:
    return RunnerRow(
        track_id=track_id,
        camera=camera,
        bib=bib,
        state=state,
        posterior=0.99,
        votes=3,
        evidence=None,
        first_seen_utc_ns=round(first_s * S),
        last_seen_utc_ns=round(last_s * S),
        crossing_utc_ns=None if crossed_s is None else round(crossed_s * S),
        clock=None if crossed_s is None else Clock.RTCP,
        listed=None,
        name=None,
        club=None,
        closed=True,
        interrupted=False,
        footage_id=footage_id,
    )


@pytest.mark.parametrize(
    ("situation", "rows", "expected"),
    [
        ("nobody", [], []),
        ("one track", [row(1, 2, 4)], [((1,), 2, 4)]),
        ("lost for a moment", [row(1, 2, 4), row(2, 8.9, 10)], [((1, 2), 2, 10)]),
        ("away for long", [row(1, 2, 4), row(2, 9, 10)], [((1,), 2, 4), ((2,), 9, 10)]),
        ("given out of order", [row(2, 8, 10), row(1, 2, 4)], [((1, 2), 2, 10)]),
        (
            "a short track inside a long one",
            [row(1, 2, 20), row(2, 3, 4), row(3, 22, 23)],
            [((1, 2, 3), 2, 23)],
        ),
        ("only seen", [row(1, 2, 4, state=State.SEEN)], []),
        ("corrected", [row(1, 2, 4, state=State.CORRECTED)], [((1,), 2, 4)]),
        ("no bib", [row(1, 2, 4, bib=None, state=None)], []),
        ("nothing filmed", [row(1, 2, 4, footage_id=None)], []),
        (
            "two cameras at once",
            [row(1, 2, 4), row(2, 3, 5, camera="side", footage_id=2)],
            [((1,), 2, 4), ((2,), 3, 5)],
        ),
        (
            "the same camera, filmed anew",
            [row(1, 2, 4), row(2, 5, 6, footage_id=2)],
            [((1,), 2, 4), ((2,), 5, 6)],
        ),
        ("two bibs at once", [row(1, 2, 4), row(2, 3, 5, bib="13")], [((1,), 2, 4), ((2,), 3, 5)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tracks_of_a_passage_belong_together(
    situation: str, rows: list[RunnerRow], expected: list[tuple[tuple[int, ...], int, int]]
) -> None:
    found = [
        (tuple(track.track_id for track in one.tracks), one.first_utc_ns // S, one.last_utc_ns // S)
        for one in appearances(rows)
    ]
    assert found == expected, situation


@pytest.mark.parametrize(
    ("situation", "crossings", "crossed_s", "moment_s"),
    [
        ("never", (None, None), None, 2),
        ("once", (None, 9), 9, 9),
        ("twice: the first counts", (4.5, 9), 4.5, 4.5),
        ("the later track first", (9, 4.5), 4.5, 4.5),
    ],
)
def test_the_first_crossing_counts(
    situation: str,
    crossings: tuple[float | None, float | None],
    crossed_s: float | None,
    moment_s: float,
) -> None:
    [one] = appearances(
        [row(1, 2, 5, crossed_s=crossings[0]), row(2, 6, 9, crossed_s=crossings[1])]
    )
    assert one.crossing_utc_ns == (None if crossed_s is None else round(crossed_s * S)), situation
    assert one.clock == (None if crossed_s is None else Clock.RTCP)
    assert one.moment_utc_ns == round(moment_s * S)


def test_how_far_tracks_may_be_apart_can_be_said() -> None:
    rows = [row(1, 2, 4), row(2, 6, 7)]
    assert len(appearances(rows, join_gap_s=1)) == 2
    assert len(appearances(rows, join_gap_s=3)) == 1
