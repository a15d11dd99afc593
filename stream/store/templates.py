"""What runners and enrolled people look like, as vectors made by a model of their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from sqlite_utils import Database

from engines.types import Floats
from stream.store.errors import StoreError
from stream.store.folder import reading
from stream.store.photo_rows import SIGHTING_COLUMNS, sighting_of
from stream.store.photo_values import SightingRow
from stream.store.writer import Writer

_VALUE: Final = np.dtype("<f4")
_PICTURES: Final = "SELECT id FROM images WHERE track_id = ? AND kind = 'frame' ORDER BY id"
_HAS_PICTURE: Final = (
    "EXISTS(SELECT 1 FROM images i WHERE i.track_id = t.track_id AND kind = 'frame')"
)
_LACKS: Final = "SELECT 1 FROM templates m WHERE m.kind = :kind AND m.model = :model"
_TRACKS_WITHOUT = f"""
SELECT track_id FROM tracks t WHERE closed = 1 AND superseded = 0 AND hidden = 0
    AND {_HAS_PICTURE} AND NOT EXISTS({_LACKS} AND m.track_id = t.track_id) ORDER BY track_id
"""
_SIGHTINGS_WITHOUT = f"""
SELECT id FROM photo_sightings s WHERE removed = 0 AND path IS NOT NULL AND person IS NOT NULL
    AND NOT EXISTS({_LACKS} AND m.sighting = s.id) ORDER BY id
"""


class TemplateKind(StrEnum):
    """What a template describes."""

    APPEARANCE = "appearance"
    """Clothes and body."""
    FACE = "face"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose template it is: one of a track, a runner in a photo and an enrolled person.

    Attributes:
        track_id: of `tracks`.
        sighting: see `stream.store.photo_values.SightingRow.row_id`.
        person: number of an enrolled person.

    Raises:
        ValueError: not exactly one of them is given.
    """

    track_id: int | None = None
    sighting: int | None = None
    person: int | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.track_id, self.sighting, self.person)) != 1:
            raise ValueError("a template belongs to one of track, sighting and person")


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What somebody looks like.

    Attributes:
        kind: of what.
        model: name of the model that made it; vectors of different models cannot be compared.
        vector: float32 ``[D]``, length 1.
        quality: 0..1, how far it can be relied on.
        pictures: of how many it was made.

    Raises:
        ValueError: the vector is not a row of finite float32.
    """

    owner: Owner
    kind: TemplateKind
    model: str
    vector: Floats
    quality: float
    pictures: int

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or not self.vector.size or self.vector.dtype != np.float32:
            shape = list(self.vector.shape)
            raise ValueError(f"a template needs float32 [D], got {self.vector.dtype} {shape}")
        if not np.isfinite(self.vector).all():
            raise ValueError("a template's values must be finite")


@dataclass(frozen=True, slots=True)
class PersonPicture:
    """A person crop of a track; `path` inside the race folder."""

    row_id: int
    path: str
    capture_utc_ns: int


class TemplatesReader:
    """The templates of a race to read. Every call sees the newest committed state."""

    def __init__(self, folder: Path) -> None:
        """Made by a race folder opened to write, or beside one that was opened to read."""
        self.folder = folder

    def load(self, kind: TemplateKind, model: str) -> tuple[Template, ...]:
        """All templates of a kind that a model has made, in the order they were made.

        Raises:
            StoreError: a vector is damaged, or not as long as the others.
        """
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT id, track_id, sighting, person, vector, quality, pictures FROM templates "
                "WHERE kind = ? AND model = ? ORDER BY id",
                (kind.value, model),
            ).fetchall()
        found: list[Template] = []
        for row in rows:
            vector = vector_of(row["vector"], self.folder, row["id"])
            if found and len(vector) != len(found[0].vector):
                raise _damaged(self.folder, row["id"], f"{len(vector)} values, others have "
                               f"{len(found[0].vector)}")  # fmt: skip
            owner = Owner(row["track_id"], row["sighting"], row["person"])
            found.append(Template(owner, kind, model, vector, row["quality"], row["pictures"]))
        return tuple(found)

    def tracks_without(self, kind: TemplateKind, model: str) -> tuple[int, ...]:
        """Tracks that are over and have pictures, but no such template, in the order of numbers."""
        return self._numbers(_TRACKS_WITHOUT, kind, model)

    def sightings_without(self, kind: TemplateKind, model: str) -> tuple[int, ...]:
        """Persons in photos who have a picture but no such template, in the order of rows."""
        return self._numbers(_SIGHTINGS_WITHOUT, kind, model)

    def pictures_of(self, track_id: int) -> tuple[PersonPicture, ...]:
        """A track's person crops that lie in their place, in the order of rows."""
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT id, path, capture_utc_ns FROM images WHERE track_id = ? "
                "AND kind = 'frame' AND moved_from IS NULL ORDER BY id",
                (track_id,),
            ).fetchall()
        return tuple(PersonPicture(*row) for row in rows)

    def sighting(self, row_id: int) -> SightingRow | None:
        """A runner in a photo; None where there is none of this row."""
        with reading(self.folder) as db:
            row = db.execute(
                f"SELECT {SIGHTING_COLUMNS} FROM photo_sightings s WHERE s.id = ? AND removed = 0",
                (row_id,),
            ).fetchone()
        return None if row is None else sighting_of(row)

    def _numbers(self, query: str, kind: TemplateKind, model: str) -> tuple[int, ...]:
        with reading(self.folder) as db:
            rows = db.execute(query, {"kind": kind.value, "model": model}).fetchall()
        return tuple(row[0] for row in rows)


class Templates(TemplatesReader):
    """The templates of a race folder that is open to write; made by `Store.templates`."""

    def __init__(self, folder: Path, writer: Writer) -> None:
        super().__init__(folder)
        self._writer = writer

    def save(
        self, template: Template, at_utc_ns: int, made_of: tuple[int, ...] | None = None
    ) -> None:
        """Keep a template in the place of the owner's earlier one of this kind and model.

        It is on disk soon, and for certain after `Store.flush`.

        Args:
            template: what to keep.
            at_utc_ns: when it was made.
            made_of: rows of the track's pictures as they were; where they are others by now,
                nothing is kept. None where it is no track's.
        """
        self._writer.put(lambda db: keep_template(db, template, at_utc_ns, made_of))


def keep_template(
    db: Database, template: Template, at_utc_ns: int, made_of: tuple[int, ...] | None
) -> bool:
    """See `Templates.save`; whether it was kept."""
    owner = template.owner
    if made_of is not None:
        now = tuple(row[0] for row in db.execute(_PICTURES, (owner.track_id,)).fetchall())
        if now != made_of:
            return False
    if (
        owner.sighting is not None
        and not db.execute(
            "SELECT 1 FROM photo_sightings WHERE id = ? AND removed = 0", (owner.sighting,)
        ).fetchone()
    ):
        return False
    whose = (owner.track_id, owner.sighting, owner.person)
    db.execute(
        "DELETE FROM templates WHERE track_id IS ? AND sighting IS ? AND person IS ? "
        "AND kind = ? AND model = ?",
        (*whose, template.kind.value, template.model),
    )
    db.execute(
        "INSERT INTO templates (track_id, sighting, person, kind, model, vector, quality, "
        "pictures, made_utc_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *whose,
            template.kind.value,
            template.model,
            template.vector.astype(_VALUE).tobytes(),
            template.quality,
            template.pictures,
            at_utc_ns,
        ),
    )
    return True


def vector_of(blob: bytes, folder: Path, number: int) -> Floats:
    """A template's values.

    Raises:
        StoreError: they are damaged; the text names the row and what to do.
    """
    if not blob or len(blob) % _VALUE.itemsize:
        raise _damaged(folder, number, f"{len(blob)} bytes, not a row of 4-byte values")
    vector = np.frombuffer(blob, _VALUE).astype(np.float32)
    if not np.isfinite(vector).all():
        raise _damaged(folder, number, "values that are no numbers")
    return vector


def _damaged(folder: Path, number: int, what: str) -> StoreError:
    return StoreError(
        f"{folder / 'race.db'}: template {number} has {what}; restore the race from a copy, or "
        f"remove it (DELETE FROM templates WHERE id = {number}) and it is made anew"
    )
