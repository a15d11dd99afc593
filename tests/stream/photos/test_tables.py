"""The tables of tags: every runner in every file, and the files of each bib."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from stream.export.errors import ExportError
from stream.photos.tables import CSV, HEADER, JSON, write_tables
from stream.store import Store
from tests.stream.photos.staged import BIB, PERSON, SECOND, StagedTagger, line, photo, shown, tag


def test_both_tables_say_what_is_known(tmp_path: Path) -> None:
    two = shown([PERSON, SECOND, BIB], [line("0419")])
    first = photo(tmp_path / "in/a, b.jpg", 50, taken="2026:05:03 09:00:00", offset="+00:00")
    second = photo(tmp_path / "in/c.png", 150)
    out = tmp_path / "race/photos"
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: two, 150: two}), [first, second])
        assert write_tables(store.photos, out) == (out / CSV, out / JSON)
        written = {path: path.stat().st_mtime_ns for path in out.iterdir()}
        write_tables(store.photos, out)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == written
    with (out / CSV).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == HEADER
    assert [(row["image"], row["text"], row["state"]) for row in rows] == [
        (str(first), "0419", "confirmed"),
        (str(first), "", "unknown"),
        (str(second), "0419", "confirmed"),
        (str(second), "", "unknown"),
    ]
    assert rows[0]["person_box"] == "100.0 40.0 260.0 380.0"
    assert rows[0]["bib_box"] == "140.0 160.0 220.0 220.0"
    assert rows[0]["detection_score"] == "0.900"
    assert 0.7 < float(rows[0]["score"]) <= 1
    assert [row["taken_utc"] for row in rows[::2]] == ["2026-05-03T09:00:00.000Z", ""]
    assert all((tmp_path / "race" / row["picture"]).is_file() for row in rows)
    found = json.loads((out / JSON).read_text(encoding="utf-8"))
    assert found == {"0419": [str(first), str(second)]}


def test_a_race_without_photos_has_empty_tables(tmp_path: Path) -> None:
    with Store.open(tmp_path / "race") as store:
        table, found = write_tables(store.photos, tmp_path / "out")
    assert table.read_text(encoding="utf-8") == ",".join(HEADER) + "\n"
    assert json.loads(found.read_text(encoding="utf-8")) == {}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Store.open(tmp_path / "race") as store, pytest.raises(ExportError, match="--out"):
        write_tables(store.photos, tmp_path / "file/out")
