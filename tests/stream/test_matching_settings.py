"""The order of cameras in a race file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config import ConfigError, parse_race_file
from stream.matching import Travel

RACE = """name = "x"
[[camera]]
name = "a"
source = "a.mp4"
[[camera]]
name = "b"
source = "b.mp4"
"""


def travel(before: str = "a", after: str = "b", least_s: str = "60", most_s: str = "90.5") -> str:
    return (
        f'[[travel]]\nbefore = "{before}"\nafter = "{after}"\n'
        f"least_s = {least_s}\nmost_s = {most_s}\n"
    )


def read(text: str) -> tuple[Travel, ...]:
    return parse_race_file(RACE + text, "race.toml", Path()).travels


def test_the_order_of_cameras_and_laps() -> None:
    assert read("") == ()
    assert read(travel() + travel(after="a", least_s="0")) == (
        Travel("a", "b", 60.0, 90.5),
        Travel("a", "a", 0.0, 90.5),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            travel(after="c"),
            "race.toml: [[travel]] 1 after: no camera is called 'c'. The cameras are a, b.",
            id="unknown camera",
        ),
        pytest.param(
            travel(least_s="100"),
            "race.toml: [[travel]] 1 most_s: is less than least_s (100). Exchange the two.",
            id="the wrong way round",
        ),
        pytest.param(
            travel(least_s="-1"),
            "race.toml: [[travel]] 1 least_s: must be a number of seconds from 0 up.",
            id="negative",
        ),
        pytest.param(
            travel(most_s='"90"'),
            "race.toml: [[travel]] 1 most_s: must be a number of seconds from 0 up.",
            id="text",
        ),
        pytest.param(
            travel() + travel("b", "a"),
            "race.toml: travel: two tables join a and b. Keep one of them.",
            id="twice",
        ),
        pytest.param(
            '[[travel]]\nafter = "a"\n',
            'race.toml: [[travel]] 1 before: missing. Add before = "...".',
            id="half a table",
        ),
        pytest.param(
            travel() + "speed_s = 3\n",
            "race.toml: [[travel]] 1 speed_s: unknown key. "
            "Known are before, after, least_s, most_s.",
            id="unknown key",
        ),
        pytest.param(
            "[travel]\n",
            "race.toml: travel: must be tables: write [[travel]] on a line of its own.",
            id="one table",
        ),
    ],
)
def test_what_cannot_be(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(text)
    assert str(error.value) == message
