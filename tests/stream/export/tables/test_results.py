from __future__ import annotations

import pytest

from stream.export.tables.results import Standing, natural, results
from stream.store.photo_values import PhotoBib
from stream.store.values import RunnerRow
from stream.types import Clock, State
from tests.stream.export.finishers import NO_DATE, SECOND_NS, START_NS, entry, track


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        pytest.param([], [], id="an empty race"),
        pytest.param(
            [track(1, "7", 20), track(2, "101", 10), track(3, "8", 30)],
            [("101", 1), ("7", 2), ("8", 3)],
            id="by time of crossing",
        ),
        pytest.param(
            [track(1, "7"), track(2, "101", 10), track(3, "8", seen_s=(0, 1))],
            [("101", 1), ("7", None), ("8", None)],
            id="who did not cross has no place",
        ),
        pytest.param(
            [track(1, "10", 5), track(2, "9", 5)],
            [("9", 1), ("10", 2)],
            id="the same moment: in order of bibs",
        ),
        pytest.param(
            [track(1, "7", 20), track(2, "101", 10, state=State.SEEN), track(3, None, 12)],
            [("7", 1)],
            id="who is not confirmed has no row",
        ),
    ],
)
def test_places_follow_from_crossings(
    tracks: list[RunnerRow], expected: list[tuple[str, int | None]]
) -> None:
    assert [(row.bib, row.place) for row in results(tracks).rows] == expected


@pytest.mark.parametrize(
    ("tracks", "notes"),
    [
        pytest.param([track(1, "7", 20)], (), id="nothing to look at"),
        pytest.param(
            [track(1, "7", 20), track(2, "7", 79)], (), id="within a minute is one passage"
        ),
        pytest.param(
            [track(1, "7", 20), track(2, "7", 80.001)],
            ("crossed 2 times, 00:01:00.001 from first to last",),
            id="crossed twice",
        ),
        pytest.param(
            [track(1, "7", 20), track(2, "7", 80.001, camera="side")],
            ("crossed 2 times, 00:01:00.001 from first to last",),
            id="crossed twice on two cameras",
        ),
        pytest.param([track(1, "7"), track(2, "8", 3)], ("no crossing seen",), id="no crossing"),
        pytest.param([track(1, "7"), track(2, "8")], (), id="no camera sees the line"),
        pytest.param(
            [track(1, "7", 20), track(2, "7", seen_s=(19, 22))],
            ("two runners had this bib at once",),
            id="two at once",
        ),
        pytest.param(
            [track(1, "7", 20), track(2, "7", seen_s=(20.5, 22))],
            (),
            id="a track that takes over from another",
        ),
        pytest.param(
            [track(1, "7", 20), track(2, "7", seen_s=(19, 22), camera="side", footage_id=2)],
            (),
            id="two cameras at once",
        ),
    ],
)
def test_doubts_are_noted(tracks: list[RunnerRow], notes: tuple[str, ...]) -> None:
    row = next(row for row in results(tracks).rows if row.bib == "7")
    assert row.notes == notes


def test_the_start_list_gives_names_and_who_is_missing() -> None:
    listed = [
        entry("12", "Zoë Adler", "TV Nord", category="W40", wave="B"),
        entry("a 7", "Bo Lee"),
        entry("99", "Max Frei", category="M20"),
        entry("13", ""),
    ]
    found = results([track(1, "A7", 9), track(2, "12", 8), track(3, "500", 10)], listed)
    told = [
        (row.bib, row.place, row.name, row.club, row.category, row.wave, row.listed)
        for row in found.rows
    ]
    assert told == [
        ("12", 1, "Zoë Adler", "TV Nord", "W40", "B", True),
        ("A7", 2, "Bo Lee", None, None, None, True),
        ("500", 3, None, None, None, None, False),
        ("99", None, "Max Frei", None, "M20", None, True),
        ("13", None, None, None, None, None, True),
    ]
    assert found.rows[2].notes == ("not on the start list",)
    assert [row.standing for row in found.rows[3:]] == [Standing.NOT_SEEN] * 2
    assert found.rows[3].crossing is None and found.rows[3].posterior is None


def test_without_a_start_list_nobody_is_missing_or_unlisted() -> None:
    (row,) = results([track(1, "12", 8)]).rows
    assert (row.listed, row.notes) == (None, ())


def test_a_row_sums_up_all_its_tracks() -> None:
    (row,) = results(
        [
            track(3, "7", 20, posterior=0.97, votes=3),
            track(1, "7", seen_s=(2, 5), camera="course", posterior=0.999, votes=9),
            track(4, "7", seen_s=(30, 31), state=State.CORRECTED, posterior=0.5, votes=1),
        ]
    ).rows
    assert row.cameras == ("course", "finish")
    assert (row.first_seen_utc_ns, row.last_seen_utc_ns) == (
        START_NS + 2 * SECOND_NS,
        START_NS + 31 * SECOND_NS,
    )
    assert row.standing is Standing.CORRECTED
    assert (row.posterior, row.votes) == (0.97, 3), "of the track that crossed"
    assert row.track_ids == (1, 3, 4)


def test_scores_without_a_crossing_are_of_the_surest_track() -> None:
    (row,) = results([track(1, "7", posterior=0.96), track(2, "7", posterior=0.99)]).rows
    assert row.posterior == 0.99


def test_unread_runners_who_crossed_are_told_apart() -> None:
    found = results(
        [track(1, "7", 20), track(2, None, 30), track(3, "8", 25, state=State.SEEN), track(4, None)]
    )
    assert [passing.track_id for passing in found.unread] == [3, 2]


def test_undated_footage_has_places_of_its_own() -> None:
    found = results([track(1, "7", 20, start_ns=NO_DATE), track(2, "8", 10, start_ns=NO_DATE)])
    assert [(row.bib, row.place) for row in found.rows] == [("8", 1), ("7", 2)]
    assert not found.dated
    assert found.first_capture_utc_ns is None
    assert found.zero_ns(20 * SECOND_NS) == 0


def test_times_that_cannot_be_compared_give_no_place() -> None:
    found = results(
        [
            track(1, "7", 20),
            track(2, "8", 10),
            track(3, "9", 5, start_ns=NO_DATE, camera="phone"),
            track(4, "7", 6, start_ns=NO_DATE, camera="phone"),
        ]
    )
    assert [(row.bib, row.place) for row in found.rows] == [("8", 1), ("7", 2), ("9", None)]
    assert found.dated
    assert found.rows[1].notes == ()
    assert found.rows[2].notes == ("crossed on footage without a date: no place",)


def test_a_camera_s_two_undated_films_are_two_scales() -> None:
    found = results(
        [
            track(1, "7", 20, start_ns=NO_DATE),
            track(2, "8", 30, start_ns=NO_DATE),
            track(3, "9", 5, start_ns=NO_DATE, footage_id=2),
        ]
    )
    assert [(row.bib, row.place) for row in found.rows] == [("7", 1), ("8", 2), ("9", None)]


def test_seconds_count_from_the_earliest_dated_moment() -> None:
    tracks = [track(1, "7", 20), track(2, "8", 10, start_ns=NO_DATE)]
    assert results(tracks).first_capture_utc_ns == START_NS + 18 * SECOND_NS
    found = results(tracks, (), [0, START_NS + 5 * SECOND_NS])
    assert found.first_capture_utc_ns == START_NS + 5 * SECOND_NS
    assert found.zero_ns(START_NS + 20 * SECOND_NS) == START_NS + 5 * SECOND_NS


def test_some_bibs_keep_their_places_in_the_whole_race() -> None:
    found = results([track(1, "7", 20), track(2, "8", 10)], [entry("9", "Max")])
    assert [(row.bib, row.place) for row in found.only(["7", "9", "nobody"]).rows] == [
        ("7", 2),
        ("9", None),
    ]


def test_the_clock_is_that_of_the_crossing_that_counts() -> None:
    (row,) = results([track(1, "7", 20, clock=Clock.RTCP), track(2, "7", 21)]).rows
    assert row.crossing is not None and row.crossing.clock is Clock.RTCP


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["10", "9", "1"], ["1", "9", "10"]),
        (["A10", "A2", "12"], ["12", "A2", "A10"]),
        (["007", "7", "07"], ["007", "07", "7"]),
        (["stills/7-10.jpg", "stills/7-2.jpg"], ["stills/7-2.jpg", "stills/7-10.jpg"]),
    ],
)
def test_natural_order(texts: list[str], expected: list[str]) -> None:
    assert sorted(texts, key=natural) == expected


def test_who_is_in_photos_alone_has_a_row_and_no_place() -> None:
    photographed = (
        PhotoBib("7", False, 0.99, START_NS, START_NS + SECOND_NS),
        PhotoBib("101", False, 0.98, START_NS, START_NS),
        PhotoBib("55", True, 1.0, None, None),
    )
    tracks, listed = [track(1, "101", 10)], [entry("7", "Ada"), entry("101"), entry("9")]
    rows = results(tracks, listed, photographed=photographed).rows
    assert [(row.bib, row.place, row.standing.value) for row in rows] == [
        ("101", 1, "confirmed"),
        ("55", None, "corrected"),
        ("7", None, "confirmed"),
        ("9", None, "not seen"),
    ]
    ada = next(row for row in rows if row.bib == "7")
    assert (ada.name, ada.notes, ada.cameras) == ("Ada", ("in photos alone",), ())
    assert ada.last_seen_utc_ns == START_NS + SECOND_NS
    assert next(row for row in rows if row.bib == "55").notes == (
        "not on the start list",
        "in photos alone",
    )
