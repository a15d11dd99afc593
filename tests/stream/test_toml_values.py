from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from stream.toml_values import ConfigError, Table, made

FOLDER = Path("/races")


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Settings:
    name: str
    wait_s: float = 1.5
    n: int = 3
    on: bool = False
    colour: Colour = Colour.RED
    at: Path | None = None
    limit: int | None = None
    box: tuple[float, float] = (0.0, 1.0)


def read(text: str) -> Settings:
    return made(Settings, Table("f.toml", "[t]", tomllib.loads(text)), FOLDER)


def test_defaults() -> None:
    assert read('name = "a"') == Settings("a")


def test_values_of_every_kind() -> None:
    read_ = read(
        'name = "a"\nwait_s = 2\nn = 4\non = true\ncolour = "blue"\nat = "x/y"\nlimit = 9\n'
        "box = [0.5, 2]\n"
    )
    at = FOLDER / "x/y"
    assert read_ == Settings("a", 2.0, 4, True, Colour.BLUE, at, 9, (0.5, 2.0))
    assert isinstance(read_.wait_s, float)


ERRORS = {
    "missing": ("n = 1", "f.toml: [t] name: missing. Add name = ..."),
    "near": ('nmae = "a"', "f.toml: [t] nmae: unknown key. Did you mean 'name'?"),
    "number for a text": ("name = 1", "f.toml: [t] name: must be a text in quotes, not 1."),
    "fraction for a whole number": (
        'name = "a"\nn = 1.5', "f.toml: [t] n: must be a whole number, not 1.5.",
    ),
    "number for a switch": ('name = "a"\non = 1', "f.toml: [t] on: must be true or false, not 1."),
    "not a number at all": (
        'name = "a"\nwait_s = nan', "f.toml: [t] wait_s: must not be negative, not nan.",
    ),
    "unknown choice": (
        'name = "a"\ncolour = "pink"', "f.toml: [t] colour: must be one of red, blue, not 'pink'.",
    ),
    "list of texts": (
        'name = "a"\nbox = ["0", "1"]',
        "f.toml: [t] box: must be a list of 2 numbers, not ['0', '1'].",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_errors(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert str(caught.value) == message
