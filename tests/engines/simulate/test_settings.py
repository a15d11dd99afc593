"""What may be simulated."""

from __future__ import annotations

import pytest

from engines.simulate import SimulationError, SimulationSettings, plan, usual_neighbours


@pytest.mark.parametrize(("runners", "neighbours"), [(0, 0), (1, 5), (2, 8), (2000, 8)])
def test_neighbours_that_nobody_asked_for_fit(runners: int, neighbours: int) -> None:
    assert usual_neighbours(runners) == neighbours
    SimulationSettings(runners=runners, neighbours=neighbours)


def test_a_single_runner_has_a_start_list() -> None:
    planned = plan(SimulationSettings(runners=1, minutes=0.1, neighbours=5, absent=2))
    assert len(planned.start_list) == 8


def test_too_many_neighbours_are_refused() -> None:
    with pytest.raises(SimulationError, match="neighbours must be between 0 and 5, got 6"):
        SimulationSettings(runners=1, neighbours=6)
