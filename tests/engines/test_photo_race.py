from __future__ import annotations

from collections.abc import Sequence

import pytest

from engines.photo_race import KnownRace, PhotoLine, heard
from tests.engines.tiny_models import reading

NUMBER = (30.0, 30.0, 90.0, 60.0)


def line(*texts: str, certain: float = 0.9999) -> PhotoLine:
    return PhotoLine(NUMBER, None, 0.8, *heard([reading(text, certain) for text in texts]))


@pytest.mark.parametrize(
    ("texts", "trusts", "probability", "support"),
    [
        pytest.param(["431"], None, {"431": 1.0}, {"431": 1}, id="one view"),
        pytest.param(["431", "437"], None, {"431": 0.5, "437": 0.5}, {"431": 1, "437": 1},
                     id="two that differ"),
        pytest.param(["431", "437"], [3.0, 1.0], {"431": 0.75, "437": 0.25}, {"431": 1, "437": 1},
                     id="one is trusted more"),
        pytest.param(["431", "431", ""], None, {"431": 2 / 3}, {"431": 2}, id="one saw nothing"),
    ],
)  # fmt: skip
def test_what_views_say(
    texts: Sequence[str],
    trusts: Sequence[float] | None,
    probability: dict[str, float],
    support: dict[str, int],
) -> None:
    told, supported = heard([reading(text, 0.9999) for text in texts], trusts)
    assert {t: p for t, p in told.items() if t and p > 0.02} == pytest.approx(probability, abs=0.01)
    assert {text: n for text, n in supported.items() if text} == support


PHOTOS = [[line("4312", "4312")], [line("4312", "7777")], [line("5"), line("5")], []]
"""4312 is sure in the first and half sure in the second."""


@pytest.mark.parametrize(
    ("text", "photo", "taken_s", "elsewhere"),
    [
        pytest.param("4312", 0, (), 0.5, id="the other photo shows it"),
        pytest.param("4312", 1, (), 1.0, id="the other one shows it better"),
        pytest.param("4312", 3, (), 1.0, id="of two others the better one"),
        pytest.param("4312", None, (), 1.0, id="a photo that is none of the race's"),
        pytest.param("7777", 1, (), 0.0, id="only in the photo itself"),
        pytest.param("9999", 0, (), 0.0, id="nowhere"),
        pytest.param("5", 0, (), 0.0, id="one character proves nothing"),
        pytest.param("4312", 0, (10.0, 11.5, 12.0, 13.0), 0.0, id="only in the same burst"),
        pytest.param("4312", 0, (10.0, 12.0, 12.0, 13.0), 0.5, id="two seconds later"),
        pytest.param("4312", 0, (None, 11.5, 12.0, 13.0), 0.5, id="nobody knows when"),
        pytest.param("4312", 0, (10.0,), 0.5, id="the other one has no time"),
    ],
)
def test_what_other_photos_show(
    text: str, photo: int | None, taken_s: Sequence[float | None], elsewhere: float
) -> None:
    race = KnownRace.of(PHOTOS, taken_s)
    assert race.elsewhere(text, photo) == pytest.approx(elsewhere, abs=0.01)


def test_a_bib_in_hundreds_of_photos_is_kept_a_few_times() -> None:
    race = KnownRace.of([[line("4312", "4312")]] * 100)
    assert len(race.seen["4312"]) == 8
    assert race.elsewhere("4312", 0) == pytest.approx(1.0, abs=0.01)


def test_a_long_burst_leaves_room_for_another_moment() -> None:
    photos = [[line("4312", "4312")]] * 20 + [[line("4312", "7777")]]
    race = KnownRace.of(photos, [0.1 * n for n in range(20)] + [60.0])
    assert race.elsewhere("4312", 3) == pytest.approx(0.5, abs=0.01)
    assert race.elsewhere("4312", 20) == pytest.approx(1.0, abs=0.01)


def test_a_race_nobody_photographed_knows_nothing() -> None:
    assert KnownRace.of([]).elsewhere("4312", None) == 0.0
