from __future__ import annotations

import pytest

from stream.export.tables.passings import Finish, counting, finish_of, passages_of, passings_of
from stream.store.values import RunnerRow
from stream.types import State
from tests.stream.export.finishers import NO_DATE, SECOND_NS, START_NS, track


@pytest.mark.parametrize(
    ("tracks", "camera", "crossed_s"),
    [
        pytest.param([track(1, "7", 20)], "finish", 20, id="one camera"),
        pytest.param(
            [track(1, "7", 19.8, camera="side"), track(2, "7", 20), track(3, "8", 30)],
            "finish",
            20,
            id="the camera on which most crossed, though another is earlier",
        ),
        pytest.param(
            [track(1, "7", 19.8, camera="side"), track(2, "8", 30)],
            "side",
            19.8,
            id="another camera where the finish camera saw no crossing",
        ),
        pytest.param(
            [track(1, "7", 20), track(2, "7", 20.4)],
            "finish",
            20,
            id="two tracks of one passage: the first",
        ),
        pytest.param([track(1, "7", 20), track(2, "7", 400)], "finish", 20, id="laps: the first"),
        pytest.param(
            [track(1, "7", 20), track(2, "7", 400, state=State.CORRECTED)],
            "finish",
            400,
            id="the passage that a person has corrected",
        ),
        pytest.param(
            [track(1, "7", 20, camera="side", state=State.CORRECTED), track(2, "7", 20.3),
             track(3, "8", 31)],
            "finish",
            20.3,
            id="corrected on another camera: still the finish camera's time",
        ),
    ],
)  # fmt: skip
def test_one_crossing_counts(tracks: list[RunnerRow], camera: str, crossed_s: float) -> None:
    crossings = {bib: passings_of(t for t in tracks if t.bib == bib) for bib in ("7", "8")}
    crossing = counting(crossings["7"], finish_of(crossings))
    assert crossing is not None
    assert (crossing.camera, crossing.utc_ns) == (camera, START_NS + round(crossed_s * SECOND_NS))


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        pytest.param([], None, id="nobody crossed"),
        pytest.param([track(1, "7")], None, id="nobody crossed, one was seen"),
        pytest.param(
            [track(1, "7", 9, camera="a"), track(2, "7", 70, camera="a"), track(3, "7", 8),
             track(4, "8", 9)],
            Finish("finish", "utc"),
            id="most bibs, not most crossings",
        ),
        pytest.param(
            [track(1, "7", 20, camera="a"), track(2, "7", 19, camera="b")],
            Finish("b", "utc"),
            id="of equals the earlier",
        ),
        pytest.param(
            [track(1, "7", 20), track(2, "7", 2, start_ns=NO_DATE, camera="a", footage_id=2)],
            Finish("finish", "utc"),
            id="of equals the dated",
        ),
        pytest.param(
            [track(1, "7", 20, start_ns=NO_DATE, footage_id=3)],
            Finish("finish", "finish/3"),
            id="undated footage has its own scale",
        ),
    ],
)  # fmt: skip
def test_the_finish_camera_is_where_most_bibs_cross(
    tracks: list[RunnerRow], expected: Finish | None
) -> None:
    bibs = {track.bib for track in tracks if track.bib is not None}
    crossings = {bib: passings_of(t for t in tracks if t.bib == bib) for bib in bibs}
    assert finish_of(crossings) == expected


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [([5], [1]), ([5, 65], [2]), ([5, 65.001], [1, 1]), ([5, 60, 115, 200], [3, 1])],
)
def test_crossings_a_minute_apart_are_two_passages(
    seconds: list[float], lengths: list[int]
) -> None:
    crossings = passings_of(track(n, "7", at_s) for n, at_s in enumerate(seconds))
    assert [len(passage) for passage in passages_of(crossings)] == lengths


def test_without_crossings_none_counts() -> None:
    assert counting((), Finish("finish", "utc")) is None
    assert counting((), None) is None
