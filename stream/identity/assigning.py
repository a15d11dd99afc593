"""Matches the unknown runners of a race folder to its bibs, and writes down what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engines.types import Floats
from stream.clock import now_ns
from stream.matching import (
    Assignment,
    Calibrations,
    Candidate,
    MatchSettings,
    Refusal,
    Refused,
    Rules,
    TrackSpan,
    Travel,
    Unknown,
    match,
)
from stream.matching.calibrated import shipped
from stream.matching.match import Decision
from stream.store import Store, StoreReader
from stream.store.assignment_values import AssignmentChanges, AssignmentRow, NewAssignment
from stream.store.subjects import Seen, Subject
from stream.store.templates import Template, TemplateKind


@dataclass(frozen=True, slots=True)
class MatchRules:
    """What a race says about matching.

    Attributes:
        travels: the order of its cameras.
        calibrations: what likeness says; they name the model of the templates.
        settings: how sure to be.
        runner_is_nobody: how likely, before looking, somebody unknown who wears a bib or crossed
            the line is none of the known bibs, 0..1; see `MatchSettings.nobody_prior`.
        other_is_nobody: the same of everybody else, who are mostly spectators. With 0.1 for both,
            two backs of spectators of the demo race were taken for runners.
    """

    travels: tuple[Travel, ...] = ()
    calibrations: Calibrations = field(default_factory=shipped)
    settings: MatchSettings = field(default_factory=MatchSettings)
    runner_is_nobody: float = 0.5
    other_is_nobody: float = 0.9


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of matching a race.

    Attributes:
        pivots: how many bibs there are to be matched to.
        unknowns: the runners without a bib.
        decisions: about those, in the same order.
        kept: how many earlier assignments stay as they are.
        made: how many are new.
        taken_back: how many earlier ones are not made any more.
    """

    pivots: int
    unknowns: tuple[Seen, ...]
    decisions: tuple[Decision, ...]
    kept: int
    made: int
    taken_back: int

    @property
    def assigned(self) -> tuple[tuple[Seen, Assignment], ...]:
        """All assignments that are made now, the kept ones too, the surest first."""
        pairs = zip(self.unknowns, self.decisions, strict=True)
        found = [(who, made) for who, made in pairs if isinstance(made, Assignment)]
        return tuple(sorted(found, key=lambda one: (-one[1].evidence.posterior, one[1].track)))

    @property
    def refused(self) -> Mapping[Refusal, int]:
        """Why unknowns have got no bib, and how many."""
        return Counter(one.why for one in self.decisions if isinstance(one, Refused))


def match_race(store: Store, rules: MatchRules, *, passing: Iterable[Template] = ()) -> Matched:
    """Decide about every unknown runner of a race anew and bring its assignments up to that.

    The result follows from what the folder holds and from nothing else: a second call changes
    nothing. Assignments that came out the same keep the number and the evidence they have.

    Args:
        rules: what the race says; faces count where its calibrations name a model of them.
        passing: templates that are in memory only: faces of unknown runners, see
            `stream.identity.faces`.

    Raises:
        StoreError: the race folder cannot be read or written.
    """
    matched, changes = _decided(store, rules, passing, ())
    if not changes:
        return matched
    made, taken_back = store.assignments.change(changes, now_ns())
    return replace(matched, made=made, taken_back=taken_back)


def would_match(
    store: StoreReader,
    rules: MatchRules,
    *,
    passing: Iterable[Template] = (),
    barred: Collection[Subject] = (),
) -> Matched:
    """What `match_race` would come to; nothing is written.

    Args:
        passing: templates that are in memory only, all that were made to see this among them.
        barred: whose faces do not count, though they are kept.

    Raises:
        StoreError: the race folder cannot be read.
    """
    return _decided(store, rules, passing, barred)[0]


def _decided(
    store: StoreReader,
    rules: MatchRules,
    passing: Iterable[Template],
    barred: Collection[Subject],
) -> tuple[Matched, AssignmentChanges]:
    model = rules.calibrations.appearance.model
    seen = store.assignments.seen()
    unknowns = tuple(one for one in seen if one.bib is None)
    in_memory = tuple(passing)
    templates = store.templates.load(TemplateKind.APPEARANCE, model)
    face = rules.calibrations.face
    kept = () if face is None else store.templates.load(TemplateKind.FACE, face.model)
    decisions = decide(
        seen,
        (*templates, *_of_kind(in_memory, TemplateKind.APPEARANCE)),
        store.assignments.negative_pairs(),
        rules,
        (*_of_others(kept, barred), *_of_kind(in_memory, TemplateKind.FACE)),
    )
    before = store.assignments.not_undone()
    changes = changes_of(before, decisions, model)
    matched = Matched(
        pivots=len({one.bib for one in seen if one.bib is not None}),
        unknowns=unknowns,
        decisions=decisions,
        kept=len(before) - len(changes.taken_back),
        made=len(changes.new),
        taken_back=len(changes.taken_back),
    )
    return matched, changes


def decide(
    seen: Sequence[Seen],
    templates: Iterable[Template],
    negatives: Iterable[tuple[Subject, str]],
    rules: MatchRules,
    faces: Iterable[Template] = (),
) -> tuple[Decision, ...]:
    """Decide about all of `seen` that have no bib, in their order. Pure.

    Args:
        seen: everybody, known and unknown.
        templates: of the model that the calibrations name.
        faces: the same of faces; they count only where the calibrations have one of faces.
        negatives: who is not which bib.
        rules: what the race says.
    """
    looks = _Looks(_by_track(templates), _by_track(faces))
    return match(
        [_candidate(one, one.bib, looks) for one in seen if one.bib is not None],
        [_unknown(one, looks, rules) for one in seen if one.bib is None],
        rules.calibrations,
        Rules(rules.travels, frozenset((_number(whose), bib) for whose, bib in negatives)),
        rules.settings,
    )


def changes_of(
    before: Sequence[AssignmentRow], decisions: Iterable[Decision], model: str
) -> AssignmentChanges:
    """What has to change so that the assignments of a race are those decided. Pure.

    Args:
        before: all that nobody has taken back.
        decisions: about all unknowns.
        model: of the vectors that were compared.
    """
    wanted = {
        _subject(one.track): NewAssignment(_subject(one.track), one.bib, model, one.evidence)
        for one in decisions
        if isinstance(one, Assignment)
    }
    gone = []
    for row in before:
        new = wanted.get(row.subject)
        if new is not None and new.bib == row.bib:
            del wanted[row.subject]
        else:
            gone.append(row.number)
    return AssignmentChanges(tuple(gone), tuple(wanted.values()))


def _of_kind(templates: Iterable[Template], kind: TemplateKind) -> Iterator[Template]:
    return (one for one in templates if one.kind is kind)


def _of_others(templates: Iterable[Template], barred: Collection[Subject]) -> Iterator[Template]:
    """Without those of subjects; enrolled people are none."""
    for one in templates:
        owner = one.owner
        if owner.person is not None or Subject(owner.track_id, owner.sighting) not in barred:
            yield one


def _by_track(templates: Iterable[Template]) -> dict[int, Template]:
    found = {}
    for one in templates:
        owner = one.owner
        if owner.person is None:
            found[_number(Subject(owner.track_id, owner.sighting))] = one
    return found


@dataclass(frozen=True, slots=True)
class _Looks:
    """Templates by number of track."""

    appearances: Mapping[int, Template]
    faces: Mapping[int, Template]


def _candidate(one: Seen, bib: str, looks: _Looks) -> Candidate:
    number = _number(one.subject)
    appearance, quality = _vector(looks.appearances.get(number))
    face, face_quality = _vector(looks.faces.get(number))
    return Candidate(bib, _span(one), appearance, face, quality, face_quality)


def _unknown(one: Seen, looks: _Looks, rules: MatchRules) -> Unknown:
    number = _number(one.subject)
    appearance, quality = _vector(looks.appearances.get(number))
    face, face_quality = _vector(looks.faces.get(number))
    prior = rules.runner_is_nobody if one.wears_bib else rules.other_is_nobody
    return Unknown(
        _span(one), appearance, face, quality, one.readings, prior, face_quality=face_quality
    )


def _vector(template: Template | None) -> tuple[Floats | None, float]:
    return (None, 0.0) if template is None else (template.vector, template.quality)


def _span(one: Seen) -> TrackSpan:
    return TrackSpan(_number(one.subject), one.camera, one.first_ns, one.last_ns, one.photo)


def _number(subject: Subject) -> int:
    """One number for tracks and sightings: those of sightings are below zero."""
    if subject.track_id is not None:
        return subject.track_id
    assert subject.sighting is not None
    return -subject.sighting


def _subject(number: int) -> Subject:
    return Subject(track_id=number) if number >= 0 else Subject(sighting=-number)
