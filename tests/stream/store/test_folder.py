"""Which folders a race may live in, and who may write there."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from stream.store import (
    NewerRaceFolder,
    NotARaceFolder,
    RaceFolderInUse,
    Store,
    StoreError,
)
from stream.store.assignments import AssignmentsReader
from stream.store.faces import FacesReader
from stream.store.folder import DATABASE, check_readable, holds_race
from stream.store.forgetting import forgotten_in
from stream.store.people import PeopleReader
from stream.store.photos import PhotosReader
from stream.store.seen_runners import SeenReader
from stream.store.templates import TemplatesReader
from tests.stream.store.builders import messages, opened


def other_database(folder: Path) -> None:
    with sqlite3.connect(folder / DATABASE) as db:
        db.execute("CREATE TABLE songs (title TEXT)")
    db.close()


def newer_race(folder: Path) -> None:
    Store.open(folder).close()
    with sqlite3.connect(folder / DATABASE) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('race', 'm999_later', 'now')"
        )
    db.close()


@pytest.mark.parametrize(
    ("situation", "names"),
    [
        ("new", None),
        ("empty", []),
        ("only the race file", ["race.toml"]),
        ("hidden files", [".DS_Store"]),
        ("recordings came first", ["race.toml", "video"]),
        ("died while beginning", ["race.db", "race.lock"]),
    ],
)
def test_a_race_begins_in(situation: str, names: list[str] | None, tmp_path: Path) -> None:
    folder = tmp_path / "race"
    if names is not None:
        folder.mkdir()
        for name in names:
            (folder / name).touch()
    with Store.open(folder, race_name="City 10k") as store:
        assert (store.last_seq(), store.next_track_id(), store.race_name) == (0, 1, "City 10k")


def test_a_folder_that_holds_something_else_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(NotARaceFolder, match=r"not empty \(it holds holiday.jpg\); name the"):
        Store.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "race"
    file.touch()
    with pytest.raises(NotARaceFolder, match="is a file; name a folder"):
        Store.open(file)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    other_database(tmp_path)
    for opening in (Store.open, Store.open_read_only):
        with pytest.raises(NotARaceFolder, match="is not a race database"):
            opening(tmp_path)


def test_a_database_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_text("bib,name\n")
    with pytest.raises(NotARaceFolder, match="is not a race database"):
        Store.open(tmp_path)


def test_a_newer_race_is_refused(tmp_path: Path) -> None:
    newer_race(tmp_path)
    for opening in (Store.open, Store.open_read_only):
        with pytest.raises(NewerRaceFolder, match=r"m999_later.*update finishline"):
            opening(tmp_path)


def test_reading_needs_a_race(tmp_path: Path) -> None:
    with pytest.raises(NotARaceFolder, match="holds no race"):
        Store.open_read_only(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_second_writer_is_refused_in_this_process_and_in_another(tmp_path: Path) -> None:
    second = (
        "from pathlib import Path; from stream.store import Store; "
        f"Store.open(Path({str(tmp_path)!r}))"
    )
    with Store.open(tmp_path):
        with pytest.raises(RaceFolderInUse, match="stop that one first"):
            Store.open(tmp_path)
        child = subprocess.run(
            [sys.executable, "-c", second], capture_output=True, text=True, check=False
        )
        assert "RaceFolderInUse" in child.stderr
    Store.open(tmp_path).close()


def test_a_refused_folder_can_be_opened_once_mended(tmp_path: Path) -> None:
    newer_race(tmp_path)
    with pytest.raises(NewerRaceFolder):
        Store.open(tmp_path)
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm999_later'")
    db.close()
    Store.open(tmp_path).close()


def test_a_closed_race_is_one_database_file_and_can_be_copied(tmp_path: Path) -> None:
    with Store.open(tmp_path / "race") as store:
        for message in messages([opened()]):
            store.record(message)
    assert not (tmp_path / "race" / "race.db-wal").exists()
    (tmp_path / "race").rename(tmp_path / "elsewhere")
    assert Store.open_read_only(tmp_path / "elsewhere").last_seq() == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="check its permissions"):
            Store.open(tmp_path / "race")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda folder: AssignmentsReader(folder).standing(), id="assignments"),
        pytest.param(lambda folder: FacesReader(folder).crops(), id="faces"),
        pytest.param(lambda folder: PeopleReader(folder).list(), id="people"),
        pytest.param(lambda folder: PhotosReader(folder).paths(1), id="photos"),
        pytest.param(lambda folder: SeenReader(folder).find(), id="seen runners"),
        pytest.param(lambda folder: TemplatesReader(folder).pictures_of(1), id="templates"),
        pytest.param(forgotten_in, id="forgotten"),
    ],
)
def test_whatever_reads_a_broken_database_says_so(
    read: Callable[[Path], object], tmp_path: Path
) -> None:
    (tmp_path / DATABASE).write_text("no database", encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot be read .*; check the disk"):
        read(tmp_path)


@pytest.mark.parametrize("looking", [holds_race, check_readable, lambda folder: None])
def test_another_program_leaves_the_log_of_a_race_that_is_open(
    tmp_path: Path, looking: Callable[[Path], object]
) -> None:
    # It folds the log into the database and removes it where nobody else seems to be there.
    with Store.open(tmp_path):
        looking(tmp_path)
        log = tmp_path / f"{DATABASE}-wal"
        before = log.stat().st_ino
        other = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM tracks')"
        subprocess.run([sys.executable, "-c", other, str(tmp_path / DATABASE)], check=True)
        assert log.stat().st_ino == before


@pytest.mark.parametrize("is_begun", [True, False])
def test_an_erasure_that_was_broken_off_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, is_begun: bool
) -> None:
    Store.open(tmp_path).close()
    if is_begun:
        with closing(sqlite3.connect(tmp_path / DATABASE)) as db, db:
            db.execute("INSERT INTO forgetting (id, body) VALUES (1, '{}')")
    Store.open(tmp_path).close()
    assert ("finish it with the same finishline forget again" in caplog.text) is is_begun
