"""The ten simulated races that wrong tags are counted on.

Who runs, who wears a bib that cannot be read, and which neighbours stand on the start list follows
from the seeds below and was fixed, with its fingerprints, before anything was measured. Settings
are chosen on other races; these are for the result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from engines.load import EngineSettings
from engines.number_range import NumberRange
from engines.simulate import (
    Difficulty,
    Simulation,
    SimulationError,
    SimulationSettings,
    plan,
    write,
)
from stream.evaluate import ClipReport, evaluate_clip
from stream.race import RaceSettings
from stream.reliability import Bin, reliability
from stream.start_list import load_start_list

Progress = Callable[[int, int], None]


class ChangedRaceError(SimulationError):
    """A race is not the one that was fixed."""


class Told(StrEnum):
    """What is known of a race's bibs before it is run."""

    LIST = "list"
    NUMBERS = "numbers"
    """That they go from 1 to the highest of the start list, and not which of them run."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class FixedRace:
    """One of the races: what to simulate, and the fingerprint of its plan."""

    settings: SimulationSettings
    fingerprint: str


def _race(seed: int, difficulty: Difficulty, fingerprint: str) -> FixedRace:
    size = (1280, 720) if seed % 2 else (1920, 1080)
    settings = SimulationSettings(
        100, 1.5, seed, *size, difficulty=difficulty, neighbours=100, absent=50
    )
    return FixedRace(settings, fingerprint)


RACES: Final = tuple(
    _race(9001 + place, Difficulty.HARD if place % 3 == 2 else Difficulty.MEDIUM, fingerprint)
    for place, fingerprint in enumerate(
        (
            "a0e0687cef116190",
            "1b56ea6be0140bc4",
            "7a6a02478f945496",
            "7cf5d0361ad982f8",
            "2d76753732335813",
            "a18dd70c6afa98c6",
            "bf2130a410c09bfa",
            "ba4a503a2b63acc1",
            "ad295892e7e3bb44",
            "3da80b8b9dea6a33",
        )
    )
)


def fingerprint(race: Simulation) -> str:
    """What is known of a race before it is drawn: its runners in order, spoilt bibs, start list."""
    lines = [f"{runner.bib} {runner.effect}" for runner in race.runners]
    lines += [entry.bib for entry in race.start_list]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RacesReport:
    """What `finishline evaluate races` prints.

    Attributes:
        told: what was known beforehand.
        races: one report per race, in order.
    """

    told: Told
    races: tuple[ClipReport, ...]

    @property
    def wrong_share(self) -> float:
        """Wrong ones of all confirmed tags, 0..1."""
        right = sum(race.score.right for race in self.races)
        wrong = sum(race.score.wrong for race in self.races)
        return wrong / max(right + wrong, 1)

    def reliability(self) -> tuple[Bin, ...]:
        """How often tags are right, by how sure they were."""
        return reliability([tag for race in self.races for tag in race.tags])

    def to_json(self) -> dict[str, object]:
        """The report as plain values."""
        scores = [race.score for race in self.races]
        return {
            "told": self.told.value,
            "runners": sum(score.runners for score in scores),
            "readable": sum(score.readable for score in scores),
            "right": sum(score.right for score in scores),
            "wrong": sum(score.wrong for score in scores),
            "missed": sum(score.missed for score in scores),
            "wrong_share": round(self.wrong_share, 4),
            "reliability": [
                {
                    "posterior": f"{one.low:g} to {one.high:g}",
                    "tags": one.n,
                    "mean_posterior": round(one.mean_posterior, 3),
                    "right_share": round(one.right_share, 3),
                }
                for one in self.reliability()
            ],
            "races": [race.to_json() for race in self.races],
        }

    def __str__(self) -> str:
        """For people: one line per race, the sum, and how far the posteriors can be believed."""
        told = self.to_json()
        lines = [
            f"{race.video:<22} right {race.score.right:>3} of {race.score.readable:>3} readable, "
            f"wrong {race.score.wrong}"
            for race in self.races
        ]
        lines.append(
            f"{'all':<22} right {told['right']:>3} of {told['readable']:>3} readable, "
            f"wrong {told['wrong']} ({100 * self.wrong_share:.2f} % of the confirmed)"
        )
        lines += ["", "posterior      tags   mean  right"]
        lines += [
            f"{one.low:>4g} to {one.high:<4g} {one.n:>7} {one.mean_posterior:>7.3f} "
            f"{one.right_share:>6.3f}"
            for one in self.reliability()
        ]
        return "\n".join(lines)


def evaluate_races(
    folder: Path,
    n_races: int,
    *,
    told: Told,
    engine: EngineSettings,
    race_settings: RaceSettings,
    progress: Callable[[str], Progress],
) -> RacesReport:
    """Draws the first `n_races` races into `folder`, where they are kept, and tags each.

    Args:
        told: what is known beforehand.
        progress: makes the progress of one thing, given its name.

    Raises:
        ChangedRaceError: the simulator no longer plans the races that were fixed.
    """
    reports = []
    for place, drawn in enumerate(_drawn(folder, RACES[:n_races], progress), start=1):
        start_list = load_start_list(drawn / "start_list.csv")
        highest = max(int(entry.bib) for entry in start_list.entries)
        report = evaluate_clip(
            drawn / "video.mp4",
            drawn / "truth.json",
            start_list if told is Told.LIST else None,
            engine,
            race_settings,
            progress(f"race {place} of {n_races}"),
            (NumberRange("", 1, highest),) if told is Told.NUMBERS else (),
        )
        reports.append(replace(report, video=f"race {drawn.name}"))
    return RacesReport(told, tuple(reports))


def _drawn(
    folder: Path, races: Sequence[FixedRace], progress: Callable[[str], Progress]
) -> Iterator[Path]:
    """The races' folders; what was drawn before is used again."""
    for fixed in races:
        seed = fixed.settings.seed
        planned = plan(fixed.settings)
        if fingerprint(planned) != fixed.fingerprint:
            raise ChangedRaceError(
                f"race {seed} is planned as {fingerprint(planned)}, not {fixed.fingerprint}: the "
                "simulator has changed, and with it the ten races; figures of before cannot be "
                "compared. Fix the new fingerprints in stream/evaluate_races.py"
            )
        out = folder / str(seed)
        # The race file is written last: where it is, the race is complete.
        if not (out / "race.toml").exists():
            write(planned, out, progress(f"drawing race {seed}"))
        yield out
