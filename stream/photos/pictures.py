"""Pictures of runners cut from photos. The whole photo is never copied."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from engines.picture import shrunk
from engines.types import Picture
from stream.export.names import folded
from stream.store.images import jpeg_of
from stream.store.photo_values import Cut, PhotoSighting, SightingChanges, SightingRow
from stream.types import State

LONGEST_PX: Final = 1200
"""Of a picture's longer side; a runner who fills a large photo is shown smaller."""
_STEM_LENGTH: Final = 60


def picture_of(photo: Picture, cut: Cut) -> bytes:
    """A part of an upright photo as a JPEG file."""
    image = photo.crop(cut)
    height, width = image.shape[:2]
    scale = LONGEST_PX / max(height, width)
    if scale < 1:
        image = shrunk(image, max(round(width * scale), 1), max(round(height * scale), 1))
    return jpeg_of(image)


def stem_of(path: str) -> str:
    """A photo's name as the beginning of its pictures' names."""
    return folded(PurePath(path).stem)[:_STEM_LENGTH].rstrip("-") or "photo"


def changes(
    stem: str,
    rows: Sequence[SightingRow],
    wanted: Sequence[PhotoSighting],
    photo: Picture | None,
) -> SightingChanges:
    """What has to change so that the rows of a photo are what is wanted.

    What a person has corrected stays as it is.

    Args:
        stem: see `stem_of`.
        rows: as they are.
        wanted: as they shall be.
        photo: to cut pictures from; None where nobody has it at hand.
    """
    by_cut = {row.sighting.cut: row for row in rows}
    kept = {row.row_id for row in rows if row.sighting.state is State.CORRECTED}
    new, changed = [], []
    for sighting in wanted:
        row = by_cut.get(sighting.cut)
        if row is None:
            new.append((sighting, None if photo is None else picture_of(photo, sighting.cut)))
            continue
        lacks = row.path is None and photo is not None
        if row.row_id not in kept and (lacks or row.sighting != sighting):
            jpeg = picture_of(photo, sighting.cut) if lacks and photo is not None else None
            changed.append((row.row_id, sighting, jpeg))
        kept.add(row.row_id)
    gone = tuple(row.row_id for row in rows if row.row_id not in kept)
    return SightingChanges(stem, tuple(new), tuple(changed), gone)


def changes_tags(rows: Sequence[SightingRow], made: SightingChanges) -> bool:
    """Whether some runner has another bib or state than before, or one that was not there."""
    before = {row.row_id: (row.sighting.bib, row.sighting.state) for row in rows}
    return (
        any((now.bib, now.state) != before[row_id] for row_id, now, _ in made.changed)
        or any(now.bib is not None for now, _ in made.new)
        or any(before[row_id][0] is not None for row_id in made.gone)
    )


def lacks_picture(rows: Sequence[SightingRow], wanted: Sequence[PhotoSighting]) -> bool:
    """Whether somebody who is wanted has no picture yet."""
    shown = {row.sighting.cut for row in rows if row.path is not None}
    return any(sighting.cut not in shown for sighting in wanted)
