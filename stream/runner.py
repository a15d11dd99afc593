"""One track as the race remembers it: its vote, its tag, and what became of its looks."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from engines.types import Box, Finding
from stream.looks import LineRead, LookHistory, place_of
from stream.rulings import SURE, Ruling
from stream.types import Closed, Look, Observation, Reason, State, Tag, Tagged
from stream.votes import Standing, VoteSettings
from stream.voting import Ballot

LINES_KEPT = 5
"""Lines read whose places count; what was a blur before may be a bib by now."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Where and when a runner was seen."""

    frame_index: int
    capture_utc_ns: int
    person: Box


class Runner:
    """What is known of one track. Created when the track opens."""

    def __init__(self, camera: str, track_id: int, first: Sight, ballot: Ballot) -> None:
        self.camera = camera
        self.track_id = track_id
        self.first = first
        self.last = first
        self.ruling = Ruling()
        """What people have said of this track."""
        self._own = Tag()
        self._barred = Tag()
        """What the vote had confirmed when a person said that it is somebody else."""
        self.crossed_utc_ns: int | None = None
        self.passed = False
        """Whether a finish line has given it a crossing, be it told or another track's already."""
        self.moved = False
        """Whether it has moved: who stands at the barrier is shown, and never confirmed."""
        self.ballot = ballot
        self.reasons: Counter[Reason] = Counter()
        self._counted: list[Look] = []
        self._asked: tuple[float, ...] = ()
        self._empty = 0
        self.standing: Standing | None = None
        """How the vote stood after the newest look that counted."""
        self._lines: deque[LineRead] = deque(maxlen=LINES_KEPT)
        self._asked_utc_ns: int | None = None

    @property
    def tag(self) -> Tag:
        """The tag that stands: the vote's own, unless a person has said something else."""
        return self.ruling.applied(self._own)

    def correct(self, ruling: Ruling) -> bool:
        """Take what people have said of this track, all of it; whether bib or state changed."""
        before = self.tag
        self.ruling = ruling
        if self._barred.bib is not None and self._barred.bib not in ruling.not_bibs:
            # Looks that came meanwhile must not cost a tag that would have stood without the word.
            if self._own.state is not State.CONFIRMED:
                self._own = self._barred
            self._barred = Tag()
        return _differ(before, self.tag)

    def asked(self) -> LookHistory:
        """What was asked for so far."""
        confirmed = self.tag.state in SURE or self.ruling.hidden
        return LookHistory(
            self._asked, self._asked_utc_ns, confirmed, self._empty, tuple(self._lines)
        )

    def note_asked(self, now_utc_ns: int, height: float) -> None:
        """A look was asked for, at a person of that height in pixels."""
        self._asked += (height,)
        self._asked_utc_ns = now_utc_ns

    def note_dropped(self) -> None:
        """A look was never read: another may be asked for at once."""
        self._asked_utc_ns = None

    def note_found(self, number: bool) -> None:
        """A look has come back, with a number line or without."""
        self._empty = 0 if number else self._empty + 1

    def note_read(self, look: Look, line: Box, *, is_bib: bool) -> None:
        """A line was read; whether that can be a bib."""
        self._lines.append(LineRead(place_of(line, look.person), is_bib))

    def note_counted(self, look: Look) -> None:
        """A look counted as the next vote of the ballot."""
        self._counted.append(look)

    def shared_s(self, other: Runner) -> float:
        """For how long both runners were followed at the same time; negative: time between."""
        begin = max(self.first.capture_utc_ns, other.first.capture_utc_ns)
        end = min(self.last.capture_utc_ns, other.last.capture_utc_ns)
        return (end - begin) / 1e9

    def retag(self, settings: VoteSettings, is_taken: Callable[[str], bool]) -> bool:
        """Bring the tag in line with the vote; whether bib or state changed.

        Args:
            is_taken: tells whether a bib that is ready belongs to another runner.
        """
        standing = self.ballot.standing()
        if standing is None:
            return False
        before, barred = self.tag, self.ruling.not_bibs
        # Looks at somebody who stands still are the same look again and again.
        if not self.moved or standing.bib in barred:
            standing = replace(standing, ready=False, likely=False, second=None)
        self.standing = standing
        own = self._own
        if own.bib in barred:
            if own.state is State.CONFIRMED:
                self._barred = own
            own = Tag()
        self._own = _next_tag(own, standing, self.ballot, settings, is_taken)
        return _differ(before, self.tag)

    def tagged(
        self, now: Observation | None, listed: bool | None, correction: int | None = None
    ) -> Tagged:
        """The tag as an event.

        Args:
            now: the newest observation of the runner's camera.
            correction: number of the correction that changed the tag, if one did.
        """
        standing = self.ballot.standing()
        number = standing.evidence if standing and standing.bib == self.tag.bib else None
        return Tagged(
            self.camera,
            self.track_id,
            self.last.frame_index if now is None else now.frame_index,
            self.last.capture_utc_ns if now is None else now.capture_utc_ns,
            self.last.person,
            self.tag.bib,
            self.tag.state,
            self.tag.posterior,
            self.tag.votes,
            None if number is None else self._counted[number],
            listed,
            correction,
        )

    def closed(self) -> Closed:
        """The end of the track as an event."""
        return Closed(
            self.camera,
            self.track_id,
            self.last.frame_index,
            self.last.capture_utc_ns,
            self.tag.bib,
            self.tag.state if self.tag.bib else None,
            self.tag.posterior,
            len(self._counted),
            dict(self.reasons),
        )


def _differ(before: Tag, after: Tag) -> bool:
    return (before.bib, before.state) != (after.bib, after.state)


def _next_tag(
    tag: Tag,
    standing: Standing,
    ballot: Ballot,
    settings: VoteSettings,
    is_taken: Callable[[str], bool],
) -> Tag:
    """The tag after one more look. What is confirmed stays unless the evidence is overwhelming."""
    best = Tag(standing.bib, State.CONFIRMED, standing.posterior, standing.votes)
    seen = Tag(standing.bib, State.SEEN, standing.posterior, standing.votes)
    if standing.posterior < settings.seen_posterior or not standing.votes:
        seen = Tag()
    if tag.bib is None or tag.state is not State.CONFIRMED:
        return best if standing.ready and not is_taken(standing.bib) else seen
    votes = ballot.votes(tag.bib)
    posterior = ballot.posterior().get(tag.bib, 0.0)
    if standing.bib != tag.bib:
        overwhelming = (
            standing.ready
            and standing.posterior >= settings.replace_posterior
            and standing.votes >= votes + settings.replace_votes
        )
        if overwhelming and not is_taken(standing.bib):
            return best
    if posterior < settings.take_back_posterior:
        return seen
    return Tag(tag.bib, State.CONFIRMED, posterior, votes)


def sight_of(observation: Observation, box: Box) -> Sight:
    """A sight of a runner in an observation."""
    return Sight(observation.frame_index, observation.capture_utc_ns, box)


def outcome(finding: Finding | None, reason: Reason | None) -> Reason | None:
    """Why nothing can be learnt from what came of a look; None where something can."""
    if reason is not None:
        return reason
    return Reason.NO_NUMBER if finding is None else None
