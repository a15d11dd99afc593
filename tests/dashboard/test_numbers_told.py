"""Which bibs were given out stands in the race file; whoever reads bibs hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.photo_settings import photo_rules, rules_told
from dashboard.run import numbers_told
from engines.errors import InferenceError
from engines.number_range import NumberRange
from stream.config import load_race_file
from stream.race import Race
from stream.store import Store

NUMBERS = (NumberRange("", 1, 999), NumberRange("A", 1, 20))


@pytest.fixture
def race_file(tmp_path: Path) -> Path:
    camera = '[[camera]]\nname = "finish"\nsource = "sim://?runners=1&seed=1"\n'
    file = tmp_path / "race.toml"
    file.write_text(f'name = "City"\n{camera}[bibs]\nnumbers = ["1-999", "A1-A20"]\n')
    return file


def test_cameras(race_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []

    def begin(*given: object) -> Race:
        told.append(given[3])
        raise InferenceError("enough is known")

    monkeypatch.setattr("dashboard.running.Race", begin)
    assert main(["run", str(race_file), "--race", str(race_file.parent / "race")]) == 2
    assert told == [NUMBERS]


def test_photos(race_file: Path) -> None:
    race = load_race_file(race_file)
    with Store.open(race_file.parent / "race") as store:
        assert photo_rules(store, store.folder, race).numbers == NUMBERS
        assert photo_rules(store, store.folder, None).numbers == ()
    assert rules_told(race, None).numbers == NUMBERS


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        pytest.param(NUMBERS, "bibs given out: 1-999, A1-A20", id="told"),
        pytest.param((), 'write numbers = ["1-999"] under [bibs]', id="not told"),
    ],
)
def test_who_starts_a_race_reads(numbers: tuple[NumberRange, ...], words: str) -> None:
    assert words in numbers_told(numbers)
