"""The table [bibs]: values, errors by file and key, and what is looked up on the disk."""

import tomllib
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image

from engines.number_range import NumberRange
from engines.simulate.race_bibs import RaceBibs
from stream.config import load_race_bibs
from stream.race_bibs import KEYS, parse_bibs
from stream.toml_values import ConfigError, Table

FOLDER = Path("/races/city")
HEAD = 'name = "City"\n{top}[[camera]]\nname = "finish"\nsource = "clip.mp4"\n[bibs]\n'
SAMPLE = Path(__file__).parents[2] / "stream" / "race.sample.toml"


def read(text: str) -> RaceBibs:
    return parse_bibs(Table("race.toml", "[bibs]", tomllib.loads(text)), FOLDER)


def test_everything_said_arrives() -> None:
    known = read(
        'font = "a/bold.ttf"\npaper = ["#FFFFFF", "#ffd000"]\nink = ["#101010"]\n'
        'logos = ["logo.png", "/elsewhere/b.jpg"]\ntitle = " RIVER RUN "\naspect = 1.25\n'
        'numbers = ["1-999", "A1-A20"]\n'
    )
    assert known == RaceBibs(
        font="/races/city/a/bold.ttf",
        papers=((255, 255, 255), (255, 208, 0)),
        inks=((16, 16, 16),),
        logos=("/races/city/logo.png", "/elsewhere/b.jpg"),
        title="RIVER RUN",
        aspect=1.25,
        numbers=(NumberRange("", 1, 999), NumberRange("A", 1, 20)),
    )


def test_nothing_said_is_nothing_known() -> None:
    assert read("") == RaceBibs()


def test_the_sample_shows_every_key_with_its_default() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    shown = tomllib.loads(text)["bibs"]
    assert parse_bibs(Table("sample", "[bibs]", shown), FOLDER) == RaceBibs()
    assert all(key in shown or f"# {key} = " in text for key in KEYS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("papper = []", "papper: unknown key. Did you mean 'paper'?"),
        ('paper = "#ffffff"', "paper: must be a list of texts: paper = [\"...\"], not '#ffffff'."),
        ('paper = ["white"]', "paper: 'white' is no colour. Write it like '#ffcc00'."),
        ('ink = ["#fff"]', "ink: '#fff' is no colour. Write it like '#ffcc00'."),
        (
            'paper = ["#ffffff"]\nink = ["#fafafa"]',
            "ink: ink #fafafa on paper #ffffff cannot be read; colours go together in the order "
            "of the lists.",
        ),
        (
            'paper = ["#ffffff", "#ffee00"]\nink = ["#000000", "#001122", "#112200"]',
            "ink: 2 paper and 3 ink colours make no pairs; give one ink for each paper, or one "
            "for all.",
        ),
        ("font = 3", "font: must be a text in quotes, not 3."),
        ('aspect = "wide"', "aspect: must be a number: the sheet's width over its height."),
        ("aspect = true", "aspect: must be a number: the sheet's width over its height."),
        ("aspect = 9", "aspect: must be from 0.7 to 2.5, or 0, not 9."),
        (
            'numbers = ["1-999", "x"]',
            "numbers: 'x' is no range of numbers; write '1-999', 'A1-A200' or '77'.",
        ),
        ('numbers = [""]', "numbers: must be a list of texts: numbers = [\"...\"], not ['']."),
        (
            'logos = ["1", "2", "3", "4", "5", "6", "7", "8", "9"]',
            "logos: 9 do not fit on a bib; name at most 8.",
        ),
    ],
)
def test_errors_name_file_key_and_mend(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert str(caught.value) == f"race.toml: [bibs] {message}"


def race_file(folder: Path, bibs: str, top: str = "") -> Path:
    path = folder / "race.toml"
    path.write_text(HEAD.format(top=top) + bibs, encoding="utf-8")
    return path


def test_files_lie_beside_the_race_file_and_numbers_come_from_the_start_list(
    tmp_path: Path,
) -> None:
    font = resources.files("font_roboto") / "files" / "Roboto-Bold.ttf"
    (tmp_path / "bold.ttf").write_bytes(font.read_bytes())
    Image.new("RGB", (9, 9)).save(tmp_path / "logo.png")
    (tmp_path / "list.csv").write_text("bib,last_name\n7,Ek\na 12,Berg\n")
    text = 'font = "bold.ttf"\nlogos = ["logo.png"]\n'
    bibs = load_race_bibs(race_file(tmp_path, text, 'start_list = "list.csv"\n'))
    assert bibs.listed == ("7", "A12")
    assert bibs.logos == (str(tmp_path / "logo.png"),)
    told = race_file(tmp_path, text + 'numbers = ["1-9"]\n', 'start_list = "list.csv"\n')
    assert load_race_bibs(told).listed == ()


@pytest.mark.parametrize(
    ("situation", "bibs", "top", "message"),
    [
        ("no numbers", "", "", r"\[bibs\] numbers: missing. Add numbers = .* or a start_list"),
        ("an empty list", "", 'start_list = "empty.csv"\n', "names nobody"),
        (
            "no font",
            'font = "no.ttf"\nnumbers = ["1-9"]',
            "",
            r"\[bibs\] font: .*no.ttf is no font",
        ),
        (
            "not a font",
            'font = "x.txt"\nnumbers = ["1-9"]',
            "",
            r"\[bibs\] font: .*x.txt is no fon",
        ),
        ("no logo", 'logos = ["no.png"]\nnumbers = ["1-9"]', "", r"logos: .*no.png cannot be read"),
        ("not a logo", 'logos = ["x.txt"]\nnumbers = ["1-9"]', "", r"logos: .*Give PNG or JPEG"),
    ],
)
def test_what_cannot_be_drawn(
    situation: str, bibs: str, top: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").write_text("bib,last_name\n")
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(ConfigError, match=r"race\.toml: .*" + message):
        load_race_bibs(race_file(tmp_path, bibs, top))


def test_a_font_without_the_letters_of_the_bibs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.race_bibs.missing_characters", lambda font, characters: "AB")
    path = race_file(tmp_path, 'font = "digits.ttf"\nnumbers = ["1-9"]')
    with pytest.raises(ConfigError, match=r"digits\.ttf lacks A, B\. Give the font"):
        load_race_bibs(path)
