from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from stream.export.race import ExportRace
from stream.export.tables.export import COLUMNS, export_tables, results_csv, results_json, sure
from stream.export.tables.results import results
from stream.store import Store
from stream.store.values import RunnerRow, StartListRow
from stream.types import Clock, State
from stream.waves import Starts
from tests.stream.export.finishers import NO_DATE, START_NS, entry, record_race, track

HOUR_NS = 3_600_000_000_000
LISTED = [entry("12", "Zoë Adler", "TV Nord", category="W40", wave="B"), entry("99", "Max Frei")]
TRACKS = [
    track(1, "12", 62.345, clock=Clock.RTCP, posterior=0.99996),
    track(2, "500", 70, state=State.CORRECTED),
    track(3, None, 71),
]


@pytest.fixture
def race(tmp_path: Path) -> Iterator[ExportRace]:
    with ExportRace.open(record_race(tmp_path / "race", TRACKS, LISTED)) as race:
        yield race


def cells(tracks: list[RunnerRow], listed: list[StartListRow]) -> list[dict[str, str]]:
    content = results_csv(results(tracks, listed), {})
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("tracks", "listed", "expected"),
    [
        pytest.param(
            [TRACKS[0]],
            LISTED[:1],
            {
                "place": "1", "bib": "12", "name": "Zoë Adler", "club": "TV Nord",
                "category": "W40", "wave": "B", "state": "confirmed",
                "time": "2026-05-03T09:31:02.345Z", "seconds": "2.0", "camera": "finish",
                "clock": "rtcp", "cameras": "finish", "first_seen": "2026-05-03T09:31:00.345Z",
                "last_seen": "2026-05-03T09:31:03.345Z", "posterior": "0.9999", "votes": "4",
                "listed": "yes", "notes": "", "clips": "", "stills": "", "elapsed": "",
                "photos": "",
            },
            id="everything is known",
        ),
        pytest.param(
            [track(1, "0012", 62.345, start_ns=NO_DATE)],
            [],
            {"bib": "0012", "name": "", "time": "00:01:02.345", "seconds": "62.345",
             "first_seen": "00:01:00.345", "listed": ""},
            id="no start list, no date, leading zeros",
        ),
        pytest.param(
            [],
            LISTED[1:],
            {"place": "", "bib": "99", "name": "Max Frei", "state": "not seen", "time": "",
             "seconds": "", "cameras": "", "posterior": "", "votes": ""},
            id="not seen",
        ),
        pytest.param(
            [track(1, "12", 1, camera="a", footage_id=1), track(2, "12", 90, camera="b")],
            [],
            {"cameras": "a; b", "camera": "a",
             "notes": "crossed 2 times, 00:01:29.000 from first to last"},
            id="two cameras, crossed twice",
        ),
        pytest.param(
            [track(1, "12", 3, state=State.CORRECTED)], [], {"state": "corrected"}, id="corrected"
        ),
        pytest.param(
            [track(1, "12", 3)],
            [entry("12", "=HYPERLINK(\"http://x\")", "+49", category="-1", wave="@SUM(A1)")],
            {"name": "'=HYPERLINK(\"http://x\")", "club": "'+49", "category": "'-1",
             "wave": "'@SUM(A1)"},
            id="names that a spreadsheet would compute",
        ),
        pytest.param(
            [track(1, "12", 3)],
            [entry("12", 'Bo "Speedy" Lee, Jr.', "One\nTwo")],
            {"name": 'Bo "Speedy" Lee, Jr.', "club": "One\nTwo"},
            id="names with commas, quotes and line ends",
        ),
    ],
)  # fmt: skip
def test_a_row_of_the_csv(
    tracks: list[RunnerRow], listed: list[StartListRow], expected: dict[str, str]
) -> None:
    (row,) = cells(tracks, listed)
    assert tuple(row) == COLUMNS
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("starts", "row_of", "elapsed"),
    [
        pytest.param(Starts(START_NS), TRACKS[0], "00:01:02.345", id="the gun"),
        pytest.param(
            Starts(START_NS, {"B": START_NS - HOUR_NS}), TRACKS[0], "01:01:02.345", id="the wave"
        ),
        pytest.param(Starts(START_NS + HOUR_NS), TRACKS[0], "", id="a start after the crossing"),
        pytest.param(Starts(START_NS), track(1, "12"), "", id="no crossing"),
        pytest.param(Starts(START_NS), track(1, "12", 62.345, start_ns=NO_DATE), "", id="no date"),
    ],
)
def test_elapsed_times(starts: Starts, row_of: RunnerRow, elapsed: str) -> None:
    content = results_csv(results([row_of], LISTED[:1], starts=starts), {})
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert row["elapsed"] == elapsed


def test_elapsed_times_come_from_the_race_folder(tmp_path: Path) -> None:
    folder = record_race(tmp_path / "race", TRACKS, LISTED)
    with Store.open(folder) as store:
        store.replace_starts(Starts(None, {"b": START_NS}))
    with ExportRace.open(folder) as race:
        export_tables(race, None)
        body = json.loads((race.out / "results.json").read_text(encoding="utf-8"))
    assert [row["elapsed_seconds"] for row in body["runners"]] == [62.345, None, None]


def test_the_csv_of_an_empty_race_has_its_header() -> None:
    assert results_csv(results([]), {}).decode("utf-8-sig") == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize(
    ("posterior", "expected"), [(None, None), (0.99, 0.99), (0.95678, 0.9567), (1.0, 0.9999)]
)
def test_nothing_is_ever_certain(posterior: float | None, expected: float | None) -> None:
    assert sure(posterior) == expected


def test_the_json_says_the_same_as_the_rows(race: ExportRace) -> None:
    export_tables(race, None)
    body = json.loads((race.out / "results.json").read_text(encoding="utf-8"))
    runners = body.pop("runners")
    assert body == {
        "schema": "finishline.results",
        "version": 1,
        "race": "City run",
        "times": "UTC",
        "first_capture": "2026-05-03T09:31:00.345Z",
        "finish_camera": "finish",
        "clocks": ["file", "rtcp"],
        "counts": {"placed": 2, "without_place": 0, "not_seen": 1, "unread_crossings": 1},
        "unread_crossings": [
            {"time": "2026-05-03T09:31:11.000Z", "seconds": 10.655, "camera": "finish",
             "clock": "file", "track": 3}
        ],
    }  # fmt: skip
    assert [(row["place"], row["bib"], row["state"]) for row in runners] == [
        (1, "12", "confirmed"),
        (2, "500", "corrected"),
        (None, "99", "not seen"),
    ]
    crossing = {"time": "2026-05-03T09:31:02.345Z", "seconds": 2.0, "camera": "finish",
                "clock": "rtcp", "track": 1}  # fmt: skip
    assert runners[0] == {
        "place": 1, "bib": "12", "name": "Zoë Adler", "club": "TV Nord", "category": "W40",
        "wave": "B", "listed": True, "state": "confirmed", "crossing": crossing,
        "crossings": [crossing], "cameras": ["finish"],
        "first_seen": "2026-05-03T09:31:00.345Z", "last_seen": "2026-05-03T09:31:03.345Z",
        "posterior": 0.9999, "votes": 4, "tracks": [1], "notes": [], "files": [],
        "elapsed_seconds": None,
    }  # fmt: skip
    # The rows of the CSV and of the JSON are the same runners with the same values.
    table = io.StringIO((race.out / "results.csv").read_bytes().decode("utf-8-sig"), newline="")
    for row, runner in zip(csv.DictReader(table), runners, strict=True):
        assert row["bib"] == runner["bib"]
        assert row["time"] == (runner["crossing"] or {"time": ""})["time"]
        assert row["notes"] == "; ".join(runner["notes"])


def test_every_row_of_the_json_has_the_same_fields() -> None:
    listed = [entry("12", "Zoë"), entry("99", "Max")]
    found = results([track(1, "12", 3), track(2, "8")], listed)
    body = json.loads(results_json("City run", found, {}))
    rows = cast(list[dict[str, object]], body["runners"])
    assert len({tuple(row) for row in rows}) == 1
    assert len(rows) == 3


def test_no_date_is_never_a_date_in_1970(tmp_path: Path) -> None:
    folder = record_race(tmp_path / "race", [track(1, "12", 62.345, start_ns=NO_DATE)])
    with ExportRace.open(folder) as race:
        written = export_tables(race, None)
        for file in written:
            assert b"1970" not in (race.out / file.path).read_bytes()
        body = json.loads((race.out / "results.json").read_text(encoding="utf-8"))
    assert body["times"] == "since the start of the footage"
    assert body["first_capture"] is None
    assert body["runners"][0]["crossing"]["time"] == "00:01:02.345"


def test_clips_and_stills_are_named_where_they_are_there(race: ExportRace) -> None:
    put = race.manifest.write
    put("stills/12-10.jpg", "still", b"ten", bib="12", camera="finish", first_utc_ns=START_NS)
    put("stills/12-2.jpg", "still", b"two", bib="12")
    put("clips/12.mp4", "clip", b"film", bib="12", first_utc_ns=START_NS, end_utc_ns=START_NS)
    put("clips/500.mp4", "clip", b"film", bib="500")
    (race.out / "clips/500.mp4").unlink()
    export_tables(race, None)
    table = io.StringIO((race.out / "results.csv").read_bytes().decode("utf-8-sig"), newline="")
    rows = {row["bib"]: row for row in csv.DictReader(table)}
    assert rows["12"]["stills"] == "stills/12-2.jpg; stills/12-10.jpg"
    assert rows["12"]["clips"] == "clips/12.mp4"
    assert rows["500"]["clips"] == ""
    body = json.loads((race.out / "results.json").read_text(encoding="utf-8"))
    files = body["runners"][0]["files"]
    assert [file["path"] for file in files] == [
        "clips/12.mp4", "stills/12-2.jpg", "stills/12-10.jpg",
    ]  # fmt: skip
    assert files[2] == {
        "path": "stills/12-10.jpg", "kind": "still", "camera": "finish",
        "begin": "2026-05-03T09:30:00.000Z", "end": None, "bytes": 3,
        "sha256": hashlib.sha256(b"ten").hexdigest(),
    }  # fmt: skip


def test_a_second_export_writes_nothing(race: ExportRace) -> None:
    first = export_tables(race, None)
    assert [file.path for file in first] == ["results.csv", "results.json", "results.lif"]
    stamps = [(race.out / file.path).stat().st_ino for file in first]
    assert export_tables(race, None) == first
    assert [(race.out / file.path).stat().st_ino for file in first] == stamps
    # A file that somebody has spoilt is made again.
    (race.out / "results.csv").write_bytes(b"")
    assert export_tables(race, None) == first
    assert (race.out / "results.csv").stat().st_size == first[0].n_bytes


def test_some_bibs_only(race: ExportRace) -> None:
    export_tables(race, ["500"])
    body = json.loads((race.out / "results.json").read_text(encoding="utf-8"))
    assert [(row["bib"], row["place"]) for row in body["runners"]] == [("500", 2)]
    lines = (race.out / "results.lif").read_bytes().decode("cp1252").splitlines()
    assert lines[1].startswith("2,500,")


def test_tables_follow_the_race_while_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "race"
    record_race(folder, TRACKS[:1], LISTED)
    with ExportRace.open(folder) as race:
        export_tables(race, None)
    record_race(folder, TRACKS[1:])
    with ExportRace.open(folder) as race:
        export_tables(race, None)
        body = json.loads((race.out / "results.json").read_text(encoding="utf-8"))
    assert body["counts"]["placed"] == 2
