"""The race: observations and readings in, looks and events out. No thread, clock or file.

A driver shows it every frame (`Race.see`), carries out the looks it asks for, and tells what
came of them (`Race.learn`), in any order and as late as it likes. Same input, same events.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engines.number_range import NumberRange
from engines.patterns import Patterns
from engines.types import Box, Detections, Finding, Kind
from stream.finish import Crossing, FinishLine
from stream.geometry import standing_in
from stream.judging import judge, outlined
from stream.looks import chest, owner, wishes
from stream.opinions import Opinions
from stream.outlines import Outlines
from stream.rulings import SURE, Ruling
from stream.runner import Runner, outcome, sight_of
from stream.settings import CameraSettings, RaceSettings
from stream.start_list import StartList
from stream.tracking import Step, Tracked, Tracker
from stream.types import (
    Closed,
    Conflict,
    Crossed,
    Event,
    Judged,
    Look,
    Observation,
    Opened,
    Reason,
    State,
    Tagged,
)
from stream.votes import SHORT
from stream.voting import Ballot

__all__ = ["CameraSettings", "Race", "RaceSettings", "TrackView"]

GAP_S = 5.0
"""A longer gap, or time that runs backwards, is a source that began anew: tracks end."""
FRAMES_KEPT = 250
"""Frames whose persons are remembered until the looks at them come back."""

_READ = (None, Reason.NOT_A_BIB)
"""What is said of looks that read something: it counts, or can be no bib."""


@dataclass(frozen=True, slots=True)
class TrackView:
    """One open track as it stands, for an overlay. Without a bib, `state` is None."""

    track_id: int
    box: Box
    bib: str | None
    state: State | None


@dataclass(slots=True)
class _Camera:
    """What the race knows of one camera."""

    tracker: Tracker
    line: FinishLine | None
    region: Box | None
    runners: dict[int, Runner] = field(default_factory=dict)
    now: Observation | None = None
    live: tuple[Tracked, ...] = ()
    persons: dict[int, tuple[Tracked, ...]] = field(default_factory=dict)
    """By frame index, the newest `FRAMES_KEPT` frames."""
    claims: dict[str, list[Runner]] = field(default_factory=dict)
    """By bib, the runners who are confirmed or corrected to it."""
    told: set[tuple[int, int, str]] = field(default_factory=set)
    """Conflicts that were told: one event each."""


class Race:
    """The core that ties tracking, looks, voting and the finish line together.

    Args:
        settings: see `RaceSettings`.
        start_list: who runs; None where that is unknown.
        first_track_id: ids count up from here over all cameras.
        numbers: the bibs that were given out; empty where nobody said.
    """

    def __init__(
        self,
        settings: RaceSettings,
        start_list: StartList | None,
        first_track_id: int = 1,
        numbers: Sequence[NumberRange] = (),
    ) -> None:
        self._settings = settings
        self._list = start_list
        self._patterns = Patterns(numbers)
        self._ids: Iterator[int] = itertools.count(first_track_id)
        self._cameras: dict[str, _Camera] = {}
        self._outlines: defaultdict[str, Outlines] = defaultdict(Outlines)
        self._opinions: defaultdict[str, Opinions] = defaultdict(Opinions)
        """Both by camera; kept where it fails, for the bibs stay the same."""

    def see(self, observation: Observation) -> tuple[list[Look], list[Event]]:
        """Take the next frame of a camera into account.

        Returns:
            Looks to carry out, most valuable first, and what happened.
        """
        events: list[Event] = []
        camera = self._camera(observation.camera)
        if camera.now is not None:
            gap_s = (observation.pts_ns - camera.now.pts_ns) / 1e9
            if not 0 < gap_s <= GAP_S:
                events += self.end(observation.camera)
                camera = self._camera(observation.camera)
        found = _standing_in(camera.region, observation)
        step = camera.tracker.step(observation.pts_ns, found.detections, observation.height)
        camera.now, camera.live = observation, step.live
        camera.persons[observation.frame_index] = step.live
        if len(camera.persons) > FRAMES_KEPT:
            del camera.persons[next(iter(camera.persons))]
        events += self._follow(camera, observation, step)
        for track_id in step.closed:
            events += self._close(camera, track_id)
        return self._looks(camera, found), events

    def learn(
        self, look: Look, finding: Finding | None, reason: Reason | None = None
    ) -> list[Event]:
        """Take what came of a look into account.

        Args:
            look: as it was asked for.
            finding: what was found; None where the look was not carried out.
            reason: why not.
        """
        camera = self._camera(look.camera)
        runner = camera.runners.get(look.track_id)
        if runner is None:
            return [Judged(look, finding, Reason.NO_TRACK)]
        if finding is not None:
            runner.note_found(finding.number is not None)
        verdict = self._judge(camera, runner, look, finding, reason)
        if finding is not None and finding.number is not None and verdict in _READ:
            runner.note_read(look, finding.number, is_bib=verdict is None)
        events: list[Event] = [Judged(look, finding, verdict)]
        if verdict is not None:
            runner.reasons[verdict] += 1
            if verdict is Reason.DROPPED:
                runner.note_dropped()
            return events
        runner.note_counted(look)
        before = runner.tag
        changed = runner.retag(
            self._settings.vote, lambda bib: self._is_taken(camera, runner, bib, events)
        )
        self._note(runner)
        if changed:
            events.append(self._tagged(camera, runner, before.bib))
        return events

    def correct(self, rulings: Mapping[int, Ruling], number: int) -> list[Tagged]:
        """Take what people have said of some tracks; each ruling replaces the earlier one.

        A corrected tag stays whatever the vote says, and its bib is taken for other tracks in
        view. Tracks that are not remembered any more are left out.

        Args:
            rulings: by track.
            number: of the correction that changed the rulings.

        Returns:
            The tags that are other ones now.
        """
        events: list[Tagged] = []
        for camera in self._cameras.values():
            known = {r.track_id: r for claim in camera.claims.values() for r in claim}
            known |= camera.runners
            for track_id in rulings.keys() & known.keys():
                runner = known[track_id]
                before = runner.tag
                if runner.correct(rulings[track_id]):
                    events.append(self._tagged(camera, runner, before.bib, number))
        return sorted(events, key=lambda tagged: tagged.track_id)

    def view(self, camera: str) -> CameraSettings:
        """What the camera looks at; the defaults for one that was never named."""
        return self._settings.cameras.get(camera, CameraSettings())

    def change_view(self, camera: str, view: CameraSettings) -> list[Event]:
        """Let a camera look at something else from now on.

        Who has crossed the old line by now does so here, who has ever crossed does not again;
        for all others, who may be half way, the new line counts from this moment.

        Returns:
            Crossings of the old line that were certain and not told yet.

        Raises:
            ValueError: both ends of the line are the same point; nothing has changed.
        """
        before, line = self.view(camera), self._line(view)
        cameras = {**self._settings.cameras, camera: view}
        self._settings = replace(self._settings, cameras=cameras)
        state = self._cameras.get(camera)
        if state is None:
            return []
        state.region = view.region
        if (view.finish_line, view.approach) == (before.finish_line, before.approach):
            return []
        events: list[Event] = []
        for track_id, runner in state.runners.items():
            if state.line is not None:
                events += self._cross(state, runner, state.line.close(track_id))
            if line is not None and runner.passed:
                line.leave_out(track_id)
        state.line = line
        return events

    def new_track_id(self) -> int:
        """A number that no other track has or will have."""
        return next(self._ids)

    def end(self, camera: str | None = None) -> list[Event]:
        """Close every track of one camera, or of all: its footage is over or begins anew."""
        events: list[Event] = []
        for name in [camera] if camera is not None else list(self._cameras):
            state = self._cameras.pop(name, None)
            if state is not None:
                for track_id in state.tracker.end():
                    events += self._close(state, track_id)
        return events

    def agreement(self, camera: str) -> float | None:
        """How far the second reader bears out the first at a camera, see `Opinions.usual`."""
        return self._opinions[camera].usual()

    def views(self, camera: str) -> list[TrackView]:
        """The open tracks of a camera's newest frame."""
        state = self._camera(camera)
        views: list[TrackView] = []
        for tracked in state.live:
            runner = state.runners.get(tracked.track_id)
            if runner is not None and not runner.ruling.hidden:
                tag = runner.tag
                shown = tag.state if tag.bib else None
                views.append(TrackView(tracked.track_id, tracked.box, tag.bib, shown))
        return views

    def _camera(self, name: str) -> _Camera:
        if name not in self._cameras:
            view = self.view(name)
            tracker = Tracker(self._settings.tracker, self._ids)
            self._cameras[name] = _Camera(tracker, self._line(view), view.region)
        return self._cameras[name]

    def _line(self, view: CameraSettings) -> FinishLine | None:
        if view.finish_line is None:
            return None
        return FinishLine(view.finish_line, self._settings.finish, view.approach)

    def _follow(self, camera: _Camera, now: Observation, step: Step) -> list[Event]:
        """Open new runners, note where all are, and time who crosses the line."""
        events: list[Event] = []
        for tracked in step.live:
            sight = sight_of(now, tracked.box)
            runner = camera.runners.get(tracked.track_id)
            if runner is None:
                opinions = self._opinions[now.camera]
                ballot = Ballot(self._settings.vote, self._list, self._patterns, opinions)
                runner = Runner(now.camera, tracked.track_id, sight, ballot)
                camera.runners[tracked.track_id] = runner
                events.append(
                    Opened(now.camera, tracked.track_id, now.frame_index, now.capture_utc_ns,
                           tracked.box)
                )  # fmt: skip
            runner.moved = tracked.moved
            if tracked.measured is not None:
                runner.last = sight_of(now, tracked.measured)
            if camera.line is not None:
                crossing = camera.line.see(
                    tracked.track_id, now.frame_index, now.pts_ns, now.capture_utc_ns,
                    (now.width, now.height), tracked.measured,
                )  # fmt: skip
                events += self._cross(camera, runner, crossing)
        return events

    def _cross(self, camera: _Camera, runner: Runner, crossing: Crossing | None) -> list[Event]:
        if crossing is None or camera.now is None:
            return []
        runner.passed = True
        for other in camera.claims.get(runner.tag.bib or "", []):
            if other is not runner and other.crossed_utc_ns is not None:
                gap_ns = crossing.capture_utc_ns - other.crossed_utc_ns
                if abs(gap_ns) < self._settings.recross_s * 1e9:
                    return []
        runner.crossed_utc_ns = crossing.capture_utc_ns
        return [
            Crossed(runner.camera, runner.track_id, crossing.frame_index, crossing.pts_ns,
                    crossing.capture_utc_ns, camera.now.clock)
        ]  # fmt: skip

    def _close(self, camera: _Camera, track_id: int) -> list[Event]:
        events: list[Event] = []
        runner = camera.runners.pop(track_id)
        if camera.line is not None:
            events += self._cross(camera, runner, camera.line.close(track_id))
        closed: Closed = runner.closed()
        return [*events, closed]

    def _looks(self, camera: _Camera, now: Observation) -> list[Look]:
        asked = {track_id: runner.asked() for track_id, runner in camera.runners.items()}
        utc_ns = now.capture_utc_ns
        looks: list[Look] = []
        for wish in wishes(
            now.detections, camera.live, asked, utc_ns, now.height, self._settings.looks
        ):
            runner = camera.runners[wish.track_id]
            runner.note_asked(utc_ns, wish.person[3] - wish.person[1])
            looks.append(
                Look(now.camera, wish.track_id, now.frame_index, now.pts_ns, utc_ns, wish.kind,
                     wish.person, wish.crop, wish.bib, wish.value, runner.ballot.wanted_view())
            )  # fmt: skip
        return looks

    def _judge(
        self,
        camera: _Camera,
        runner: Runner,
        look: Look,
        finding: Finding | None,
        reason: Reason | None,
    ) -> Reason | None:
        """Count the look in the runner's vote, or say why not."""
        known = outcome(finding, reason)
        if known is not None or finding is None or camera.now is None:
            return known
        width, height = camera.now.width, camera.now.height
        outlines = self._outlines[look.camera]
        vote = judge(look, finding, (width, height), self._settings.judge, outlines.usual())
        if isinstance(vote, Reason):
            return vote
        persons = camera.persons.get(look.frame_index, ())
        x0, y0, x1, y1 = finding.number or look.crop
        part = self._settings.looks.bib_centre
        centre = (x0 + x1) / 2, (y0 + y1) / 2
        wearer = owner(*centre, persons, height, part)
        left, _, right, _ = chest(look.person, height, part)
        if wearer not in (None, runner.track_id) or not left <= centre[0] <= right:
            return Reason.CONFLICT
        if not runner.ballot.add(vote):
            return Reason.NOT_A_BIB
        bib = outlined(look, finding)
        if bib is not None and len(vote.reading.text) > SHORT:
            outlines.note(runner.track_id, bib)
        return None

    def _note(self, runner: Runner) -> None:
        """Learn for other runners from how a vote stands."""
        standing = runner.standing
        if standing is not None and standing.likely:
            self._patterns.note_likely(standing.bib)
        if standing is not None and standing.second is not None:
            self._opinions[runner.camera].note(runner.track_id, standing.second)

    def _is_taken(self, camera: _Camera, runner: Runner, bib: str, events: list[Event]) -> bool:
        """Whether another runner who was in view at the same time is confirmed as `bib`."""
        for other in camera.claims.get(bib, []):
            # Of two tracks that were in view together for a moment one may have been a double.
            grace_s = 0.0 if other.track_id in camera.runners else self._settings.conflict_s
            if other is runner or runner.shared_s(other) <= grace_s:
                continue
            conflict = (runner.track_id, other.track_id, bib)
            if conflict not in camera.told:
                camera.told.add(conflict)
                seen_ns = runner.last.capture_utc_ns
                events.append(Conflict(runner.camera, *conflict[:2], seen_ns, bib))
            return True
        return False

    def _tagged(
        self, camera: _Camera, runner: Runner, before: str | None, number: int | None = None
    ) -> Tagged:
        """The event of a tag that has changed."""
        self._claim(camera, runner, before)
        bib = runner.tag.bib
        listed = None if self._list is None or bib is None else bib in self._list
        now = camera.now if runner.track_id in camera.runners else None
        return runner.tagged(now, listed, number)

    def _claim(self, camera: _Camera, runner: Runner, before: str | None) -> None:
        """Keep the list of confirmed bibs in line with the runner's tag."""
        if before is not None and runner in camera.claims.get(before, []):
            camera.claims[before].remove(runner)
        if runner.tag.bib is not None and runner.tag.state in SURE:
            camera.claims.setdefault(runner.tag.bib, []).append(runner)
            self._patterns.note(runner.tag.bib)


def _standing_in(region: Box | None, observation: Observation) -> Observation:
    """The observation without the persons who stand outside the region."""
    if region is None:
        return observation
    found = observation.detections
    size = (observation.width, observation.height)
    keep = (found.kinds != Kind.PERSON) | standing_in(found.boxes, region, size)
    return replace(
        observation,
        detections=Detections(found.boxes[keep], found.scores[keep], found.kinds[keep]),
    )
