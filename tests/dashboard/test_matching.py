"""`finishline match` as its user meets it, with the real embedder."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.cli import main
from stream.store import Store
from stream.store.assignments import AssignmentsReader
from stream.store.folder import DATABASE
from stream.store.migrations import migrations
from tests.stream.identity.races import five_runners, photo


@pytest.fixture
def race(tmp_path: Path) -> Path:
    folder = tmp_path / "race"
    with five_runners(folder) as store:
        photo(store, "a", [(0, None)])
    return folder


def run(race: Path, *arguments: str) -> int:
    return main(["match", "--race", str(race), *arguments])


def test_a_race_is_matched_once(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(race, "--dry-run") == 0
    told = capsys.readouterr().out
    assert "2 of 4 runners without a bib matched to 3 bibs: would be 2 new" in told
    assert AssignmentsReader(race).standing() == ()

    assert run(race) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["no.", "runner"]
    # The surest first: the same numbers as those of --undo.
    rows = {row.number: row for row in AssignmentsReader(race).standing()}
    for line in lines[1:3]:
        assert rows[int(line.split()[0])].bib in line
    assert any("finish 01:52.00 (track 101)" in line and "Ada Smith" in line for line in lines)
    # In a photo clothes alone are not enough.
    assert not any("a.jpg" in line for line in lines)
    assert lines[3] == (
        "2 of 4 runners without a bib matched to 3 bibs: 2 new, 0 as before, 0 taken back"
    )
    assert lines[4].endswith("compare each pair first")
    assert len(lines) == 7

    assert run(race, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["made"], report["kept"], report["taken_back"]) == (0, 2, 0)
    assert report["described"]["tracks"] == 0
    assert {m["track_id"]: m["bib"] for m in report["matches"]} == {101: "11", 102: "12"}
    assert sum(report["refused"].values()) == 2


def files(race: Path) -> dict[str, bytes]:
    """Every file of a race and what is in it."""
    return {
        path.relative_to(race).as_posix(): path.read_bytes()
        for path in race.rglob("*")
        if path.is_file()
    }


def test_a_dry_run_leaves_every_byte_and_says_what_a_real_one_does(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(race)
    assert run(race, "--dry-run", "--json") == 0
    dry = json.loads(capsys.readouterr().out)
    assert files(race) == before
    assert run(race, "--json") == 0
    real = json.loads(capsys.readouterr().out)
    assert files(race) != before
    # The same of both: only a real one has numbers.
    for report in (dry, real):
        del report["dry_run"]
        for one in report["matches"]:
            del one["number"]
    assert dry == real


def test_a_dry_run_goes_beside_one_who_writes(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(race) as store:
        assert run(race, "--dry-run") == 0
        assert "would be 2 new" in capsys.readouterr().out
        assert store.assignments.standing() == ()


def test_a_dry_run_leaves_an_older_race_as_it_is(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(race / DATABASE)) as db, db:
        db.execute(
            f"DELETE FROM {migrations.migrations_table} WHERE name = ("
            f"SELECT name FROM {migrations.migrations_table} ORDER BY applied_at DESC, name DESC)"
        )
    before = files(race)
    assert run(race, "--dry-run") == 2
    assert "was written by an older finishline" in capsys.readouterr().err
    assert files(race) == before


def test_a_match_is_taken_back_by_name(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(race)
    row = AssignmentsReader(race).standing()[0]
    assert run(race, "--undo", str(row.number)) == 2
    assert "--by NAME" in capsys.readouterr().err
    assert run(race, "--undo", str(row.number), "--by", "Ann") == 0
    assert f"match {row.number} is taken back" in capsys.readouterr().out
    assert run(race, "--undo", str(row.number), "--by", "Ann") == 2
    assert "was taken back by Ann before" in capsys.readouterr().err
    assert run(race, "--wrong", str(row.number), "--by", "Ann", "--json") == 0
    assert json.loads(capsys.readouterr().out)["undone_by"] == "Ann"
    run(race)
    assert row.subject not in {one.subject for one in AssignmentsReader(race).standing()}


def test_the_order_of_the_cameras_is_that_of_the_race_file(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody who comes back sooner than after a thousand seconds is the same runner."""
    laps = (
        'name = "x"\n[[camera]]\nname = "finish"\nsource = "a.mp4"\n'
        '[[travel]]\nbefore = "finish"\nafter = "finish"\nleast_s = 1000\nmost_s = 2000\n'
    )
    (race / "race.toml").write_text(laps, encoding="utf-8")
    assert run(race, "--json") == 0
    assert [m["track_id"] for m in json.loads(capsys.readouterr().out)["matches"]] == []
    other = race.parent / "other.toml"
    other.write_text(laps.replace("1000", "1"), encoding="utf-8")
    assert run(race, "--race-file", str(other), "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["matches"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--race", "nowhere"], "nowhere holds no race", id="no such race"),
        pytest.param(
            ["--race", "race", "--race-file", "no.toml"], "no.toml: no such file", id="no race file"
        ),
        pytest.param(
            ["--race", "race", "--undo", "9", "--by", "Ann"],
            "there is no match 9",
            id="no such match",
        ),
    ],
)
def test_what_cannot_be(
    arguments: list[str],
    message: str,
    race: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(race.parent)
    assert main(["match", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (race.parent / "nowhere").exists()


@pytest.mark.parametrize("said", ["--undo", "--wrong"])
def test_taking_back_is_no_dry_run(
    said: str, race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["match", "--race", str(race), "--dry-run", said, "1", "--by", "A"])
    assert f"argument {said}: not allowed with argument --dry-run" in capsys.readouterr().err


def test_a_race_that_somebody_writes_to_is_left_alone(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(race):
        assert run(race) == 2
    assert "being written to by another finishline" in capsys.readouterr().err


def test_pictures_of_no_use_are_told(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for picture in (race / "unknown/101").iterdir():
        picture.write_bytes(b"")
    assert run(race, "--json") == 0
    told = capsys.readouterr()
    assert "is not a picture any more" in told.err
    assert json.loads(told.out)["described"]["without"] == 1


def test_known_bibs_are_hidden_to_measure(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "matching", "--race", str(race)]) == 2
    assert "nobody is described; run finishline match" in capsys.readouterr().err
    run(race)
    before = AssignmentsReader(race).standing()
    capsys.readouterr()
    assert main(["evaluate", "matching", "--race", str(race), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["draws"] == 6
    assert report["wrong"] == 0
    assert AssignmentsReader(race).standing() == before


def test_a_large_race_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "matching", "--pivots", "200", "--unknowns", "50", "--faces"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("50 unknowns matched to 200 pivots by clothes and faces: ")
    assert " of 45 with a pivot, wrong " in out


def test_a_live_race_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "matching", "--live", "--seconds", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["runners"], told["faces"], told["wrong"]) == (3, False, 0)
    assert told["cost"] == pytest.approx(told["matched"] - told["without"], abs=1e-3)


def test_more_unknowns_than_pivots_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "matching", "--pivots", "5", "--unknowns", "6"]) == 2
    assert "needs 1 to 5 --unknowns" in capsys.readouterr().err
