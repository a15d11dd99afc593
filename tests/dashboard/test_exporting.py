"""`finishline export`, as its user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from csv import DictReader
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image

from dashboard.cli import main
from dashboard.commands.export import EXIT_NOT_BEGUN
from engines.errors import ModelFileError
from engines.load import EngineSettings
from engines.types import Detector
from stream.export import ExportRace
from stream.photos.found import Found
from stream.store import Store
from stream.store.photo_values import NewPhoto, PhotoFile, PhotoSighting, SightingChanges
from stream.types import State
from tests.stream.export.filmed import Film, Seen, Shot, make_film, make_race, numbers

NOTHING = Found((), ()).text()


@pytest.fixture
def race(tmp_path: Path) -> Path:
    file = make_film(tmp_path / "film.mp4", Film(n=200, size=(320, 192)))
    side = make_film(tmp_path / "side.mp4", Film(n=200, first=400, size=(320, 192)))
    shots = [Shot(file, long_s=8.0), Shot(side, long_s=8.0, camera="side")]
    seen = [Seen("12", 4.2, 5, 4.8), Seen("0013", 5, 6), Seen("12", 2, 3, camera="side")]
    return make_race(tmp_path / "race", shots, seen)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*"))


def test_all_clips_of_a_race(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "clips", "--race", str(race)]) == 0
    clips = race / "export/clips"
    assert names(clips) == ["0013_finish.mp4", "12_finish.mp4", "12_side.mp4"]
    assert capsys.readouterr().out == f"3 clips written, 0 kept, 0 bibs failed: {clips}\n"
    assert main(["export", "clips", "--race", str(race), "--all"]) == 0
    assert capsys.readouterr().out == f"0 clips written, 3 kept, 0 bibs failed: {clips}\n"


@pytest.mark.parametrize(
    ("situation", "arguments", "clips"),
    [
        ("one bib", ["--bib", "0013"], {"0013_finish.mp4": (50, 199)}),
        ("twice the same", ["--bib", "0013", "0013"], {"0013_finish.mp4": (50, 199)}),
        (
            "one camera",
            ["--camera", "finish", "--bib", "12", "--bib", "0013", "--run-up", "0"],
            {"0013_finish.mp4": (50, 199), "12_finish.mp4": (25, 175)},
        ),
        (
            "lead and tail",
            ["--bib", "0013", "--lead", "0.5", "--tail", "0"],
            {"0013_finish.mp4": (100, 150)},
        ),
        (
            "exact",
            ["--bib", "0013", "--lead", "0.4", "--tail", "0", "--exact"],
            {"0013_finish.mp4": (115, 150)},
        ),
        ("joined", ["--bib", "12", "--join", "--lead", "0", "--tail", "0"], {"12.mp4": (450, 125)}),
    ],
)
def test_what_is_asked_for_is_cut(
    situation: str, arguments: list[str], clips: dict[str, tuple[int, int]], race: Path
) -> None:
    assert main(["export", "clips", "--race", str(race), *arguments]) == 0, situation
    found = {}
    for file in (race / "export/clips").iterdir():
        shown = [n for _, n in numbers(file)]
        found[file.name] = (shown[0], shown[-1])
    assert found == clips, situation


def add_photo(race: Path, file: Path) -> None:
    """A photo that shows 12, who passes both cameras, and 77, who passes none."""
    Image.new("RGB", (200, 100), (90, 90, 90)).save(file)
    photo = NewPhoto(sha256(file.read_bytes()).hexdigest(), None, 1, 200, 100, "d", "r", NOTHING)
    seen = [
        PhotoSighting((90 * n, 0, 90 * n + 80, 100), None, 0.9, bib=bib, state=State.CONFIRMED)
        for n, bib in enumerate(("12", "77"))
    ]
    with Store.open(race) as store:
        changes = SightingChanges("a", tuple((one, None) for one in seen))
        store.photos.add(photo, PhotoFile(str(file), 1, 1), changes)


def test_who_is_in_photos_alone_has_no_clip_which_is_said(
    race: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_photo(race, tmp_path / "a.png")
    assert main(["export", "clips", "--race", str(race), "--bib", "77", "12"]) == 0
    told = capsys.readouterr()
    command = f"finishline export stills --race {race} --bib 77"
    assert told.err == f"bib 77: in photos only, no clip; its photos come with: {command}\n"
    assert "2 clips written, 0 kept, 0 bibs failed" in told.out
    # What is told works.
    assert main(command.split()[1:]) == 0
    assert names(race / "export/photos") == ["77_photo-1.jpg"]
    # Whoever asks for all asks for no clip of 77.
    capsys.readouterr()
    assert main(["export", "clips", "--race", str(race)]) == 0
    assert capsys.readouterr().err == ""


def test_photos_go_with_the_stills_and_onto_the_pages(
    race: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_photo(race, tmp_path / "a.png")
    # Nobody asks the cameras for who is in photos alone.
    assert main(["export", "all", "--race", str(race), "--bib", "77"]) == 0
    told = capsys.readouterr()
    assert "1 photo written, 0 kept, 0 bibs failed" in told.out
    assert "0 stills written" in told.out and told.err == ""
    assert names(race / "export/photos") == ["77_photo-1.jpg"]
    page = (race / "export/runners/77.html").read_text(encoding="utf-8")
    assert "../photos/77_photo-1.jpg" in page and "Camera" not in page
    with (race / "export/results.csv").open(encoding="utf-8-sig", newline="") as table:
        [row] = [row for row in DictReader(table) if row["bib"] == "77"]
    assert (row["photos"], row["notes"]) == ("photos/77_photo-1.jpg", "in photos alone")
    # One camera's pictures are no photographer's; what is there stays.
    assert main(["export", "stills", "--race", str(race), "--camera", "finish", "--bib", "77"]) == 0
    assert "photos written" not in capsys.readouterr().out
    assert names(race / "export/photos") == ["77_photo-1.jpg"]
    # Nobody has a bib in photos any more: what was exported is somebody else's picture.
    with Store.open(race) as store:
        rows = store.photos.sightings(1)
        none = [(row.row_id, replace(row.sighting, bib=None, state=None), None) for row in rows]
        store.photos.change(1, SightingChanges("a", changed=tuple(none)))
    assert main(["export", "stills", "--race", str(race), "--bib", "77"]) == 1
    assert names(race / "export/photos") == []


def test_elsewhere(race: Path, tmp_path: Path) -> None:
    out = tmp_path / "usb stick"
    assert main(["export", "clips", "--race", str(race), "--out", str(out), "--bib", "12"]) == 0
    assert names(out / "clips") == ["12_finish.mp4", "12_side.mp4"]
    assert not (race / "export").exists()


@pytest.mark.parametrize(
    ("bibs", "code"),
    [(["12", "99"], 1), (["99", "98", "97"], 3), ([str(n) for n in range(1000, 1150)], 100)],
    ids=["one", "three", "a hundred and fifty"],
)
def test_the_exit_code_counts_the_bibs_that_failed(
    bibs: list[str], code: int, race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "clips", "--race", str(race), "--bib", *bibs]) == code
    told = capsys.readouterr()
    assert f"bib {bibs[-1]}: no sighting is confirmed" in told.err
    n = len(bibs) - bibs.count("12")
    assert f"{n} bib{'s' if n > 1 else ''} failed" in told.out


@pytest.mark.parametrize(
    ("situation", "arguments", "message"),
    [
        ("no race", ["clips", "--race", "nowhere"], "nowhere holds no race"),
        ("an unknown camera", ["clips", "--camera", "x"], "it has finish, side"),
        ("a negative lead", ["clips", "--lead", "-1"], "--lead -1: write seconds"),
        ("no stills at all", ["stills", "--per-runner", "0"], "--per-runner 0"),
        ("stills of no camera", ["stills", "--camera", "x"], "it has finish, side"),
        ("shared but not blurred", ["stills", "--share", "--no-blur-others"], "leave out"),
        ("all of it", ["all", "--tail", "-2"], "--tail -2"),
        (
            "a file to go to",
            ["tables", "--out", "file"],
            "file cannot be written to (it is a file)",
        ),
        ("nowhere to go", ["tables", "--out", "file/export"], "--out"),
    ],
)
def test_what_cannot_begin_is_one_message_and_exit_125(
    situation: str,
    arguments: list[str],
    message: str,
    race: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("hello")
    given = arguments if "--race" in arguments else [*arguments, "--race", str(race)]
    assert main(["export", *given]) == EXIT_NOT_BEGUN == 125, situation
    told = capsys.readouterr()
    assert told.err.startswith("finishline: ") and message in told.err, situation
    assert "Traceback" not in told.err and told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "threads", "gpu"),
    [
        pytest.param([], 3, 1, id="as the race file says"),
        pytest.param(["--threads", "2"], 2, 1, id="an option on top"),
    ],
)
def test_stills_are_made_by_the_engines_of_the_race(
    arguments: list[str], threads: int, gpu: int, race: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = 'name = "City"\n[[camera]]\nname = "finish"\nsource = "a.mp4"\n'
    (race / "race.toml").write_text(f"{camera}[engine]\nthreads = 3\ngpu = 1\n")
    asked: list[EngineSettings] = []

    def load(settings: EngineSettings) -> None:
        asked.append(settings)
        raise ModelFileError("seen enough")

    def look(race: object, bibs: object, detector: Detector, *told: object) -> None:
        detector.detect([])

    monkeypatch.setattr("dashboard.exporting.load_detector", load)
    monkeypatch.setattr("dashboard.exporting.export_stills", look)
    assert main(["export", "stills", "--race", str(race), *arguments]) == EXIT_NOT_BEGUN
    [engine] = asked
    assert (engine.threads, engine.gpu) == (threads, gpu)


def test_a_race_file_that_cannot_be_read_is_named(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (race / "race.toml").write_text("[engine\n")
    assert main(["export", "stills", "--race", str(race)]) == EXIT_NOT_BEGUN
    assert "race.toml" in capsys.readouterr().err


def test_two_exports_into_one_folder_are_refused(
    race: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExportRace.open(race):
        assert main(["export", "clips", "--race", str(race)]) == EXIT_NOT_BEGUN
    assert "another export" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["export"],
        ["export", "clips"],
        ["export", "films", "--race", "x"],
        ["export", "clips", "--race", "x", "--bib", "1", "--all"],
        ["export", "clips", "--race", "x", "--lead", "much"],
    ],
)
def test_what_argparse_refuses_is_exit_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2


def test_everything_in_one(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Nobody is to be seen in these films, so there are no stills of them.
    assert main(["export", "all", "--race", str(race)]) == 2
    told = capsys.readouterr()
    assert [line.split(":")[0] for line in told.out.splitlines()] == [
        "3 clips written, 0 kept, 0 bibs failed",
        "0 stills written, 0 kept, 2 bibs failed",
        "3 tables",
        told.out.splitlines()[-1].split(":")[0],
    ]
    export = race / "export"
    assert (export / "index.html").is_file() and (export / "results.csv").is_file()
    listed = json.loads((export / "manifest.json").read_text())["files"]
    on_disk = {
        file.relative_to(export).as_posix() for file in export.rglob("*") if file.is_file()
    } - {"manifest.json", ".export.lock"}
    assert {row["path"] for row in listed} == on_disk


def test_what_is_shared_lies_apart_and_holds_no_clips(race: Path) -> None:
    assert main(["export", "clips", "--race", str(race)]) == 0
    assert main(["export", "all", "--race", str(race), "--share"]) == 2
    shared = race / "export-shared"
    assert (shared / "index.html").is_file()
    assert not list(shared.rglob("*.mp4")) and not list(shared.glob("results.*"))
    assert len(names(race / "export/clips")) == 3, "the export of one's own stays"


def test_one_bib_anew_leaves_the_others_in_tables_and_pages(race: Path) -> None:
    main(["export", "all", "--race", str(race)])
    main(["export", "all", "--race", str(race), "--bib", "12"])
    assert len(names(race / "export/runners")) == 2
    assert "0013" in (race / "export/results.csv").read_text()


@pytest.mark.parametrize("what", ["tables", "site"])
def test_tables_and_pages_need_no_network(what: str, race: Path) -> None:
    code = (
        "import sys; from dashboard.cli import main; code = main(sys.argv[1:])\n"
        "assert not {'openvino', 'onnxruntime'} & set(sys.modules); sys.exit(code)"
    )
    arguments = ["export", what, "--race", str(race), "--bib", "12"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=False, timeout=60)
    assert done.returncode == 0


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_rate_and_time_left(race: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert main(["export", "clips", "--race", str(race), "--bib", "12", "99"]) == 1
    lines = [line.strip() for line in screen.getvalue().replace("\r", "\n").split("\n")]
    assert any(line.startswith("bib 99: no sighting") for line in lines)
    assert any(line.startswith("clips, bib: 2/2, ") and "s left" in line for line in lines)


def test_ctrl_c_is_130_and_keeps_what_is_done(tmp_path: Path) -> None:
    file = make_film(tmp_path / "film.mp4", Film(n=300))
    seen = [Seen(str(n), n / 50 + 1, n / 50 + 3) for n in range(300)]
    race = make_race(tmp_path / "race", [Shot(file, long_s=12.0)], seen)
    # Tests that run in the background of a shell have Ctrl-C ignored, and hand that on.
    code = (
        "import signal, sys; from dashboard.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "export", "clips", "--race", str(race)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    clips = race / "export" / "clips"
    deadline = time.monotonic() + 60
    while len(list(clips.glob("*.mp4"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=60)
    assert (child.returncode, told) == (130, "finishline: interrupted\n")
    done = {f"clips/{file.name}" for file in clips.iterdir()}
    assert 3 <= len(done) < 300
    with ExportRace.open(race) as opened:
        assert {one.path for one in opened.manifest.files()} == done
