"""Names of runners are told until the runner is forgotten, and from then on by nobody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stream.start_list import Entry, StartList
from stream.store import Store, StoreError
from stream.store.folder import DATABASE
from stream.store.remembered import Remembered

LISTED = StartList((Entry("a-7", last_name="Ann Ek"), Entry("12", last_name="Bo Li")))


def name(listed: Remembered, bib: str) -> str | None:
    entry = listed.find(bib)
    return None if entry is None else entry.name


def forget(folder: Path, key: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as db, db:
        db.execute("INSERT INTO forgotten (key, bib, at_utc_ns) VALUES (?, ?, 5)", (key, key))


@pytest.mark.parametrize("is_open", [True, False], ids=["beside a writer", "alone"])
def test_whoever_is_forgotten_has_no_name_from_then_on(is_open: bool, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        if not is_open:
            store.close()
        listed = Remembered(tmp_path, LISTED)
        assert (name(listed, "A-7"), name(listed, "12")) == ("Ann Ek", "Bo Li")
        assert name(listed, "99") is None
        forget(tmp_path, "A-7")
        assert (name(listed, "a-7"), name(listed, "12")) == (None, "Bo Li")
        forget(tmp_path, "12")
        assert name(listed, "12") is None


def test_a_race_that_cannot_be_read_is_not_one_where_nobody_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_text("no database", encoding="utf-8")
    with pytest.raises(StoreError):
        Remembered(tmp_path, LISTED).find("12")
