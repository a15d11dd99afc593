"""What people have said of one track, and what follows for its tag. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stream.types import State, Tag

SURE = (State.CONFIRMED, State.CORRECTED)
"""States of a tag that leave the house."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What people have said of one track; the default says nothing.

    Attributes:
        bib: what the track was corrected to.
        not_bibs: bibs that it is not: "wrong person".
        outdone: bibs that a person has given to another track in view at the same time. The vote
            alone does not confirm them here.
        hidden: it is not a runner.
        number: of the newest correction in it, 0 without one.
    """

    bib: str | None = None
    not_bibs: frozenset[str] = frozenset()
    outdone: frozenset[str] = frozenset()
    hidden: bool = False
    number: int = 0

    def applied(self, own: Tag) -> Tag:
        """The tag that stands where the vote's own is `own`."""
        if self.hidden:
            return Tag()
        if self.bib is not None:
            return Tag(self.bib, State.CORRECTED, 1.0, own.votes if own.bib == self.bib else 0)
        if own.bib in self.not_bibs:
            return Tag()
        if own.bib in self.outdone and own.state is State.CONFIRMED:
            return Tag(own.bib, State.SEEN, own.posterior, own.votes)
        return own
