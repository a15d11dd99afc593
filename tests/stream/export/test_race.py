"""A race opened to be exported."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.export import ExportError, ExportRace
from stream.store import NotARaceFolder, Store
from stream.store.values import StartListRow
from stream.types import State
from tests.stream.export.filmed import Seen, make_race


def test_what_a_race_is_called_and_who_runs(tmp_path: Path) -> None:
    folder = make_race(tmp_path / "city-run", [], [Seen("12", 1, 2), Seen("13", 3, 4)])
    with Store.open(folder) as store:
        store.replace_start_list([StartListRow("12", "Anna Ek")])
    with ExportRace.open(folder) as race:
        assert (race.name, race.out) == ("city-run", folder / "export")
        assert race.entries["12"].name == "Anna Ek"
        assert race.cameras == ("finish",)
        assert race.stem("12", "finish") == "12_Anna-Ek_finish"
        assert race.stem("13") == "13"
    Store.open(folder, race_name="City Run").close()
    with ExportRace.open(folder, tmp_path / "elsewhere") as race:
        assert (race.name, race.out) == ("City Run", tmp_path / "elsewhere")


def test_appearances_of_a_bib_are_those_that_are_certain(tmp_path: Path) -> None:
    seen = [
        Seen("12", 10, 11),
        Seen("12", 1, 2, 1.5),
        Seen("12", 5, 6, camera="side", state=State.SEEN),
        Seen("13", 1, 2),
    ]
    with ExportRace.open(make_race(tmp_path / "race", [], seen)) as race:
        found = race.appearances("12")
        assert [len(one.tracks) for one in found] == [1, 1]
        assert [one.crossing_utc_ns is None for one in found] == [False, True]
        assert race.appearances("99") == ()


def test_a_folder_without_a_race_is_told_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(NotARaceFolder):
        ExportRace.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_export_at_a_time_and_the_lock_is_freed(tmp_path: Path) -> None:
    folder = make_race(tmp_path / "race", [], [Seen("12", 1, 2)])
    with ExportRace.open(folder), pytest.raises(ExportError, match="another export"):
        ExportRace.open(folder)
    ExportRace.open(folder).close()


def test_a_race_that_is_being_written_can_be_exported(tmp_path: Path) -> None:
    folder = make_race(tmp_path / "race", [], [Seen("12", 1, 2)])
    with Store.open(folder), ExportRace.open(folder) as race:
        assert race.reader.tagged_bibs() == ("12",)
