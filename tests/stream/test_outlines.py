from __future__ import annotations

import pytest

from stream.outlines import EACH, LEAST_SPREAD, TRACKS_KEPT, TRACKS_NEEDED, Outlines


def seen(*widths: float, looks: int = 1) -> Outlines:
    """Bibs 100 px high, each on a track of its own."""
    made = Outlines()
    for track, width in enumerate(widths):
        for _ in range(looks):
            made.note(track, (0.0, 0.0, width, 100.0))
    return made


def test_a_few_runners_do_not_tell_what_is_usual() -> None:
    assert seen(*[120] * (TRACKS_NEEDED - 1), looks=9).usual() is None
    assert seen(*[120] * TRACKS_NEEDED).usual() is not None


@pytest.mark.parametrize(
    ("situation", "widths", "middle", "spread"),
    [
        ("all alike", [120] * 9, 120, LEAST_SPREAD),
        ("two in nine hidden in part", [120] * 7 + [60, 40], 120, LEAST_SPREAD),
        ("seen from many sides", [80, 90, 100, 110, 120, 130, 140], 110, 0.25),
    ],
)
def test_what_is_usual(situation: str, widths: list[float], middle: float, spread: float) -> None:
    usual = seen(*widths).usual()
    assert usual is not None
    assert usual.off((0.0, 0.0, middle, 100.0)) == pytest.approx(0.0), situation
    assert usual.spread == pytest.approx(spread, abs=0.02), situation


def test_height_does_not_matter_and_narrower_is_negative() -> None:
    usual = seen(*[120] * 9).usual()
    assert usual is not None
    assert usual.off((10.0, 10.0, 34.0, 30.0)) == pytest.approx(0.0)
    assert usual.off((10.0, 10.0, 28.0, 30.0)) < -0.2


def test_who_stands_in_view_does_not_outweigh_the_others() -> None:
    made = seen(*[120] * TRACKS_NEEDED, looks=2)
    for _ in range(100):
        made.note(99, (0.0, 0.0, 60.0, 100.0))
    usual = made.usual()
    assert usual is not None
    assert usual.off((0.0, 0.0, 120.0, 100.0)) == pytest.approx(0.0)
    assert EACH < 2 * TRACKS_NEEDED


def test_the_oldest_tracks_are_forgotten() -> None:
    made = seen(*[60] * TRACKS_KEPT, *[120] * TRACKS_KEPT)
    usual = made.usual()
    assert usual is not None
    assert usual.off((0.0, 0.0, 120.0, 100.0)) == pytest.approx(0.0)


def test_a_box_without_area_is_no_error() -> None:
    assert seen(*[0] * TRACKS_NEEDED).usual() is not None
