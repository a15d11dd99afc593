from __future__ import annotations

import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from engines.load import EngineSettings, Runtime
from engines.simulate.race_bibs import RaceBibs
from stream.config import (
    ConfigError,
    DashboardSettings,
    RaceFile,
    load_race_file,
    parse_race_file,
)
from stream.finish import Approach, FinishSettings
from stream.judging import JudgeSettings
from stream.looks import LookSettings
from stream.matching_settings import MatchingSettings
from stream.tracking import TrackerSettings
from stream.votes import VoteSettings
from stream.waves import Starts

SAMPLE = Path(__file__).parents[2] / "stream" / "race.sample.toml"
FOLDER = Path("/races/city")
HEAD = 'name = "City"\n[[camera]]\nname = "finish"\nsource = "clip.mp4"\n'


def read(text: str) -> RaceFile:
    return parse_race_file(text, "race.toml", FOLDER)


def test_the_sample_equals_the_defaults() -> None:
    sample = load_race_file(SAMPLE)
    assert sample.race.tracker == TrackerSettings()
    assert sample.race.looks == LookSettings()
    assert sample.race.judge == JudgeSettings()
    assert sample.race.vote == VoteSettings()
    assert sample.race.finish == FinishSettings()
    assert sample.engine == EngineSettings()
    assert sample.dashboard == DashboardSettings()
    assert sample.bibs == RaceBibs()
    assert (sample.matching, sample.travels) == (MatchingSettings(), ())
    assert (sample.faces, sample.faces_of_unknown) == (False, False)
    assert sample.faces_delete_after_days == 30
    assert sample.cameras[0].view.approach is Approach.AUTO


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("tracking", TrackerSettings),
        ("looks", LookSettings),
        ("legibility", JudgeSettings),
        ("vote", VoteSettings),
        ("finish", FinishSettings),
        ("engine", EngineSettings),
        ("dashboard", DashboardSettings),
        ("matching", MatchingSettings),
    ],
)
def test_the_sample_shows_every_key(table: str, kind: type[TrackerSettings]) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    shown = tomllib.loads(text)[table]
    for field in fields(kind):
        assert field.name in shown or f"# {field.name} = " in text
        assert field.default is not MISSING


def test_starts_of_the_waves() -> None:
    told = "gun = 2026-05-03T09:00:00Z\n" + HEAD
    told += '[waves]\nA = 2026-05-03T11:05:00+02:00\n"Wave 2" = 2026-05-03T09:10:00.5Z\n'
    starts = read(told).starts
    assert starts.gun_utc_ns == 1_777_798_800_000_000_000
    assert starts.waves == {"A": 1_777_799_100_000_000_000, "Wave 2": 1_777_799_400_500_000_000}
    assert read(HEAD).starts == Starts()


def test_the_sample_shows_how_starts_are_told() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    for shown in ("# gun = ", "# [waves]", "# A = ", '# "Wave 2" = '):
        assert text.count(shown) == 1
        text = text.replace(shown, shown.removeprefix("# "))
    # Tables may come in any order, but a table ends the keys of the top.
    starts = read(text).starts
    assert (starts.gun_utc_ns is None, list(starts.waves)) == (False, ["A", "Wave 2"])


def test_a_small_file_is_enough() -> None:
    race = read(HEAD)
    assert (race.name, race.start_list) == ("City", None)
    assert race.cameras[0].source == "/races/city/clip.mp4"
    assert race.race.cameras["finish"].finish_line is None


def test_a_race_of_photos_alone_needs_no_camera() -> None:
    race = parse_race_file('name = "Photos"\nstart_list = "a.csv"\n', "race.toml", Path("x"))
    assert (race.name, race.cameras, race.start_list) == ("Photos", (), Path("x/a.csv"))
    assert race.race.cameras == {}


def test_everything_said_arrives() -> None:
    race = read(
        'start_list = "lists/all.csv"\n' + HEAD + "finish_line = [[0, 0.8], [1.1, 0.9]]\n"
        'approach = "left"\nregion = [0, 0.25, 1, 1]\nstart_utc = 2026-05-03T09:30:00+02:00\n'
        '[[camera]]\nname = "side"\nsource = "rtsp://10.0.0.2/a"\ntransport = "udp"\n'
        '[vote]\nconfirm_votes = 4\n[engine]\nruntime = "onnxruntime"\nthreads = 1\n'
        'detector = "own.onnx"\n[dashboard]\nport = 9000\n'
    )
    assert race.start_list == FOLDER / "lists/all.csv"
    finish, side = race.cameras
    assert finish.view.finish_line == ((0.0, 0.8), (1.1, 0.9))
    assert finish.view.approach is Approach.LEFT
    assert finish.view.region == (0.0, 0.25, 1.0, 1.0)
    assert finish.start_utc_ns == 1_777_793_400_000_000_000
    assert (side.source, side.transport) == ("rtsp://10.0.0.2/a", "udp")
    assert race.race.cameras.keys() == {"finish", "side"}
    assert race.race.vote.confirm_votes == 4
    assert race.engine == EngineSettings(Runtime.ONNXRUNTIME, 1, detector=FOLDER / "own.onnx")
    assert race.dashboard.port == 9000


@pytest.mark.parametrize(
    ("said", "reader"),
    [
        ("finishline", "finishline"),
        ("own.onnx", "/races/city/own.onnx"),
        ("/a/b.onnx", "/a/b.onnx"),
    ],
)
def test_a_reader_is_a_name_or_a_file(said: str, reader: str) -> None:
    assert read(HEAD + f'[engine]\nreader = "{said}"\n').engine.reader == reader


def test_faces_are_compared_only_where_the_file_says_so() -> None:
    assert read(HEAD).faces is False
    assert read("faces = false\n" + HEAD).faces is False
    assert read("faces = true\n" + HEAD).faces is True
    assert read("faces = true\n" + HEAD).faces_of_unknown is False
    assert read("faces = true\nfaces_of_unknown = true\n" + HEAD).faces_of_unknown is True


def test_templates_of_faces_stay_for_thirty_days_unless_the_file_says_else() -> None:
    assert read(HEAD).faces_delete_after_days == 30
    assert read("faces_delete_after_days = 7\n" + HEAD).faces_delete_after_days == 7


ERRORS = {
    "days of faces as a text": (
        'faces_delete_after_days = "30"\n' + HEAD,
        "race.toml: faces_delete_after_days: must be a whole number of days, 0 to 3650.",
    ),
    "days of faces as a switch": (
        "faces_delete_after_days = true\n" + HEAD,
        "race.toml: faces_delete_after_days: must be a whole number of days, 0 to 3650.",
    ),
    "negative days of faces": (
        "faces_delete_after_days = -1\n" + HEAD,
        "race.toml: faces_delete_after_days: must be a whole number of days, 0 to 3650.",
    ),
    "faces of unknown runners without faces": (
        "faces_of_unknown = true\n" + HEAD,
        "race.toml: faces_of_unknown: is true while faces is not. Write faces = true, too.",
    ),
    "faces of unknown runners as a word": (
        'faces = true\nfaces_of_unknown = "yes"\n' + HEAD,
        "race.toml: faces_of_unknown: must be true or false, without quotes.",
    ),
    "faces as a word": (
        'faces = "yes"\n' + HEAD,
        "race.toml: faces: must be true or false, without quotes.",
    ),
    "typing mistake at the top": (
        'nam = "City"\n',
        "race.toml: nam: unknown key. Did you mean 'name'?",
    ),
    "nothing alike": (
        HEAD + "[dashboard]\nzzz = 1\n",
        "race.toml: [dashboard] zzz: unknown key. Known are host, port, require_token, "
        "most_viewers, certificate, key, video_viewers.",
    ),
    "typing mistake in a camera": (
        HEAD + "finsh_line = [[0, 0], [1, 1]]\n",
        "race.toml: [[camera]] 1 finsh_line: unknown key. Did you mean 'finish_line'?",
    ),
    "a camera that is no table": (
        'name = "City"\ncamera = "rtsp://10.0.0.7"\n',
        "race.toml: camera: must be a table [[camera]] with name and source.",
    ),
    "no name": (
        '[[camera]]\nname = "a"\nsource = "b"\n',
        'race.toml: name: missing. Add name = "...".',
    ),
    "no source": (
        'name = "City"\n[[camera]]\nname = "a"\n',
        'race.toml: [[camera]] 1 source: missing. Add source = "...".',
    ),
    "a name that is no folder": (
        'name = "City"\n[[camera]]\nname = "a/b"\nsource = "b"\n',
        "race.toml: [[camera]] 1 name: 'a/b' may have only letters, digits, - and _.",
    ),
    "two cameras of one name": (
        HEAD + '[[camera]]\nname = "finish"\nsource = "b"\n',
        "race.toml: [[camera]] 2 name: 'finish' is taken. Give each camera its own name.",
    ),
    "line in pixels": (
        HEAD + "finish_line = [[0, 900], [1920, 900]]\n",
        "race.toml: [[camera]] 1 finish_line: [[x0, y0], [x1, y1]] must be fractions of the "
        "picture from -1 to 2; divide pixels by its width and height.",
    ),
    "line of one point": (
        HEAD + "finish_line = [[0.5, 0.5]]\n",
        "race.toml: [[camera]] 1 finish_line: must be [[x0, y0], [x1, y1]] in fractions of the "
        "picture.",
    ),
    "line without length": (
        HEAD + "finish_line = [[0.5, 0.5], [0.5, 0.5]]\n",
        "race.toml: [[camera]] 1 finish_line: both ends are the same point. Give two ends.",
    ),
    "region inside out": (
        HEAD + "region = [1, 0, 0, 1]\n",
        "race.toml: [[camera]] 1 region: is empty. Write left, top, right, bottom.",
    ),
    "unknown approach": (
        HEAD + 'approach = "north"\n',
        "race.toml: [[camera]] 1 approach: must be one of auto, above, below, left, right, any, "
        "not 'north'.",
    ),
    "start without a zone": (
        HEAD + "start_utc = 2026-05-03T09:30:00\n",
        "race.toml: [[camera]] 1 start_utc: must be a time with its zone and no quotes, like "
        "2026-05-03T09:30:00Z.",
    ),
    "text for a number": (
        HEAD + '[vote]\nconfirm_votes = "two"\n',
        "race.toml: [vote] confirm_votes: must be a whole number, not 'two'.",
    ),
    "true for a number": (
        HEAD + "[vote]\nconfirm_posterior = true\n",
        "race.toml: [vote] confirm_posterior: must be a number, not true.",
    ),
    "share of the second reader above one": (
        HEAD + "[vote]\nleast_second = 10\n",
        "race.toml: [vote] least_second: must be from 0 to 1, not 10.0.",
    ),
    "the same of hard cameras": (
        HEAD + "[vote]\nleast_second_hard = 50\n",
        "race.toml: [vote] least_second_hard: must be from 0 to 1, not 50.0.",
    ),
    "probability of a short bib above one": (
        HEAD + "[vote]\nconfirm_short = 97\n",
        "race.toml: [vote] confirm_short: must be from 0 to 1, not 97.0.",
    ),
    "probability of an unlisted bib above one": (
        HEAD + "[vote]\nconfirm_short_unlisted = 99.5\n",
        "race.toml: [vote] confirm_short_unlisted: must be from 0 to 1, not 99.5.",
    ),
    "probability above one": (
        HEAD + "[vote]\nconfirm_posterior = 96\n",
        "race.toml: [vote] confirm_posterior: must be from 0 to 1, not 96.0.",
    ),
    "negative time": (
        HEAD + "[tracking]\nlost_s = -1\n",
        "race.toml: [tracking] lost_s: must not be negative, not -1.0.",
    ),
    "bibs without colour": (
        HEAD + '[bibs]\npaper = ["red"]\n',
        "race.toml: [bibs] paper: 'red' is no colour. Write it like '#ffcc00'.",
    ),
    "no viewers": (
        HEAD + "[dashboard]\nmost_viewers = 0\n",
        "race.toml: [dashboard] most_viewers: must be at least 1, not 0.",
    ),
    "a certificate without its key": (
        HEAD + '[dashboard]\ncertificate = "a.pem"\n',
        "race.toml: [dashboard] key: missing. A certificate alone cannot be used.",
    ),
    "a key without its certificate": (
        HEAD + '[dashboard]\nkey = "a.pem"\n',
        "race.toml: [dashboard] certificate: missing. A key alone cannot be used.",
    ),
    "port out of range": (
        HEAD + "[dashboard]\nport = 99999\n",
        "race.toml: [dashboard] port: must be from 1 to 65535, not 99999.",
    ),
    "no such GPU": (
        HEAD + "[engine]\ngpu = -1\n",
        "race.toml: [engine] gpu: must not be negative, not -1.",
    ),
    "unknown runtime": (
        HEAD + '[engine]\nruntime = "cuda"\n',
        "race.toml: [engine] runtime: must be one of openvino, onnxruntime, auto, tensorrt, "
        "onnx-cuda, onnx-tensorrt, not 'cuda'.",
    ),
    "unknown reader": (
        HEAD + '[engine]\nreader = "tesseract"\n',
        "race.toml: [engine] reader: must be pp-ocr, pp-ocr-bibs, finishline, easyocr or the path "
        "of an ONNX file, not 'tesseract'.",
    ),
    "torso of three numbers": (
        HEAD + "[looks]\ntorso = [0, 0, 1]\n",
        "race.toml: [looks] torso: must be a list of 4 numbers, not [0, 0, 1].",
    ),
    "a wave's start without a zone": (
        HEAD + "[waves]\nA = 2026-05-03T09:00:00\n",
        "race.toml: [waves] A: must be a time with its zone and no quotes, like "
        "2026-05-03T09:30:00Z.",
    ),
    "a gun in quotes": (
        'gun = "09:00"\n' + HEAD,
        "race.toml: gun: must be a time with its zone and no quotes, like 2026-05-03T09:30:00Z.",
    ),
    "a start long ago": (
        HEAD + "[waves]\nA = 1970-01-01T09:00:00Z\n",
        "race.toml: [waves] A: lies before 1971. Give the day of the race, like 2026-05-03.",
    ),
    "one wave twice": (
        HEAD + "[waves]\nA = 2026-05-03T09:00:00Z\na = 2026-05-03T09:00:00Z\n",
        "race.toml: [waves] a: is the same wave as 'A'. Give each wave one start.",
    ),
    "waves that are no table": (
        "waves = 3\n" + HEAD,
        "race.toml: waves: must be a table: write [waves] on a line of its own.",
    ),
    "a value where a table must be": (
        "vote = 3\n" + HEAD,
        "race.toml: vote: must be a table: write [vote] on a line of its own.",
    ),
}


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_errors_name_file_key_and_mend(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert str(caught.value) == message


def test_text_that_is_not_toml() -> None:
    with pytest.raises(ConfigError, match=r"^race.toml: not TOML: .*line 1"):
        read("name = City\n")


def test_a_missing_file_says_where_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file. Copy race.sample.toml to begin\.$"):
        load_race_file(tmp_path / "race.toml")
