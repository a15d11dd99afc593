"""Whose face may be kept. Nobody's, unless the race allows it and the runner said yes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from stream.start_list import Entry, StartList


class FaceRule(StrEnum):
    """Whether a template of a runner's face may be kept, and why not."""

    KEEP = "keep"
    FACES_OFF = "faces off"
    """The race file does not say ``faces = true``."""
    UNKNOWN = "unknown"
    """Nobody knows who it is, or the bib is not on the start list: nobody can have said yes."""
    NOT_ASKED = "not asked"
    """The start list has no column ``consent``, or the runner's cell is empty."""
    REFUSED = "refused"
    """The runner said no."""


def face_rule(faces: bool, entry: Entry | None) -> FaceRule:
    """Whether a face's template may be kept for an entry.

    Only `FaceRule.KEEP` allows it, also for face crops: they serve nothing else.

    Args:
        faces: what the race file says.
        entry: the runner's, as the start list has it; None where there is none.
    """
    if not faces:
        return FaceRule.FACES_OFF
    if entry is None:
        return FaceRule.UNKNOWN
    if entry.consent is None:
        return FaceRule.NOT_ASKED
    return FaceRule.KEEP if entry.consent else FaceRule.REFUSED


def may_keep_face(faces: bool, entry: Entry | None) -> bool:
    """Whether `face_rule` allows it."""
    return face_rule(faces, entry) is FaceRule.KEEP


@dataclass(frozen=True, slots=True)
class FacePermission:
    """Whose face may be kept in a race, as template and as crop.

    Attributes:
        faces: the race file says ``faces = true``.
        of_unknown: it says ``faces_of_unknown = true`` as well. Nobody unknown can have agreed: the
            organiser answers for it that the law allows this.
        start_list: who said yes.
    """

    faces: bool = False
    of_unknown: bool = False
    start_list: StartList = field(default_factory=lambda: StartList(()))

    def may_keep(self, bib: str | None, matched: str | None = None) -> bool:
        """Whether a runner's face may be kept.

        Args:
            bib: one that is sure; None of somebody unknown.
            matched: the bib that somebody unknown is matched to, who then must have agreed.
        """
        if bib is not None:
            return may_keep_face(self.faces, self.start_list.find(bib))
        if not (self.faces and self.of_unknown):
            return False
        return matched is None or may_keep_face(self.faces, self.start_list.find(matched))
