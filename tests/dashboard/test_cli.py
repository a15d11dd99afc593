"""The command line as its user meets it: exit codes, messages, what is left on disk."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.cli import build_parser, main
from engines.models import DETECTOR, READER, DetectorManifest, ReaderManifest, stamp

RACE = 'name = "City Run"\n[[camera]]\nname = "finish"\nsource = "video.mp4"\n'


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("situation", "files", "arguments", "message"),
    [
        ("no such race file", {}, ["run", "race.toml"], "race.toml: no such file."),
        ("no such video", {}, ["run", "no.mp4"], "no.mp4"),
        ("not a video", {"no.mp4": "hello"}, ["run", "no.mp4", "--no-dashboard"], "no.mp4"),
        (
            "an unknown key",
            {"race.toml": RACE + 'finnish_line = "x"\n'},
            ["run", "race.toml"],
            "finish_line",
        ),
        (
            "a line without length",
            {"race.toml": RACE + "finish_line = [[0.5, 0.5], [0.5, 0.5]]\n"},
            ["run", "race.toml"],
            "both ends are the same point",
        ),
        (
            "a bad line on the command line",
            {},
            ["run", "no.mp4", "--finish-line", "1,2"],
            "write four fractions of the picture",
        ),
        (
            "a line in pixels",
            {},
            ["run", "no.mp4", "--finish-line", "10,600,1200,600"],
            "divide pixels by",
        ),
        (
            "a start-list row without its bib",
            {"race.toml": RACE, "list.csv": "bib,last_name\n1,Ek\n,Berg\n", "video.mp4": ""},
            ["run", "race.toml", "--start-list", "list.csv"],
            "row 3",
        ),
        (
            "a race file among other sources",
            {"race.toml": RACE},
            ["run", "race.toml", "no.mp4"],
            "a race file stands alone",
        ),
        ("nothing to serve", {}, ["serve", "--race", "nowhere"], "nowhere"),
        (
            "a truth file that is none",
            {"video.mp4": "", "truth.json": "{}"},
            ["evaluate", "clip", "video.mp4", "--truth", "truth.json"],
            "truth.json: not a truth file",
        ),
        (
            "no race to hide bibs of",
            {},
            ["evaluate", "matching", "--race", "nowhere"],
            "nowhere holds no race; name a folder",
        ),
        (
            "a file instead of a race to hide bibs of",
            {"notes.txt": ""},
            ["evaluate", "matching", "--race", "notes.txt"],
            "notes.txt is a file; name a folder for the race",
        ),
        (
            "no pairs of faces",
            {},
            ["evaluate", "faces", "no.csv"],
            "no.csv cannot be read: No such file or directory\n",
        ),
        (
            "pairs of faces without their columns",
            {"pairs.csv": "a,b\n1,2\n"},
            ["evaluate", "faces", "pairs.csv"],
            "pairs.csv: row 2",
        ),
        (
            "bibs without numbers",
            {"race.toml": RACE + '[bibs]\ntitle = "CITY RUN"\n'},
            ["simulate", "--out", "s", "--bibs", "race.toml"],
            "race.toml: [bibs] numbers: missing",
        ),
        (
            "a race with fewer bibs than runners",
            {"race.toml": RACE + '[bibs]\nnumbers = ["1-9"]\n'},
            ["simulate", "--out", "s", "--bibs", "race.toml", "--runners", "10"],
            "the race has 9 bibs for 10 runners",
        ),
        ("a bad size", {}, ["simulate", "--out", "s", "--size", "big"], "write width x height"),
    ],
)
def test_bad_input_is_one_clear_message_and_exit_2(
    situation: str,
    files: dict[str, str],
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        write(tmp_path, name, text)
    assert main(arguments) == 2, situation
    told = capsys.readouterr().err
    assert "finishline: " in told, situation
    assert message in told, situation
    assert "Traceback" not in told


def test_a_race_of_one_is_simulated(tmp_path: Path) -> None:
    small = ["--minutes", "0.02", "--size", "320x180", "--fps", "5"]
    assert main(["simulate", "--runners", "1", *small, "--out", str(tmp_path / "s")]) == 0
    assert (tmp_path / "s/truth.json").is_file()


@pytest.mark.parametrize(
    ("situation", "options", "told"),
    [
        ("no photos", [], "needs --photos"),
        ("only a broken one", ["--photos", "broken.jpg", "--megapixels", "1"], "no photo that can"),
        ("no worker", ["--photos", "broken.jpg", "--at-once", "0"], "must be 1 or more"),
        ("no size", ["--photos", "broken.jpg", "--megapixels", "0"], "must be above 0"),
    ],
)
def test_what_cannot_be_timed_is_one_clear_message(
    situation: str,
    options: list[str],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    try:
        code = main(["bench", "photos", *options])
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2, situation
    assert told in capsys.readouterr().err, situation


A_FILE = "notes.txt is a file; name a folder"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["tag", "in", "--race", "r", "--out", "notes.txt"], A_FILE, id="tables"),
        pytest.param(
            ["tag", "in", "--race", "r", "--keywords-to", "notes.txt/x"], A_FILE, id="keywords"
        ),
        pytest.param(["search", "7", "--race", "r", "--copy-to", "notes.txt"], A_FILE, id="search"),
        pytest.param(["train", "detector", "in", "--out", "notes.txt"], A_FILE, id="detector"),
        pytest.param(["train", "reader", "in", "--out", "notes.txt/x"], A_FILE, id="reader"),
        pytest.param(["train", "review", "in", "--out", "notes.txt"], A_FILE, id="review"),
        pytest.param(
            ["evaluate", "photos", "l.json", "--errors", "notes.txt"], A_FILE, id="errors"
        ),
        pytest.param(
            ["corrections", "export", "--race", "r", "--out", "notes.txt"], A_FILE, id="crops"
        ),
        pytest.param(
            ["tag", "in", "--race", "r", "--least-person", "-3"],
            "argument --least-person: must be 0 or more pixels, not '-3'",
            id="a height below zero",
        ),
        pytest.param(
            ["tag", "in", "--race", "r", "--least-person", "nan"], "not 'nan'", id="no height"
        ),
        pytest.param(
            ["tag", "in", "--race", "r", "--least-person", "tall"], "not 'tall'", id="a word"
        ),
        pytest.param(
            ["tag", "in", "--race", "r", "--threads", "-1"],
            "argument --threads: must be 1 or more, not '-1'",
            id="threads below zero",
        ),
        pytest.param(
            ["train", "reader", "in", "--out", "o", "--threads", "0"], "1 or more", id="no thread"
        ),
    ],
)
def test_an_option_that_cannot_be_is_refused_before_anything_is_done(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "notes.txt", "mine")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_every_command_stands_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    [commands] = [a for a in build_parser()._actions if a.choices and not a.option_strings]
    assert commands.choices is not None
    for name in commands.choices:
        assert f"`finishline {name}" in readme, name


def test_models_list_names_every_network_and_its_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) >= 2
    in_use = [row for row in rows if row["in_use"]]
    assert len(in_use) == 2
    assert all(row["verified"] for row in in_use)
    assert {row["choose"] for row in rows} >= {"default", "finishline", "pp-ocr"}


@pytest.mark.parametrize(
    ("situation", "weights", "manifest"),
    [
        ("a reader that its manifest calls a detector", READER, DetectorManifest()),
        ("a detector that its manifest calls a reader", DETECTOR, ReaderManifest(height=32)),
        ("a reader of another kind", READER, ReaderManifest(height=48)),
    ],
)
def test_a_network_is_tried_before_it_is_used(
    situation: str, weights: Path, manifest: DetectorManifest | ReaderManifest,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    file = tmp_path / "own.onnx"
    shutil.copyfile(weights, file)
    stamp(file, manifest)
    assert main(["models", "use", str(file)]) == 2, situation
    assert "own.onnx is not what own.json beside it says" in capsys.readouterr().err, situation
    assert not (tmp_path / "data").exists(), situation


def test_a_reader_is_chosen_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert main(["models", "use", "pp-ocr"]) == 0
    assert "pp-ocr is the reader in use" in capsys.readouterr().out
    assert main(["models", "use", "default"]) == 0


def test_help_does_not_load_an_engine() -> None:
    code = (
        "import sys, dashboard.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'cv2', 'openvino', 'gi', 'uvicorn'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True)
