"""What to simulate, and how hard."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engines.simulate.errors import SimulationError


class Difficulty(StrEnum):
    """How hard the film is to read."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Grade:
    """What a difficulty means.

    Attributes:
        no_bib, spoilt: shares of runners without a bib, and with one that cannot be read whole.
        noise: standard deviation of the sensor's noise, grey levels.
        gain, flicker: exposure, and how much it changes from frame to frame (share).
        shutter: share of a frame's time that it is open.
        crowding: 0 everybody alone .. 1 nearly everybody in packs.
        crf: the encoder's constant rate factor.
    """

    no_bib: float
    spoilt: float
    noise: float
    gain: float
    flicker: float
    shutter: float
    crowding: float
    crf: int


GRADES: Final = {
    Difficulty.EASY: Grade(0.01, 0.015, 1.3, 1.0, 0.01, 0.25, 0.45, 22),
    Difficulty.MEDIUM: Grade(0.04, 0.06, 3.5, 0.88, 0.02, 0.4, 0.6, 24),
    Difficulty.HARD: Grade(0.08, 0.15, 7.0, 0.62, 0.03, 0.6, 0.8, 27),
}


def usual_neighbours(runners: int) -> int:
    """How many entries one digit away from a runner there are where nobody says: 8 if that fits."""
    return min(8, most_neighbours(runners))


def most_neighbours(runners: int) -> int:
    """How many there may be: each is drawn beside one who runs."""
    return max(0, 5 * runners)


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """What to simulate.

    Attributes:
        runners: how many run, 0..2000.
        minutes: length of the film, 0.02..240.
        seed: everything random follows from it; 0 or more.
        width, height: of the picture, even, at least 320x180.
        fps: frames a second, 5..120.
        difficulty: light, noise, blur, crowding, and the share of spoilt bibs.
        neighbours: entries who never appear and are one digit away from a runner.
        absent: further entries who never appear.

    Raises:
        SimulationError: when a value is out of its range.
    """

    runners: int = 40
    minutes: float = 1.0
    seed: int = 7
    width: int = 1280
    height: int = 720
    fps: int = 25
    difficulty: Difficulty = Difficulty.EASY
    neighbours: int = 8
    absent: int = 12

    def __post_init__(self) -> None:
        _check("runners", self.runners, 0, 2000)
        _check("minutes", self.minutes, 0.02, 240)
        _check("seed", self.seed, 0, 2**63)
        _check("width", self.width, 320, 7680)
        _check("height", self.height, 180, 4320)
        _check("fps", self.fps, 5, 120)
        _check("neighbours", self.neighbours, 0, most_neighbours(self.runners))
        _check("absent", self.absent, 0, 5000)
        if self.width % 2 or self.height % 2:
            raise SimulationError(f"width and height must be even, got {self.width}x{self.height}")

    @property
    def grade(self) -> Grade:
        """What the difficulty means."""
        return GRADES[self.difficulty]


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SimulationError(f"{name} must be between {low} and {high}, got {value}")
