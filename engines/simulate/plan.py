"""Plans a simulated race and renders its frames.

A simulation is a function of its settings: the same settings give the same pictures, bit by bit,
on the same versions of numpy and OpenCV.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from engines.simulate.backdrop import Mood, random_mood
from engines.simulate.bib import BibStyle, random_style
from engines.simulate.body import running
from engines.simulate.compose import Placed, Screen, Sight, draw, draw_shadow, sights
from engines.simulate.course import TORSO_AHEAD_M, Path, draw_paths
from engines.simulate.entries import Entry, draw_entries, entries_of_race
from engines.simulate.ground import Camera, finish_camera
from engines.simulate.person import Effect, Person, random_runner, wearing
from engines.simulate.race_bibs import RaceBibs
from engines.simulate.scenery import light_of, paint_scenery, sun_reach
from engines.simulate.settings import Difficulty, Grade, SimulationSettings
from engines.simulate.sprite import Light, Sprite, draw_sprite
from engines.simulate.truth import (
    BIB_SHARE,
    BODY_SHARE,
    FACE_SHARE,
    NUMBER_SHARE,
    Row,
    RunnerTruth,
    Truth,
)
from engines.types import Box, Image

PHASES: Final = 16
"""Drawn poses of one stride; at 25 frames/s a stride lasts about 18 frames."""
_SPRITE_SCALE: Final = 0.27
"""Pixels per metre of the sprites, as a share of the picture's height: what a runner has on the
line. Nearer ones are enlarged; they are past the line and leave."""
_KEPT_RUNNERS: Final = 24
"""Runners whose sprites are kept; about twice as many as are in view in a dense race."""


@dataclass(frozen=True, slots=True, eq=False)
class Runner:
    """One runner of a simulation."""

    bib: str
    effect: Effect | None
    seed: int
    path: Path
    started: float
    """Phase of the stride at time 0."""


class Simulation:
    """A planned race: frames by number, truth and start list. Not for use by several threads."""

    def __init__(
        self,
        settings: SimulationSettings,
        camera: Camera,
        mood: Mood,
        styles: tuple[BibStyle, ...],
        runners: tuple[Runner, ...],
        start_list: tuple[Entry, ...],
    ) -> None:
        self.settings = settings
        self.camera = camera
        self.start_list = start_list
        self.runners = runners
        self._mood = mood
        self._styles = styles
        self._light: Light = light_of(mood)
        self._backdrop: tuple[Image, tuple[Screen, ...], tuple[Box, ...]] | None = None
        self._people: OrderedDict[int, tuple[Person, dict[int, Sprite]]] = OrderedDict()
        self._noise: Image | None = None

    @property
    def frames(self) -> int:
        """Number of frames."""
        return max(1, round(self.settings.minutes * 60 * self.settings.fps))

    @property
    def crf(self) -> int:
        """Constant rate factor for the encoder."""
        return self.settings.grade.crf

    def render(self, k: int) -> Image:
        """Frame k, ``[height, width, 3]`` RGB.

        Raises:
            IndexError: when there is no such frame.
        """
        self._check_frame(k)
        backdrop, screens, _ = self._scenery()
        frame = backdrop.copy()
        grade = self.settings.grade
        placed = sorted((p for _, p in self._placed(k)), key=lambda p: -p.z)
        sun = sun_reach(self._mood)
        for one in placed:
            if not any(screen.hides(one) for screen in screens):
                draw_shadow(frame, one, sun, 0.5 * self._mood.sunny)
        for one in placed:
            # A body grows by its height times speed over distance while the shutter is open.
            moving = 3.5 / one.z * one.scale * self.camera.above / self.settings.fps
            draw(frame, one, screens, grade.shutter * moving)
        return self._exposed(frame, k)

    def truth(self, progress: Callable[[int, int], None] | None = None) -> Truth:
        """The exact truth of all frames.

        Args:
            progress: called with frames done and frames in all.
        """
        seen: list[list[tuple[int, Sight]]] = [[] for _ in self.runners]
        for k in range(self.frames):
            for index, sight in self.sights(k):
                seen[index].append((k, sight))
            if progress is not None:
                progress(k + 1, self.frames)
        return self.truth_of(seen)

    def sights(self, k: int) -> list[tuple[int, Sight]]:
        """Index of the runner and what can be seen of them, for those in frame k."""
        self._check_frame(k)
        placed = self._placed(k)
        _, screens, _ = self._scenery()
        found = sights([p for _, p in placed], screens, self.camera.width, self.camera.height)
        return [
            (index, sight)
            for (index, _), sight in zip(placed, found, strict=True)
            if sight is not None and sight.body_share >= BODY_SHARE
        ]

    def truth_of(self, seen: list[list[tuple[int, Sight]]]) -> Truth:
        """The truth from the sights of each runner, in the order of `runners`."""
        return Truth(
            fps=self.settings.fps,
            width=self.settings.width,
            height=self.settings.height,
            frames=self.frames,
            line=self.camera.finish_line,
            runners=tuple(self._runner_truth(i, rows) for i, rows in enumerate(seen)),
            bystanders=self._scenery()[2],
        )

    def _runner_truth(self, index: int, seen: list[tuple[int, Sight]]) -> RunnerTruth:
        runner, fps = self.runners[index], self.settings.fps
        ground = runner.path.crossing(self.camera, 0.0)
        torso = runner.path.crossing(self.camera, TORSO_AHEAD_M)
        end = self.frames / fps
        nothing: Row = (None, None, None, None)
        readable: bool | str = runner.effect is None
        if runner.effect is Effect.COVERED:
            readable = "partly"
        return RunnerTruth(
            id=index + 1,
            bib=runner.bib,
            bib_readable=readable,
            effect=None if runner.effect is None else str(runner.effect),
            person=f"simulated{self.settings.seed}:{runner.bib}",
            t_enter=seen[0][0] / fps if seen else None,
            t_exit=(seen[-1][0] + 1) / fps if seen else None,
            t_cross_ground=ground if ground < end else None,
            t_cross_torso=torso if torso < end else None,
            boxes=tuple(
                (k, *s.person, *(s.bib if s.bib and s.bib_share >= BIB_SHARE else nothing))
                for k, s in seen
            ),
            vis=tuple((k, s.body_share, s.bib_share) for k, s in seen),
            numbers=tuple(
                (k, *s.number) for k, s in seen if s.number and s.number_share >= NUMBER_SHARE
            ),
            faces=tuple((k, *s.face) for k, s in seen if s.face and s.face_share >= FACE_SHARE),
        )

    def _check_frame(self, k: int) -> None:
        if not 0 <= k < self.frames:
            raise IndexError(f"frame {k} of a simulation of {self.frames} frames")

    def _scenery(self) -> tuple[Image, tuple[Screen, ...], tuple[Box, ...]]:
        if self._backdrop is None:
            rng = np.random.default_rng((self.settings.seed, 2))
            self._backdrop = paint_scenery(rng, self.camera, self._mood, self._light)
        return self._backdrop

    def _placed(self, k: int) -> list[tuple[int, Placed]]:
        """Who may be in frame k, with their sprites."""
        t = k / self.settings.fps
        placed: list[tuple[int, Placed]] = []
        for index, runner in enumerate(self.runners):
            first, last = runner.path.interval(self.camera)
            if not first <= t < last:
                continue
            x, z = runner.path.position(t, self.camera)
            sprite = self._sprite(index, t)
            ground = self.camera.project(x, 0.0, z)
            placed.append((index, Placed(sprite, ground, self.camera.scale(z), x, z)))
        return placed

    def _sprite(self, index: int, t: float) -> Sprite:
        runner = self.runners[index]
        if index not in self._people:
            rng = np.random.default_rng((self.settings.seed, 3, runner.seed))
            sheet_px = max(48, round(0.16 * self.settings.height))
            style = self._styles[index % len(self._styles)]
            person = wearing(random_runner(rng), runner.bib, rng, style, sheet_px, runner.effect)
            self._people[index] = (person, {})
            if len(self._people) > _KEPT_RUNNERS:
                self._people.popitem(last=False)
        self._people.move_to_end(index)
        person, drawn = self._people[index]
        phase = int((runner.started + t * person.gait.cycles_hz) * PHASES) % PHASES
        if phase not in drawn:
            pose = running(person.build, person.gait, phase / PHASES)
            scale = _SPRITE_SCALE * self.settings.height
            drawn[phase] = draw_sprite(person, pose, scale, self.camera.tilt, self._light)
        return drawn[phase]

    def _exposed(self, frame: Image, k: int) -> Image:
        """Exposure, flicker and sensor noise."""
        grade = self.settings.grade
        rng = np.random.default_rng((self.settings.seed, 4, k))
        height, width = frame.shape[:2]
        if self._noise is None:
            source = np.random.default_rng((self.settings.seed, 5))
            # One larger picture of noise, shifted at random for each frame, is noise enough.
            grain = source.normal(128, grade.noise, (height + 64, width + 64, 1))
            self._noise = np.repeat(np.clip(grain + 0.5, 0, 255).astype(np.uint8), 3, axis=2)
        dy, dx = (int(v) for v in rng.integers(0, 64, 2))
        gain = grade.gain * (1 + grade.flicker * float(rng.normal()))
        noise = self._noise[dy : dy + height, dx : dx + width]
        return np.asarray(cv2.addWeighted(frame, gain, noise, 1.0, -128.0), np.uint8)


def plan(settings: SimulationSettings, race: RaceBibs | None = None) -> Simulation:
    """Plans a race: who runs when, in what, before which scenery. Draws nothing yet.

    Args:
        settings: what to simulate.
        race: whose bibs are worn, in the colours of all waves; None invents some.

    Raises:
        SimulationError: the race has fewer bibs than runners.
    """
    rng = np.random.default_rng((settings.seed, 1))
    grade = settings.grade
    camera = finish_camera(rng, settings.width, settings.height)
    mood = random_mood(rng)
    if race is None:
        entries, bibs = draw_entries(rng, settings.runners, settings.neighbours, settings.absent)
    else:
        others = settings.neighbours + settings.absent
        entries, bibs = entries_of_race(rng, race, settings.runners, others)
    seconds = settings.minutes * 60
    paths = draw_paths(rng, camera, settings.runners, seconds, grade.crowding)
    runners = tuple(
        Runner(bib, _effect(rng, bib, grade), index, path, float(rng.uniform(0, 1)))
        for index, (bib, path) in enumerate(zip(bibs, paths, strict=True))
    )
    styles = _styles(rng, settings, race)
    return Simulation(settings, camera, mood, styles, runners, entries)


def _styles(
    rng: np.random.Generator, settings: SimulationSettings, race: RaceBibs | None
) -> tuple[BibStyle, ...]:
    """The race's bibs, one style for each wave whose colours are known."""
    style = random_style(rng) if race is None else race.style(rng)
    if settings.difficulty is Difficulty.EASY:
        style = _easy(style, any_aspect=race is not None and race.aspect > 0)
    return (style,) if race is None else race.waves(style)


def _easy(style: BibStyle, *, any_aspect: bool) -> BibStyle:
    """An easy race prints large plain digits on flat sheets, as most races do."""
    return replace(
        style,
        aspect=style.aspect if any_aspect else min(max(style.aspect, 1.15), 1.4),
        number_height=max(style.number_height, 0.5),
        outline=None,
        gradient=0.0,
        folds=min(style.folds, 0.35),
        top_band=min(style.top_band, 0.2),
        bottom_band=min(style.bottom_band, 0.14),
    )


def _effect(rng: np.random.Generator, bib: str, grade: Grade) -> Effect | None:
    chance = float(rng.random())
    if chance < grade.no_bib:
        return Effect.NO_BIB
    if chance < grade.no_bib + grade.spoilt:
        return Effect.COVERED if len(bib) > 2 and rng.random() < 0.6 else Effect.FOLDED
    return None
