"""Faces of runners: templates and the crops that they were made of, kept and erased together.

A crop lies in ``face_pivot/<bib>/``, or in ``face_unknown/<track>/`` (``face_unknown/photos/`` of a
runner in a photo) where somebody has allowed that. It never moves: as soon as a runner gets another
bib, is matched, or their pictures change, template and crops go, see `stream.store.migrations`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from sqlite_utils import Database

from stream.store.folder import INCOMING, reading
from stream.store.images import home, safe_name, write_whole
from stream.store.photo_rows import UNKNOWN, remove_gone
from stream.store.subjects import (
    KNOWN_SIGHTING,
    KNOWN_TRACK,
    UNKNOWN_SIGHTING,
    UNKNOWN_TRACK,
    Subject,
)
from stream.store.templates import Template, keep_template
from stream.store.writer import Writer

_SUBJECTS: Final = """
SELECT track_id, sighting FROM templates WHERE kind = 'face' AND person IS NULL UNION
SELECT track_id, sighting FROM face_crops WHERE removed = 0
"""
_TRACK: Final = (
    f"SELECT CASE WHEN {KNOWN_TRACK} THEN bib END FROM tracks "
    f"WHERE track_id = ? AND (({KNOWN_TRACK}) OR ({UNKNOWN_TRACK}))"
)
_SIGHTING: Final = (
    f"SELECT CASE WHEN {KNOWN_SIGHTING} THEN bib END FROM photo_sightings "
    f"WHERE id = ? AND (({KNOWN_SIGHTING}) OR ({UNKNOWN_SIGHTING}))"
)


@dataclass(frozen=True, slots=True, eq=False)
class NewFace:
    """A face crop to keep.

    Attributes:
        jpeg: the file's content.
        quality: 0..1, see `engines.faces.quality`.
        picture: path of the person's picture that it was cut from.
    """

    jpeg: bytes
    quality: float
    picture: str


@dataclass(frozen=True, slots=True)
class FaceCropRow:
    """A face crop that is kept.

    Attributes:
        path: inside the race folder.
        bib: whose face it is; None of an unknown runner.
        quality: 0..1.
    """

    path: str
    subject: Subject
    bib: str | None
    quality: float


class FacesReader:
    """The faces of a race to read. Every call sees the newest committed state."""

    def __init__(self, folder: Path) -> None:
        """Of a race folder that is open to read or to write."""
        self.folder = folder

    def subjects(self) -> frozenset[Subject]:
        """Of whom a template or a crop is kept; enrolled people are not among them."""
        with reading(self.folder) as db:
            return frozenset(Subject(*row) for row in db.execute(_SUBJECTS).fetchall())

    def crops(self) -> tuple[FaceCropRow, ...]:
        """The crops that are kept, in the order they were made."""
        with reading(self.folder) as db:
            rows = db.execute(
                "SELECT path, track_id, sighting, bib, quality FROM face_crops "
                "WHERE removed = 0 ORDER BY id"
            ).fetchall()
        return tuple(
            FaceCropRow(path, Subject(track_id, sighting), bib, quality)
            for path, track_id, sighting, bib, quality in rows
        )


class Faces(FacesReader):
    """The faces of a race folder that is open to write; made by `Store`."""

    def __init__(self, folder: Path, writer: Writer) -> None:
        super().__init__(folder)
        self._writer = writer

    def save(
        self,
        template: Template,
        bib: str | None,
        crops: tuple[NewFace, ...],
        at_utc_ns: int,
        made_of: tuple[int, ...] | None,
    ) -> None:
        """Keep a runner's face in the place of an earlier one. Whoever calls has asked who may.

        Nothing is kept where the runner is somebody else by now, or the pictures are others.

        Args:
            template: of a track or a sighting.
            bib: whose it is; None of somebody unknown.
            crops: what it was made of.
            at_utc_ns: when.
            made_of: see `stream.store.templates.Templates.save`.
        """
        self._writer.put(
            lambda db: _save(db, self.folder, template, bib, crops, at_utc_ns, made_of),
            n_bytes=sum(len(one.jpeg) for one in crops),
        )

    def erase(self, subjects: Collection[Subject]) -> None:
        """Erase templates and crops of some runners; from the database when this returns, and from
        the folder right after, at the latest when it is opened again."""
        self._writer.ask(lambda db: _erase(db, subjects), erases=True)


def remove_faces(db: Database, folder: Path) -> None:
    """Remove the crops that are to go, first the files and then their rows.

    Raises:
        OSError: the disk refuses.
    """
    remove_gone(db, folder, "face_crops")


def _save(
    db: Database,
    folder: Path,
    template: Template,
    bib: str | None,
    crops: tuple[NewFace, ...],
    at_utc_ns: int,
    made_of: tuple[int, ...] | None,
) -> None:
    subject = Subject(template.owner.track_id, template.owner.sighting)
    if not _is_still(db, subject, bib):
        return
    if not keep_template(db, template, at_utc_ns, made_of):
        return
    db.execute(
        "UPDATE face_crops SET removed = 1 WHERE track_id IS ? AND sighting IS ?",
        (subject.track_id, subject.sighting),
    )
    for new in crops:
        _keep_crop(db, folder, subject, bib, new, at_utc_ns)


def _keep_crop(
    db: Database, folder: Path, subject: Subject, bib: str | None, new: NewFace, at_utc_ns: int
) -> None:
    [row_id] = db.execute("SELECT coalesce(max(id), 0) + 1 FROM face_crops").fetchone()
    # The number tells it from one of the same picture that is about to go.
    name = f"{PurePosixPath(new.picture).stem}_face{row_id}.jpg"
    write_whole(folder / INCOMING / name, new.jpeg)
    db.table("face_crops").insert(
        {
            "id": row_id,
            "name": name,
            "path": f"{_home(subject, bib)}/{name}",
            "moved_from": f"{INCOMING}/{name}",
            "track_id": subject.track_id,
            "sighting": subject.sighting,
            "bib": bib,
            "quality": new.quality,
            "sha256": hashlib.sha256(new.jpeg).hexdigest(),
            "made_utc_ns": at_utc_ns,
        }
    )


def _is_still(db: Database, subject: Subject, bib: str | None) -> bool:
    """Whether the runner is seen and has this bib, or none."""
    if subject.track_id is None:
        row = db.execute(_SIGHTING, (subject.sighting,)).fetchone()
    else:
        row = db.execute(_TRACK, (subject.track_id,)).fetchone()
    return row is not None and row[0] == bib


def _home(subject: Subject, bib: str | None) -> str:
    if bib is not None:
        return f"face_pivot/{safe_name(bib)}"
    return f"face_{UNKNOWN if subject.track_id is None else home(subject.track_id, None)}"


def _erase(db: Database, subjects: Collection[Subject]) -> None:
    for one in subjects:
        whose = (one.track_id, one.sighting)
        db.execute(
            "DELETE FROM templates WHERE kind = 'face' AND track_id IS ? AND sighting IS ? "
            "AND person IS NULL",
            whose,
        )
        db.execute("UPDATE face_crops SET removed = 1 WHERE track_id IS ? AND sighting IS ?", whose)
