"""A line or region that is drawn while runners are in view."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.finish import Approach
from stream.race import Race
from stream.settings import CameraSettings, RaceSettings
from stream.types import Closed, Crossed, Event, Opened
from tests.stream.scenes import LINE, LINE_Y, SIZE, Walker, bib_of, found, number_of, observed

WALKER = Walker(cross_s=2.0)
OTHER = Walker(cross_s=2.0, lane_m=2.0)
SETTINGS = RaceSettings(cameras={"finish": CameraSettings(LINE, Approach.ABOVE)})
N = 90
"""Frames until the runner is past the camera: 3.6 s."""


def line_at(metres: float) -> CameraSettings:
    """A level line that far from the camera; the usual one is at 8 m, crossed at 2 s."""
    below = 420.0 / SIZE[1]
    y = below + (LINE_Y - below) * 8.0 / metres
    return CameraSettings(((-0.2, y), (1.2, y)), Approach.ABOVE)


FARTHER, NEARER = line_at(12.0), line_at(7.2)
HERE = SETTINGS.cameras["finish"]
NONE = CameraSettings()


def passages(changes: dict[int, CameraSettings], first: CameraSettings = HERE) -> list[Event]:
    """What happens to one runner while views change after those frames."""
    race = Race(replace(SETTINGS, cameras={"finish": first}), None)
    events: list[Event] = []
    for frame in range(N):
        box = WALKER.box(frame / 25)
        events += race.see(observed(frame, found([box], [bib_of(box)], [number_of(box)])))[1]
        if frame in changes:
            events += race.change_view("finish", changes[frame])
            assert race.view("finish") == changes[frame]
    return events + race.end()


@pytest.mark.parametrize(
    ("first", "changes", "crossed_s"),
    [
        pytest.param(HERE, {}, [2.0], id="nothing changes"),
        pytest.param(HERE, {20: NEARER}, [2.2], id="half way: the new line counts"),
        pytest.param(HERE, {20: FARTHER}, [1.0], id="half way: a line that is crossed sooner"),
        pytest.param(HERE, {40: FARTHER}, [], id="past the new line, not at the old one yet"),
        pytest.param(HERE, {53: NEARER}, [2.0], id="crossed and not told yet: told, not again"),
        pytest.param(HERE, {70: NEARER}, [2.0], id="crossed long ago"),
        pytest.param(HERE, {70: NONE, 71: NEARER}, [2.0], id="taken out and drawn again"),
        pytest.param(HERE, {20: NONE}, [], id="taken out"),
        pytest.param(HERE, {55: NONE}, [2.0], id="taken out behind a runner"),
        pytest.param(NONE, {20: HERE}, [2.0], id="the first line"),
        pytest.param(NONE, {60: HERE}, [], id="the first line, behind a runner"),
        pytest.param(
            HERE,
            {k: replace(HERE, region=(0.0, 0.0, 1.0, 0.99 - k / 1000)) for k in (48, 50, 52)},
            [2.0],
            id="a region alone leaves the line in peace",
        ),
        pytest.param(
            HERE, {20: replace(HERE, approach=Approach.BELOW)}, [], id="from the other side"
        ),
    ],
)
def test_nobody_is_lost_or_counted_twice(
    first: CameraSettings, changes: dict[int, CameraSettings], crossed_s: list[float]
) -> None:
    events = passages(changes, first)
    crossed = [event for event in events if isinstance(event, Crossed)]
    times = [event.pts_ns / 1e9 for event in crossed]
    assert times == pytest.approx(crossed_s, abs=0.1)
    assert len([event for event in events if isinstance(event, Opened)]) == 1


def test_who_stands_outside_a_new_region_is_let_go() -> None:
    race = Race(SETTINGS, None)
    events: list[Event] = []
    for frame in range(120):
        boxes = [WALKER.box(frame / 60), OTHER.box(frame / 60)]
        bibs, numbers = [bib_of(box) for box in boxes], [number_of(box) for box in boxes]
        events += race.see(observed(frame, found(boxes, bibs, numbers)))[1]
        if frame == 20:
            assert race.change_view("finish", CameraSettings(region=(0.6, 0.0, 1.0, 1.0))) == []
    assert len([event for event in events if isinstance(event, Opened)]) == 2
    (gone,) = (event for event in events if isinstance(event, Closed))
    assert len(race.views("finish")) == 1
    assert race.views("finish")[0].track_id != gone.track_id


def test_a_camera_that_has_not_begun_begins_with_its_new_view() -> None:
    race = Race(SETTINGS, None)
    assert race.change_view("gate", NEARER) == []
    assert race.view("gate") == NEARER
    assert race.view("finish") == HERE
    assert race.view("nowhere") == CameraSettings()


def test_a_line_without_length_changes_nothing() -> None:
    race = Race(SETTINGS, None)
    with pytest.raises(ValueError, match="the same point"):
        race.change_view("finish", CameraSettings(((0.5, 0.5), (0.5, 0.5))))
    assert race.view("finish") == HERE
