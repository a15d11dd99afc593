"""Lines and regions are written into race files, and nothing else in them changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stream.config import ConfigError, load_race_file
from stream.finish import Approach
from stream.race_file_edit import (
    NoSuchCamera,
    RaceFileChanged,
    RaceFileError,
    edited,
    read_view,
    write_view,
)
from stream.settings import CameraSettings

PATH = Path("/races/race.toml")
LINE = ((0.1, 0.8), (0.9, 0.82))
DRAWN = CameraSettings(LINE, Approach.ABOVE, (0.0, 0.25, 1.0, 1.0))
NOTHING = CameraSettings()

TWO = """\
# Our race.
name = "City Run"   # the short one

[[camera]]
name = "finish"
source = "finish.mp4"  # on the gantry
finish_line = [
  [0.05, 0.85],  # the left post
  [0.95, 0.85],
]
approach = "auto"
# region = [0.0, 0.2, 1.0, 1.0]

# The one behind.
[[camera]]
source = "exit.mp4"
name = "exit"
# nothing drawn yet

# How sure is sure.
[vote]
confirm_votes = 4
"""


def change(text: str, *parts: tuple[str, str]) -> str:
    for old, new in parts:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("camera", "view", "changes"),
    [
        pytest.param(
            "finish",
            CameraSettings(LINE),
            [("[0.05, 0.85],", "[0.1, 0.8],"), ("[0.95, 0.85],", "[0.9, 0.82],")],
            id="numbers change where they stand",
        ),
        pytest.param(
            "finish",
            DRAWN,
            [
                ("[0.05, 0.85],", "[0.1, 0.8],"),
                ("[0.95, 0.85],", "[0.9, 0.82],"),
                ('approach = "auto"', 'approach = "above"\nregion = [0.0, 0.25, 1.0, 1.0]'),
            ],
            id="what is new comes after what belongs to it",
        ),
        pytest.param(
            "finish",
            NOTHING,
            [
                (
                    "finish_line = [\n  [0.05, 0.85],  # the left post\n  [0.95, 0.85],\n]\n"
                    'approach = "auto"\n',
                    "",
                )
            ],
            id="a line is taken out with its side",
        ),
        pytest.param(
            "exit",
            DRAWN,
            [
                (
                    'source = "exit.mp4"\n',
                    'source = "exit.mp4"\nfinish_line = [[0.1, 0.8], [0.9, 0.82]]\n'
                    'approach = "above"\nregion = [0.0, 0.25, 1.0, 1.0]\n',
                ),
            ],
            id="the other camera, and its comments stay where they are",
        ),
        pytest.param(
            "exit",
            CameraSettings(region=(0.12345678, 0.0, 1.0, 0.5)),
            [
                (
                    'source = "exit.mp4"\n',
                    'source = "exit.mp4"\nregion = [0.1235, 0.0, 1.0, 0.5]\n',
                )
            ],
            id="a region alone, to four digits",
        ),
        pytest.param("exit", NOTHING, [], id="nothing to take out"),
        pytest.param(
            "exit",
            CameraSettings(approach=Approach.LEFT),
            [],
            id="a side without a line means nothing",
        ),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_only_the_view_changes(
    camera: str, view: CameraSettings, changes: list[tuple[str, str]], line_end: str
) -> None:
    before = TWO.replace("\n", line_end)
    expected = change(TWO, *changes).replace("\n", line_end)
    assert edited(before, camera, view, PATH) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('name = "x"\n[[camera]]\nname = "a"\nsource = "a.mp4"', id="no last line end"),
        pytest.param('name = "x"\ncamera = [{name = "a", source = "a.mp4"}]\n', id="in one line"),
        pytest.param(
            'name = "x"\n[[camera]]\nname = "a"\nsource = "a.mp4"\n"region" = [0, 0, 1, 1]\n',
            id="a key in quotes, whole numbers",
        ),
    ],
)
def test_a_race_file_may_be_written_in_other_ways(tmp_path: Path, text: str) -> None:
    file = tmp_path / "race.toml"
    file.write_text(text)
    written = write_view(file, "a", DRAWN, read_view(file, "a").version)
    assert written.view == DRAWN
    assert load_race_file(file).cameras[0].view == DRAWN
    write_view(file, "a", NOTHING, written.version)
    assert load_race_file(file).cameras[0].view == NOTHING


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (CameraSettings(((0.5, 0.5), (0.5, 0.5))), "finish_line: both ends are the same point"),
        (CameraSettings(((0.50001, 0.5), (0.5, 0.5))), "both ends are the same point"),
        (CameraSettings(((-1.5, 0.5), (0.5, 0.5))), "fractions of the picture from -1 to 2"),
        (CameraSettings(region=(0.5, 0.0, 0.5, 1.0)), "region: is empty"),
        (CameraSettings(region=(-0.1, 0.0, 0.5, 1.0)), "fractions of the picture from 0 to 1"),
    ],
)
def test_what_cannot_be_is_not_written(tmp_path: Path, view: CameraSettings, words: str) -> None:
    file = race_file(tmp_path)
    version = read_view(file, "finish").version
    with pytest.raises(ConfigError, match=words.replace("[", r"\[")):
        write_view(file, "finish", view, version)
    assert file.read_text() == TWO
    assert [path.name for path in tmp_path.iterdir()] == ["race.toml"]


def race_file(folder: Path, text: str = TWO) -> Path:
    file = folder / "race.toml"
    file.write_bytes(text.encode())
    return file


def test_the_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    file = race_file(tmp_path)
    file.chmod(0o640)
    link = tmp_path / "today.toml"
    link.symlink_to(file)
    before = read_view(link, "finish")
    after = write_view(link, "finish", DRAWN, before.version)
    assert (after.view, after.version != before.version) == (DRAWN, True)
    assert read_view(file, "finish") == after
    assert file.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["race.toml", "today.toml"]


def test_a_file_that_has_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = race_file(tmp_path)
    version = read_view(file, "finish").version
    by_hand = TWO.replace("confirm_votes = 4", "confirm_votes = 5")
    file.write_text(by_hand)
    with pytest.raises(RaceFileChanged, match="draw anew over what it says now"):
        write_view(file, "finish", DRAWN, version)
    assert file.read_text() == by_hand


def test_a_read_only_file_stays_as_it_is(tmp_path: Path) -> None:
    file = race_file(tmp_path)
    version = read_view(file, "finish").version
    file.chmod(0o444)
    with pytest.raises(RaceFileError, match=r"is read-only\. .*chmod u\+w race\.toml"):
        write_view(file, "finish", DRAWN, version)
    assert file.read_text() == TWO


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    file = race_file(tmp_path)
    version = read_view(file, "finish").version
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(RaceFileError, match="make its folder writable"):
            write_view(file, "finish", DRAWN, version)
    finally:
        tmp_path.chmod(0o755)
    assert file.read_text() == TWO


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"name = ", "not TOML"),
        (b'name = "\xff"', "Save it as UTF-8 text"),
        (b'name = "x"\n[[camera]]\nname = "a"\n', "source: missing"),
    ],
)
def test_a_file_of_no_use_says_why(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "race.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        read_view(file, "a")
    with pytest.raises(ConfigError if content is None else RaceFileChanged):
        write_view(file, "a", DRAWN, "")


def test_a_camera_that_is_not_there(tmp_path: Path) -> None:
    file = race_file(tmp_path)
    with pytest.raises(NoSuchCamera, match=r"'gate'\. There are: finish, exit\."):
        read_view(file, "gate")


def test_the_sample_can_be_drawn_into() -> None:
    sample = Path(__file__).parents[2] / "stream" / "race.sample.toml"
    text = sample.read_text(encoding="utf-8")
    drawn = edited(text, "finish", CameraSettings(LINE, Approach.LEFT), sample)
    changed = [(a, b) for a, b in zip(text.split("\n"), drawn.split("\n"), strict=True) if a != b]
    assert changed == [
        ("finish_line = [[0.05, 0.85], [0.95, 0.85]]", "finish_line = [[0.1, 0.8], [0.9, 0.82]]"),
        ('approach = "auto"', 'approach = "left"'),
    ]
