"""Draws runners with bibs: training material, rehearsals and tests with exact truth."""

from engines.simulate.errors import SimulationError
from engines.simulate.plan import Simulation, plan
from engines.simulate.race_bibs import RaceBibs
from engines.simulate.scene import Scene, scene
from engines.simulate.settings import Difficulty, SimulationSettings, usual_neighbours
from engines.simulate.truth import RunnerTruth, Truth
from engines.simulate.write import write

__all__ = [
    "Difficulty",
    "RaceBibs",
    "RunnerTruth",
    "Scene",
    "Simulation",
    "SimulationError",
    "SimulationSettings",
    "Truth",
    "plan",
    "scene",
    "usual_neighbours",
    "write",
]
