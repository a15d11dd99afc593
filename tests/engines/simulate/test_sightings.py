from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engines.simulate.errors import SimulationError
from engines.simulate.sightings import SightingSettings, draw_sightings

SETTINGS = SightingSettings(runners=6, seed=3, cameras=2, frames=2, team_share=0.5)


def test_every_camera_sees_every_runner_and_a_seed_draws_the_same_again() -> None:
    crops = list(draw_sightings(SETTINGS))
    assert Counter((c.runner, c.camera) for c in crops) == {
        (runner, camera): 2 for runner in range(6) for camera in range(2)
    }
    again = list(draw_sightings(SETTINGS))
    assert all(
        np.array_equal(one.image, other.image) for one, other in zip(crops, again, strict=True)
    )


def test_a_share_of_the_runners_is_in_teams() -> None:
    teams = {crop.runner: crop.team for crop in draw_sightings(SETTINGS)}
    assert sum(team is not None for team in teams.values()) >= 3
    alone = SightingSettings(runners=3, seed=3, cameras=1, frames=1, team_share=0)
    assert {crop.team for crop in draw_sightings(alone)} == {None}


def test_bibs_lie_in_their_crops() -> None:
    for crop in draw_sightings(SETTINGS):
        assert crop.image.dtype == np.uint8
        assert crop.bib is not None
        middle = (crop.bib[0] + crop.bib[2]) / 2
        assert 0 < middle < crop.image.shape[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"runners": 0}, "runners must be 1 or more", id="nobody"),
        pytest.param({"cameras": 0}, "cameras must be 1 or more", id="no camera"),
        pytest.param({"frames": 0}, "frames must be 1 or more", id="no frame"),
        pytest.param({"team_share": 1.5}, "team_share must be 0 to 1", id="share too large"),
    ],
)
def test_settings_out_of_range_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        SightingSettings(**change)  # type: ignore[arg-type]
