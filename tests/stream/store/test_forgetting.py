"""Rows of a runner: who is forgotten stays so, and a database tells it to whoever asks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from stream.store import StartListRow, Store, forgetting
from stream.store.forgetting import forgotten_bibs, forgotten_in

LIST = [StartListRow("12", "Ann Ek"), StartListRow("a-7", "Bo Lind"), StartListRow("34", "Cy Berg")]


def test_whoever_is_forgotten_is_on_no_later_start_list(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.replace_start_list(LIST)
        assert [row.bib for row in store.start_list()] == ["12", "a-7", "34"]
    assert forgotten_in(tmp_path) == frozenset()
    with closing(sqlite3.connect(tmp_path / "race.db")) as db, db:
        db.execute("INSERT INTO forgotten (key, bib, at_utc_ns) VALUES ('A-7', 'a-7', 5)")
        assert forgotten_bibs(db) == {"A-7"}
    assert forgotten_in(tmp_path) == {"A-7"}
    with Store.open(tmp_path) as store:
        store.replace_start_list(LIST)
        assert [row.bib for row in store.start_list()] == ["12", "34"]


def test_the_store_knows_nothing_of_those_who_erase() -> None:
    """Imports point one way."""
    files = list(Path(forgetting.__file__).parent.glob("*.py"))
    assert len(files) > 10
    sources = {file.name: file.read_text(encoding="utf-8") for file in files}
    assert [name for name, text in sources.items() if "from stream.forget" in text] == []
