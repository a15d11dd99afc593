"""`finishline tag` as its user meets it, with the real networks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from dashboard.cli import main
from engines.errors import InferenceError
from engines.load import EngineSettings, Runtime
from engines.photo import PhotoRules, PhotoTagger
from engines.simulate import SimulationSettings, plan, write
from engines.simulate.bib import render_bib
from engines.simulate.bib_style import random_style
from stream.forget.erase import forget
from stream.forget.planning import Asked
from stream.photos.judging import JudgeCounts
from stream.store import Store
from stream.store.folder import UPLOADS
from tests.dashboard.uploads.house import BAD_DISK
from tests.engines.tiny_models import SHARED
from tests.stream.forget.folders import BIB, at, make_folder, rows
from tests.stream.photos.staged import StagedTagger, photo, shown

MONACO = SHARED / "data/monaco"
RUNNERS = SimulationSettings(runners=3, minutes=0.15, seed=5, width=1280, height=720, fps=10)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of a simulated race: every eighth frame of its film."""
    folder = tmp_path_factory.mktemp("simulated")
    write(plan(RUNNERS, None), folder, lambda done, total: None, force=True)
    (folder / "photos").mkdir()
    with av.open(str(folder / "video.mp4")) as video:
        for number, frame in enumerate(video.decode(video=0)):
            if number % 8 == 4:
                picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
                picture.save(folder / f"photos/{number:04d}.jpg", quality=92)
    return folder


def test_a_folder_of_photos_is_tagged_once(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    race, copies = tmp_path / "race", tmp_path / "copies"
    (frames / "photos/empty.jpg").touch()
    run = ["tag", str(frames / "photos"), "--race", str(race), "--json"]
    run += ["--start-list", str(frames / "start_list.csv"), "--keywords-to", str(copies)]
    assert main(run) == 1
    told = capsys.readouterr()
    assert "empty.jpg is empty" in told.err
    report = json.loads(told.out)
    assert report["read"]["new"] >= 8
    assert report["read"]["failed"] == 1
    truth = json.loads((frames / "truth.json").read_text(encoding="utf-8"))
    worn = {runner["bib"] for runner in truth["runners"]}
    tags = json.loads((race / "photos/tags.json").read_text(encoding="utf-8"))
    assert tags
    assert set(tags) <= worn
    assert {folder.name for folder in (race / "pivot").iterdir()} == set(tags)
    assert report["copies"] == len({path for paths in tags.values() for path in paths})

    (frames / "photos/empty.jpg").unlink()
    assert main(run) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["read"]["new"] == 0
    assert again["judged"]["changed"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["nowhere"], "no such photo or folder", id="no such folder"),
        pytest.param(["in", "--keywords-to", "in/x"], "lie in each other", id="copies among them"),
        pytest.param(
            ["in", "--keywords-to", "race/out"], "lies in the race folder", id="copies in the race"
        ),
        pytest.param(
            ["in", "--start-list", "no.csv"],
            "no.csv: no such file. Check the path of the start list.\n",
            id="no such start list",
        ),
        pytest.param(
            ["in", "--start-list", "in"], "in: cannot be read", id="a folder as start list"
        ),
        pytest.param(
            ["in", "--detector", "no.onnx"],
            "no.onnx: no such file; name an ONNX file with its manifest no.json beside it",
            id="no such detector",
        ),
        pytest.param(["in", "--reader", "nobody"], "nobody", id="no such reader"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    Image.new("RGB", (64, 64)).save(tmp_path / "in/a.jpg")
    assert main(["tag", *arguments, "--race", "race"]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("race/pivot"))


def test_a_race_file_without_a_camera_is_one_of_photos(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "race").mkdir()
    (tmp_path / "race/race.toml").write_text('name = "Photos"\nstart_list = "runners.csv"\n')
    (tmp_path / "race/runners.csv").write_text("bib,name\n2419,Ann Ek\n")
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg")
    assert main(["tag", str(tmp_path / "a.jpg"), "--race", str(tmp_path / "race")]) == 0
    told = capsys.readouterr().out
    assert "photos: 1 new" in told
    assert "the race: 1 photo, 0 runners with 0 bibs, 0 unsure, 0 unknown" in told
    with Store.open(tmp_path / "race") as store:
        assert [row.bib for row in store.start_list()] == ["2419"]


ASKED = """name = "Photos"
[engine]
runtime = "onnx-cuda"
precision = "f32"
threads = 3
gpu = 1
"""


@pytest.mark.parametrize(
    ("race_file", "arguments", "engine"),
    [
        pytest.param(ASKED, [], (Runtime.ONNX_CUDA, "f32", 3, 1), id="the race file"),
        pytest.param(
            ASKED,
            ["--runtime", "openvino", "--threads", "2", "--gpu", "0"],
            (Runtime.OPENVINO, "f32", 2, 0),
            id="the command line has the last word",
        ),
        pytest.param('name = "x"', [], (Runtime.OPENVINO, "default", 1, 0), id="nobody"),
        pytest.param(None, ["--gpu", "2"], (Runtime.OPENVINO, "default", 1, 2), id="no race file"),
    ],
)
def test_who_says_what_computes(
    race_file: str | None,
    arguments: list[str],
    engine: tuple[Runtime, str, int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[EngineSettings] = []

    def load(settings: EngineSettings, rules: PhotoRules) -> PhotoTagger:
        asked.append(settings)
        raise InferenceError("no GPU here")

    monkeypatch.setattr("dashboard.photo_settings.load_photo_tagger", load)
    (tmp_path / "race").mkdir()
    if race_file is not None:
        (tmp_path / "race/race.toml").write_text(race_file)
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg")
    run = ["tag", str(tmp_path / "a.jpg"), "--race", str(tmp_path / "race"), "--at-once", "2"]
    assert main([*run, *arguments]) == 2
    assert [(one.runtime, one.precision, one.threads, one.gpu) for one in asked] == [engine]


def test_a_race_that_somebody_writes_to_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg")
    with Store.open(tmp_path / "race"):
        assert main(["tag", str(tmp_path / "a.jpg"), "--race", str(tmp_path / "race")]) == 2
    told = "is being written to by another finishline; stop that one first\n"
    assert capsys.readouterr().err.endswith(told)


@pytest.mark.skipif(not BAD_DISK.exists(), reason="needs Linux")
def test_a_photo_that_cannot_be_read_now_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jpg").symlink_to(BAD_DISK)
    run = ["tag", str(tmp_path / "a.jpg"), "--race", str(tmp_path / "race")]
    assert main(run) == 1
    told = capsys.readouterr()
    assert f"{tmp_path / 'a.jpg'} cannot be read: Input/output error" in told.err
    assert "1 not readable" in told.out


def test_a_large_photo_is_read_and_a_huge_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Pillow warns of is half of what it refuses."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3_000)
    for side in (64, 96):
        Image.new("RGB", (side, side)).save(tmp_path / f"{side}.jpg")
    assert main(["tag", str(tmp_path), "--race", str(tmp_path / "race")]) == 1
    told = capsys.readouterr()
    assert "photos: 1 new, 0 known, 1 not readable" in told.out
    assert f"{tmp_path / '96.jpg'} is too large" in told.err


@contextmanager
def staged(*_: object) -> Iterator[list[StagedTagger]]:
    yield [StagedTagger({100: shown([], [])})]


def test_photos_of_an_erasure_that_was_broken_off_are_not_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = make_folder(tmp_path / "race")
    for red, name in enumerate(("alone.jpg", "two-places.jpg", "both.jpg", "waits.jpg"), 97):
        photo(race / UPLOADS / name, red)
    command = [sys.executable, "-m", "tests.stream.forget.forgetting_process", str(race)]
    child = subprocess.run([*command, "rows erased, no file yet"], check=False, timeout=120)
    assert child.returncode == -signal.SIGKILL
    monkeypatch.setattr("dashboard.tagging.photo_taggers", staged)
    monkeypatch.setattr("dashboard.tagging.judge_photos", lambda *_: JudgeCounts())
    (tmp_path / "link").symlink_to(race)
    named = [str(tmp_path / "link" / UPLOADS / "alone.jpg"), str(race / UPLOADS)]
    assert main(["tag", *named, "--race", str(race)]) == 0
    done = forget(Asked(race, BIB, False, "Dora", at(6000)))
    assert done.finished is not None
    names = {file.name for file in (race / UPLOADS).glob("*.jpg")}
    assert names == {"both.jpg", "waits.jpg"}
    paths = [Path(str(path)) for (path,) in rows(race, "SELECT path FROM photo_paths")]
    assert {path.name for path in paths if path.parent.name == UPLOADS} == names


def test_pictures_of_a_bib_alone_are_read_however_large(tmp_path: Path) -> None:
    bibs = {"2419": 24, "873": 60, "1055": 200, "3608": 900}
    pictures = tmp_path / "bibs"
    pictures.mkdir()
    style = random_style(np.random.default_rng(2))
    for text, height_px in bibs.items():
        sheet = render_bib(text, np.random.default_rng(int(text)), height_px, style)
        Image.fromarray(sheet.image[..., :3]).save(pictures / f"{text}.png")
    Image.new("RGB", (9, 7), "white").save(pictures / "of nothing.png")
    race = tmp_path / "race"
    assert main(["tag", str(pictures), "--race", str(race)]) == 0
    tags = json.loads((race / "photos/tags.json").read_text(encoding="utf-8"))
    assert tags == {text: [str(pictures / f"{text}.png")] for text in bibs}


@pytest.mark.skipif(not MONACO.is_dir(), reason="needs the photos in ../shared")
def test_real_photos_of_a_road_race(tmp_path: Path) -> None:
    names = ["0009-IMG_0027.jpg", "0040-IMG_0061.jpg", "prom.jpg", "prom2.jpg", "prom4.jpg"]
    photos = [str(MONACO / name) for name in names]
    assert main(["tag", *photos, "--race", str(tmp_path / "race")]) == 0
    tags = json.loads((tmp_path / "race/photos/tags.json").read_text(encoding="utf-8"))
    clear = {"161", "867", "1432", "2791", "251", "398", "5823", "4379", "48", "28"}
    assert len(clear & set(tags)) >= 8
    assert tags["161"] == [str(MONACO / "0040-IMG_0061.jpg")]
