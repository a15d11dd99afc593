"""`finishline search` as its user meets it, over a race of cameras and photos."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.searching import _by
from stream.store import Store
from stream.store.folder import DATABASE, UPLOADS
from stream.store.seen_runners import SeenRunner, Source, Standing
from stream.types import State
from tests.dashboard.fakes import jpeg
from tests.stream.store.seen_race import fill, match, put_photo, sighting


@pytest.fixture
def race(tmp_path: Path) -> Path:
    folder = tmp_path / "race"
    with Store.open(folder) as store:
        fill(store, tmp_path / "photos")
    (tmp_path / "photos").mkdir()
    for name in "abc":
        (tmp_path / f"photos/{name}.jpg").write_bytes(jpeg(64, 40))
    return folder


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_exact_then_near_then_partial(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "2419", "41", "muller", "--race", str(race)]) == 0
    told = lines(capsys.readouterr().out)
    assert told[0] == "2419:"
    assert told[1].startswith("exact 2419 Zoë Müller, LG Süd 4 pictures 0:00:01.0 - ")
    assert told[1].endswith("finish, 1 photo")
    found = [line.split()[:2] for line in told[2:]]
    assert found[:4] == [["near", "2410"], ["41:"], ["partial", "2410"], ["partial", "2419"]]
    assert found[4:] == [["muller:"], ["name", "2419"]]
    assert told[2].endswith("finish [unsure]")


@pytest.mark.parametrize(
    ("situation", "standings", "mark"),
    [
        ("all sure", [Standing.READ], "finish"),
        ("all unsure", [Standing.UNSURE] * 2, "finish  [unsure]"),
        ("some", [Standing.READ, Standing.UNSURE, Standing.READ], "finish  [1 of 3 unsure]"),
        (
            "both kinds",
            [Standing.UNSURE, Standing.MATCHED, Standing.MATCHED],
            "finish  [2 of 3 matched, 1 of 3 unsure]",
        ),
    ],
)
def test_how_many_only_look_so(situation: str, standings: list[Standing], mark: str) -> None:
    one = SeenRunner(
        Source.CAMERA, 1, "finish", None, "7", Standing.READ, False, 0.9, 0, 1, None, None, 0
    )
    assert _by([replace(one, standing=standing) for standing in standings]) == mark, situation


@pytest.mark.parametrize(
    ("arguments", "bibs"),
    [
        pytest.param(["2419", "--max-distance", "0"], ["2419"], id="exact alone"),
        pytest.param(["2499", "--max-distance", "2"], ["2419", "24", "2410", "2420"], id="further"),
        pytest.param(["--unsure"], ["24", "2410"], id="unsure"),
        pytest.param(["--unknown"], [None, None], id="unknown"),
        pytest.param(["--club", "lg sud"], ["7", "2419"], id="a club"),
        pytest.param(["2429", "--club", "nord"], ["2420"], id="near, of one club"),
        pytest.param(
            ["--from", "0:00:10", "--to", "0:00:25"], ["7", "2419", None], id="running time"
        ),
        pytest.param(
            ["--from", "2026-05-03T10:00:30Z", "--to", "2026-05-03T10:05Z"], ["24"], id="a date"
        ),
        pytest.param(["2419", "--from", "2026-05-03T10:00Z"], ["2419"], id="a bib in a window"),
    ],
)
def test_who_is_found(
    race: Path, arguments: list[str], bibs: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", *arguments, "--race", str(race), "--json"]) == 0
    assert [one["bib"] for one in json.loads(capsys.readouterr().out)["found"]] == bibs


def test_what_json_tells(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    match(race, "2420", track_id=3)
    assert main(["search", "2420", "--max-distance", "0", "--race", str(race), "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["found"]
    assert (found["match"], found["slips"], found["name"]) == ("exact", 0, "Bo Li")
    states = [(one["source"], one["number"], one["state"]) for one in found["seen"]]
    assert states == [("camera", 3, "matched"), ("photo", 4, "read")]
    assert found["seen"][1]["photos"] == [str(race.parent / "photos/c.jpg")]


def test_copies_pictures_and_photos_and_tells_what_is_missing(
    race: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run = [
        "search",
        "2419",
        "2420",
        "--max-distance",
        "0",
        "--race",
        str(race),
        "--copy-to",
        str(out),
    ]
    assert main(run) == 0
    assert "7 files copied" in capsys.readouterr().err
    names = {path.relative_to(out).as_posix() for path in out.rglob("*.jpg")}
    assert {"2419/a.jpg", "2419/a-01_aaaaaaaa.jpg", "2420/c.jpg", "2420/c-01_cccccccc.jpg"} < names
    assert len(names) == 7
    (tmp_path / "photos/a.jpg").unlink()
    assert main(run) == 1
    told = capsys.readouterr().err
    assert f"{tmp_path / 'photos/a.jpg'} is not there any more; put it back" in told
    assert "0 files copied" in told and "6 were there already" in told
    assert (out / "2419/a.jpg").is_file()


def test_who_is_not_sure_is_copied_apart(race: Path, tmp_path: Path) -> None:
    """Nobody else's picture lies among those of a bib."""
    match(race, "2419", track_id=3)
    run = ["search", "2419", "24", "--max-distance", "0", "--race", str(race)]
    assert main([*run, "--copy-to", str(tmp_path / "out")]) == 0
    lie: dict[str, int] = {}
    for path in (tmp_path / "out").rglob("*.jpg"):
        place = path.parent.relative_to(tmp_path / "out").as_posix()
        lie[place] = lie.get(place, 0) + 1
    assert lie == {"2419": 5, "2419/matched": 1, "24/unsure": 2, "2420": 2}


@pytest.mark.parametrize("out", ["copies", "../race/copies", "."])
def test_no_copies_are_put_where_forgetting_would_not_find_them(
    out: str, race: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "inside"
    inside.symlink_to(race)
    before = sorted(race.rglob("*"))
    for folder in (race, inside):
        assert main(["search", "2419", "--race", str(race), "--copy-to", str(folder / out)]) == 2
        assert "lies in the race folder" in capsys.readouterr().err
    assert sorted(race.rglob("*")) == before


@pytest.mark.parametrize("out", ["photos", "photos/found", "."])
def test_no_copies_are_put_where_they_would_be_tagged(
    out: str, race: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    place = tmp_path / out
    assert main(["search", "2419", "--race", str(race), "--copy-to", str(place)]) == 2
    told = f"{place} and {tmp_path / 'photos'}, which holds photos of the race, lie in each other"
    assert told in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_folders_that_photos_have_left_do_not_keep_copies_away(race: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").rename(tmp_path / "elsewhere")
    with closing(sqlite3.connect(race / DATABASE)) as db, db:
        db.execute(
            "INSERT INTO photo_paths SELECT replace(path, 'photos/', 'elsewhere/'), n_bytes, "
            "changed_ns, photo, problem FROM photo_paths"
        )
    run = ["search", "2419", "--max-distance", "0", "--race", str(race)]
    assert main([*run, "--copy-to", str(tmp_path / "elsewhere")]) == 2
    assert main([*run, "--copy-to", str(tmp_path / "photos")]) == 0
    assert (tmp_path / "photos/2419/a.jpg").is_file()


def test_photos_that_were_sent_do_not_keep_copies_from_beside_the_race(
    race: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(race / DATABASE)) as db, db:
        inside = (str(tmp_path / "photos"), str(race / UPLOADS))
        db.execute("UPDATE photo_paths SET path = replace(path, ?, ?)", inside)
    (tmp_path / "photos").rename(race / UPLOADS)
    run = ["search", "2419", "--max-distance", "0", "--race", str(race)]
    assert main([*run, "--copy-to", str(tmp_path)]) == 0
    assert (tmp_path / "2419/a.jpg").is_file()


def test_a_photo_that_no_file_holds_is_told(
    race: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(race / DATABASE)) as db, db:
        db.execute("DELETE FROM photo_paths WHERE path LIKE '%c.jpg'")
    run = ["search", "2420", "--max-distance", "0", "--race", str(race)]
    assert main([*run, "--copy-to", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert "no file holds photo 3 any more; put it back and tag it again" in told
    assert "1 file copied" in told


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["x", "--race", "nowhere"], 2, "nowhere holds no race", id="no such folder"),
        pytest.param(["--from", "soon"], 2, "'soon' is no time; write 10:31", id="no time"),
        pytest.param(
            ["--from", "10:00", "--to", "2026-05-03T11:00"],
            2,
            "write both with it",
            id="half a date",
        ),
        pytest.param(
            ["--from", "2026-05-03T10:30", "--to", "2026-05-03T10:00"],
            2,
            "'to' lies before 'from'; write the earlier time in 'from'",
            id="the end before the start",
        ),
        pytest.param(
            ["--from", "23:00", "--to", "0:00:30"],
            1,
            "from 23:00 to 0:00:30 of the next day\n",
            id="over midnight",
        ),
        pytest.param(
            ["99999"],
            1,
            "nobody was found. Try another spelling, or a larger --max-distance, or --unknown for",
            id="nobody",
        ),
        pytest.param(
            ["2420", "--from", "23:00", "--to", "23:01", "--max-distance", "3"],
            1,
            "Try another spelling, or a wider --from and --to, or --unknown for runners without",
            id="then",
        ),
        pytest.param(
            ["--unknown", "--from", "23:00", "--to", "23:01"],
            1,
            "nobody without a bib was found. Try a wider --from and --to\n",
            id="nobody unknown then",
        ),
        pytest.param(
            ["--unknown", "--race", "read"],
            1,
            "nobody without a bib was found: whoever was seen has one\n",
            id="nobody unknown",
        ),
        pytest.param(
            ["--unsure", "--race", "read"],
            1,
            "nobody was found. Try without --unsure, or --unknown",
            id="nobody unsure",
        ),
        pytest.param(
            ["--unknown", "--unsure", "--race", "read"],
            1,
            "nobody was found: whoever was seen has a bib that is sure\n",
            id="nobody unknown or unsure",
        ),
        pytest.param(
            ["--unknown", "--race", "empty"],
            1,
            "finishline: nobody was seen yet\n",
            id="nobody yet",
        ),
        pytest.param(
            ["--unsure", "--from", "10:00", "--race", "empty"],
            1,
            "finishline: nobody was seen yet\n",
            id="nobody unsure yet",
        ),
        pytest.param(
            ["7", "--race", "empty"], 1, "nobody was found. Try another", id="not listed either"
        ),
    ],
)
def test_what_goes_wrong_is_told(
    race: Path,
    arguments: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Store.open(tmp_path / "empty").close()
    with Store.open(tmp_path / "read") as store:
        seen = [sighting("7", State.CONFIRMED)]
        put_photo(store, tmp_path / "photos/d.jpg", "dd" * 32, seen, None)
    monkeypatch.chdir(tmp_path)
    place = [] if "--race" in arguments else ["--race", str(race)]
    assert main(["search", *arguments, *place]) == code
    told = capsys.readouterr().err
    assert message in told
    assert told.startswith("finishline: ") or code != 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "say who is wanted", id="nothing asked"),
        pytest.param(["7", "--unknown"], "leave out the query", id="a bib without a bib"),
        pytest.param(["7", "--max-distance", "9"], "write 0, 1, 2 or 3", id="too far"),
    ],
)
def test_what_makes_no_sense_is_refused(
    race: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["search", *arguments, "--race", str(race)])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
