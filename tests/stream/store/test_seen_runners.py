from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stream.store import Store, StoreError
from stream.store.folder import DATABASE
from stream.store.seen_runners import EVERYBODY, SeenQuery, SeenReader, Source, Standing
from stream.types import Correction, CorrectionKind, State
from tests.stream.store.builders import SECOND_NS
from tests.stream.store.seen_race import TEN_NS, fill, match, put_photo, sighting


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SeenReader]:
    with Store.open(tmp_path) as store:
        fill(store, Path("/photos"))
        yield SeenReader(tmp_path)


def found(reader: SeenReader, query: SeenQuery = EVERYBODY) -> list[tuple[str, int, str | None]]:
    return [(one.source.value, one.number, one.bib) for one in reader.find(query)]


ALL = [
    ("camera", 1, "2419"), ("camera", 2, "2410"), ("camera", 3, None), ("camera", 4, "7"),
    ("photo", 1, "2419"), ("photo", 2, None), ("photo", 3, "24"), ("photo", 4, "2420"),
]  # fmt: skip


def test_everybody_in_order_of_time_and_untimed_last(reader: SeenReader) -> None:
    assert found(reader) == ALL
    told = reader.find()
    assert [one.standing.value for one in told] == [
        "read", "unsure", "unread", "read", "read", "unread", "unsure", "read",
    ]  # fmt: skip
    assert [one.corrected for one in told] == [False, False, False, True, *[False] * 4]
    assert (told[0].camera, told[0].photo, told[0].crossing_utc_ns) == (
        "finish", None, 2_500_000_000,
    )  # fmt: skip
    assert (told[4].camera, told[4].photo, told[4].first_utc_ns) == (None, 1, TEN_NS)
    assert told[-1].first_utc_ns is None


@pytest.mark.parametrize("per_page", [1, 3, 8])
def test_pages_make_the_whole(reader: SeenReader, per_page: int) -> None:
    pages = [reader.find(EVERYBODY, per_page, skip) for skip in range(0, 9, per_page)]
    assert [one for page in pages for one in page] == list(reader.find())


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param(SeenQuery(("2419",)), [ALL[0], ALL[4]], id="a bib"),
        pytest.param(SeenQuery(("2420", "2419")), [ALL[7], ALL[0], ALL[4]], id="bibs in order"),
        pytest.param(SeenQuery(()), [], id="no bib at all"),
        pytest.param(SeenQuery(("x' OR 1 --",)), [], id="nothing but a text"),
        pytest.param(SeenQuery(standings=(Standing.UNSURE,)), [ALL[1], ALL[6]], id="unsure ones"),
        pytest.param(
            SeenQuery(windows=((TEN_NS, TEN_NS + SECOND_NS),)), [ALL[4], ALL[5]], id="a window"
        ),
        pytest.param(
            SeenQuery(windows=((0, 2 * SECOND_NS), (13 * SECOND_NS, 13 * SECOND_NS))),
            [ALL[0], ALL[2]],
            id="in view for a part of one of two windows",
        ),
        pytest.param(SeenQuery(windows=()), [], id="no window at all"),
    ],
)
def test_who_is_wanted(
    reader: SeenReader, query: SeenQuery, wanted: list[tuple[str, int, str | None]]
) -> None:
    assert found(reader, query) == wanted


def test_counts_do_not_depend_on_the_standings_asked_for(reader: SeenReader) -> None:
    expected = {
        Standing.READ: 4, Standing.UNSURE: 2, Standing.MATCHED: 0, Standing.UNREAD: 2,
    }  # fmt: skip
    assert reader.counts() == expected
    assert reader.counts(SeenQuery(standings=(Standing.READ,))) == expected
    assert sum(reader.counts(SeenQuery(("2419",))).values()) == 2


def test_a_match_gives_a_bib_only_where_nothing_was_confirmed(reader: SeenReader) -> None:
    match(reader.folder, "2419", track_id=3)
    match(reader.folder, "2420", track_id=1)
    match(reader.folder, "2420", sighting=3)
    told = {(one.source, one.number): one for one in reader.find()}
    track = told[Source.CAMERA, 3]
    assert (track.bib, track.standing, track.sure) == ("2419", Standing.MATCHED, 0.93)
    assert told[Source.CAMERA, 1].bib == "2419"
    assert told[Source.CAMERA, 1].standing is Standing.READ
    assert told[Source.PHOTO, 3].bib == "2420"
    with closing(sqlite3.connect(reader.folder / DATABASE)) as db, db:
        db.execute("UPDATE assignments SET undone_utc_ns = 2, undone_by = 'Ann'")
    assert found(reader) == ALL


@pytest.mark.parametrize(
    ("said", "matched"),
    [
        pytest.param(None, [("camera", 3), ("photo", 2)], id="both stand"),
        pytest.param(Correction(CorrectionKind.BIB, 4, bib="99"), [], id="their pivot is another"),
        pytest.param(Correction(CorrectionKind.NOT_A_RUNNER, 4), [], id="their pivot is nobody"),
        pytest.param(
            Correction(CorrectionKind.BIB, 3, bib="8"), [("photo", 2)], id="one has a bib by now"
        ),
    ],
)
def test_a_match_that_does_not_stand_any_more_is_not_shown(
    said: Correction | None, matched: list[tuple[str, int]], tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        fill(store, Path("/photos"))
        match(tmp_path, "7", track_id=3)
        match(tmp_path, "7", sighting=2)
        if said is not None:
            store.correct(said, "Ann", 2)
        shown = SeenReader(tmp_path).find(SeenQuery(standings=(Standing.MATCHED,)))
    assert [(one.source.value, one.number) for one in shown] == matched


def test_pictures(reader: SeenReader) -> None:
    told = reader.find()
    # Two of its own, and one of the track that is a part of it.
    assert told[0].n_pictures == len(reader.pictures(told[0])) == 3
    assert told[0].picture is not None and "f0000006" in told[0].picture, "the largest"
    assert (told[1].picture, told[1].n_pictures, reader.pictures(told[1])) == (None, 0, ())
    assert told[4].picture == "pivot/2419/a-01_aaaaaaaa.jpg"
    assert reader.pictures(told[4]) == (told[4].picture,)
    for one in told:
        for path in reader.pictures(one):
            assert (reader.folder / path).is_file()


def test_bibs_and_days(reader: SeenReader) -> None:
    assert reader.bibs() == ("24", "2410", "2419", "2420", "7")
    assert reader.moments() == (SECOND_NS, 41 * SECOND_NS, TEN_NS, TEN_NS + 60 * SECOND_NS)


@pytest.mark.parametrize(
    ("taken", "days"),
    [
        pytest.param(["2026-05-02T17:00"], [2], id="once"),
        pytest.param(["2026-05-02T17:00", "2026-05-02T18:00"], [2], id="twice on a day"),
        pytest.param(
            ["2026-05-02T01:00", "2026-05-02T09:00", "2026-05-02T17:00"],
            [1, 2],
            id="Friday evening and Saturday morning, one day in UTC",
        ),
        pytest.param(["2026-05-02T20:00", "2026-05-03T02:00"], [2], id="Saturday, two days in UTC"),
    ],
)
def test_every_day_of_los_angeles_has_a_moment(
    tmp_path: Path, taken: list[str], days: list[int]
) -> None:
    with Store.open(tmp_path) as store:
        for number, text in enumerate(taken):
            at_ns = int(datetime.fromisoformat(f"{text}Z").timestamp()) * SECOND_NS
            seen = [sighting("7", State.CONFIRMED)]
            put_photo(store, Path(f"/photos/{number}.jpg"), f"{number:064}", seen, at_ns)
        store.flush()
        moments = SeenReader(tmp_path).moments()
    zone = ZoneInfo("America/Los_Angeles")
    local = [datetime.fromtimestamp(moment / SECOND_NS, zone).day for moment in moments]
    assert list(dict.fromkeys(local)) == days


def test_a_race_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_text("no database", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be read"):
        SeenReader(tmp_path).find()
