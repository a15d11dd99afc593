"""Whose face may be kept. Nobody's, unless the race allows it and the runner said yes."""

from __future__ import annotations

from enum import StrEnum

from stream.start_list import Entry


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
