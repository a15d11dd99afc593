"""What a race's files say of its recognition, and the commands that serve it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from dashboard.cli import build_parser
from dashboard.recognition.opening import open_recognition, told_of_race
from dashboard.run import DashboardPlace, serve
from engines.appearance import load_appearance_embedder
from engines.errors import MissingPackageError
from stream.faces_consent import FaceRule
from stream.start_list import Entry, StartList
from stream.store import Store
from stream.store.people import People, PeopleReader
from tests.dashboard.test_serve_operator import serving

CAMERA = '[[camera]]\nname = "finish"\nsource = "clip.mp4"\n'
LIST = "bib,name,consent\n12,Emil,yes\n13,Ada,no\n14,Bo,\n"
IMPORTED = StartList((Entry("12", last_name="Emil"),))


def race(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "race.toml").write_text(f'name = "City run"\n{text}{CAMERA}', encoding="utf-8")
    (folder / "runners.csv").write_text(LIST, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "model", "compared"),
    [
        pytest.param("", None, set(), id="no word of faces"),
        pytest.param('start_list = "runners.csv"\n', None, set(), id="agreed, but faces are off"),
        pytest.param("faces = true\n", "dlib", set(), id="faces, but nobody was asked"),
        pytest.param(
            'faces = true\nstart_list = "runners.csv"\n', "dlib", {"12"}, id="faces and consent"
        ),
    ],
)
def test_faces_and_consent(
    tmp_path: Path, text: str, model: str | None, compared: set[str]
) -> None:
    with Store.open(tmp_path / "race") as store:
        race(tmp_path / "race", text)
        race_file, start_list = told_of_race(tmp_path / "race", IMPORTED)
        recognition = open_recognition(store.people, race_file, start_list, print)
        assert recognition.recogniser.face_model == model
        rules = {bib: recognition.face_rule(bib) for bib in ("12", "13", "14", "15")}
        assert {bib for bib, rule in rules.items() if rule is FaceRule.KEEP} == compared
        found = recognition.entries.find("12")
        assert found is not None
        assert found.name == "Emil"
        assert (recognition.enrols is not None) == (model is not None)
        recognition.close()


@pytest.mark.parametrize(
    ("text", "days"),
    [
        pytest.param("faces = true\n", 30, id="no word of days"),
        pytest.param("faces = true\nfaces_delete_after_days = 7\n", 7, id="seven"),
    ],
)
def test_how_long_faces_may_be_kept(tmp_path: Path, text: str, days: int) -> None:
    with Store.open(tmp_path) as store:
        race(tmp_path, text)
        race_file, _ = told_of_race(tmp_path, None)
        recognition = open_recognition(store.people, race_file, None, print)
        assert recognition.faces_days == days
        recognition.close()


def test_without_files_there_is_what_was_imported(tmp_path: Path) -> None:
    with Store.open(tmp_path):
        pass
    race_file, start_list = told_of_race(tmp_path, IMPORTED)
    assert (race_file, start_list) == (None, IMPORTED)
    recognition = open_recognition(PeopleReader(tmp_path), None, None, print)
    assert not isinstance(recognition.people, People)
    assert recognition.enrols is None
    assert recognition.entries.find("12") is None
    recognition.close()


def test_beside_a_race_what_is_missing_is_said_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise MissingPackageError("dlib", "pip install 'finishline[faces]'")

    monkeypatch.setattr("dashboard.recognition.looking.load_face_embedder", missing)
    monkeypatch.setattr("dashboard.recognition.looking.load_detector", lambda *_, **__: None)
    monkeypatch.setattr("dashboard.recognition.looking.load_photo_tagger", lambda *_: None)
    with Store.open(tmp_path) as store:
        race(tmp_path, "faces = true\n")
        race_file, _ = told_of_race(tmp_path, None)
        with pytest.raises(MissingPackageError, match="dlib"):
            open_recognition(store.people, race_file, None, print, live=True)


def test_served_by_itself(tmp_path: Path) -> None:
    """The models are not loaded for that: the description comes at once."""
    with Store.open(tmp_path, race_name="City run"):
        pass
    with serving(tmp_path) as (url, _, _), urlopen(f"{url}/recognition") as answer:
        assert json.load(answer)["faces"]["compared"] is False
    with serving(tmp_path, "--no-recognition") as (url, _, _), pytest.raises(HTTPError) as caught:
        urlopen(f"{url}/recognition")
    assert caught.value.code == 404


@pytest.mark.parametrize("options", [(), ("--operator",)])
def test_a_race_is_shown_whose_start_list_is_broken(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    race(tmp_path, 'start_list = "runners.csv"\n')
    (tmp_path / "runners.csv").write_text("bib,name\n12,Emil\n12,Ada\n", encoding="utf-8")
    with Store.open(tmp_path, race_name="City run"):
        pass
    with serving(tmp_path, *options) as (url, _, before):
        [line] = [one for one in before if "recognition" in one]
        assert line.startswith("finishline: the race is shown without recognition: ")
        assert "runners.csv" in line
        with urlopen(f"{url}/api/runners") as answer:
            assert json.load(answer)["runners"] == []
        with pytest.raises(HTTPError) as caught:
            urlopen(f"{url}/recognition")
        assert caught.value.code == 404


def test_a_race_is_shown_where_the_model_of_looks_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "appearance.npz"
    damaged.write_bytes(b"cut short")
    embedder = partial(load_appearance_embedder, damaged)
    monkeypatch.setattr("dashboard.recognition.looking.load_appearance_embedder", embedder)
    with Store.open(tmp_path / "race", race_name="City run"):
        pass

    def shown(*_: object) -> int:
        return 0

    monkeypatch.setattr("dashboard.run._serve", shown)
    assert serve(tmp_path / "race", DashboardPlace(port=0)) == 0
    said = capsys.readouterr().err
    assert "the race is shown without recognition" in said
    assert "appearance.npz: not an appearance model" in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["serve", "--race", "x"], True, id="serve"),
        pytest.param(["serve", "--race", "x", "--no-recognition"], False, id="serve without"),
        pytest.param(["run", "x.mp4"], False, id="run"),
        pytest.param(["run", "x.mp4", "--recognition"], True, id="run with"),
    ],
)
def test_options(words: list[str], expected: bool) -> None:
    assert build_parser().parse_args(words).recognition is expected
