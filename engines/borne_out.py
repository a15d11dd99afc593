"""A face bears out that its wearer is a person.

A person of whom the picture's edge or a neighbour leaves only head and chest gets a low score, and
so does a blurred sign on its pole. Only the person has a face.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engines.types import Detections, Floats, Kind

LEAST_FACE: Final = 0.1
"""A face below this score bears nobody out; above it counts as much as it is sure."""

LEAST_PERSON: Final = 0.2
"""Nobody below this score is borne out, nor has a claim to a face. It and `LEAST_FACE` do not
depend on the scores in use, so that a score means the same whatever else is kept."""

_ACROSS: Final = (0.2, 0.8)
"""Where the middle of a wearer's face is, from the left edge of the person's box over its width."""
_FROM_TOP: Final = 0.5
"""How far it is below the box's top at most, over the width: who is cut off below is as wide as
before."""
_DOWN: Final = 0.6
"""The same over the height: in a low box that far down is the belt."""
_WIDE: Final = (0.15, 0.7)
"""How wide the face is, over the box's width."""

_HEAD: Final = (0.5, 0.25)
"""Where its middle is as a rule: from the left edge and from the top, over the box's width."""

_OTHERS: Final = 0.5
"""What a face counts for the boxes it could be in beside the one it fits best: of two boxes one is
a neighbour's or takes in two people."""


def borne_out(found: Detections) -> Detections:
    """The same boxes, with higher scores of the persons that have a face where a head would be.

    A person's score s becomes s + f·s·(1 - s) with f the score of its face, and none gets above 1.

    Args:
        found: kind by kind in the order of `Kind`, as `engines.detector.decode` gives them.

    Returns:
        In the same order of kinds, best score first.
    """
    persons, faces = found.of(Kind.PERSON), found.of(Kind.FACE)
    wearers, sure = persons.scores >= LEAST_PERSON, faces.scores >= LEAST_FACE
    if not wearers.any() or not sure.any():
        return found
    raised = persons.scores.copy()
    worn = _worn(persons.boxes[wearers], faces.boxes[sure], faces.scores[sure])
    raised[wearers] *= 1 + worn * (1 - raised[wearers])
    order = np.argsort(-raised, kind="stable")
    others = found.kinds != Kind.PERSON
    return Detections(
        np.concatenate([persons.boxes[order], found.boxes[others]]),
        np.concatenate([raised[order], found.scores[others]]),
        np.concatenate([persons.kinds, found.kinds[others]]),
    )


def _worn(persons: Floats, faces: Floats, scores: Floats) -> Floats:
    """How sure each person's face is, 0 where there is none: ``[P, 4]``, ``[F, 4]`` and ``[F]`` to
    ``[P]``."""
    x0, y0, x1, y1 = persons.T[:, :, None]
    wide, high = x1 - x0, y1 - y0
    middle = (faces[:, :2] + faces[:, 2:]) / 2
    across, below = (middle[:, 0] - x0) / wide, middle[:, 1] - y0
    share = (faces[:, 2] - faces[:, 0]) / wide
    fits = (across > _ACROSS[0]) & (across < _ACROSS[1]) & (below > 0)
    fits &= (below < _FROM_TOP * wide) & (below < _DOWN * high)
    fits &= (share > _WIDE[0]) & (share < _WIDE[1])
    off = np.abs(across - _HEAD[0]) + np.abs(below / wide - _HEAD[1])
    wearer = np.where(fits, off, np.inf).argmin(axis=0)
    counts = np.full(fits.shape, _OTHERS, np.float32)
    counts[wearer, np.arange(len(faces))] = 1
    worn: Floats = np.where(fits, scores * counts, 0).max(axis=1).astype(np.float32)
    return worn
