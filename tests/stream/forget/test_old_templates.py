"""Templates of faces go some days after the race, and no others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from stream.config import ConfigError
from stream.forget.old_templates import delete_old_faces, faces_are_over, faces_end_ns
from stream.hub import Message
from stream.store import Store
from stream.store.people import NewPerson
from tests.stream.forget.folders import digest, rows, telling
from tests.stream.store.builders import opened

DAY_NS = 86_400 * 1_000_000_000
START_NS = 1_780_000_000 * 1_000_000_000
FACE = b"a face's numbers"
CAMERA = '[[camera]]\nname = "finish"\nsource = "a.mp4"\n'


@pytest.fixture
def race(tmp_path: Path) -> Path:
    folder = tmp_path / "race"
    with Store.open(folder) as store:
        store.record(Message(1, opened(1, at_s=START_NS / 1e9), None))
    with closing(sqlite3.connect(folder / "race.db")) as db, db:
        for kind, vector in (("face", FACE), ("appearance", b"clothes' numbers")):
            db.execute(
                "INSERT INTO templates (kind, model, track_id, vector, quality, pictures, "
                "made_utc_ns) VALUES (?, 'm', 1, ?, 0.5, 1, ?)",
                (kind, vector, START_NS + 5 * DAY_NS),
            )
    return folder


def kinds(folder: Path) -> list[object]:
    return [row[0] for row in rows(folder, "SELECT kind FROM templates ORDER BY id")]


@pytest.mark.parametrize(
    ("after_days", "told", "n"),
    [
        pytest.param(29.9, None, 0, id="not yet"),
        pytest.param(30, None, 1, id="thirty days"),
        pytest.param(31, 60, 0, id="the race file says longer"),
        pytest.param(0, 0, 1, id="at once"),
    ],
)
def test_days(after_days: float, told: int | None, n: int, race: Path) -> None:
    now_ns = START_NS + round(after_days * DAY_NS)
    assert delete_old_faces(race, now_ns, told) == n
    assert kinds(race) == (["appearance"] if n else ["face", "appearance"])
    assert (FACE in (race / "race.db").read_bytes()) is not bool(n)
    assert delete_old_faces(race, now_ns, told) == 0


def test_what_a_run_was_told_holds_later(race: Path) -> None:
    with Store.open(race) as store:
        store.keep_faces_for(60)
    before = digest(race)
    assert delete_old_faces(race, START_NS + 59 * DAY_NS) == 0
    assert digest(race) == before
    (race / "race.toml").write_text('name = "a"\nfaces_delete_after_days = 7\n' + CAMERA)
    assert delete_old_faces(race, START_NS + 59 * DAY_NS) == 1


def test_a_race_file_that_cannot_be_used_is_said(race: Path) -> None:
    (race / "race.toml").write_text('faces_delete_after_days = "7"\nname = "a"\n' + CAMERA)
    with pytest.raises(ConfigError, match="faces_delete_after_days: must be a whole number"):
        delete_old_faces(race, START_NS + 59 * DAY_NS)


def test_a_race_that_is_being_written_is_left_to_whoever_writes(race: Path) -> None:
    with Store.open(race):
        assert delete_old_faces(race, START_NS + 59 * DAY_NS) == 0
    assert kinds(race) == ["face", "appearance"]


def test_no_race_has_no_faces(tmp_path: Path) -> None:
    assert delete_old_faces(tmp_path / "new", START_NS) == 0
    assert not (tmp_path / "new").exists()


def test_undated_footage_counts_from_when_the_newest_was_made() -> None:
    assert faces_end_ns(60 * 10**9, START_NS, 30) == START_NS + 30 * DAY_NS
    assert faces_end_ns(None, START_NS, 30) == START_NS + 30 * DAY_NS
    assert faces_end_ns(START_NS - DAY_NS, START_NS, 30) == START_NS + 29 * DAY_NS


def test_faces_that_went_without_a_date_are_over(race: Path) -> None:
    """Their day stays known: thirty days after it is too late, sixty not yet."""
    with closing(sqlite3.connect(race / "race.db")) as db, db:
        db.execute("UPDATE tracks SET last_seen_utc_ns = 60000000000")
    now_ns = START_NS + (5 + 31) * DAY_NS
    assert not faces_are_over(race, now_ns, 30)
    assert delete_old_faces(race, now_ns) == 1
    assert faces_are_over(race, now_ns, 30)
    assert not faces_are_over(race, now_ns, 60)


@pytest.mark.parametrize(
    ("days", "goes"), [pytest.param(60, True, id="over"), pytest.param(70, False, id="not yet")]
)
def test_faces_made_anew_without_a_date_do_not_begin_their_days_anew(
    days: int, goes: bool, race: Path
) -> None:
    """They were made on day 5 and went; more days were given, and they were made anew."""
    with closing(sqlite3.connect(race / "race.db")) as db, db:
        db.execute("UPDATE tracks SET last_seen_utc_ns = 60000000000")
    assert delete_old_faces(race, START_NS + (5 + 31) * DAY_NS) == 1
    with closing(sqlite3.connect(race / "race.db")) as db, db:
        db.execute(
            "INSERT INTO templates (kind, model, track_id, vector, quality, pictures, "
            "made_utc_ns) VALUES ('face', 'm', 1, ?, 0.5, 1, ?)",
            (FACE, START_NS + (5 + 40) * DAY_NS),
        )
    now_ns = START_NS + (5 + 61) * DAY_NS
    assert faces_are_over(race, now_ns, days) is goes
    assert delete_old_faces(race, now_ns, days) == int(goes)
    [(made_ns,)] = rows(race, "SELECT faces_made_utc_ns FROM race")
    assert made_ns == START_NS + 5 * DAY_NS


def test_a_race_of_a_version_that_kept_no_day_counts_from_the_newest(race: Path) -> None:
    with closing(sqlite3.connect(race / "race.db")) as db, db:
        db.execute("UPDATE tracks SET last_seen_utc_ns = 60000000000")
        db.execute("ALTER TABLE race DROP COLUMN faces_made_utc_ns")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm009_faces_over'")
    assert delete_old_faces(race, START_NS + (5 + 29) * DAY_NS) == 0
    assert delete_old_faces(race, START_NS + (5 + 30) * DAY_NS) == 1


def test_who_was_enrolled_too_early_ends_no_faces_of_a_race_to_come(tmp_path: Path) -> None:
    vector = np.ones(4, np.float32)
    with Store.open(tmp_path) as store:
        store.people.add(NewPerson("Ann", "12", "Dora", START_NS), "m", vector, 0.5, 1)
    assert delete_old_faces(tmp_path, START_NS + 31 * DAY_NS) == 2
    assert not faces_are_over(tmp_path, START_NS + 31 * DAY_NS, 30)


def enrolled(folder: Path) -> list[object]:
    return [row[0] for row in rows(folder, "SELECT name FROM people ORDER BY number")]


def test_who_was_enrolled_goes_with_the_face(race: Path) -> None:
    vector = np.ones(4, np.float32)
    with Store.open(race) as store:
        for name in ("Ann Unmistakable", "Bo Lind"):
            store.people.add(NewPerson(name, "12", "Dora", START_NS), "m", vector, 0.5, 1)
    assert delete_old_faces(race, START_NS + 29 * DAY_NS) == 0
    assert enrolled(race) == ["Ann Unmistakable", "Bo Lind"]
    assert (
        delete_old_faces(race, START_NS + 31 * DAY_NS) == 5
    )  # two templates and names, and the track's
    assert enrolled(race) == []
    assert telling(race, "Unmistakable") == []


def test_who_was_enrolled_and_lost_the_face_before_goes_too(race: Path) -> None:
    with closing(sqlite3.connect(race / "race.db")) as db, db:
        db.execute("DELETE FROM templates")
        db.execute(
            "INSERT INTO people (name, bib, added_by, added_utc_ns) VALUES ('Ann', NULL, 'D', ?)",
            (START_NS,),
        )
    assert delete_old_faces(race, START_NS + 31 * DAY_NS) == 1
    assert enrolled(race) == []


def test_what_a_reader_keeps_in_the_log_is_told(
    race: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(race / "race.db")) as reader:
        reader.execute("PRAGMA journal_mode = WAL")
        reader.execute("BEGIN")
        assert reader.execute("SELECT vector FROM templates").fetchall()
        assert delete_old_faces(race, START_NS + 31 * DAY_NS) == 1
    assert "race.db: old faces were deleted and are still in the log" in caplog.text
    with Store.open(race):
        pass
    assert not any(FACE in file.read_bytes() for file in race.glob("race.db*"))
