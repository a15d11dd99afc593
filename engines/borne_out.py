"""A face bears out that its wearer is a person.

A person of whom the picture's edge or a neighbour leaves head and chest gets a low score, and so
does a blurred sign on its pole. Only the person has a face.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engines.types import Detections, Floats, Kind

LEAST_FACE: Final = 0.1
"""A face below this score bears nobody out; above it counts as much as it is sure."""

_ACROSS: Final = (0.2, 0.8)
_DOWN: Final = 0.6
_FROM_TOP: Final = 0.5
_WIDE: Final = (0.15, 0.7)
"""Where the middle of a wearer's face is, as shares of the person's box: from its left edge, from
its top over its height, and over its width, for who is cut off below is as wide as before; and how
wide the face is over the box."""

_HEAD: Final = (0.5, 0.25)
"""Where it is as a rule: from the left edge and from the top, over the box's width."""

_OTHERS: Final = 0.5
"""What a face counts for the boxes it could be in beside the one it fits best: of two boxes one is
a neighbour's or takes in two people."""


def borne_out(found: Detections) -> Detections:
    """The same boxes, with higher scores of the persons that have a face where a head would be.

    A person's score s becomes s + f·s·(1 - s) with f the score of its face: nothing comes of
    nothing, and none gets above 1.

    Args:
        found: kind by kind in the order of `Kind`, as `engines.detector.decode` gives them.

    Returns:
        In the same order of kinds, best score first.
    """
    persons, faces = found.of(Kind.PERSON), found.of(Kind.FACE)
    if not len(persons) or not len(faces):
        return found
    worn = _worn(persons.boxes, faces.boxes, faces.scores)
    raised = persons.scores * (1 + worn * (1 - persons.scores))
    order = np.argsort(-raised, kind="stable")
    others = found.kinds != Kind.PERSON
    return Detections(
        np.concatenate([persons.boxes[order], found.boxes[others]]),
        np.concatenate([raised[order], found.scores[others]]),
        np.concatenate([persons.kinds, found.kinds[others]]),
    )


def least_to_raise(score: float) -> float:
    """The score below which no face lifts a person to `score`, both 0..1."""
    return 1 - float(np.sqrt(1 - score))


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
    fits &= (share > _WIDE[0]) & (share < _WIDE[1]) & (scores >= LEAST_FACE)
    off = np.abs(across - _HEAD[0]) + np.abs(below / wide - _HEAD[1])
    wearer = np.where(fits, off, np.inf).argmin(axis=0)
    counts = np.full(fits.shape, _OTHERS, np.float32)
    counts[wearer, np.arange(len(faces))] = 1
    worn: Floats = np.where(fits, scores * counts, 0).max(axis=1).astype(np.float32)
    return worn
