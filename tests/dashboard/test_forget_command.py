"""`finishline forget` as its user meets it."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from dashboard.cli import main
from stream.store import Store
from tests.stream.forget.folders import BIB, digest, make_folder, telling


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("made") / "race")


@pytest.fixture
def race(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "race")
    return tmp_path / "race"


def forget(race: Path, *more: str, bib: str = BIB) -> int:
    return main(["forget", "--race", str(race), "--bib", bib, *more])


def test_a_dry_run_tells_and_changes_nothing(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digest(race)
    assert forget(race, "--dry-run", "--footage") == 0
    assert digest(race) == before
    out = capsys.readouterr().out
    assert "bib 2419: this would be erased" in out and "tracks: 2" in out
    assert "11 s of video" in out and "nothing was changed" in out


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        pytest.param("2419\n", 0, "receipt: ", id="the bib"),
        pytest.param("77\n", 1, "that is another bib; nothing was erased", id="another bib"),
        pytest.param("yes\n", 1, "that is another bib; nothing was erased", id="no bib"),
        pytest.param("", 2, "give --yes", id="nobody there"),
    ],
)
def test_the_bib_is_to_be_typed(
    typed: str,
    code: int,
    said: str,
    race: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    before = digest(race)
    assert forget(race) == code
    told = capsys.readouterr()
    assert said in told.out + told.err
    assert (digest(race) == before) is bool(code)


def test_yes_erases_and_prints_the_receipt(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert forget(race, "--yes", "--by", "Dora") == 0
    out = capsys.readouterr().out
    assert "asked for by Dora" in out and "export again" in out and "Ekstr" not in out
    assert telling(race, "Ekstr") == []
    assert forget(race, "--yes") == 0
    assert "nothing was left to erase" in capsys.readouterr().out


def test_what_cannot_be_forgotten_is_said(
    race: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert forget(race, "--yes", bib="4711") == 2
    assert "no runner, photo or entry has it" in capsys.readouterr().err
    with Store.open(race):
        assert forget(race, "--yes") == 2
        assert "being written to by another finishline" in capsys.readouterr().err
    assert forget(tmp_path / "nowhere", "--yes") == 2
    assert "holds no race" in capsys.readouterr().err
