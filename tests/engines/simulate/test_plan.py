"""Simulated races: settings, determinism, truth."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from engines.number_range import NumberRange
from engines.simulate.errors import SimulationError
from engines.simulate.plan import Simulation, plan
from engines.simulate.race_bibs import RaceBibs
from engines.simulate.settings import SimulationSettings
from engines.simulate.truth import Truth

SMALL = SimulationSettings(
    runners=3, minutes=0.1, seed=5, width=480, height=270, fps=10, neighbours=2, absent=2
)


@pytest.fixture(scope="module")
def small() -> Simulation:
    return plan(SMALL)


@pytest.fixture(scope="module")
def truth(small: Simulation) -> Truth:
    return small.truth()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("runners", -1, "runners must be between 0 and 2000, got -1"),
        ("minutes", 0.0, "minutes must be between 0.02 and 240, got 0.0"),
        ("seed", -3, "seed must be between"),
        ("width", 100, "width must be between 320 and 7680, got 100"),
        ("height", 181, "width and height must be even, got 480x181"),
        ("fps", 1, "fps must be between 5 and 120, got 1"),
        ("neighbours", 99, "neighbours must be between 0 and 15, got 99"),
    ],
)
def test_a_setting_out_of_range_is_named(name: str, value: float, message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        replace(SMALL, **{name: value})  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_pixels_in_any_order(small: Simulation) -> None:
    again = plan(SMALL)
    again.render(40)
    first, second = small.render(25), again.render(25)
    assert hashlib.sha256(first.tobytes()).digest() == hashlib.sha256(second.tobytes()).digest()
    assert first.shape == (270, 480, 3)


def test_another_seed_gives_another_race(small: Simulation) -> None:
    other = plan(replace(SMALL, seed=6))
    assert other.start_list != small.start_list
    assert not np.array_equal(other.render(25), small.render(25))


def test_a_frame_outside_the_film_is_refused(small: Simulation) -> None:
    with pytest.raises(IndexError, match="frame 60 of a simulation of 60 frames"):
        small.render(60)


def test_every_runner_is_seen_and_crosses(truth: Truth) -> None:
    for runner in truth.runners:
        assert runner.t_enter is not None and runner.t_exit is not None
        assert runner.t_cross_ground is not None and runner.t_cross_torso is not None
        assert runner.t_enter < runner.t_cross_torso < runner.t_cross_ground
        # The torso is 0.20 m ahead at 2.4 to 4.8 m/s.
        assert 0.03 < runner.t_cross_ground - runner.t_cross_torso < 0.1
        assert len(runner.boxes) == len(runner.vis) > 5


def test_boxes_lie_inside_the_frame_and_in_each_other(truth: Truth) -> None:
    for runner in truth.runners:
        for row in runner.boxes:
            x0, y0, x1, y1 = (float(v) for v in row[1:5] if v is not None)
            assert 0 <= x0 < x1 <= 480
            assert 0 <= y0 < y1 <= 270
        bibs = {row[0]: row[5:] for row in runner.boxes if row[5] is not None}
        for row in runner.numbers:
            number = [float(v) for v in row[1:] if v is not None]
            bib = [float(v) for v in bibs.get(row[0], ()) if v is not None]
            if bib:
                assert number[0] >= bib[0] - 1 and number[1] >= bib[1] - 1
                assert number[2] <= bib[2] + 1 and number[3] <= bib[3] + 1
        assert runner.numbers, "an easy race shows its numbers"


def test_the_start_list_has_neighbours_who_never_run(small: Simulation) -> None:
    running = {runner.bib for runner in small.runners}
    listed = [entry.bib for entry in small.start_list]
    assert running <= set(listed)
    assert len(listed) == len(set(listed)) == 3 + 2 + 2
    near = [b for b in listed if b not in running and any(_differ(b, r) == 1 for r in running)]
    assert len(near) >= 2


def _differ(first: str, second: str) -> int:
    """In how many characters two texts of one length differ; 9 for other lengths."""
    if len(first) != len(second):
        return 9
    return sum(a != b for a, b in zip(first, second, strict=True))


def race_of(numbers: str) -> RaceBibs:
    papers = ((255, 255, 255), (255, 220, 0))
    return RaceBibs(papers=papers, inks=((0, 0, 0),), numbers=(NumberRange.of(numbers),))


def test_runners_wear_the_bibs_of_a_real_race() -> None:
    with_race = plan(SMALL, race_of("A1-A50"))
    bibs = [runner.bib for runner in with_race.runners]
    assert len(set(bibs)) == 3
    assert all(bib.startswith("A") for bib in bibs)
    listed = [entry.bib for entry in with_race.start_list]
    assert set(bibs) < set(listed)
    assert len(set(listed)) == len(listed) == 3 + 2 + 2
    assert listed == sorted(listed, key=lambda bib: int(bib[1:]))
    assert with_race.render(25).shape == (270, 480, 3)


def test_a_race_with_few_bibs_has_fewer_who_stay_away() -> None:
    assert len(plan(SMALL, race_of("1-4")).start_list) == 4


def test_a_race_with_too_few_bibs() -> None:
    with pytest.raises(SimulationError, match="the race has 2 bibs for 3 runners"):
        plan(SMALL, race_of("1-2"))
