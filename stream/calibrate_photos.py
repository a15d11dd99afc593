"""Measures what likeness says of runners in photos, see `stream.calibrate_matching`.

The bibs that were read say who is who, so any race whose photos were tagged and described can be
measured: runners with the same bib are one person, those with two bibs are two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.types import Floats
from stream.matching import Calibration, MatchSettings, fit_calibration
from stream.matching.likeness import FULL_FACE
from stream.store.assignments import AssignmentsReader
from stream.store.folder import check_readable
from stream.store.templates import TemplateKind, TemplatesReader


@dataclass(frozen=True, slots=True, eq=False)
class PairScores:
    """Likeness of pairs from two photos of one race each, float32.

    Attributes:
        same: of pairs with one bib.
        different: of pairs with two.
    """

    same: Floats
    different: Floats


def calibrate_photos(
    folders: Sequence[Path], kind: TemplateKind, model: str
) -> tuple[Calibration, PairScores]:
    """What scores say where at least one of two runners is seen in a photo.

    Args:
        folders: races whose photos were tagged, and matched, so that their runners have templates.
            A folder should hold one day: on another one a runner wears something else.
        kind: of templates.
        model: whose.

    Raises:
        StoreError: a folder holds no race, or cannot be read.
        ValueError: there are fewer than 50 pairs of either kind.
    """
    for folder in folders:
        check_readable(folder)
    each = [photo_pairs(folder, kind, model) for folder in folders]
    pairs = PairScores(
        np.concatenate([one.same for one in each]),
        np.concatenate([one.different for one in each]),
    )
    return fit_calibration(model, pairs.same, pairs.different), pairs


def photo_pairs(folder: Path, kind: TemplateKind, model: str) -> PairScores:
    """The pairs of one race, as far as their templates count in full.

    Raises:
        StoreError: the folder cannot be read.
    """
    least = FULL_FACE if kind is TemplateKind.FACE else MatchSettings().least_quality
    known = {
        one.subject.sighting: (one.bib, one.photo)
        for one in AssignmentsReader(folder).seen()
        if one.bib is not None and one.photo is not None
    }
    used = [
        (known[one.owner.sighting], one.vector)
        for one in TemplatesReader(folder).load(kind, model)
        if one.owner.sighting in known and one.quality >= least
    ]
    if not used:
        nothing: Floats = np.empty(0, np.float32)
        return PairScores(nothing, nothing)
    bibs = np.array([bib for (bib, _), _ in used])
    photos = np.array([photo for (_, photo), _ in used])
    vectors = np.stack([vector for _, vector in used])
    one, other = np.triu_indices(len(used), 1)
    apart = photos[one] != photos[other]
    one, other = one[apart], other[apart]
    scores = (vectors @ vectors.T)[one, other]
    is_same = bibs[one] == bibs[other]
    return PairScores(scores[is_same], scores[~is_same])
