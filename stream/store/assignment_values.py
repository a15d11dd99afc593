"""What is kept of assignments and read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from stream.matching import Evidence, Excluded, Why
from stream.store.subjects import Subject

COLUMNS = (
    "number, track_id, sighting, bib, evidence, posterior, made_by, at_utc_ns, undone_by, "
    "undone_utc_ns"
)


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """An assignment to make.

    Attributes:
        model: of the vectors that were compared.
    """

    subject: Subject
    bib: str
    model: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """An assignment as it is kept.

    Attributes:
        number: of its own.
        track_id, sighting: whom it is about, one of both; see `Subject`.
        posterior: of the bib when it was made, 0..1.
        model: of the vectors that were compared.
        evidence: what it was made from.
        at_utc_ns: when it was made.
        undone_by, undone_utc_ns: who took it back and when; None where nobody did.
    """

    number: int
    track_id: int | None
    sighting: int | None
    bib: str
    posterior: float
    model: str
    evidence: Evidence
    made_by: str
    at_utc_ns: int
    undone_by: str | None = None
    undone_utc_ns: int | None = None

    @property
    def subject(self) -> Subject:
        """Whom it is about."""
        return Subject(self.track_id, self.sighting)


@dataclass(frozen=True, slots=True)
class AssignmentChanges:
    """How the assignments of a race change.

    Attributes:
        taken_back: numbers of those that are not made any more.
        new: to make.
    """

    taken_back: tuple[int, ...] = ()
    new: tuple[NewAssignment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.taken_back or self.new)


def row_of(row: Sequence[object]) -> AssignmentRow:
    """A row of `COLUMNS` as a value."""
    number, track_id, sighting, bib, told, posterior, made_by, at_ns, undone_by, undone_ns = row
    evidence = json.loads(str(told))
    model = evidence.pop("model")
    excluded = tuple(
        Excluded(one["bib"], Why(one["why"]), one["log_ratio"]) for one in evidence.pop("excluded")
    )
    return AssignmentRow(
        number=int(str(number)),
        track_id=_whole(track_id),
        sighting=_whole(sighting),
        bib=str(bib),
        posterior=float(str(posterior)),
        model=str(model),
        evidence=Evidence(**evidence, excluded=excluded),
        made_by=str(made_by),
        at_utc_ns=int(str(at_ns)),
        undone_by=None if undone_by is None else str(undone_by),
        undone_utc_ns=_whole(undone_ns),
    )


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))
