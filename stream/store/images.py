"""Pictures of runners as files of the race folder.

A picture lies in ``pivot/<bib>/`` once its track's bib is confirmed and in ``unknown/<track>/``
before and otherwise. Its name says camera, frame, time and track and never changes, so a
picture that moved is found by its name.

The row of its table says where a file belongs and, while it is on its way, where it
comes from (``moved_from``). The row is committed first and the file renamed afterwards: whatever
moment a process dies, `settle` finishes the work. A new picture starts from ``.incoming/``.

Runners in photos have a table of their own, see `stream.store.photo_rows`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

import cv2
from sqlite_utils import Database

from engines.types import Image
from stream.clock import stamp
from stream.store.errors import StoreError
from stream.store.folder import INCOMING
from stream.whole_files import sync

JPEG_QUALITY = 90
_TABLES = ("images", "photo_sightings", "face_crops")
_SAFE = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-")


class ImageKind(StrEnum):
    """What a picture is for."""

    FRAME = "frame"
    """One of the track's best."""
    EVIDENCE = "evidence"
    """What decided the vote."""


@dataclass(frozen=True, slots=True, eq=False)
class NewImage:
    """A picture to keep: a person crop, RGB ``[height, width, 3]``, and where it is from.

    `bib` is what the track is believed to be: None unless it is confirmed (or is just about to
    be recorded so). What is recorded of the track wins over it.
    """

    camera: str
    track_id: int
    frame_index: int
    pts_ns: int
    capture_utc_ns: int
    kind: ImageKind
    image: Image
    bib: str | None

    def __post_init__(self) -> None:
        shape = self.image.shape
        if len(shape) != 3 or shape[2] != 3 or not self.image.size:
            raise ValueError(f"a picture needs pixels [height, width, 3]; got {shape}")

    @property
    def name(self) -> str:
        """File name, the same for the same picture and unlike any other's in the race."""
        when = stamp(self.capture_utc_ns)
        camera = safe_name(self.camera)
        return f"{camera}_f{self.frame_index:07d}_{when}_t{self.track_id}_{self.kind.value}.jpg"


def safe_name(text: str) -> str:
    """`text` as a file or folder name of letters, digits and hyphens.

    Unsafe characters become hyphens; a short digest keeps different texts different.

    Raises:
        ValueError: `text` is empty.
    """
    if not text:
        raise ValueError("an empty text cannot be a file name")
    safe = "".join(c if c in _SAFE else "-" for c in text)[:60]
    return safe if safe == text else f"{safe}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def home(track_id: int, bib: str | None) -> str:
    """Folder of a track's pictures, inside the race folder."""
    return f"unknown/{track_id}" if bib is None else f"pivot/{safe_name(bib)}"


def keep_image(db: Database, folder: Path, new: NewImage) -> None:
    """Write a picture to ``.incoming/`` and its row; `settle` puts it in its place.

    A picture that is kept already stays as it is.
    """
    name = new.name
    if db.execute("SELECT 1 FROM images WHERE name = ?", (name,)).fetchone():
        return
    jpeg = jpeg_of(new.image)
    write_whole(folder / INCOMING / name, jpeg)
    bib = _confirmed_bib(db, new.track_id) or new.bib
    db.table("images").insert(
        {
            "name": name,
            "path": f"{home(new.track_id, bib)}/{name}",
            "moved_from": f"{INCOMING}/{name}",
            "store": "unknown" if bib is None else "pivot",
            "kind": new.kind.value,
            "bib": bib,
            "track_id": new.track_id,
            "camera": new.camera,
            "frame_index": new.frame_index,
            "pts_ns": new.pts_ns,
            "capture_utc_ns": new.capture_utc_ns,
            "width": new.image.shape[1],
            "height": new.image.shape[0],
            "sha256": hashlib.sha256(jpeg).hexdigest(),
        }
    )


def rehome(db: Database, track_id: int) -> None:
    """Send a track's pictures to where its tag says they belong."""
    bib = _confirmed_bib(db, track_id)
    db.execute(
        """
        UPDATE images SET bib = :bib, store = :store, path = :home || '/' || name,
            moved_from = CASE coalesce(moved_from, path) WHEN :home || '/' || name THEN NULL
                ELSE coalesce(moved_from, path) END
        WHERE track_id = :track AND (bib IS NOT :bib OR path IS NOT :home || '/' || name)
        """,
        {
            "bib": bib,
            "store": "unknown" if bib is None else "pivot",
            "home": home(track_id, bib),
            "track": track_id,
        },
    )


def settle(db: Database, folder: Path) -> list[str]:
    """Rename the files whose rows say that they belong elsewhere.

    Returns:
        One line for each picture that was nowhere to be found; its row is removed.

    Raises:
        StoreError: a different file is in the way.
        OSError: the disk refuses.
    """
    return [line for table in _TABLES for line in _settle(db, folder, table)]


def _settle(db: Database, folder: Path, table: str) -> list[str]:
    rows = db.execute(
        f"SELECT id, path, moved_from, sha256 FROM {table} WHERE moved_from IS NOT NULL"
    ).fetchall()
    if not rows:
        return []
    lost = []
    with db.atomic():
        for row_id, path, moved_from, sha256 in rows:
            if _move(folder / moved_from, folder / path, sha256):
                db.execute(f"UPDATE {table} SET moved_from = NULL WHERE id = ?", (row_id,))
            else:
                db.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,))
                lost.append(f"the picture {path} was gone; its row has been removed")
    return lost


def reclaim(db: Database, folder: Path) -> None:
    """Send recorded pictures that are still in ``.incoming/`` on their way again.

    After a power failure a file can be back where it was before its last rename.
    """
    for file in (folder / INCOMING).iterdir():
        for table in _TABLES:
            query = f"SELECT path FROM {table} WHERE name = ? AND path IS NOT NULL"
            row = db.execute(query, (file.name,)).fetchone()
            if row is not None and not (folder / row[0]).exists():
                db.execute(
                    f"UPDATE {table} SET moved_from = ? WHERE name = ?",
                    (f"{INCOMING}/{file.name}", file.name),
                )


def _move(source: Path, target: Path, sha256: str) -> bool:
    if target.exists():
        if hashlib.sha256(target.read_bytes()).hexdigest() != sha256:
            raise StoreError(f"{target} is in the way of a picture; move it out of the race folder")
        source.unlink(missing_ok=True)
        return True
    if not source.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
    if source.parent.name != INCOMING and not any(source.parent.iterdir()):
        source.parent.rmdir()
    return True


def _confirmed_bib(db: Database, track_id: int) -> str | None:
    row = db.execute(
        "SELECT bib FROM tracks WHERE track_id = ? AND state IN ('confirmed', 'corrected')",
        (track_id,),
    ).fetchone()
    return None if row is None else row[0]


def jpeg_of(image: Image) -> bytes:
    """A picture, RGB ``[height, width, 3]``, as the content of a JPEG file."""
    done, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    if not done:
        raise StoreError(f"a picture of {image.shape[1]}x{image.shape[0]} could not be encoded")
    return encoded.tobytes()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is on the disk when this returns."""
    with path.open("wb") as file:
        file.write(content)
        # Contents before the row that vouches for them; the rename needs no waiting for.
        sync(file)


def relative(path: str) -> PurePosixPath:
    """A path inside the race folder.

    Raises:
        ValueError: it points out of the folder.
    """
    inside = PurePosixPath(path)
    if inside.is_absolute() or ".." in inside.parts or "\\" in path:
        raise ValueError(f"{path} points out of the race folder")
    return inside
